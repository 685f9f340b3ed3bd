package workflow_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/ecs"
	"gantry/internal/golden"
	"gantry/internal/hint"
	"gantry/workflow"
)

func TestScale(t *testing.T) {
	for _, tt := range []struct {
		name  string
		to    int
		setup func(f *fake, s *workflow.Session)
		want  workflow.Outcome
	}{
		{"out", 4, func(f *fake, _ *workflow.Session) {
			f.after(2*time.Second, func(f *fake) { f.service.PendingCount = 2 })
			f.after(5*time.Second, func(f *fake) { f.service.RunningCount, f.service.PendingCount = 4, 0 })
		}, workflow.Done},
		{"in", 1, func(f *fake, _ *workflow.Session) {
			f.after(3*time.Second, func(f *fake) { f.service.RunningCount = 1 })
		}, workflow.Done},
		{"nothing to do", 2, nil, workflow.Unchanged},
		{"a glimpse is not steady", 4, func(f *fake, _ *workflow.Session) {
			f.after(2*time.Second, func(f *fake) { f.service.RunningCount = 4 })
			f.after(3*time.Second, func(f *fake) { f.service.RunningCount = 3 })
			f.after(9*time.Second, func(f *fake) { f.service.RunningCount = 4 })
		}, workflow.Done},
		{"another scales", 4, func(f *fake, _ *workflow.Session) {
			f.after(2*time.Second, func(f *fake) { f.service.DesiredCount = 7 })
		}, workflow.Superseded},
		{"never enough", 4, func(_ *fake, s *workflow.Session) { s.Timeout = 10 * time.Second }, workflow.TimedOut},
		{"no wait", 4, func(_ *fake, s *workflow.Session) { s.NoWait = true }, workflow.NotWaited},
		{"a failed deployment starts nothing", 4, func(f *fake, _ *workflow.Session) {
			f.service.Deployments[0].RolloutState = ecs.RolloutFailed
		}, workflow.Failed},
		{"but its tasks can be scaled in", 1, func(f *fake, _ *workflow.Session) {
			f.service.Deployments = append([]ecs.Deployment{{ID: "ecs-svc/0", Status: ecs.DeploymentPrimary, RolloutState: ecs.RolloutFailed}}, f.service.Deployments...)
			f.service.Deployments[1].Status = ecs.DeploymentActive
			f.after(3*time.Second, func(f *fake) { f.service.RunningCount = 1 })
		}, workflow.Done},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(t *testing.T, f *fake, s *workflow.Session) {
				f.serving(2)
				if tt.setup != nil {
					tt.setup(f, s)
				}
				r, err := s.Scale(t.Context(), "", "web", tt.to)
				if r.Outcome != tt.want {
					t.Errorf("outcome %s, want %s (%v)", r.Outcome, tt.want, err)
				}
				fine := tt.want == workflow.Done || tt.want == workflow.Unchanged || tt.want == workflow.NotWaited
				if fine != (err == nil) {
					t.Errorf("error %v with outcome %s", err, r.Outcome)
				}
				if err != nil && hint.Of(err) == "" {
					t.Errorf("%v has no next step", err)
				}
				if updates := f.called("UpdateService"); (updates == 0) != (tt.want == workflow.Unchanged) {
					t.Errorf("%d calls of UpdateService", updates)
				}
				if tt.name == "a glimpse is not steady" && r.Took.Duration() < 9*time.Second {
					t.Errorf("done after %s, before the tasks were steady", r.Took.Duration())
				}
			})
		})
	}
}

func TestScaleRefusesNegative(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.serving(2)
		if _, err := s.Scale(t.Context(), "", "web", -1); hint.KindOf(err) != hint.Usage || len(f.calls) > 0 {
			t.Errorf("got %v after %v", err, f.calls)
		}
	})
}

