package emulator_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/emulator"
)

// step moves the world's clock on.
func (r *rig) step(d time.Duration) (moved clockAnswer) {
	r.t.Helper()
	r.admin(http.MethodPost, "/_gantry/clock", fmt.Sprintf(`{"step":%q}`, d), &moved)
	return moved
}

// begun is a world whose clock is paused, with a service that has just been made.
func begun(t *testing.T, opts emulator.Options) *rig {
	t.Helper()
	opts.Seed, opts.Paused = 3, true
	r := attach(t, opts)
	r.cluster()
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(nil)))
	must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("demo"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(4),
	}))
	return r
}

// A world that is paused answers, and is changed, at the moment at which it stands.
func TestPause(t *testing.T) {
	r := begun(t, emulator.Options{Ephemeral: true})
	stands := r.clock()
	if stands.Speed != "pause" || stands.SpeedText != "pause" {
		t.Errorf("the clock of a world that begins paused is %+v", stands)
	}
	r.watch.pass(24 * time.Hour)
	made := must[*ecs.UpdateServiceOutput](t)(r.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{
		Cluster: aws.String("demo"), Service: aws.String("web"), ForceNewDeployment: true,
	}))
	if at := made.Service.Deployments[0].CreatedAt; !at.Equal(stands.Now) || !r.clock().Now.Equal(stands.Now) {
		t.Errorf("a day after it was paused at %s a deployment is made at %s, and it is %s", stands.Now, at, r.clock().Now)
	}
	if service := r.describe(); service.RunningCount != 0 {
		t.Errorf("%d tasks run although no time has passed", service.RunningCount)
	}
	r.admin(http.MethodPost, "/_gantry/clock", `{"speed":1}`, nil)
	r.watch.pass(10 * time.Minute)
	if got := r.clock().Now.Sub(stands.Now); got != 10*time.Minute {
		t.Errorf("%s passed in the ten minutes since it goes on", got)
	}
	if service := r.describe(); service.RunningCount != 4 {
		t.Errorf("%d tasks run", service.RunningCount)
	}
}

// Time stands still from one process to the next, and after a crash, too.
func TestPauseOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	r := begun(t, emulator.Options{Dir: dir})
	r.step(17 * time.Second)
	stands, want := r.clock(), r.everything()
	copyWorld(t, filepath.Join(dir, "default"), filepath.Join(dir, "crashed"))
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	for _, world := range []string{"default", "crashed"} {
		r.watch.pass(365 * 24 * time.Hour)
		again := attach(t, emulator.Options{Dir: dir, World: world, Now: r.watch.Now})
		if now := again.clock(); !now.Now.Equal(stands.Now) || now.SpeedText != "pause" {
			t.Errorf("%s: paused at %s, in the next process it is %+v", world, stands.Now, now)
		}
		if got := again.everything(); got != want {
			t.Errorf("%s is another world in the next process\nwant %s\ngot %s", world, want, got)
		}
	}
}

// Steps compose: however a stretch of time is cut into steps, the world is the same
// after it, and as if the time had passed by itself.
func TestStepsCompose(t *testing.T) {
	const stretch = 10 * time.Minute
	whole := begun(t, emulator.Options{Ephemeral: true})
	if moved := whole.step(stretch); !moved.Now.Equal(whole.watch.Now().Add(stretch)) || moved.SpeedText != "pause" {
		t.Errorf("a step of %s comes to %+v", stretch, moved)
	}
	want := whole.everything()

	passed := begun(t, emulator.Options{Ephemeral: true})
	passed.admin(http.MethodPost, "/_gantry/clock", `{"speed":1}`, nil)
	passed.watch.pass(stretch)
	if got := passed.everything(); got != want {
		t.Errorf("a step is not what happens when time passes\nwant %s\ngot %s", got, want)
	}
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 1))
		r := begun(t, emulator.Options{Ephemeral: true})
		var cuts []time.Duration
		for left := stretch; left > 0; {
			cut := min(left, time.Duration(1+random.Int64N(int64(3*time.Minute))))
			if random.IntN(3) == 0 {
				cut = min(left, time.Duration(1+random.Int64N(int64(time.Second))))
			}
			r.step(cut)
			cuts, left = append(cuts, cut), left-cut
		}
		if got := r.everything(); got != want {
			t.Errorf("steps of %v are not one of %s\nwant %s\ngot %s", cuts, stretch, want, got)
		}
	}
}

// The realms of a world are moved together, also those that nobody has asked for
// since it was opened.
func TestRealmsStepTogether(t *testing.T) {
	dir, regions := t.TempDir(), []string{"us-east-1", "eu-west-1", "ap-south-1"}
	r := attach(t, emulator.Options{Dir: dir, Paused: true})
	from := r.watch.Now()
	for _, region := range regions {
		r.nowIn("any", region)
	}
	for _, reopen := range []bool{false, true} {
		if reopen {
			if err := r.a.Close(); err != nil {
				t.Fatal(err)
			}
			r.watch.pass(time.Hour)
			again := attach(t, emulator.Options{Dir: dir, Now: r.watch.Now})
			again.watch, r = r.watch, again
		}
		r.step(time.Hour)
		from = from.Add(time.Hour)
		for _, region := range regions {
			if now := r.nowIn("any", region); !now.Equal(from) {
				t.Errorf("in %s it is %s, want %s", region, now, from)
			}
		}
	}
	if now := r.nowIn("any", "us-west-2"); !now.Equal(from) {
		t.Errorf("a Region that is new has %s, want %s", now, from)
	}
	r.paced(0, append(regions, "us-west-2")...)
}

