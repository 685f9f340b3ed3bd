package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
	"gantry/internal/hint"
	"gantry/logs"
	"gantry/workflow"
)

func containers(name, image string) []types.ContainerDefinition {
	return []types.ContainerDefinition{{Name: &name, Image: &image, Memory: aws.Int32(128), Essential: aws.Bool(true)}}
}

func line(id, message string) logs.Event {
	return logs.Event{ID: id, Timestamp: time.Now(), Ingestion: time.Now(), Message: message}
}

func TestTailFollowsAService(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.serving(1)
		f.task("aaaa", ecs.TaskRunning, "ecs-svc/1")
		f.lines["x/app/aaaa"] = []logs.Event{{ID: "0", Timestamp: time.Now().Add(-time.Hour), Message: "long ago"}, line("1", "one")}
		f.after(2*time.Second, func(f *fake) { // a new task; its stream comes a moment later
			f.task("bbbb", ecs.TaskRunning, "ecs-svc/1")
		})
		f.after(4*time.Second, func(f *fake) {
			f.lines["x/app/bbbb"] = []logs.Event{line("b1", "two")}
			f.lines["x/app/aaaa"] = append(f.lines["x/app/aaaa"], logs.Event{ID: "2", Timestamp: time.Now().Add(-3 * time.Second), Message: "late"})
		})
		f.after(6*time.Second, func(f *fake) {
			f.lines["x/app/aaaa"] = append(f.lines["x/app/aaaa"], line("3", "dying"))
			f.stop("aaaa", ecs.EssentialContainerExited, "Essential container in task exited", 1)
		})
		f.after(7*time.Second, func(f *fake) {
			f.refuseOnce["FilterLogEvents"] = hint.As(hint.Throttled, errors.New("Rate exceeded"))
			f.lines["x/app/bbbb"] = append(f.lines["x/app/bbbb"], line("b2", "three"))
		})
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		err := s.TailLogs(ctx, workflow.LogsOptions{Target: "web", Since: time.Minute, Follow: true}, func(e logs.Event) error {
			fmt.Fprintf(&f.out, "%s %s %s late=%v\n", e.Task, e.Container, e.Message, e.Late)
			return nil
		})
		if hint.KindOf(err) != hint.TimedOut {
			t.Errorf("the tail ended with %v", err)
		}
		want := `aaaa app one late=false
aaaa app late late=false
bbbb app two late=false
aaaa app dying late=false
    6s  notice: task aaaa stopped: EssentialContainerExited, container app exited with code 1: Essential container in task exited []
    7s  notice: Rate exceeded; asking again []
bbbb app three late=false
`
		if got := f.out.String(); got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	})
}

func TestTailEndsWithItsTask(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		id := strings.Repeat("0123456789abcdef", 2)
		f.definitions[0].Containers[0].LogOptions = map[string]string{"awslogs-group": "/ecs/web"}
		f.definitions[0].Containers = append(f.definitions[0].Containers,
			ecs.ContainerDefinition{Name: "router", LogDriver: "awsfirelens"}, ecs.ContainerDefinition{Name: "plain"})
		task := f.task(id, ecs.TaskRunning, "")
		task.Containers[0].RuntimeID = "cafe"
		f.lines["cafe"] = []logs.Event{line("1", "by its runtime id")}
		f.after(3*time.Second, func(f *fake) { f.stop(id, ecs.UserInitiated, "enough", 143) })
		err := s.TailLogs(t.Context(), workflow.LogsOptions{Target: id, Follow: true}, func(e logs.Event) error {
			fmt.Fprintln(&f.out, e.Container, e.Message)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"app by its runtime id", "router of web:1 logs with the driver awsfirelens", "plain of web:1 has no log configuration", "stopped: UserInitiated"} {
			if strings.Count(f.out.String(), want) != 1 {
				t.Errorf("%q is not there once:\n%s", want, f.out.String())
			}
		}
		if err := s.TailLogs(t.Context(), workflow.LogsOptions{Target: id, Container: "web"}, nil); hint.KindOf(err) != hint.Usage {
			t.Errorf("an unknown container: %v", err)
		}
		if err := s.TailLogs(t.Context(), workflow.LogsOptions{Target: "nothing"}, nil); hint.KindOf(err) != hint.NotFound {
			t.Errorf("an unknown target: %v", err)
		}
	})
}
