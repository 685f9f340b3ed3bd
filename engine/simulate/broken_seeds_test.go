package simulate_test

import "testing"

// brokenSeeds are worlds beyond those of an ordinary run that broke a law, with
// what it came from. A seed stands for its world only until the features of the
// worlds change; the engine's own mistakes have a conversation each besides.
var brokenSeeds = []struct {
	seed uint64
	from string
}{
	{2875, "law: room that is kept for a daemon task which backs off is none for others"},
	{70750, "scheduler: a service that set rebalancing aside still waited for a place in a zone"},
	{75519, "scheduler: nobody looked again when room that was kept for a daemon task was let go"},
	{64555, "scheduler: the zones of a second Fargate provider did not count, and capacity that came back woke nobody"},
	{101850, "law: a desired count that auto scaling changed after the scheduler had acted in the same moment"},
	{17463, "law: the room that there was went to other tasks, and more came elsewhere in the same moment"},
	{15738, "law: a daemon task of the revision before stays on a DRAINING instance as long as a standalone task does"},
	{4634, "law: tasks of the service that had the name before still stop beside the new one"},
	{22658, "law: a task turned unhealthy in the moment of a pass, and after it"},
	{55767, "law: in one moment a task reached RUNNING and others were started, in an order that cannot be seen"},
	{34908, "law: what a pass stops after it has shifted traffic was healthy when it did"},
	{82596, "scheduler: who asked for an explanation changed how many tasks a deployment beside another keeps"},
	{86509, "law: a target that was unhealthy in the pass turned healthy in the same moment"},
	{10795, "scheduler: early success ended a deployment in the middle of its stages"},
	{6771, "law: an instance warms up as its provider said when it came"},
	{62124, "law: a Spot Instance that was told of its interruption was terminated by somebody meanwhile"},
	{7154, "law: a fault gave a container another fate"},
	{100543, "law: an instance was deregistered while it was REGISTERING"},
	{117197, "law: a group was deleted, and came again"},
	{121750, "scheduler: a service that asks for no task any more still said that it had given up waiting for capacity"},
}

func TestBrokenSeeds(t *testing.T) {
	for _, b := range brokenSeeds {
		if broken := newPlayed(b.seed).check(); broken != nil {
			t.Errorf("seed %d (%s): %v", b.seed, b.from, broken)
		}
	}
}
