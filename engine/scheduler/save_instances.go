package scheduler

import (
	"fmt"

	"gantry/ecs"
	"gantry/engine/placement"
)

// takeInstances puts instances into the state. Attributes are most of what is
// known of an instance, and those of one kind have the same: each set of them is
// in the state once.
func (st *saved) takeInstances(instances []*instance) {
	numbers := map[string]int{}
	known := map[*ecs.Attribute]int{} // by the first of the list, as instances share lists
	st.Instances = make([]*instance, len(instances))
	for k, i := range instances {
		out := *i
		st.Instances[k] = &out
		list := i.Instance.Attributes
		if len(list) == 0 {
			continue
		}
		out.Attributes, out.Instance.Attributes = known[&list[0]], nil
		if out.Attributes > 0 {
			continue
		}
		key := placement.AttributesKey(list)
		if numbers[key] == 0 {
			st.Attributes = append(st.Attributes, list)
			numbers[key] = len(st.Attributes)
		}
		out.Attributes = numbers[key]
		known[&list[0]] = out.Attributes
	}
}

// giveAttributes gives an instance of the state its attributes.
func (st *saved) giveAttributes(i *instance) error {
	switch {
	case i.Attributes < 0 || i.Attributes > len(st.Attributes):
		return fmt.Errorf("load cluster: container instance %s has the set of attributes %d, and there are %d", i.ID, i.Attributes, len(st.Attributes))
	case i.Attributes > 0:
		i.Instance.Attributes = st.Attributes[i.Attributes-1]
		i.Attributes = 0
	}
	return nil
}
