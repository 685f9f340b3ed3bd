package scheduler_test

import (
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

const day = 24 * time.Hour

func (b *bench) update(revision int) {
	b.t.Helper()
	def := definition(revision)
	b.must(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", TaskDefinition: &def}})
}

// history is how many service deployments of web are told; each is found by its
// ARN too, and each revision that it names.
func (b *bench) history() int {
	b.t.Helper()
	all := b.ServiceDeployments("web")
	for i := range all {
		if _, ok := b.ServiceDeployment(all[i].ARN); !ok {
			b.t.Errorf("service deployment %s is listed and not found", all[i].ARN)
		}
		revisions := []ecs.ARN{all[i].TargetServiceRevision.ARN}
		for _, r := range all[i].SourceServiceRevisions {
			revisions = append(revisions, r.ARN)
		}
		for _, arn := range revisions {
			if _, ok := b.ServiceRevision(arn); !ok {
				b.t.Errorf("service deployment %s names revision %s, which is not found", all[i].ARN, arn)
			}
		}
	}
	return len(all)
}

// TestHistoryIsKept: service deployments are told for 90 days, in or out of a
// saved state, and those that have not ended for longer (ECS semantics 4.16).
func TestHistoryIsKept(t *testing.T) {
	b := newBench(t, 2)
	b.must(create("web", 1))
	b.wait(10 * time.Minute)
	first := b.ServiceDeployments("web")[0]
	b.wait(60 * day)
	b.update(2)
	b.wait(10 * time.Minute)

	steps := []struct {
		wait time.Duration
		do   func()
		want int
		why  string
	}{
		{0, nil, 2, "both are younger than 90 days"},
		{30*day - 30*time.Minute, nil, 2, "the first is not quite 90 days old"},
		{time.Hour, nil, 1, "the first is over 90 days old"},
		{0, func() { b.update(3) }, 2, "another one began, which forgets what is old"},
		{10 * time.Minute, nil, 2, "it names the revision that it came from"},
		{60 * day, nil, 1, "the second is forgotten, and the third still names its revision"},
		{31 * day, nil, 1, "the third is old, and the service names it as its current one"},
		{0, func() { b.update(4) }, 1, "the third is not the current one any more"},
	}
	for _, s := range steps {
		b.wait(s.wait)
		if s.do != nil {
			s.do()
		}
		if n := b.history(); n != s.want {
			t.Errorf("after %s %d service deployments are told, want %d: %s", b.now.Sub(birth), n, s.want, s.why)
		}
	}
	if _, ok := b.ServiceDeployment(first.ARN); ok {
		t.Error("a service deployment that is not listed any more is found")
	}
	data, err := b.Save()
	if err != nil {
		t.Fatal(err)
	}
	if b.Cluster, err = scheduler.Load(data); err != nil {
		t.Fatal(err)
	}
	b.wait(10 * time.Minute)
	if n := b.history(); n != 1 {
		t.Errorf("after a load %d service deployments are told", n)
	}
	if s, _ := b.Service("web"); s.RunningCount != 1 || s.PrimaryDeployment().RolloutState != ecs.RolloutCompleted {
		t.Errorf("the service has %d tasks and is %s", s.RunningCount, s.PrimaryDeployment().RolloutState)
	}
}

// TestHistoryOfWhatLasts: a deployment that nothing ends is told however old it is.
func TestHistoryOfWhatLasts(t *testing.T) {
	b := newBench(t, 1)
	b.must(create("web", 1))
	b.wait(10 * time.Minute)
	large := definition(2)
	large.Containers[0].MemoryMiB = 9000 // no instance has so much
	b.must(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", TaskDefinition: &large}})
	b.wait(100 * day)
	if all := b.ServiceDeployments("web"); len(all) != 1 || all[0].Status != ecs.ServiceDeploymentInProgress {
		t.Fatalf("%d service deployments are told: %+v", len(all), all)
	}
	// What takes its place ends it, and it is old at once. The revision that runs is
	// older still.
	b.update(3)
	b.wait(10 * time.Minute)
	if n := b.history(); n != 1 {
		t.Errorf("%d service deployments are told, want the new one", n)
	}
	if s, _ := b.Service("web"); s.PrimaryDeployment().RolloutState != ecs.RolloutCompleted {
		t.Errorf("it is %s", s.PrimaryDeployment().RolloutState)
	}
}

// TestHistoryGoesWithItsService: an INACTIVE service has no history any more once
// it is forgotten, and a new one of its name begins with none.
func TestHistoryGoesWithItsService(t *testing.T) {
	b := newBench(t, 1)
	b.must(create("web", 1))
	b.wait(10 * time.Minute)
	old := b.ServiceDeployments("web")[0].ARN
	b.must(scheduler.Command{DeleteService: &scheduler.DeleteService{Name: "web", Force: true}})
	b.wait(10 * time.Minute)
	b.must(create("web", 1))
	if n := b.history(); n != 1 {
		t.Errorf("the new service has %d service deployments", n)
	}
	if _, ok := b.ServiceDeployment(old); ok {
		t.Error("the new service has one of the old")
	}
}
