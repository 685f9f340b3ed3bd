package workflow_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/ecs"
	"gantry/internal/golden"
	"gantry/internal/hint"
	"gantry/logs"
	"gantry/workflow"
)

// Each wait is a conversation: what ECS says when, what the verb tells about it, and
// how it ends.
func TestWaits(t *testing.T) {
	for _, tt := range []struct {
		name  string
		setup func(f *fake, s *workflow.Session)
		want  hint.Kind // of the error; Unexpected is none
	}{
		{"done", rollsOut, hint.Unexpected},
		{"stages", goesThroughStages, hint.Unexpected},
		{"rolled-back", breakerRollsBack, hint.RolledBack},
		{"failed", breakerStops, hint.Failed},
		{"no-candidate", nothingToGoBackTo, hint.Failed},
		{"superseded", anotherDeploys, hint.Superseded},
		{"unplaced", nowhereToGo, hint.TimedOut},
		{"no-instances", noInstances, hint.TimedOut},
		{"no-answer", neverAnswers, hint.TimedOut},
		{"interrupted", nil, hint.Interrupted},
		{"no-service-deployments", func(f *fake, s *workflow.Session) {
			rollsOut(f, s)
			f.refuse["ListServiceDeployments"] = unsupported{}
			f.refuse["DescribeServiceDeployments"] = unsupported{}
		}, hint.Unexpected},
		{"rolled-back-without-permission", func(f *fake, s *workflow.Session) {
			breakerRollsBack(f, s)
			f.refuse["DescribeServiceDeployments"] = hint.As(hint.Denied, errors.New("not authorized"))
		}, hint.RolledBack},
		{"throttled", func(f *fake, s *workflow.Session) {
			rollsOut(f, s)
			f.after(1500*time.Millisecond, func(f *fake) {
				f.refuseOnce["DescribeServices"] = hint.As(hint.Throttled, errors.New("Rate exceeded"))
			})
		}, hint.Unexpected},
		{"credentials-expired", func(f *fake, s *workflow.Session) {
			f.after(2*time.Second, func(f *fake) {
				f.refuse["DescribeServices"] = hint.With(hint.As(hint.Denied, errors.New("the token has expired")), "sign in again")
			})
		}, hint.Denied},
		{"superseded-between-two-looks", func(f *fake, s *workflow.Session) {
			anotherDeploys(f, s)
			f.after(2*time.Second, func(f *fake) { f.deployments[0].Status = ecs.ServiceDeploymentStopped })
		}, hint.Superseded},
		{"finds-the-service-deployment-late", func(f *fake, s *workflow.Session) {
			rollsOut(f, s)
			update := f.update
			f.update = func(f *fake, in *awsecs.UpdateServiceInput) {
				update(f, in)
				f.service.CurrentServiceDeployment = account + "service-deployment/default/web/old"
			}
		}, hint.Unexpected},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(t *testing.T, f *fake, s *workflow.Session) {
				f.serving(2)
				f.definitions = append(f.definitions, definition("web", 2, "app", "web:2"))
				f.update = deploys
				ctx, cancel := context.WithCancelCause(t.Context())
				if tt.setup != nil {
					tt.setup(f, s)
				} else {
					time.AfterFunc(3500*time.Millisecond, func() { cancel(hint.As(hint.Interrupted, errors.New("interrupt"))) })
				}
				r, err := s.Update(ctx, &awsecs.UpdateServiceInput{Service: aws.String("web"), TaskDefinition: aws.String(string(f.definitions[1].ARN))}, workflow.UpdateOptions{})
				cancel(nil)
				if got := hint.KindOf(err); got != tt.want || (err == nil) != (tt.want == hint.Unexpected) {
					t.Errorf("the error is %v of kind %s, want kind %s", err, got, tt.want)
				}
				golden.AssertString(t, "wait/"+tt.name+".golden", f.transcript(r, err))
			})
		})
	}
}