func TestUpdateThatStartsNothing(t *testing.T) {
	grace := aws.Int32(60)
	for _, tt := range []struct {
		name   string
		in     awsecs.UpdateServiceInput
		update func(*fake, *awsecs.UpdateServiceInput)
		want   workflow.Outcome
	}{
		{"the same again", awsecs.UpdateServiceInput{}, nil, workflow.Unchanged},
		{"the same count", awsecs.UpdateServiceInput{DesiredCount: aws.Int32(2)}, nil, workflow.Unchanged},
		{"another count", awsecs.UpdateServiceInput{DesiredCount: aws.Int32(3)}, func(f *fake, _ *awsecs.UpdateServiceInput) {
			f.after(4*time.Second, func(f *fake) { f.service.RunningCount = 3 })
		}, workflow.Done},
		{"a setting", awsecs.UpdateServiceInput{HealthCheckGracePeriodSeconds: grace}, func(f *fake, _ *awsecs.UpdateServiceInput) {
			f.service.HealthCheckGracePeriod = ecs.Seconds(time.Minute)
		}, workflow.Changed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(t *testing.T, f *fake, s *workflow.Session) {
				f.serving(2)
				f.update = tt.update
				tt.in.Service = aws.String("web")
				r, err := s.Update(t.Context(), &tt.in, workflow.UpdateOptions{})
				if err != nil || r.Outcome != tt.want {
					t.Errorf("got %s, %v; want %s", r.Outcome, err, tt.want)
				}
			})
		})
	}
}

func TestUpdateImage(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.serving(2)
		s.NoWait = true
		f.update = deploys
		o := workflow.UpdateOptions{Images: map[string]string{"app": "web:2"}}
		in := &awsecs.UpdateServiceInput{Service: aws.String("web")}
		r, err := s.Update(t.Context(), in, o)
		if err != nil || r.Outcome != workflow.NotWaited || r.TaskDefinition == nil || r.TaskDefinition.Name() != "web:2" {
			t.Fatalf("got %+v, %v", r, err)
		}
		if in.TaskDefinition != nil {
			t.Error("the caller's request was written to")
		}
		if got := f.service.TaskDefinition.Short(); got != "web:2" {
			t.Errorf("the service runs %s", got)
		}
		f.update = nil
		if r, err = s.Update(t.Context(), in, o); err != nil || r.Outcome != workflow.Unchanged || r.TaskDefinition != nil {
			t.Errorf("the second time: %+v, %v", r, err)
		}
		if n := f.called("RegisterTaskDefinition"); n != 1 {
			t.Errorf("%d revisions were registered", n)
		}
		o.Images = map[string]string{"ap": "web:3"}
		if _, err = s.Update(t.Context(), in, o); hint.KindOf(err) != hint.NotFound {
			t.Errorf("an unknown container: %v", err)
		}
	})
}

func TestUpdateImageRefused(t *testing.T) {
	for kind, left := range map[hint.Kind]int{hint.Invalid: 1, hint.Throttled: 2} {
		play(t, func(t *testing.T, f *fake, s *workflow.Session) {
			f.serving(2)
			f.refuse["UpdateService"] = hint.As(kind, errors.New("no"))
			o := workflow.UpdateOptions{Images: map[string]string{"app": "web:2"}}
			_, err := s.Update(t.Context(), &awsecs.UpdateServiceInput{Service: aws.String("web")}, o)
			if hint.KindOf(err) != kind {
				t.Errorf("%s: got %v", kind, err)
			}
			active := slices.DeleteFunc(slices.Clone(f.definitions), func(d ecs.TaskDefinition) bool {
				return d.Status != ecs.TaskDefinitionActive
			})
			if len(active) != left {
				t.Errorf("%s: %d revisions are ACTIVE, want %d", kind, len(active), left)
			}
		})
	}
}

func TestMissingService(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		s.CommandPrefix = "gantry --local"
		for name, verb := range map[string]func() error{
			"scale": func() error { _, err := s.Scale(t.Context(), "prod", "nope", 1); return err },
			"update": func() error {
				_, err := s.Update(t.Context(), &awsecs.UpdateServiceInput{Cluster: aws.String("prod"), Service: aws.String("nope")}, workflow.UpdateOptions{})
				return err
			},
			"watch":  func() error { _, err := s.Watch(t.Context(), "prod", "nope", ""); return err },
			"events": func() error { _, err := s.Events(t.Context(), "prod", "nope"); return err },
		} {
			err := verb()
			if hint.KindOf(err) != hint.NotFound || hint.Of(err) != "list the services with: gantry --local list services --cluster prod" {
				t.Errorf("%s: %v, next: %s", name, err, hint.Of(err))
			}
		}
		f.serving(1)
		f.service.Status = ecs.ServiceInactive
		if _, err := s.Service(t.Context(), "", "web"); hint.KindOf(err) != hint.NotFound || !strings.Contains(err.Error(), "INACTIVE") {
			t.Errorf("an INACTIVE service: %v", err)
		}
	})
}

