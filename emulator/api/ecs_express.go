package api

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
	"gantry/ecs"
	"gantry/engine/scheduler"
)

// An Express service is a service on Fargate of which ECS makes all the rest: the
// task definition, a shared load balancer and what leads from it to the tasks, and
// the scaling. All of that is really made here, and can be described where it
// belongs. Its deployments are canaries.

// kindExpress is the kind of the documents of what a service does not say of an
// Express service; their keys are the cluster and the service.
const kindExpress = "ecs/express-service"

// express is an Express service as it is kept.
type express struct {
	CreatedAt time.Time `json:"createdAt"` // tells it from an older one of its name
	UpdatedAt time.Time `json:"updatedAt"`
	Role      string    `json:"infrastructureRoleArn"`
	Owner     string    `json:"owner"` // of the entry
	Way       way       `json:"way"`
	LogGroup  string    `json:"logGroup,omitempty"`
	// Configurations are those of the service revisions, in AWS JSON.
	Configurations map[ecs.ARN]json.RawMessage `json:"configurations"`
}

func expressKey(cluster ecs.ClusterName, name ecs.ServiceName) string {
	return string(cluster) + "\x00" + string(name)
}

// managedBy is who manages the resources of a service.
func managedBy(service *ecs.Service) types.ResourceManagementType {
	if service.ResourceManagementType == "" {
		return types.ResourceManagementTypeCustomer
	}
	return types.ResourceManagementType(service.ResourceManagementType)
}

// errExpress refuses an operation of services for one of ECS's own [as seen in
// answers of DeleteService: ekristen/aws-nuke#982].
func errExpress(service *ecs.Service, operation, verb string) error {
	return invalid("%s has ResourceManagementType=ECS use %s to %s", service.ARN, operation, verb)
}

// expressOf finds an Express service by its ARN, with what is kept of it. An
// INACTIVE one is there for as long as services are.
func (s *ECS) expressOf(given *string, lacking *ecs.Error) (ecs.ClusterName, *scheduler.Cluster, ecs.Service, *express, error) {
	none := ecs.Service{}
	arn := text[ecs.ARN](given)
	if !arn.IsARN() || !strings.HasPrefix(arn.Resource(), "service/") {
		return "", nil, none, nil, invalid("Invalid identifier: %q is not the ARN of a service.", arn)
	}
	if err := s.checkScope(arn); err != nil {
		return "", nil, none, nil, err
	}
	cluster := arn.Cluster()
	engine, err := s.engine(cluster)
	if err != nil {
		return "", nil, none, nil, err
	}
	service, ok := serviceOf(engine, cluster, string(arn))
	if !ok {
		return "", nil, none, nil, lacking
	}
	var kept express
	known, err := s.tx.Document(kindExpress, expressKey(cluster, service.Name), &kept)
	switch {
	case err != nil:
		return "", nil, none, nil, err
	case !known || service.ResourceManagementType == "" || !kept.CreatedAt.Equal(service.CreatedAt):
		return "", nil, none, nil, invalid("%s is not an Express service.", service.ARN)
	}
	return cluster, engine, service, &kept, nil
}

// activeExpress is expressOf for those that change it.
func (s *ECS) activeExpress(given *string) (ecs.ClusterName, *scheduler.Cluster, ecs.Service, *express, error) {
	cluster, engine, service, kept, err := s.expressOf(given, errNoService())
	if err == nil && service.Status != ecs.ServiceActive {
		err = refuse(ecs.CodeServiceNotActive, "Service was not ACTIVE.")
	}
	return cluster, engine, service, kept, err
}

