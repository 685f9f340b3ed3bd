package cmd

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi"
	"gantry/ecs"
	"gantry/emulator"
	"gantry/logs"
	"gantry/workflow"
)

// TestTailLosesNoLine follows the logs of a service while log events come in late
// and some come twice, and while calls are throttled: when it ends, every line that
// could be seen by then was handed out.
func TestTailLosesNoLine(t *testing.T) {
	now := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	world, err := emulator.Attach(t.Context(), emulator.Options{Ephemeral: true, Dir: t.TempDir(), Seed: 1, Speed: 1, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	}()
	client, err := awsapi.New(t.Context(), awsapi.Options{Transport: world.RoundTripper()})
	if err != nil {
		t.Fatal(err)
	}
	serviceOfLines(t, client)
	const late = 30 * time.Second
	if _, err := client.MakeFault(t.Context(), ecs.Fault{API: &ecs.APIFault{LateEvents: ecs.Seconds(late), DuplicateEvents: 0.1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.MakeFault(t.Context(), ecs.Fault{API: &ecs.APIFault{Throttle: 0.1, Service: "logs", Count: 2}}); err != nil {
		t.Fatal(err)
	}
	type line struct {
		stream, text string
		at           int64
	}
	got, ids, behind := map[line]int{}, map[string]bool{}, 0
	lineOf := func(e logs.Event) line { return line{e.Stream, e.Message, e.Timestamp.UnixMilli()} }
	newest := time.Time{}
	ctx, end := context.WithCancel(t.Context())
	passes := 0
	s := &workflow.Session{API: client, Logs: client, Now: client.Now, Sleep: func(context.Context, time.Duration) error {
		now = now.Add(3 * time.Second)
		if passes++; passes == 60 {
			end()
		}
		return ctx.Err()
	}}
	err = s.TailLogs(ctx, workflow.LogsOptions{Target: "web", Follow: true, Since: time.Minute}, func(e logs.Event) error {
		if ids[e.ID] {
			t.Errorf("the event %s was handed out twice", e.ID)
		}
		ids[e.ID] = true
		got[lineOf(e)]++
		if e.Timestamp.Before(newest) {
			behind++
		} else {
			newest = e.Timestamp
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, err := client.EndFaults(t.Context()); err != nil {
		t.Fatal(err)
	}
	written, twice := 0, 0
	for q := (logs.Query{Group: "/ecs/web", End: now.Add(-late - 6*time.Second)}); ; {
		page, err := client.FilterLogEvents(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			written++
			if got[lineOf(e)] == 0 {
				t.Errorf("the line at %s of %s was lost: %s", e.Timestamp, e.Stream, e.Message)
			}
			if got[lineOf(e)] > 1 {
				twice++
			}
		}
		if q.Token = page.Next; q.Token == "" {
			break
		}
	}
	if written < 100 || twice == 0 || behind == 0 {
		t.Errorf("%d lines were written, %d came twice, %d after a later one: nothing was proven", written, twice, behind)
	}
}

// serviceOfLines makes a service that logs.
func serviceOfLines(t *testing.T, client *awsapi.Client) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := client.AddInstances(ctx, awsapi.NewInstances{InstanceType: "t3.medium", Zones: []string{"us-east-1a"}, Count: 2})
	check(err)
	_, err = client.RegisterTaskDefinition(ctx, &awsecs.RegisterTaskDefinitionInput{
		Family: aws.String("web"),
		ContainerDefinitions: []types.ContainerDefinition{{
			Name: aws.String("web"), Image: aws.String("nginx:1"), Memory: aws.Int32(128),
			DockerLabels: map[string]string{"gantry.fate": "pull=1s start=1s period=2s"},
			LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwslogs, Options: map[string]string{
				"awslogs-group": "/ecs/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs",
			}},
		}},
	})
	check(err)
	_, err = client.CreateService(ctx, &awsecs.CreateServiceInput{ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(3)})
	check(err)
}