func TestCreateService(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.create = func(f *fake, in *awsecs.CreateServiceInput) {
			f.serving(2)
			f.service.RunningCount, f.service.Deployments[0].RunningCount = 0, 0
			f.service.Deployments[0].RolloutState, f.service.Deployments[0].CreatedAt = ecs.RolloutInProgress, time.Now()
			f.deployments = []ecs.ServiceDeployment{{ARN: f.service.CurrentServiceDeployment, Status: ecs.ServiceDeploymentInProgress, CreatedAt: time.Now()}}
		}
		f.after(10*time.Second, func(f *fake) {
			f.service.RunningCount = 2
			f.service.Deployments[0].RolloutState = ecs.RolloutCompleted
			f.deployments[0].Status = ecs.ServiceDeploymentSuccessful
		})
		r, err := s.CreateService(t.Context(), &awsecs.CreateServiceInput{ServiceName: aws.String("web"), DesiredCount: aws.Int32(2)})
		if err != nil || r.Outcome != workflow.Done || r.Took.Duration() != 10*time.Second || r.Service.RunningCount != 2 {
			t.Errorf("got %s after %s with %d running, %v", r.Outcome, r.Took.Duration(), r.Service.RunningCount, err)
		}
	})
}

func TestWatch(t *testing.T) {
	for _, tt := range []struct{ name, deployment string }{
		{"the newest", ""},
		{"by id", "ecs-svc/2"},
		{"by ARN", account + "service-deployment/default/web/new"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(t *testing.T, f *fake, s *workflow.Session) {
				f.serving(2)
				deploys(f, &awsecs.UpdateServiceInput{})
				rollsOut(f, s)
				s.NoWait = true // to watch is to wait all the same
				r, err := s.Watch(t.Context(), "", "web", tt.deployment)
				if err != nil || r.Outcome != workflow.Done || r.DeploymentID != "ecs-svc/2" {
					t.Errorf("got %s of %s, %v", r.Outcome, r.DeploymentID, err)
				}
			})
		})
	}
	t.Run("unknown", func(t *testing.T) {
		play(t, func(t *testing.T, f *fake, s *workflow.Session) {
			f.serving(2)
			if _, err := s.Watch(t.Context(), "", "web", "ecs-svc/77"); hint.KindOf(err) != hint.NotFound {
				t.Errorf("got %v", err)
			}
		})
	})
}

func TestDeleteService(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.serving(2)
		f.after(5*time.Second, func(f *fake) { f.service.RunningCount = 0 })
		f.after(6*time.Second, func(f *fake) { f.service.Status = ecs.ServiceInactive })
		gone, err := s.DeleteService(t.Context(), "", "web", true)
		if err != nil || gone.Status != ecs.ServiceInactive || time.Since(f.begun) != 6*time.Second {
			t.Errorf("got %s after %s, %v", gone.Status, time.Since(f.begun), err)
		}
	})
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.serving(2)
		s.Timeout = 10 * time.Second
		if _, err := s.DeleteService(t.Context(), "", "web", true); hint.KindOf(err) != hint.TimedOut {
			t.Errorf("a service that drains for ever: %v", err)
		}
	})
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.serving(2)
		f.refuseOnce["DescribeServices"] = hint.As(hint.Throttled, errors.New("Rate exceeded"))
		f.after(6*time.Second, func(f *fake) { f.service.Status = ecs.ServiceInactive })
		if gone, err := s.DeleteService(t.Context(), "", "web", true); err != nil || gone.Status != ecs.ServiceInactive {
			t.Errorf("a look that was throttled ended the wait: %s, %v", gone.Status, err)
		}
	})
}