// CreateExpressGatewayService makes an Express service with all that belongs to it.
func (s *ECS) CreateExpressGatewayService(ctx context.Context, in *sdk.CreateExpressGatewayServiceInput) (*sdk.CreateExpressGatewayServiceOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	if err := checkRole("infrastructureRoleArn", in.InfrastructureRoleArn); err != nil {
		return nil, err
	}
	name := text[ecs.ServiceName](in.ServiceName)
	if name == "" {
		name = s.expressName(engine, in.PrimaryContainer)
	}
	if !nameRule.MatchString(string(name)) {
		return nil, invalid(invalidServiceName, name)
	}
	if old, ok := engine.Service(name); ok && old.Status == ecs.ServiceActive {
		return nil, invalid("The service %s exists already in the cluster %s.", name, cluster)
	}
	c := &types.ExpressGatewayServiceConfiguration{
		Cpu: in.Cpu, Memory: in.Memory, CpuArchitecture: in.CpuArchitecture, ExecutionRoleArn: in.ExecutionRoleArn, TaskRoleArn: in.TaskRoleArn,
		HealthCheckPath: in.HealthCheckPath, NetworkConfiguration: in.NetworkConfiguration, PrimaryContainer: in.PrimaryContainer,
		ScalingTarget: in.ScalingTarget, TaskDefinitionArn: in.TaskDefinitionArn,
	}
	kept := &express{Role: *in.InfrastructureRoleArn, Configurations: map[ecs.ARN]json.RawMessage{}}
	definition, err := s.settleExpress(ctx, cluster, name, c, kept)
	if err != nil {
		return nil, err
	}
	container, port, err := expressPort(definition)
	if err != nil {
		return nil, err
	}
	if err := s.openExpress(kept, cluster, name, c, port); err != nil {
		return nil, err
	}
	if err := s.startExpress(cluster, name, c, kept, in.Tags, container, port); err != nil {
		return nil, err
	}
	service, _ := engine.Service(name)
	kept.CreatedAt, kept.UpdatedAt = service.CreatedAt, service.CreatedAt
	if err := first(s.keepExpress(cluster, &service, kept, c), s.scaleExpress(ctx, cluster, name, kept, c)); err != nil {
		return nil, err
	}
	shown, err := s.showExpress(cluster, &service, kept, true)
	return &sdk.CreateExpressGatewayServiceOutput{Service: shown}, err
}

// expressName is a name for a service that was given none, as ECS makes them: that
// of the image's repository, and four hex digits.
func (s *ECS) expressName(engine *scheduler.Cluster, container *types.ExpressGatewayContainer) ecs.ServiceName {
	base := "express"
	if container != nil {
		base, _, _ = strings.Cut(text[string](container.Image), "@")
		base = base[strings.LastIndex(base, "/")+1:]
		base, _, _ = strings.Cut(base, ":")
		base = strings.ReplaceAll(base, ".", "-")
	}
	for n := 0; ; n++ {
		name := ecs.ServiceName(base + "-" + hashed(s.tx.World().Seed, base, s.tx.Now(), n)[:4])
		if _, taken := engine.Service(name); !taken {
			return name
		}
	}
}

// openExpress makes the way from the shared load balancer to the service.
func (s *ECS) openExpress(kept *express, cluster ecs.ClusterName, name ecs.ServiceName, c *types.ExpressGatewayServiceConfiguration, port int) error {
	const scheme = "internet-facing" // the subnets of a world are public
	kept.Owner = "express/" + scheme
	opened, err := s.openWay(&asked{
		owner: kept.Owner, name: "ecs-express-gateway-alb-", scheme: scheme, subnets: s.s.cfg.Network.allSubnets(),
		mostEntries: mostExpressBalancers, mostWays: mostExpressServices, targetType: "ip", port: port,
		host: s.hostName(string(name), cluster, s.tx.Now()), checks: HealthCheckShape{HealthCheckPath: *c.HealthCheckPath},
	})
	if err == nil {
		kept.Way = *opened
	}
	return err
}

// What Express services share: 25 of them a load balancer [DG: Express Mode], of
// which there can be 50, the quota of Elastic Load Balancing.
const (
	mostExpressServices  = 25
	mostExpressBalancers = 50
)

// How an Express service is deployed: a twentieth of the traffic first, with a bake
// time after it and at the end [DG: Express Mode].
const (
	expressCanaryPercent = 5.0
	expressBakeMinutes   = 3
)

// startExpress makes the service itself.
func (s *ECS) startExpress(cluster ecs.ClusterName, name ecs.ServiceName, c *types.ExpressGatewayServiceConfiguration, kept *express, tags []types.Tag, container string, port int) error {
	canary, bake := expressCanaryPercent, int32(expressBakeMinutes)
	named, of, on, w := string(name), string(cluster), int32(port), kept.Way //nolint:gosec // the port was an int32
	_, err := s.createService(&sdk.CreateServiceInput{
		Cluster: &of, ServiceName: &named, TaskDefinition: c.TaskDefinitionArn, DesiredCount: c.ScalingTarget.MinTaskCount,
		LaunchType: types.LaunchTypeFargate, NetworkConfiguration: expressNetwork(c.NetworkConfiguration), Tags: tags, PropagateTags: types.PropagateTagsService,
		LoadBalancers: []types.LoadBalancer{{
			TargetGroupArn: &w.TargetGroup, ContainerName: &container, ContainerPort: &on,
			AdvancedConfiguration: &types.AdvancedConfiguration{AlternateTargetGroupArn: &w.Alternate, ProductionListenerRule: &w.Rule, RoleArn: &kept.Role},
		}},
		DeploymentConfiguration: &types.DeploymentConfiguration{
			Strategy: types.DeploymentStrategyCanary, BakeTimeInMinutes: &bake,
			CanaryConfiguration: &types.CanaryConfiguration{CanaryPercent: &canary, CanaryBakeTimeInMinutes: &bake},
		},
	}, types.ResourceManagementTypeEcs)
	return err
}