// A world is moved to a time that is ahead, and to no other.
func TestMoveTo(t *testing.T) {
	for _, speed := range []string{`"pause"`, "1", "100000"} {
		r := attach(t, emulator.Options{Ephemeral: true, Speed: 1})
		to := r.watch.Now().Add(48 * time.Hour)
		var moved clockAnswer
		r.admin(http.MethodPost, "/_gantry/clock", fmt.Sprintf(`{"speed":%s,"at":%q}`, speed, to.Format(time.RFC3339)), &moved)
		if !moved.Now.Equal(to) {
			t.Errorf("speed %s: moved to %s it is %s", speed, to, moved.Now)
		}
		status, _, says := r.call(http.MethodPost, "/_gantry/clock", "", fmt.Sprintf(`{"at":%q}`, to.Add(-time.Second).Format(time.RFC3339)))
		if status != http.StatusBadRequest || !strings.Contains(says, "is past, it is "+to.Format(time.RFC3339)) {
			t.Errorf("speed %s: a move into the past answers %d %s", speed, status, says)
		}
	}
}

func TestMovesThatAreNone(t *testing.T) {
	r := attach(t, emulator.Options{Ephemeral: true, Paused: true})
	for body, says := range map[string]string{
		`{}`: "missing",
		`{"step":"30s","at":"2030-01-01T00:00:00Z"}`: "exclude each other",
		`{"step":"30"}`:                 "such as 30s",
		`{"step":"0s"}`:                 "such as 30s",
		`{"step":"-1s"}`:                "such as 30s",
		`{"step":"2000000h"}`:           "at most",
		`{"at":"9999-01-01T00:00:00Z"}`: "too far away",
		`{"at":"tomorrow"}`:             "not the JSON",
		`{"speed":1,"within":"1s"}`:     "there is neither",
		`{"step":"1s","within":"soon"}`: "such as 10s",
		`{"speed":"slow","step":"1s"}`:  "neither max, pause nor",
	} {
		if status, _, got := r.call(http.MethodPost, "/_gantry/clock", "", body); status != http.StatusBadRequest || !strings.Contains(got, says) {
			t.Errorf("%s answers %d %s, want %q", body, status, got, says)
		}
	}
	if now := r.clock(); !now.Now.Equal(r.watch.Now()) {
		t.Errorf("they moved the clock to %s", now.Now)
	}
}

// A long move lets other requests in, and when its client goes away the world is
// where one is that was moved so far.
func TestMoveThatIsGivenUp(t *testing.T) {
	paused := func() *rig {
		r := attach(t, emulator.Options{Ephemeral: true, Seed: 3, Paused: true})
		r.cluster()
		r.crashing()
		return r
	}
	r := paused()
	began := r.clock().Now
	ctx, giveUp := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://emulator.local/_gantry/clock", strings.NewReader(`{"step":"400000h"}`))
		if err == nil {
			_, err = r.http.Do(req) //nolint:bodyclose // it is given up
		}
		ended <- err
	}()
	for r.clock().Now.Equal(began) {
		r.describe()
	}
	giveUp()
	if err := <-ended; err == nil {
		t.Error("the step was made to its end")
	}
	// The step that waits for its turn comes when the other one has stopped.
	r.step(time.Second)
	stands := r.clock().Now
	if r.watch.pass(time.Hour); !r.clock().Now.Equal(stands) {
		t.Errorf("it goes on after it was given up: %s, then %s", stands, r.clock().Now)
	}
	twin := paused()
	twin.step(stands.Sub(began))
	if want, got := twin.everything(), r.everything(); want != got {
		t.Errorf("the world whose move was given up is another one\nwant %s\ngot %s", want, got)
	}
}

// A move that takes longer than it may says what is left of it.
func TestMoveWithin(t *testing.T) {
	r := attach(t, emulator.Options{Ephemeral: true, Paused: true})
	r.cluster()
	r.crashing()
	began := r.clock().Now
	var moved struct {
		Now  time.Time
		Left string
	}
	r.admin(http.MethodPost, "/_gantry/clock", `{"step":"400000h","within":"1ms"}`, &moved)
	left, err := time.ParseDuration(moved.Left)
	if err != nil || moved.Now.Sub(began)+left != 400_000*time.Hour {
		t.Errorf("after %s %q is left", moved.Now.Sub(began), moved.Left)
	}
}

// A reset ends a move: the world that is fresh does not go where the old one was
// to go.
func TestResetEndsAMove(t *testing.T) {
	r := attach(t, emulator.Options{Ephemeral: true, Paused: true})
	r.cluster()
	r.crashing()
	began, says := r.clock().Now, make(chan string, 1)
	go func() {
		_, _, text := r.call(http.MethodPost, "/_gantry/clock", "", `{"step":"400000h"}`)
		says <- text
	}()
	for r.clock().Now.Equal(began) {
		r.describe()
	}
	r.admin(http.MethodPost, "/_gantry/reset", "", nil)
	if text := <-says; !strings.Contains(text, "began anew") {
		t.Errorf("the move answers %s", text)
	}
	if now := r.clock(); !now.Now.Equal(began) || now.SpeedText != "pause" {
		t.Errorf("the fresh world is at %+v, the old one began at %s", now, began)
	}
}
