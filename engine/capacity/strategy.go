package capacity

import (
	"slices"

	"gantry/ecs"
)

// The bounds of a strategy (ECS semantics 6.4, 11 [API:CapacityProviderStrategyItem]).
const (
	itemsMost  = 20
	baseMost   = 100_000
	weightMost = 1000
)

// The refusals of a strategy. ECS says the one about bases in other words when
// the strategy is to be a cluster's default.
const (
	severalBases        = "There are multiple capacity providers in the specified capacity provider strategy with a base value defined"
	severalBasesDefault = "The specified capacity provider strategy contains multiple capacity providers with a base value defined"
)

// Validate refuses a strategy that ECS refuses for a service or a task. Known
// are the names of the capacity providers that are associated with the cluster.
func Validate(strategy []ecs.CapacityProviderStrategyItem, known []string) error {
	return validate(strategy, known, severalBases)
}

// ValidateDefault is Validate for the default strategy of a cluster.
func ValidateDefault(strategy []ecs.CapacityProviderStrategyItem, known []string) error {
	return validate(strategy, known, severalBasesDefault)
}

func validate(strategy []ecs.CapacityProviderStrategyItem, known []string, bases string) error {
	if len(strategy) == 0 {
		return nil
	}
	if len(strategy) > itemsMost {
		return invalid("A capacity provider strategy can contain at most 20 capacity providers.")
	}
	weight, based, onFargate := 0, 0, 0
	for i, item := range strategy {
		if !slices.Contains(known, item.CapacityProvider) {
			return invalid("The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.")
		}
		if item.Weight < 0 || item.Weight > weightMost || item.Base < 0 || item.Base > baseMost {
			return invalid("A weight must be between 0 and 1000, and a base between 0 and 100000.")
		}
		if slices.ContainsFunc(strategy[:i], func(o ecs.CapacityProviderStrategyItem) bool { return o.CapacityProvider == item.CapacityProvider }) {
			return invalid("A capacity provider strategy cannot contain duplicate capacity providers.")
		}
		weight += item.Weight
		if item.Base > 0 {
			based++
		}
		if ecs.OnFargate(item.CapacityProvider) {
			onFargate++
		}
	}
	switch {
	case weight == 0:
		return invalid("There are no capacity providers in the capacity provider strategy with a weight value greater than zero")
	case based > 1:
		return invalid(bases)
	case onFargate > 0 && onFargate < len(strategy):
		return invalid("A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate providers. Specify one or the other and try again.")
	}
	return nil
}

func invalid(message string) error {
	return &ecs.Error{Code: ecs.CodeInvalidParameter, Message: message}
}

// Next is the item of the strategy that the next task goes to; assigned says how
// many each item has. The base of an item comes first, then the item with the
// least (assigned beyond its base + 1) / weight, and of equal ones the first in
// the list, which ECS does not document. It is -1 when no item can be used.
//
// An item of weight 0 places nothing (ECS semantics 6.4), and we take that to
// hold for its base too.
func Next(strategy []ecs.CapacityProviderStrategyItem, assigned []int) int {
	best := -1
	for i, item := range strategy {
		switch {
		case item.Weight == 0:
		case assigned[i] < item.Base:
			return i
		case best < 0 || (beyond(item, assigned[i])+1)*strategy[best].Weight < (beyond(strategy[best], assigned[best])+1)*item.Weight:
			best = i
		}
	}
	return best
}

// Leave is the item that loses a task when one has to go: it takes back what
// Next would have done last, so that what stays is spread as if the others had
// never been. Tasks on an item that places nothing go first (ECS semantics 6.4
// speaks of the provider that is most over its share; the rest is our reading).
// It is -1 when there is no task.
func Leave(strategy []ecs.CapacityProviderStrategyItem, assigned []int) int {
	best := -1
	for i, item := range strategy {
		if assigned[i] > 0 && (best < 0 || goesBefore(item, assigned[i], strategy[best], assigned[best])) {
			best = i
		}
	}
	return best
}

// goesBefore reports whether item a, later in the list than b, loses a task first.
func goesBefore(a ecs.CapacityProviderStrategyItem, countA int, b ecs.CapacityProviderStrategyItem, countB int) bool {
	if unusable, other := a.Weight == 0, b.Weight == 0; unusable != other {
		return unusable
	} else if unusable {
		return true
	}
	overA, overB := beyond(a, countA), beyond(b, countB)
	if (overA > 0) != (overB > 0) {
		return overA > 0 // a base goes last
	}
	return overA*b.Weight >= overB*a.Weight
}

func beyond(item ecs.CapacityProviderStrategyItem, assigned int) int {
	return max(0, assigned-item.Base)
}
