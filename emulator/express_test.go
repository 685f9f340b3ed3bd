package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
)

const shopARN = "arn:aws:ecs:us-east-1:123456789012:service/demo/shop"

// express makes the Express service "shop" in the cluster "demo".
func (r *rig) express() *types.ECSExpressGatewayService {
	r.t.Helper()
	must[*ecs.CreateClusterOutput](r.t)(r.ecs.CreateCluster(r.t.Context(), &ecs.CreateClusterInput{ClusterName: demo()}))
	return must[*ecs.CreateExpressGatewayServiceOutput](r.t)(r.ecs.CreateExpressGatewayService(r.t.Context(), &ecs.CreateExpressGatewayServiceInput{
		Cluster: demo(), ServiceName: aws.String("shop"), InfrastructureRoleArn: aws.String(gatewayRole), ExecutionRoleArn: aws.String("arn:aws:iam::123456789012:role/ecsTaskExecutionRole"),
		PrimaryContainer: &types.ExpressGatewayContainer{
			Image: aws.String("shop:1"), ContainerPort: aws.Int32(8080), Environment: []types.KeyValuePair{{Name: aws.String("A"), Value: aws.String("b")}},
		},
		ScalingTarget: &types.ExpressGatewayScalingTarget{MinTaskCount: aws.Int32(2)}, Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("web")}},
	})).Service
}

// settled lets time pass until the service deployment of the Express service has
// ended, and is the service.
func (r *rig) settled() *types.ECSExpressGatewayService {
	r.t.Helper()
	for range 300 {
		shown := must[*ecs.DescribeExpressGatewayServiceOutput](r.t)(r.ecs.DescribeExpressGatewayService(r.t.Context(), &ecs.DescribeExpressGatewayServiceInput{ServiceArn: aws.String(shopARN)})).Service
		d := must[*ecs.DescribeServiceDeploymentsOutput](r.t)(r.ecs.DescribeServiceDeployments(r.t.Context(), &ecs.DescribeServiceDeploymentsInput{ServiceDeploymentArns: []string{*shown.CurrentDeployment}}))
		switch d.ServiceDeployments[0].Status {
		case types.ServiceDeploymentStatusPending, types.ServiceDeploymentStatusInProgress:
			r.watch.pass(5 * time.Second)
			continue
		case types.ServiceDeploymentStatusSuccessful:
			return shown
		}
		r.t.Fatalf("the deployment is %s: %s", d.ServiceDeployments[0].Status, aws.ToString(d.ServiceDeployments[0].StatusReason))
	}
	r.t.Fatal("the deployment does not end")
	return nil
}

func (r *rig) balancing() *elb.Client {
	return elb.New(elb.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http})
}