func expressNetwork(n *types.ExpressGatewayServiceNetworkConfiguration) *types.NetworkConfiguration {
	return &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{
		Subnets: n.Subnets, SecurityGroups: n.SecurityGroups, AssignPublicIp: types.AssignPublicIpEnabled,
	}}
}

// keepExpress keeps what a revision of the service was made of.
func (s *ECS) keepExpress(cluster ecs.ClusterName, service *ecs.Service, kept *express, c *types.ExpressGatewayServiceConfiguration) error {
	revision := service.CurrentServiceRevisions[0].ARN
	created, arn := s.tx.Now(), string(revision)
	c.CreatedAt, c.ServiceRevisionArn = &created, &arn
	if old, err := kept.configuration(revision); err != nil {
		return err
	} else if old != nil {
		c.CreatedAt = old.CreatedAt
	}
	encoded, err := wire.Encode(c)
	if err != nil {
		return err
	}
	kept.Configurations[revision] = encoded
	return s.tx.PutDocument(kindExpress, expressKey(cluster, service.Name), kept)
}

// configuration is what a revision was made of, or nil.
func (x *express) configuration(revision ecs.ARN) (*types.ExpressGatewayServiceConfiguration, error) {
	raw, ok := x.Configurations[revision]
	if !ok {
		return nil, nil
	}
	return readShape[types.ExpressGatewayServiceConfiguration](kindExpress, raw)
}

// DescribeExpressGatewayService shows an Express service.
func (s *ECS) DescribeExpressGatewayService(_ context.Context, in *sdk.DescribeExpressGatewayServiceInput) (*sdk.DescribeExpressGatewayServiceOutput, error) {
	if err := checkChoice("include", in.Include...); err != nil {
		return nil, err
	}
	cluster, _, service, kept, err := s.expressOf(in.ServiceArn, refuse(codeNotFound, "The service was not found."))
	if err != nil {
		return nil, err
	}
	shown, err := s.showExpress(cluster, &service, kept, slices.Contains(in.Include, types.ExpressGatewayServiceIncludeTags))
	return &sdk.DescribeExpressGatewayServiceOutput{Service: shown}, err
}

// showExpress is an Express service as it is answered: its configurations are those
// of the revisions that have tasks, the newest first.
func (s *ECS) showExpress(cluster ecs.ClusterName, service *ecs.Service, kept *express, tags bool) (*types.ECSExpressGatewayService, error) {
	shown := s.showService(*service, tags)
	out := &types.ECSExpressGatewayService{
		ActiveConfigurations: []types.ExpressGatewayServiceConfiguration{}, Cluster: asString(cluster), CreatedAt: &service.CreatedAt,
		CurrentDeployment: shown.CurrentServiceDeployment, InfrastructureRoleArn: &kept.Role, ServiceArn: shown.ServiceArn, ServiceName: shown.ServiceName,
		Status: expressStatus(service), Tags: shown.Tags, UpdatedAt: &kept.UpdatedAt,
	}
	var seen []ecs.ARN
	for _, r := range service.CurrentServiceRevisions {
		if slices.Contains(seen, r.ARN) {
			continue
		}
		seen = append(seen, r.ARN)
		c, err := kept.configuration(r.ARN)
		if err != nil {
			return nil, err
		}
		if c != nil {
			c.IngressPaths = kept.ingress()
			out.ActiveConfigurations = append(out.ActiveConfigurations, *c)
		}
	}
	return out, nil
}

func expressStatus(service *ecs.Service) *types.ExpressGatewayServiceStatus {
	return &types.ExpressGatewayServiceStatus{StatusCode: types.ExpressGatewayServiceStatusCode(service.Status)}
}

func (x *express) ingress() []types.IngressPathSummary {
	endpoint := "https://" + x.Way.Host
	return []types.IngressPathSummary{{AccessType: types.AccessTypePublic, Endpoint: &endpoint}}
}