func TestRegisterIfChanged(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		in := &awsecs.RegisterTaskDefinitionInput{Family: aws.String("web"), ContainerDefinitions: containers("app", "web:1")}
		if def, changed, err := s.Register(t.Context(), in, true); err != nil || changed || def.Name() != "web:1" {
			t.Errorf("the same: %s, %v, %v", def.Name(), changed, err)
		}
		in.ContainerDefinitions = containers("app", "web:9")
		if def, changed, err := s.Register(t.Context(), in, true); err != nil || !changed || def.Name() != "web:2" {
			t.Errorf("another: %s, %v, %v", def.Name(), changed, err)
		}
		if _, changed, err := s.Register(t.Context(), in, false); err != nil || !changed {
			t.Errorf("the same, on demand: %v, %v", changed, err)
		}
		in.Family = aws.String("new")
		if _, changed, err := s.Register(t.Context(), in, true); err != nil || !changed {
			t.Errorf("a new family: %v, %v", changed, err)
		}
		f.refuse["DescribeTaskDefinition"] = hint.As(hint.Denied, errors.New("not authorized"))
		if _, _, err := s.Register(t.Context(), in, true); hint.KindOf(err) != hint.Denied {
			t.Errorf("without permission: %v", err)
		}
	})
}

func TestRunTask(t *testing.T) {
	ends := func(exit int, code ecs.StopCode, reason string) func(*fake) {
		return func(f *fake) {
			f.run = func(f *fake, _ *awsecs.RunTaskInput) ([]ecs.Task, []ecs.Failure) {
				task := f.task("aaaa", ecs.TaskPending, "")
				f.tasks = f.tasks[:len(f.tasks)-1]
				f.after(2*time.Second, func(f *fake) {
					if code != ecs.TaskFailedToStart {
						f.tasks[0].LastStatus, f.tasks[0].StartedAt = ecs.TaskRunning, time.Now()
						f.lines["x/app/aaaa"] = append(f.lines["x/app/aaaa"], line("1", "hello"))
					}
				})
				f.after(4*time.Second, func(f *fake) {
					if code != ecs.TaskFailedToStart {
						f.lines["x/app/aaaa"] = append(f.lines["x/app/aaaa"], line("2", "goodbye"))
					}
					f.stop("aaaa", code, reason, exit)
				})
				return []ecs.Task{*task}, nil
			}
		}
	}
	nowhere := func(f *fake) {
		f.run = func(*fake, *awsecs.RunTaskInput) ([]ecs.Task, []ecs.Failure) {
			return nil, []ecs.Failure{{Reason: "RESOURCE:MEMORY"}, {Reason: "RESOURCE:MEMORY"}, {Reason: "AGENT"}}
		}
	}
	for _, tt := range []struct {
		name  string
		o     workflow.RunOptions
		setup func(*fake)
		exit  int
	}{
		{"ends well", workflow.RunOptions{Wait: true, Logs: true}, ends(0, ecs.EssentialContainerExited, "Essential container in task exited"), 0},
		{"fails", workflow.RunOptions{Wait: true, Logs: true}, ends(3, ecs.EssentialContainerExited, "Essential container in task exited"), 1},
		{"fails without logs", workflow.RunOptions{Wait: true}, ends(3, ecs.EssentialContainerExited, "Essential container in task exited"), 1},
		{"exit code from", workflow.RunOptions{Wait: true, ExitCodeFrom: "app"}, ends(3, ecs.EssentialContainerExited, "Essential container in task exited"), 3},
		{"exit code from nobody", workflow.RunOptions{Wait: true, ExitCodeFrom: "nobody"}, ends(0, "", ""), 2},
		{"never started", workflow.RunOptions{Wait: true, Logs: true}, ends(-1, ecs.TaskFailedToStart, "CannotPullContainerError: not found"), 14},
		{"found no place", workflow.RunOptions{Wait: true}, nowhere, 14},
		{"no wait", workflow.RunOptions{}, ends(3, "", ""), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(t *testing.T, f *fake, s *workflow.Session) {
				tt.setup(f)
				r, err := s.RunTask(t.Context(), &awsecs.RunTaskInput{TaskDefinition: aws.String("web"), Count: aws.Int32(1)}, tt.o)
				if got := hint.ExitCode(err); got != tt.exit {
					t.Errorf("exit code %d, want %d: %v", got, tt.exit, err)
				}
				if tt.exit != 2 && r.ExitCode != tt.exit && len(r.Tasks) > 0 {
					t.Errorf("the result says exit code %d, want %d", r.ExitCode, tt.exit)
				}
				if tt.exit == 2 && f.called("RunTask") > 0 {
					t.Error("a task was run for a wrong container name")
				}
				text := f.transcript(workflow.Result{Outcome: workflow.Outcome(fmt.Sprint("exit ", r.ExitCode)), Took: r.Took, Stopped: r.Stopped}, err)
				golden.AssertString(t, "run/"+strings.ReplaceAll(tt.name, " ", "-")+".golden", text)
			})
		})
	}
}

