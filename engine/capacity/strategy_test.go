package capacity_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gantry/ecs"
	"gantry/engine/capacity"
)

func item(name string, base, weight int) ecs.CapacityProviderStrategyItem {
	return ecs.CapacityProviderStrategyItem{CapacityProvider: name, Base: base, Weight: weight}
}

// spread gives n tasks to the strategy one by one.
func spread(strategy []ecs.CapacityProviderStrategyItem, n int) (assigned, order []int) {
	assigned = make([]int, len(strategy))
	for range n {
		i := capacity.Next(strategy, assigned)
		assigned[i]++
		order = append(order, i)
	}
	return assigned, order
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		what     string
		strategy []ecs.CapacityProviderStrategyItem
		n        int
		want     []int
	}{
		{"one task on a for every four on b", []ecs.CapacityProviderStrategyItem{item("a", 0, 1), item("b", 0, 4)}, 10, []int{2, 8}},
		{"the base first, then the weights", []ecs.CapacityProviderStrategyItem{item("a", 2, 1), item("b", 0, 3)}, 10, []int{4, 6}},
		{"no more tasks than the base", []ecs.CapacityProviderStrategyItem{item("a", 0, 5), item("b", 3, 1)}, 2, []int{0, 2}},
		{"weight 0 places nothing", []ecs.CapacityProviderStrategyItem{item("a", 4, 0), item("b", 0, 1)}, 5, []int{0, 5}},
		{"equal ones in the order of the list", []ecs.CapacityProviderStrategyItem{item("a", 0, 1), item("b", 0, 1), item("c", 0, 1)}, 4, []int{2, 1, 1}},
	} {
		if got, _ := spread(c.strategy, c.n); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
	if got := capacity.Next([]ecs.CapacityProviderStrategyItem{item("a", 1, 0)}, []int{0}); got != -1 {
		t.Errorf("a strategy without weights places a task on item %d", got)
	}
}

func TestLeave(t *testing.T) {
	strategy := []ecs.CapacityProviderStrategyItem{item("a", 2, 1), item("b", 0, 3), item("old", 0, 0)}
	for _, c := range []struct {
		assigned []int
		want     int
	}{
		{[]int{4, 6, 1}, 2}, // nothing may be placed there any more
		{[]int{4, 6, 0}, 1}, // 2 and 6 beyond the base are in balance: the last in the list
		{[]int{5, 6, 0}, 0}, // over its share
		{[]int{2, 1, 0}, 1}, // the base goes last
		{[]int{2, 0, 0}, 0},
		{[]int{0, 0, 0}, -1},
	} {
		if got := capacity.Leave(strategy, c.assigned); got != c.want {
			t.Errorf("%v loses a task on %d, want %d", c.assigned, got, c.want)
		}
	}
}

func strategies() *rapid.Generator[[]ecs.CapacityProviderStrategyItem] {
	return rapid.Custom(func(t *rapid.T) []ecs.CapacityProviderStrategyItem {
		n := rapid.IntRange(1, 5).Draw(t, "items")
		based := rapid.IntRange(-1, n-1).Draw(t, "based")
		var out []ecs.CapacityProviderStrategyItem
		for i := range n {
			x := item(fmt.Sprint("p", i), 0, rapid.IntRange(0, 9).Draw(t, "weight"))
			if i == based {
				x.Base = rapid.IntRange(0, 12).Draw(t, "base")
			}
			out = append(out, x)
		}
		out[rapid.IntRange(0, n-1).Draw(t, "usable")].Weight++
		return out
	})
}

// TestDistribution: a base is filled before anything else, what is beyond it
// follows the weights, and scale-in goes the same way back.
func TestDistribution(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		strategy := strategies().Draw(t, "strategy")
		n := rapid.IntRange(0, 60).Draw(t, "tasks")
		assigned, order := spread(strategy, n)
		weights, beyond, base := 0, n, 0
		for i, x := range strategy {
			weights += x.Weight
			if x.Weight > 0 && x.Base > 0 {
				base = min(x.Base, n)
				beyond -= base
				if assigned[i] < base {
					t.Fatalf("%v of %d tasks leave the base of %v short", assigned, n, x)
				}
			}
		}
		for k, i := range order {
			if k < base && strategy[i].Base == 0 {
				t.Fatalf("task %d went to %v before the base was filled", k, strategy[i])
			}
		}
		for i, x := range strategy {
			over := assigned[i]
			if x.Base > 0 && x.Weight > 0 {
				over -= min(x.Base, n)
			}
			// The exact share of k tasks is k·weight/weights. Nobody falls a whole
			// task behind it; of two, nobody gets a whole task ahead either.
			if over*weights <= beyond*x.Weight-weights || len(strategy) == 2 && over*weights >= beyond*x.Weight+weights {
				t.Fatalf("%v got %d of %d tasks beyond the base, its share is %d/%d", x, over, beyond, x.Weight, weights)
			}
		}
		for k := n - 1; k >= 0; k-- {
			i := capacity.Leave(strategy, assigned)
			assigned[i]--
			if want, _ := spread(strategy, k); !slices.Equal(assigned, want) {
				t.Fatalf("scaled in to %d tasks it is %v, scaled out it is %v", k, assigned, want)
			}
		}
		if got := capacity.Leave(strategy, assigned); got != -1 {
			t.Fatalf("item %d loses a task that is not there", got)
		}
	})
}

func TestValidate(t *testing.T) {
	known := []string{"FARGATE", "FARGATE_SPOT", "one", "two"}
	for _, c := range []struct {
		what     string
		strategy []ecs.CapacityProviderStrategyItem
		want     string
	}{
		{"nothing", nil, ""},
		{"a base and weights", []ecs.CapacityProviderStrategyItem{item("one", 2, 1), item("two", 0, 4)}, ""},
		{"not associated", []ecs.CapacityProviderStrategyItem{item("three", 0, 1)}, "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again."},
		{"no weight", []ecs.CapacityProviderStrategyItem{item("one", 2, 0)}, "There are no capacity providers in the capacity provider strategy with a weight value greater than zero"},
		{"two bases", []ecs.CapacityProviderStrategyItem{item("one", 2, 1), item("two", 1, 1)}, "There are multiple capacity providers in the specified capacity provider strategy with a base value defined"},
		{"a mix", []ecs.CapacityProviderStrategyItem{item("one", 0, 1), item("FARGATE", 0, 1)}, "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate providers. Specify one or the other and try again."},
		{"twice", []ecs.CapacityProviderStrategyItem{item("one", 0, 1), item("one", 0, 1)}, "A capacity provider strategy cannot contain duplicate capacity providers."},
		{"a weight out of range", []ecs.CapacityProviderStrategyItem{item("one", 0, 1001)}, "A weight must be between 0 and 1000, and a base between 0 and 100000."},
	} {
		got := ""
		var refused *ecs.Error
		if err := capacity.Validate(c.strategy, known); errors.As(err, &refused) {
			got = refused.Message
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
	err := capacity.ValidateDefault([]ecs.CapacityProviderStrategyItem{item("one", 2, 1), item("two", 1, 1)}, known)
	if err == nil || err.Error() != "The specified capacity provider strategy contains multiple capacity providers with a base value defined" {
		t.Errorf("two bases in a default strategy: %v", err)
	}
}