// rollsOut replaces two tasks and completes.
func rollsOut(f *fake, _ *workflow.Session) {
	f.after(time.Second, func(f *fake) {
		f.service.Deployments[0].PendingCount, f.service.PendingCount = 2, 2
		f.task("aaaa", ecs.TaskPending, "ecs-svc/2")
		f.task("bbbb", ecs.TaskPending, "ecs-svc/2")
		f.event("(service web) has started 2 tasks: (task aaaa) (task bbbb).")
	})
	f.after(4*time.Second, func(f *fake) {
		f.service.Deployments[0].PendingCount, f.service.PendingCount = 0, 0
		f.service.Deployments[0].RunningCount, f.service.RunningCount = 2, 4
		f.tasks[0].LastStatus, f.tasks[1].LastStatus = ecs.TaskRunning, ecs.TaskRunning
	})
	f.after(6*time.Second, func(f *fake) {
		f.service.Deployments = f.service.Deployments[:1]
		f.service.Deployments[0].RolloutState = ecs.RolloutCompleted
		f.service.RunningCount = 2
		f.deployments[0].Status = ecs.ServiceDeploymentSuccessful
		f.event("(service web) (deployment ecs-svc/2) deployment completed.")
		f.event("(service web) has reached a steady state.")
	})
}

// goesThroughStages is rollsOut with a traffic shift in steps and a bake time.
func goesThroughStages(f *fake, s *workflow.Session) {
	rollsOut(f, s)
	stage := func(at time.Duration, stage ecs.LifecycleStage, weight float64) {
		f.after(at, func(f *fake) {
			f.deployments[0].LifecycleStage = stage
			f.deployments[0].TargetServiceRevision = &ecs.ServiceRevisionSummary{ProductionTrafficWeight: &weight}
		})
	}
	stage(500*time.Millisecond, ecs.StageScaleUp, 0)
	stage(2500*time.Millisecond, ecs.StageProductionTrafficShift, 50)
	stage(3500*time.Millisecond, ecs.StageProductionTrafficShift, 100)
	stage(4500*time.Millisecond, ecs.StageBakeTime, 100)
}

// dies starts three tasks that stop before they run, for two reasons.
func dies(f *fake) {
	for i, id := range []string{"aaaa", "bbbb", "cccc"} {
		f.after(time.Duration(1+i)*time.Second, func(f *fake) { f.task(id, ecs.TaskPending, "ecs-svc/2") })
		f.after(time.Duration(2+i)*time.Second, func(f *fake) {
			code, reason, exit := ecs.EssentialContainerExited, "Essential container in task exited", 1
			if id == "bbbb" {
				code, reason, exit = ecs.TaskFailedToStart, "CannotPullContainerError: web:2 of task bbbb: not found", -1
			}
			f.stop(id, code, reason, exit)
			f.service.Deployments[0].FailedTasks++
			f.lines["x/app/"+id] = []logs.Event{{Message: "starting " + id}, {Message: "panic: no configuration"}}
		})
	}
	f.after(3*time.Second, func(f *fake) { // an old task that scaling stops explains nothing
		f.task("old1", ecs.TaskRunning, "ecs-svc/1")
		f.stop("old1", ecs.ServiceSchedulerInitiated, "Scaling activity initiated by (deployment ecs-svc/1)", 143)
	})
}

