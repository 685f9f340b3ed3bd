package emulator_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi"
	nouns "gantry/ecs"
	"gantry/emulator"
)

// client is gantry's own client of the world.
func (r *rig) client() *awsapi.Client {
	r.t.Helper()
	return must[*awsapi.Client](r.t)(awsapi.New(r.t.Context(), awsapi.Options{Transport: r.a.RoundTripper()}))
}

func (r *rig) instancesOf() []types.ContainerInstance {
	r.t.Helper()
	list := must[*ecs.ListContainerInstancesOutput](r.t)(r.ecs.ListContainerInstances(r.t.Context(), &ecs.ListContainerInstancesInput{Cluster: aws.String("demo")}))
	out := must[*ecs.DescribeContainerInstancesOutput](r.t)(r.ecs.DescribeContainerInstances(r.t.Context(), &ecs.DescribeContainerInstancesInput{
		Cluster: aws.String("demo"), ContainerInstances: list.ContainerInstanceArns,
	}))
	return out.ContainerInstances
}

func zoneOf(i *types.ContainerInstance) string {
	for _, a := range i.Attributes {
		if *a.Name == nouns.AttributeAvailabilityZone {
			return *a.Value
		}
	}
	return ""
}

// disconnectedIn are how many agents of a zone are disconnected.
func (r *rig) disconnectedIn(zone string) (n int) {
	r.t.Helper()
	for _, i := range r.instancesOf() {
		if zoneOf(&i) == zone && !i.AgentConnected {
			n++
		}
	}
	return n
}

// A zone is lost on a timetable, which outlives the process, and comes back.
func TestLoseZoneLater(t *testing.T) {
	dir := t.TempDir()
	r := attach(t, emulator.Options{Dir: dir, Seed: 1})
	r.cluster()
	r.service(4)
	made := must[nouns.FaultState](t)(r.client().MakeFault(t.Context(), nouns.Fault{After: nouns.Seconds(2 * time.Minute), For: nouns.Seconds(10 * time.Minute), LoseZone: "us-east-1a"}))
	if made.Name != "fault-1" || made.Status != nouns.FaultPending || made.Until.Sub(made.From) != 10*time.Minute || !slices.Equal(made.Clusters, []nouns.ClusterName{"demo"}) {
		t.Errorf("made %+v", made)
	}
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	again := attach(t, emulator.Options{Dir: dir, Now: r.watch.Now})
	again.watch = r.watch
	again.watch.pass(time.Minute)
	if n := again.disconnectedIn("us-east-1a"); n != 0 {
		t.Errorf("%d agents are disconnected before the time", n)
	}
	again.watch.pass(2 * time.Minute)
	if a, b := again.disconnectedIn("us-east-1a"), again.disconnectedIn("us-east-1b"); a != 2 || b != 0 {
		t.Errorf("%d and %d agents are disconnected in the zones, want 2 and 0", a, b)
	}
	list := must[[]nouns.FaultState](t)(again.client().Faults(t.Context()))
	if len(list) != 1 || list[0].Status != nouns.FaultActive || list[0].Kind != "lose-zone" || !strings.Contains(list[0].Text, "us-east-1a") {
		t.Errorf("the faults are %+v", list)
	}
	again.watch.pass(5 * time.Minute)
	if service := again.describe(); service.RunningCount != 4 {
		t.Errorf("%d tasks run without the zone, want 4", service.RunningCount)
	}
	again.watch.pass(10 * time.Minute)
	if n := again.disconnectedIn("us-east-1a"); n != 0 {
		t.Errorf("the zone is back, and %d agents are disconnected", n)
	}
	if list := must[[]nouns.FaultState](t)(again.client().Faults(t.Context())); len(list) != 0 {
		t.Errorf("after all these faults are left: %+v", list)
	}
}