// TestExpress is that an Express service is a service with tasks, a way to them and
// scaling, that its update is a deployment of a new revision, and that all of it
// goes when it is deleted.
func TestExpress(t *testing.T) {
	r := ephemeral(t)
	ctx := t.Context()
	made := r.express()
	c := made.ActiveConfigurations[0]
	if *made.ServiceArn != shopARN || made.Status.StatusCode != types.ExpressGatewayServiceStatusCodeActive || len(made.Tags) != 1 || *c.Cpu != "256" || *c.Memory != "512" ||
		*c.HealthCheckPath != "/ping" || c.CpuArchitecture != types.ExpressCpuArchitectureX8664 || *c.ScalingTarget.MaxTaskCount != 20 || *c.ScalingTarget.AutoScalingTargetValue != 60 ||
		len(c.NetworkConfiguration.Subnets) != 6 || *c.PrimaryContainer.ContainerPort != 8080 || !strings.HasPrefix(*c.PrimaryContainer.AwsLogsConfiguration.LogGroup, "/aws/ecs/demo/shop-") ||
		!strings.HasSuffix(*c.IngressPaths[0].Endpoint, ".ecs.us-east-1.on.aws") {
		t.Errorf("the service is %+v, its configuration %+v", made, c)
	}
	r.settled()
	service := must[*ecs.DescribeServicesOutput](t)(r.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: demo(), Services: []string{"shop"}})).Services[0]
	if service.RunningCount != 2 || service.LaunchType != types.LaunchTypeFargate || service.ResourceManagementType != types.ResourceManagementTypeEcs || *service.TaskDefinition != *c.TaskDefinitionArn {
		t.Errorf("the service has %d tasks, %s, %s", service.RunningCount, service.LaunchType, service.ResourceManagementType)
	}
	health := must[*elb.DescribeTargetHealthOutput](t)(r.balancing().DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: service.LoadBalancers[0].TargetGroupArn}))
	if len(health.TargetHealthDescriptions) != 2 {
		t.Errorf("%d targets", len(health.TargetHealthDescriptions))
	}
	managed := must[*ecs.DescribeServiceRevisionsOutput](t)(r.ecs.DescribeServiceRevisions(ctx, &ecs.DescribeServiceRevisionsInput{ServiceRevisionArns: []string{*c.ServiceRevisionArn}})).ServiceRevisions[0].EcsManagedResources
	if *managed.IngressPaths[0].Endpoint != *c.IngressPaths[0].Endpoint || managed.AutoScaling.ScalableTarget.MinCapacity != 2 ||
		*managed.IngressPaths[0].TargetGroups[0].Arn != *service.LoadBalancers[0].TargetGroupArn || managed.AutoScaling.ApplicationAutoScalingPolicies[0].TargetValue != 60 {
		t.Errorf("ECS manages %+v", managed)
	}
	ecsOwn := must[*ecs.ListServicesOutput](t)(r.ecs.ListServices(ctx, &ecs.ListServicesInput{Cluster: demo(), ResourceManagementType: types.ResourceManagementTypeEcs}))
	customers := must[*ecs.ListServicesOutput](t)(r.ecs.ListServices(ctx, &ecs.ListServicesInput{Cluster: demo(), ResourceManagementType: types.ResourceManagementTypeCustomer}))
	if len(ecsOwn.ServiceArns) != 1 || len(customers.ServiceArns) != 0 {
		t.Errorf("%d services of ECS's own, %d of customers", len(ecsOwn.ServiceArns), len(customers.ServiceArns))
	}
	_, err := r.ecs.DeleteService(ctx, &ecs.DeleteServiceInput{Cluster: demo(), Service: aws.String("shop"), Force: aws.Bool(true)})
	wantRefusal(t, err, "InvalidParameterException", "has ResourceManagementType=ECS use DeleteExpressGatewayService to delete")

	updated := must[*ecs.UpdateExpressGatewayServiceOutput](t)(r.ecs.UpdateExpressGatewayService(ctx, &ecs.UpdateExpressGatewayServiceInput{
		ServiceArn: aws.String(shopARN), Cpu: aws.String("512"), Memory: aws.String("1024"), HealthCheckPath: aws.String("/health"),
		ScalingTarget: &types.ExpressGatewayScalingTarget{MinTaskCount: aws.Int32(3), MaxTaskCount: aws.Int32(9)},
	})).Service
	if to := updated.TargetConfiguration; *to.Cpu != "512" || *to.PrimaryContainer.Image != "shop:1" || *to.TaskDefinitionArn == *c.TaskDefinitionArn || *to.HealthCheckPath != "/health" {
		t.Errorf("the update goes to %+v", to)
	}
	after := r.settled()
	if len(after.ActiveConfigurations) != 1 || *after.ActiveConfigurations[0].Memory != "1024" || *after.ActiveConfigurations[0].ServiceRevisionArn != *updated.TargetConfiguration.ServiceRevisionArn {
		t.Errorf("the configurations are %+v", after.ActiveConfigurations)
	}
	scaling := applicationautoscaling.New(applicationautoscaling.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http})
	targets := must[*applicationautoscaling.DescribeScalableTargetsOutput](t)(scaling.DescribeScalableTargets(ctx, &applicationautoscaling.DescribeScalableTargetsInput{ServiceNamespace: scalingtypes.ServiceNamespaceEcs}))
	if x := targets.ScalableTargets; len(x) != 1 || *x[0].MinCapacity != 3 || *x[0].MaxCapacity != 9 {
		t.Errorf("the scalable targets are %+v", x)
	}

	revision := *after.ActiveConfigurations[0].ServiceRevisionArn
	scaled := must[*ecs.UpdateExpressGatewayServiceOutput](t)(r.ecs.UpdateExpressGatewayService(ctx, &ecs.UpdateExpressGatewayServiceInput{
		ServiceArn: aws.String(shopARN), ScalingTarget: &types.ExpressGatewayScalingTarget{MaxTaskCount: aws.Int32(10)},
	})).Service.TargetConfiguration
	if *scaled.ServiceRevisionArn != revision || *scaled.ScalingTarget.MaxTaskCount != 10 || *scaled.ScalingTarget.MinTaskCount != 3 || *scaled.PrimaryContainer.Image != "shop:1" {
		t.Errorf("scaling alone goes to %+v", scaled)
	}
	if same := r.settled(); *same.ActiveConfigurations[0].ScalingTarget.MaxTaskCount != 10 {
		t.Errorf("the configuration is %+v", same.ActiveConfigurations[0])
	}

	deleted := must[*ecs.DeleteExpressGatewayServiceOutput](t)(r.ecs.DeleteExpressGatewayService(ctx, &ecs.DeleteExpressGatewayServiceInput{ServiceArn: aws.String(shopARN)}))
	if deleted.Service.Status.StatusCode != types.ExpressGatewayServiceStatusCodeDraining {
		t.Errorf("the deleted service is %s", deleted.Service.Status.StatusCode)
	}
	_, err = r.ecs.UpdateExpressGatewayService(ctx, &ecs.UpdateExpressGatewayServiceInput{ServiceArn: aws.String(shopARN), Cpu: aws.String("256")})
	refusedWith(t, "ServiceNotActiveException", err)
	r.watch.pass(10 * time.Minute)
	gone := must[*ecs.DescribeExpressGatewayServiceOutput](t)(r.ecs.DescribeExpressGatewayService(ctx, &ecs.DescribeExpressGatewayServiceInput{ServiceArn: aws.String(shopARN)})).Service
	if gone.Status.StatusCode != types.ExpressGatewayServiceStatusCodeInactive || len(gone.ActiveConfigurations) != 0 {
		t.Errorf("the service is %s with %d configurations", gone.Status.StatusCode, len(gone.ActiveConfigurations))
	}
	if all := must[*elb.DescribeLoadBalancersOutput](t)(r.balancing().DescribeLoadBalancers(ctx, nil)); len(all.LoadBalancers) != 0 {
		t.Errorf("%d load balancers are left", len(all.LoadBalancers))
	}
	r.express() // the name can be used again
	r.settled()
	must[*ecs.DeleteExpressGatewayServiceOutput](t)(r.ecs.DeleteExpressGatewayService(ctx, &ecs.DeleteExpressGatewayServiceInput{ServiceArn: aws.String(shopARN)}))
	r.watch.pass(2 * time.Hour)
	_, err = r.ecs.DescribeExpressGatewayService(ctx, &ecs.DescribeExpressGatewayServiceInput{ServiceArn: aws.String(shopARN)})
	refusedWith(t, "ResourceNotFoundException", err)
	must[*ecs.DeleteClusterOutput](t)(r.ecs.DeleteCluster(ctx, &ecs.DeleteClusterInput{Cluster: demo()}))
}

