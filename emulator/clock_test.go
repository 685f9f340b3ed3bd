package emulator_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/emulator"
)

type clockAnswer struct {
	Now       time.Time `json:"now"`
	Speed     any       `json:"speed"`
	SpeedText string    `json:"speedText"`
}

func (r *rig) clock() clockAnswer {
	r.t.Helper()
	var answer clockAnswer
	r.admin(http.MethodGet, "/_gantry/clock", "", &answer)
	return answer
}

func TestClock(t *testing.T) {
	r := attach(t, emulator.Options{Ephemeral: true, Speed: 10})
	began := r.clock()
	if began.Speed != 10.0 || began.SpeedText != "10" || !began.Now.Equal(r.watch.Now()) {
		t.Errorf("clock %+v", began)
	}
	r.watch.pass(time.Minute)
	if got := r.clock().Now.Sub(began.Now); got != 10*time.Minute {
		t.Errorf("%s of the world in a minute, want 10m", got)
	}
	r.admin(http.MethodPost, "/_gantry/clock", `{"speed":2}`, nil)
	now := r.clock().Now
	r.watch.pass(time.Minute)
	if got := r.clock().Now.Sub(now); got != 2*time.Minute {
		t.Errorf("%s of the world in a minute, want 2m", got)
	}
	r.watch.pass(-time.Hour)
	if back := r.clock().Now; back.Before(now.Add(2 * time.Minute)) {
		t.Errorf("the world went back to %s with the real clock", back)
	}
	for _, bad := range []string{"0", "-1", "fast", "1e9", "NaN"} {
		if status, _, body := r.call(http.MethodPost, "/_gantry/clock", "", fmt.Sprintf(`{"speed":%q}`, bad)); status != http.StatusBadRequest {
			t.Errorf("speed %s: %d %s", bad, status, body)
		}
	}
}

// Speed max waits for nothing but repeats, and then goes in real time.
func TestSpeedMax(t *testing.T) {
	r := attach(t, emulator.Options{Ephemeral: true, Speed: emulator.SpeedMax()})
	r.cluster()
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(nil)))
	must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("demo"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(6),
	}))
	service := r.describe() // no time has passed
	if service.RunningCount != 6 || service.Deployments[0].RolloutState != types.DeploymentRolloutStateCompleted {
		t.Errorf("%d running, %s", service.RunningCount, service.Deployments[0].RolloutState)
	}
	settled := r.clock()
	if settled.Speed != "max" || settled.Now.Sub(r.watch.Now()) > 10*time.Minute {
		t.Errorf("clock %+v, the real one %s", settled, r.watch.Now())
	}
	r.watch.pass(time.Minute)
	if got := r.clock().Now.Sub(settled.Now); got != time.Minute {
		t.Errorf("%s in a minute after it settled", got)
	}
}

// crashing makes a service whose containers end after ten seconds.
func (r *rig) crashing() {
	r.t.Helper()
	must[*ecs.RegisterTaskDefinitionOutput](r.t)(r.ecs.RegisterTaskDefinition(r.t.Context(),
		webDefinition(map[string]string{"gantry.fate": "exit=1 after=10s"})))
	must[*ecs.CreateServiceOutput](r.t)(r.ecs.CreateService(r.t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("demo"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(8),
	}))
}

// A service that crashes for ever does not keep requests from being answered.
func TestSpeedMaxWithACrashLoop(t *testing.T) {
	r := attach(t, emulator.Options{Ephemeral: true, Speed: emulator.SpeedMax()})
	r.cluster()
	r.crashing()
	began := time.Now()
	for range 10 {
		r.describe()
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("ten requests took %s", took)
	}
}

// A world that was left alone for a year with a service that crashes all the
// time opens fast: it has slept for most of it.
func TestOldWorldOpensFast(t *testing.T) {
	dir := t.TempDir()
	r := attach(t, emulator.Options{Dir: dir, Speed: 10})
	r.cluster()
	r.crashing()
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	r.watch.pass(365 * 24 * time.Hour)
	began := time.Now()
	again := attach(t, emulator.Options{Dir: dir, Now: r.watch.Now})
	if took := time.Since(began); took > 5*time.Second { // well under a second, but for slow machines and -race
		t.Errorf("opening took %s", took)
	}
	again.watch = r.watch
	if service := again.describe(); service.DesiredCount != 8 {
		t.Errorf("desired count %d", service.DesiredCount)
	}
}

// A steady world that was left alone comes to its present.
func TestOldSteadyWorldCatchesUp(t *testing.T) {
	dir := t.TempDir()
	r := attach(t, emulator.Options{Dir: dir, Speed: 1})
	r.cluster()
	r.service(3)
	before := r.clock().Now
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	r.watch.pass(30 * 24 * time.Hour)
	again := attach(t, emulator.Options{Dir: dir, Now: r.watch.Now})
	if got := again.clock().Now.Sub(before); got != 30*24*time.Hour {
		t.Errorf("%s passed in the world, want 30 days", got)
	}
}

func TestReset(t *testing.T) {
	r := attach(t, emulator.Options{Speed: 5})
	r.cluster()
	r.service(2)
	r.admin(http.MethodPost, "/_gantry/clock", `{"speed":"100"}`, nil)
	r.watch.pass(time.Hour)
	var after clockAnswer
	r.admin(http.MethodPost, "/_gantry/reset", "", &after)
	if after.SpeedText != "5" || !after.Now.Equal(r.watch.Now()) {
		t.Errorf("clock after a reset %+v, the real one %s", after, r.watch.Now())
	}
	if got := r.clusters(); len(got) != 0 {
		t.Errorf("clusters after a reset: %v", got)
	}
	r.cluster()
	registered := must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(nil)))
	if registered.TaskDefinition.Revision != 1 {
		t.Errorf("revision %d after a reset, want 1", registered.TaskDefinition.Revision)
	}
}

func TestWorldAnswer(t *testing.T) {
	r := ephemeral(t)
	var world struct {
		Account, Region, VPC, SecurityGroup string
		Subnets                             map[string]string
		FormatVersion                       int
	}
	r.admin(http.MethodGet, "/_gantry/world", "", &world)
	if world.Account != "123456789012" || world.Region != "us-east-1" || len(world.Subnets) != 6 || world.FormatVersion != 1 ||
		world.VPC == "" || world.SecurityGroup == "" {
		t.Errorf("world %+v", world)
	}
}

// The time of a world goes on in the next process from what was told in this
// one, also when the engine had not come that far.
func TestTimeGoesOnInTheNextProcess(t *testing.T) {
	dir, watch := t.TempDir(), newWatch()
	options := emulator.Options{Dir: dir, Speed: 100_000, Now: watch.Now}
	r := attach(t, options)
	r.cluster()
	r.crashing()
	for range 3 {
		watch.pass(10 * time.Minute)
		_, header, _ := r.call(http.MethodGet, "/_gantry/health", "", "")
		told, err := time.Parse(time.RFC3339Nano, header.Get("X-Gantry-Now"))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.a.Close(); err != nil {
			t.Fatal(err)
		}
		r = attach(t, options)
		if now := r.clock().Now; now.Before(told) {
			t.Errorf("it was %s, and in the next process it is %s", told, now)
		}
	}
}
