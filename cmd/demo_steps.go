package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi"
	"gantry/ecs"
	"gantry/internal/hint"
	"gantry/logs"
	"gantry/workflow"
)

const (
	demoCluster  = "demo"
	demoService  = "web"
	demoRegistry = "123456789012.dkr.ecr.us-east-1.amazonaws.com/"
)

// steps is the story. The flags in the command lines and the requests below say
// the same; TestDemoCommands types the command lines and compares.
func (d *demo) steps() []demoStep {
	fast := &types.DeploymentConfiguration{MinimumHealthyPercent: aws.Int32(100), MaximumPercent: aws.Int32(200)}
	tight := &types.DeploymentConfiguration{MinimumHealthyPercent: aws.Int32(50), MaximumPercent: aws.Int32(100)}
	guarded := &types.DeploymentConfiguration{
		MinimumHealthyPercent: aws.Int32(100), MaximumPercent: aws.Int32(200),
		DeploymentCircuitBreaker: &types.DeploymentCircuitBreaker{Enable: true, Rollback: true},
	}
	return []demoStep{
		d.pushStep("Push an image to ECR; the repository is made on the way", "v1"),
		d.registerStep("Register a task definition with awslogs", "web.json"),
		{"Create a cluster", d.line("create-cluster " + demoCluster), func(ctx context.Context, s *workflow.Session) error {
			_, _, err := s.CreateCluster(ctx, &awsecs.CreateClusterInput{ClusterName: aws.String(demoCluster)})
			return err
		}},
		d.instancesStep("t3.small", 3), d.instancesStep("t3.medium", 3), d.instancesStep("m5.large", 3),
		{"Create a service of 10 tasks, spread over the zones", d.line("create-service web --cluster demo --task-definition web --desired-count 10" +
			" --placement-strategy type=spread,field=attribute:ecs.availability-zone type=binpack,field=memory"), d.createService},
		{"Scale it to 15; that starts no deployment", d.line("scale web 15 --cluster demo"), func(ctx context.Context, s *workflow.Session) error {
			_, err := s.Scale(ctx, demoCluster, demoService, 15)
			return err
		}},
		{"Tail the log lines of all its tasks", d.line("logs web --cluster demo --follow"), d.tail},
		d.pushStep("Push the next version: the layers that did not change are there already", "v2"),
		{"Update fast, without losing capacity: minimum 100 %, maximum 200 %",
			d.line("update web --cluster demo --image web=" + demoRegistry + "web:v2 --deployment-configuration minimumHealthyPercent=100,maximumPercent=200"),
			d.update("100/200", fast, "v2")},
		d.pushStep("Push a third version", "v3"),
		{"Update in the least space: minimum 50 %, maximum 100 %",
			d.line("update web --cluster demo --image web=" + demoRegistry + "web:v3 --deployment-configuration minimumHealthyPercent=50,maximumPercent=100"),
			d.update("50/100", tight, "v3")},
		d.registerStep("Register a revision whose containers die before they reach RUNNING", "web-broken.json"),
		{"Deploy it: the circuit breaker trips and rolls back",
			d.line("update web --cluster demo --task-definition web --deployment-configuration " +
				"'minimumHealthyPercent=100,maximumPercent=200,deploymentCircuitBreaker={enable=true,rollback=true}'"),
			d.breakIt(guarded)},
		{"See where it stands", d.line("status web --cluster demo"), d.status},
	}
}

func (d *demo) line(command string) string { return "gantry --local " + command }

func (d *demo) pushStep(title, version string) demoStep {
	return demoStep{title, d.line("push " + d.files.shown("image-"+version) + " web:" + version), func(ctx context.Context, s *workflow.Session) error {
		r, err := s.Push(ctx, workflow.PushOptions{Source: d.files.image(version), Repository: "web", Tag: version})
		if err == nil {
			d.watched.pushed(r)
			d.after = append(d.after, func() { d.f.talker().Line("%s", r.URI) })
		}
		return err
	}}
}

func (d *demo) registerStep(title, name string) demoStep {
	return demoStep{title, d.line("register " + d.files.shown(name)), func(ctx context.Context, s *workflow.Session) error {
		in, err := d.f.readTaskDefinition(d.files.path(name), "")
		if err != nil {
			return err
		}
		_, _, err = s.Register(ctx, in, false)
		return err
	}}
}