// TestExpressOfOwnDefinition is that a customer's task definition makes an Express
// service, and that names are made where none is given.
func TestExpressOfOwnDefinition(t *testing.T) {
	r := ephemeral(t)
	ctx := t.Context()
	must[*ecs.CreateClusterOutput](t)(r.ecs.CreateCluster(ctx, nil))
	definition := func(container string) *string {
		return must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
			Family: aws.String("own"), Cpu: aws.String("256"), Memory: aws.String("512"), NetworkMode: types.NetworkModeAwsvpc,
			RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate},
			ContainerDefinitions: []types.ContainerDefinition{{Name: &container, Image: aws.String("own:1"),
				PortMappings: []types.PortMapping{{ContainerPort: aws.Int32(80), Name: aws.String("web")}}}},
		})).TaskDefinition.TaskDefinitionArn
	}
	in := &ecs.CreateExpressGatewayServiceInput{InfrastructureRoleArn: aws.String(gatewayRole), TaskDefinitionArn: definition("other")}
	_, err := r.ecs.CreateExpressGatewayService(ctx, in) // no container named Main
	refusedWith(t, "InvalidParameterException", err)
	in.TaskDefinitionArn = definition("Main")
	made := must[*ecs.CreateExpressGatewayServiceOutput](t)(r.ecs.CreateExpressGatewayService(ctx, in)).Service
	if c := made.ActiveConfigurations[0]; *c.TaskDefinitionArn != *in.TaskDefinitionArn || c.PrimaryContainer != nil || *c.Cpu != "256" || !strings.HasPrefix(*made.ServiceName, "express-") {
		t.Errorf("the service is %s of %s", *made.ServiceName, *c.TaskDefinitionArn)
	}
	must[*ecs.UpdateExpressGatewayServiceOutput](t)(r.ecs.UpdateExpressGatewayService(ctx, &ecs.UpdateExpressGatewayServiceInput{ServiceArn: made.ServiceArn, HealthCheckPath: aws.String("/up")}))
	_, err = r.ecs.UpdateExpressGatewayService(ctx, &ecs.UpdateExpressGatewayServiceInput{ServiceArn: made.ServiceArn, Cpu: aws.String("512")}) // of what it has no container
	refusedWith(t, "InvalidParameterException", err)
	in.Cpu = aws.String("256")
	_, err = r.ecs.CreateExpressGatewayService(ctx, in) // it has one of its own
	refusedWith(t, "InvalidParameterException", err)
	_, err = r.ecs.CreateExpressGatewayService(ctx, &ecs.CreateExpressGatewayServiceInput{InfrastructureRoleArn: aws.String(gatewayRole)})
	refusedWith(t, "InvalidParameterException", err)
	_, err = r.ecs.DescribeExpressGatewayService(ctx, &ecs.DescribeExpressGatewayServiceInput{ServiceArn: aws.String("arn:aws:ecs:us-east-1:123456789012:service/default/none")})
	refusedWith(t, "ResourceNotFoundException", err)
	_, err = r.ecs.DeleteExpressGatewayService(ctx, &ecs.DeleteExpressGatewayServiceInput{ServiceArn: aws.String("arn:aws:ecs:us-east-1:123456789012:service/default/none")})
	refusedWith(t, "ServiceNotFoundException", err)
}