// Every kind of fault is made, is listed as itself, and can be ended.
func TestKindsOfFaults(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(2)
	one := r.instancesOf()[0]
	a := nouns.Seconds(time.Minute)
	for _, x := range []struct {
		kind, text string
		fault      nouns.Fault
	}{
		{"stop-instance", *one.Ec2InstanceId + " is stopped", nouns.Fault{StopInstance: &nouns.FaultInstances{Instance: *one.ContainerInstanceArn}}},
		{"disconnect-agent", "1 instance with attribute:ecs.availability-zone == us-east-1b and (agentConnected == true) is disconnected", nouns.Fault{
			For: a, DisconnectAgent: &nouns.FaultInstances{Zone: "us-east-1b", Expression: "agentConnected == true", Count: 1},
		}},
		{"lose-zone", "us-east-1c is lost", nouns.Fault{LoseZone: "us-east-1c"}},
		{"capacity-shortage", "no new t3.medium instances in us-east-1a", nouns.Fault{CapacityShortage: &nouns.FaultCapacity{InstanceType: "t3.medium", Zones: []string{"us-east-1a"}}}},
		{"capacity-shortage", "no new tasks on FARGATE", nouns.Fault{CapacityShortage: &nouns.FaultCapacity{CapacityProvider: "FARGATE"}}},
		{"fate", "exit=1 after=10s, on service web", nouns.Fault{Fate: &nouns.FaultFate{Service: "web", Fate: "exit=1 after=10s"}}},
		{"hook", "every hook answers FAILED", nouns.Fault{Hook: &nouns.FaultHook{Status: nouns.HookFailed}}},
		{"throttle-scheduler", "20% of the scheduler's operations are throttled", nouns.Fault{ThrottleScheduler: 0.2}},
	} {
		x.fault.Cluster = "demo"
		for _, later := range []nouns.Seconds{0, a} {
			x.fault.After = later
			made := must[nouns.FaultState](t)(r.client().MakeFault(t.Context(), x.fault))
			want := nouns.FaultActive
			if later > 0 {
				want = nouns.FaultPending
			}
			if made.Kind != x.kind || made.Text != x.text || made.Status != want {
				t.Errorf("made %+v, want the %s fault %s", made, x.kind, x.text)
			}
			if ended := must[[]string](t)(r.client().EndFaults(t.Context(), made.Name)); !slices.Equal(ended, []string{made.Name}) {
				t.Errorf("ended %v, want %s", ended, made.Name)
			}
		}
	}
	for _, i := range r.instancesOf() {
		if !i.AgentConnected {
			t.Errorf("after all faults the agent of %s is disconnected", *i.Ec2InstanceId)
		}
	}
	made := must[nouns.FaultState](t)(r.client().MakeFault(t.Context(), nouns.Fault{Cluster: "demo", TerminateInstance: &nouns.FaultInstances{Instance: *one.Ec2InstanceId}}))
	if made.Status != nouns.FaultOver || made.Kind != "terminate-instance" {
		t.Errorf("made %+v", made)
	}
	if list := must[[]nouns.FaultState](t)(r.client().Faults(t.Context())); len(list) != 0 {
		t.Errorf("after all these faults are left: %+v", list)
	}
}

// A fault that was right when it was planned may not be when its time comes. The
// list says so until it is cleared.
func TestFaultRefusedLater(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	for _, at := range []time.Duration{time.Minute, 2 * time.Minute} {
		must[nouns.FaultState](t)(r.client().MakeFault(t.Context(), nouns.Fault{After: nouns.Seconds(at), LoseZone: "us-east-1a"}))
	}
	r.watch.pass(3 * time.Minute)
	list := must[[]nouns.FaultState](t)(r.client().Faults(t.Context()))
	if len(list) != 2 || list[1].Status != nouns.FaultRefused || !strings.Contains(list[1].Reason, "lost already") {
		t.Fatalf("the faults are %+v", list)
	}
	must[[]string](t)(r.client().EndFaults(t.Context()))
	if list := must[[]nouns.FaultState](t)(r.client().Faults(t.Context())); len(list) != 0 {
		t.Errorf("after all were ended: %+v", list)
	}
}