func (d *demo) instancesStep(kind string, count int) demoStep {
	zones := []string{"us-east-1a", "us-east-1b", "us-east-1c"}
	return demoStep{
		fmt.Sprintf("Register %d container instances of type %s in three zones", count, kind),
		d.line(fmt.Sprintf("emulator add-instances --cluster demo --type %s --zones %s --count %d", kind, strings.Join(zones, ","), count)),
		func(ctx context.Context, _ *workflow.Session) error {
			arns, err := d.client.AddInstances(ctx, awsapi.NewInstances{Cluster: demoCluster, InstanceType: kind, Zones: zones, Count: count})
			d.watched.seen.Instances += len(arns)
			return err
		},
	}
}

func (d *demo) createService(ctx context.Context, s *workflow.Session) error {
	_, err := s.CreateService(ctx, &awsecs.CreateServiceInput{
		Cluster: aws.String(demoCluster), ServiceName: aws.String(demoService), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(10),
		PlacementStrategy: []types.PlacementStrategy{
			{Type: types.PlacementStrategyTypeSpread, Field: aws.String("attribute:ecs.availability-zone")},
			{Type: types.PlacementStrategyTypeBinpack, Field: aws.String("memory")},
		},
	})
	if err != nil {
		return err
	}
	tasks, err := s.Tasks(ctx, demoCluster, workflow.TaskFilter{Service: demoService, Status: ecs.TaskRunning})
	if err != nil {
		return err
	}
	d.watched.placed(tasks)
	return nil
}

// tail follows the logs until a few lines were seen.
func (d *demo) tail(ctx context.Context, s *workflow.Session) error {
	const enough = 12
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	seen := 0
	err := s.TailLogs(ctx, workflow.LogsOptions{Cluster: demoCluster, Target: demoService, Since: 30 * time.Second, Follow: true}, func(e logs.Event) error {
		s.Emit(workflow.LogEvent{Event: e})
		if seen++; seen == enough {
			cancel()
		}
		return ctx.Err()
	})
	if seen > 0 && ctx.Err() != nil {
		return nil // it was we who ended the tail
	}
	return err
}

func (d *demo) update(name string, bounds *types.DeploymentConfiguration, version string) func(context.Context, *workflow.Session) error {
	return func(ctx context.Context, s *workflow.Session) error {
		d.watched.begin(name)
		r, err := s.Update(ctx, &awsecs.UpdateServiceInput{
			Cluster: aws.String(demoCluster), Service: aws.String(demoService), DeploymentConfiguration: bounds,
		}, workflow.UpdateOptions{Images: map[string]string{"web": demoRegistry + "web:" + version}})
		d.watched.end(r)
		return err
	}
}

// breakIt deploys the broken revision. Only a rollback by the circuit breaker is
// what this step is for; anything else is a failure of the demo.
func (d *demo) breakIt(bounds *types.DeploymentConfiguration) func(context.Context, *workflow.Session) error {
	return func(ctx context.Context, s *workflow.Session) error {
		d.watched.begin("broken")
		r, err := s.Update(ctx, &awsecs.UpdateServiceInput{
			Cluster: aws.String(demoCluster), Service: aws.String(demoService), TaskDefinition: aws.String("web"), DeploymentConfiguration: bounds,
		}, workflow.UpdateOptions{})
		d.watched.end(r)
		switch {
		case hint.KindOf(err) == hint.RolledBack:
			d.after = append(d.after, func() {
				p := d.f.talker()
				p.Stopped(r.Stopped)
				p.Line("rolled back, as it should be; by hand this command ends with exit code %d", hint.RolledBack.ExitCode())
			})
			return nil
		case err == nil:
			return errors.New("the broken revision was deployed without a complaint")
		}
		return err
	}
}

func (d *demo) status(ctx context.Context, s *workflow.Session) error {
	r, err := s.Status(ctx, demoCluster, demoService)
	if err != nil {
		return err
	}
	d.after = append(d.after, func() {
		p := d.f.talker()
		p.Now = r.Now
		p.ServiceStatus(r)
	})
	return nil
}
