package logs_test

import (
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gantry/ecs"
	"gantry/logs"
)

type seq = iter.Seq2[logs.Event, error]

func of(events ...logs.Event) seq {
	return func(yield func(logs.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func TestMergeKeepsOrderAndLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []logs.Event
		var sequences []seq
		for s := range rapid.IntRange(0, 4).Draw(t, "sequences") {
			times := rapid.SliceOfN(rapid.IntRange(0, 20), 0, 10).Draw(t, "times")
			slices.Sort(times)
			var events []logs.Event
			for i, at := range times {
				events = append(events, logs.Event{Stream: string(rune('a' + s)), ID: string(rune('0' + i)), Timestamp: epoch.Add(time.Duration(at) * time.Second)})
			}
			all = append(all, events...)
			sequences = append(sequences, of(events...))
		}
		slices.SortStableFunc(all, logs.Compare)
		var got []logs.Event
		for e, err := range logs.Merge(sequences...) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e)
		}
		if !slices.Equal(got, all) {
			t.Errorf("got %v, want %v", got, all)
		}
	})
}

func TestMergeStopsAtAnError(t *testing.T) {
	broken := errors.New("broken")
	breaks := func(yield func(logs.Event, error) bool) {
		if yield(logs.Event{ID: "1", Timestamp: epoch}, nil) {
			yield(logs.Event{}, broken)
		}
	}
	var last error
	n := 0
	for _, err := range logs.Merge(breaks, of(logs.Event{ID: "2", Timestamp: epoch.Add(time.Second)})) {
		n, last = n+1, err
	}
	if n != 2 || !errors.Is(last, broken) {
		t.Errorf("%d events, then %v", n, last)
	}
	for _, err := range logs.Merge(of(logs.Event{}), of(logs.Event{})) {
		if err != nil {
			t.Error(err)
		}
		break // leaving early must not leave anything running
	}
}

func TestStreamsOf(t *testing.T) {
	zero := 0
	awslogs := func(name string, options map[string]string) ecs.ContainerDefinition {
		return ecs.ContainerDefinition{Name: name, LogDriver: "awslogs", LogOptions: options}
	}
	def := &ecs.TaskDefinition{Containers: []ecs.ContainerDefinition{
		awslogs("app", map[string]string{"awslogs-group": "g", "awslogs-stream-prefix": "web"}),
		awslogs("plain", map[string]string{"awslogs-group": "g"}),
		awslogs("nowhere", nil),
		{Name: "other", LogDriver: "awsfirelens"},
	}}
	const arn = "arn:aws:ecs:us-east-1:123456789012:task/default/0123"
	for _, tt := range []struct {
		name string
		task ecs.Task
		want []logs.Stream
	}{
		{"running", ecs.Task{ARN: arn, StartedAt: epoch, Containers: []ecs.Container{{Name: "plain", RuntimeID: "cafe"}}}, []logs.Stream{
			{Group: "g", Name: "web/app/0123", Task: "0123", Container: "app"}, {Group: "g", Name: "cafe", Task: "0123", Container: "plain"},
		}},
		{"not started", ecs.Task{ARN: arn, Containers: []ecs.Container{{Name: "app"}, {Name: "plain"}}}, nil},
		{"died at once", ecs.Task{ARN: arn, Containers: []ecs.Container{{Name: "app", ExitCode: &zero}}}, []logs.Stream{
			{Group: "g", Name: "web/app/0123", Task: "0123", Container: "app"},
		}},
	} {
		if got := logs.StreamsOf(def, &tt.task); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
	want := []logs.Elsewhere{{Container: "other", Driver: "awsfirelens"}}
	if got := logs.ElsewhereOf(def); !slices.Equal(got, want) {
		t.Errorf("elsewhere: %+v", got)
	}
}