// What is refused says what there is, and changes nothing.
func TestFaultsRefused(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	must[nouns.FaultState](t)(r.client().MakeFault(t.Context(), nouns.Fault{Name: "storm", LoseZone: "us-east-1b"}))
	for body, want := range map[string]string{
		`{"cluster":"demo"}`:                                                                         "0 are given",
		`{"cluster":"nope","throttleScheduler":0.5}`:                                                 "There is no cluster nope; the clusters are demo.",
		`{"throttleScheduler":0.5}`:                                                                  "There is no cluster default",
		`{"cluster":"demo","throttleScheduler":0.5,"loseZone":"us-east-1a"}`:                         "2 are given",
		`{"cluster":"demo","throttleScheduler":1.5}`:                                                 "between 0 and 1",
		`{"loseZone":"us-east-1z"}`:                                                                  "the zones are us-east-1a",
		`{"loseZone":"us-east-1b"}`:                                                                  "is lost already",
		`{"name":"storm","loseZone":"us-east-1a"}`:                                                   "with the name storm already",
		`{"name":"a b","loseZone":"us-east-1a"}`:                                                     "no name for a fault",
		`{"after":60,"at":"2026-12-01T00:00:00Z","loseZone":"us-east-1a"}`:                           "not both",
		`{"after":-60,"loseZone":"us-east-1a"}`:                                                      "cannot begin 1m0s ago",
		`{"at":"2026-11-01T00:00:00Z","loseZone":"us-east-1a"}`:                                      "is over",
		`{"for":-1,"loseZone":"us-east-1a"}`:                                                         "cannot last",
		`{"cluster":"demo","stopInstance":{"instance":"i-0"}}`:                                       "the container instances are i-",
		`{"cluster":"demo","stopInstance":{"zone":"us-east-1c"}}`:                                    "No container instance of cluster demo",
		`{"cluster":"demo","stopInstance":{"expression":"attribute:stack = prod"}}`:                  "Invalid filter expression",
		`{"cluster":"demo","stopInstance":{"instance":"i-0","count":2}}`:                             "not both",
		`{"cluster":"demo","for":60,"terminateInstance":{"zone":"us-east-1a"}}`:                      "is not taken back",
		`{"cluster":"demo","after":9,"for":60,"terminateInstance":{"zone":"us-east-1a"}}`:            "is not taken back",
		`{"cluster":"demo","fate":{"fate":"exi=1"}}`:                                                 `unknown key "exi"`,
		`{"cluster":"demo","after":9,"fate":{"fate":"exi=1"}}`:                                       `unknown key "exi"`,
		`{"cluster":"demo","hook":{"hookStatus":"MAYBE"}}`:                                           "cannot answer MAYBE",
		`{"cluster":"demo","capacityShortage":{}}`:                                                   "is of a Fargate capacity provider",
		`{"cluster":"demo","capacityShortage":{"capacityProvider":"web"}}`:                           "FARGATE_SPOT",
		`{"cluster":"demo","capacityShortage":{"instanceType":"t3.huge"}}`:                           "t3.huge",
		`{"cluster":"demo","capacityShortage":{"autoScalingGroup":"web"}}`:                           "there are no Auto Scaling groups",
		`{"cluster":"demo","spotInterruption":{}}`:                                                   "no task on FARGATE_SPOT",
		`{"cluster":"demo","spotInterruption":{"task":"0"}}`:                                         "task was not found",
		`{"cluster":"demo","spotInterruption":{"autoScalingGroup":"web","percent":101}}`:             "web",
		`{"cluster":"demo","after":9,"spotInterruption":{"percent":101}}`:                            "101 percent",
		`{"cluster":"demo","throttleScheduler":"much"}`:                                              "not the JSON",
		`{"cluster":"arn:aws:ecs:us-east-1:999999999999:cluster/demo","throttleScheduler":0.5}`:      "There is no cluster",
		`{"cluster":"demo","capacityShortage":{"capacityProvider":"FARGATE","zones":["us-east-1"]}}`: "the zones are",
	} {
		status, _, text := r.call(http.MethodPost, "/_gantry/faults", "", body)
		if status != http.StatusBadRequest || !strings.Contains(text, want) && !strings.Contains(text, strings.ReplaceAll(want, `"`, `\"`)) {
			t.Errorf("%s: %d %s, want %s", body, status, text, want)
		}
	}
	if status, _, text := r.call(http.MethodDelete, "/_gantry/faults?"+url.Values{"name": {"calm"}}.Encode(), "", ""); status != http.StatusBadRequest || !strings.Contains(text, "the faults are storm") {
		t.Errorf("ending a fault that is not there: %d %s", status, text)
	}
	if list := must[[]nouns.FaultState](t)(r.client().Faults(t.Context())); len(list) != 1 || list[0].Name != "storm" {
		t.Errorf("the faults are %+v", list)
	}
}