func breakerRollsBack(f *fake, _ *workflow.Session) {
	f.service.DeploymentConfiguration.CircuitBreaker = ecs.CircuitBreaker{Enable: true, Rollback: true}
	dies(f)
	f.after(6*time.Second, func(f *fake) {
		f.service.Deployments[0].Status, f.service.Deployments[0].RolloutState = ecs.DeploymentActive, ecs.RolloutFailed
		f.service.Deployments[0].RolloutStateReason = "ECS deployment circuit breaker: tasks failed to start."
		f.service.Deployments = append([]ecs.Deployment{{
			ID: "ecs-svc/3", Status: ecs.DeploymentPrimary, RolloutState: ecs.RolloutInProgress, DesiredCount: 2, RunningCount: 2,
			RolloutStateReason: "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.", CreatedAt: time.Now(),
		}}, f.service.Deployments...)
		f.deployments[0].Status = ecs.ServiceDeploymentRollbackInProgress
		f.event("(service web) (deployment ecs-svc/2) deployment failed: tasks failed to start.")
		f.event("(service web) rolling back to deployment ecs-svc/3.")
	})
	f.after(8*time.Second, func(f *fake) {
		f.service.Deployments = f.service.Deployments[:1]
		f.service.Deployments[0].RolloutState = ecs.RolloutCompleted
		f.service.Deployments[0].RolloutStateReason = "ECS deployment ecs-svc/3 completed."
		f.deployments[0].Status = ecs.ServiceDeploymentRollbackSuccessful
		f.deployments[0].Rollback = &ecs.DeploymentRollback{Reason: "Service deployment rolled back because the circuit breaker threshold was exceeded."}
	})
}

func breakerStops(f *fake, _ *workflow.Session) {
	f.service.DeploymentConfiguration.CircuitBreaker = ecs.CircuitBreaker{Enable: true}
	dies(f)
	f.after(6*time.Second, func(f *fake) {
		f.service.Deployments[0].RolloutState = ecs.RolloutFailed
		f.service.Deployments[0].RolloutStateReason = "ECS deployment circuit breaker: tasks failed to start."
		f.deployments[0].Status = ecs.ServiceDeploymentStopped
		f.event("(service web) (deployment ecs-svc/2) deployment failed: tasks failed to start.")
	})
}

func nothingToGoBackTo(f *fake, _ *workflow.Session) {
	f.service.DeploymentConfiguration.CircuitBreaker = ecs.CircuitBreaker{Enable: true, Rollback: true}
	dies(f)
	f.after(6*time.Second, func(f *fake) { // nothing is decided yet: a rollback may follow
		f.service.Deployments[0].RolloutState = ecs.RolloutFailed
		f.service.Deployments[0].RolloutStateReason = "ECS deployment circuit breaker: tasks failed to start."
	})
	f.after(8*time.Second, func(f *fake) { f.deployments[0].StatusReason = "No rollback candidate was found to run the rollback." })
}

func anotherDeploys(f *fake, _ *workflow.Session) {
	f.after(3*time.Second, func(f *fake) {
		f.service.Deployments[0].Status = ecs.DeploymentActive
		f.service.Deployments = append([]ecs.Deployment{{ID: "ecs-svc/9", Status: ecs.DeploymentPrimary, RolloutState: ecs.RolloutInProgress, CreatedAt: time.Now()}}, f.service.Deployments...)
		f.deployments[0].Status = ecs.ServiceDeploymentStopRequested
	})
}

func nowhereToGo(f *fake, s *workflow.Session) {
	s.Timeout, s.Heartbeat = 75*time.Second, 30*time.Second
	f.unplaced = []ecs.Failure{{ARN: "i/1", Reason: "RESOURCE:MEMORY"}, {ARN: "i/2", Reason: "RESOURCE:MEMORY"}, {ARN: "i/3", Reason: "AGENT"}}
	f.after(5*time.Second, func(f *fake) {
		f.event("(service web) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance 1) has insufficient memory available.")
	})
}

func noInstances(f *fake, s *workflow.Session) {
	s.Timeout = 20 * time.Second
	for _, at := range []time.Duration{5 * time.Second, 10 * time.Second} {
		f.after(at, func(f *fake) {
			f.event("(service web) was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster.")
		})
	}
}

// neverAnswers takes a question and then keeps silent: the timeout ends that too.
func neverAnswers(f *fake, s *workflow.Session) {
	s.Timeout = 20 * time.Second
	f.after(3*time.Second, func(f *fake) { f.silent = true })
}