// knowing is an API that can say why a task finds no place.
type knowing struct {
	*fake
	says ecs.Placement
	err  error
}

func (k *knowing) Explain(context.Context, string, string) (e ecs.Explanation, ok bool, err error) {
	return e, false, nil
}

func (k *knowing) ExplainTask(_ context.Context, _, task string) (p ecs.Placement, ok bool, err error) {
	return k.says, task == "aaaa", k.err
}

func (k *knowing) ExplainRun(_ context.Context, in *awsecs.RunTaskInput) (p ecs.Placement, ok bool, err error) {
	return k.says, aws.ToString(in.TaskDefinition) == "web", k.err
}

// TestRunTaskExplained: where somebody can sum up why tasks found no place, the
// result has it; where nobody can, and where there is a place by now, it has the
// failures alone.
func TestRunTaskExplained(t *testing.T) {
	for name, tt := range map[string]struct {
		rule ecs.PlacementRule
		err  error
		told bool
	}{
		"no place":          {ecs.NotPlaced, nil, true},
		"a place meanwhile": {ecs.PlacedByStrategy, nil, false},
		"no answer":         {ecs.NotPlaced, errors.New("gone"), false},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, f *fake, s *workflow.Session) {
				f.run = func(*fake, *awsecs.RunTaskInput) ([]ecs.Task, []ecs.Failure) {
					return nil, []ecs.Failure{{Reason: "RESOURCE:MEMORY"}}
				}
				s.API = &knowing{fake: f, says: ecs.Placement{Rule: tt.rule, Text: "4 short of memory"}, err: tt.err}
				result, err := s.RunTask(t.Context(), &awsecs.RunTaskInput{TaskDefinition: aws.String("web")}, workflow.RunOptions{})
				if hint.KindOf(err) != hint.NeverStarted || (result.Explanation != nil) != tt.told || len(result.Failures) != 1 {
					t.Errorf("%+v, %v", result, err)
				}
				s.API = f
				if result, _ = s.RunTask(t.Context(), &awsecs.RunTaskInput{TaskDefinition: aws.String("web")}, workflow.RunOptions{}); result.Explanation != nil {
					t.Errorf("explained where nobody can: %+v", result.Explanation)
				}
			})
		})
	}
}

// TestExplainTask: nobody has to know.
func TestExplainTask(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		if p, err := s.ExplainTask(t.Context(), "", "aaaa"); p != nil || err != nil {
			t.Errorf("%+v, %v", p, err)
		}
		s.API = &knowing{fake: f, says: ecs.Placement{Rule: ecs.PlacedAsTold}}
		if p, err := s.ExplainTask(t.Context(), "", "aaaa"); p == nil || p.Rule != ecs.PlacedAsTold || err != nil {
			t.Errorf("%+v, %v", p, err)
		}
		if p, err := s.ExplainTask(t.Context(), "", "bbbb"); p != nil || err != nil {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func TestRunTaskInterrupted(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.run = func(f *fake, _ *awsecs.RunTaskInput) ([]ecs.Task, []ecs.Failure) {
			task := *f.task("aaaa", ecs.TaskRunning, "")
			f.tasks = nil
			return []ecs.Task{task}, nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		_, err := s.RunTask(ctx, &awsecs.RunTaskInput{TaskDefinition: aws.String("web")}, workflow.RunOptions{Wait: true, Logs: true})
		if hint.KindOf(err) != hint.Interrupted || !strings.Contains(hint.Of(err), "stop-task aaaa") {
			t.Errorf("got %v, next: %s", err, hint.Of(err))
		}
	})
}
