package placement

import (
	"slices"
	"strconv"
	"strings"

	"gantry/ecs"
)

// attributeSet is all attributes of an instance. Instances of one kind have the
// same ones, dozens of them, and share the set: it never changes.
type attributeSet struct {
	key    string
	list   []ecs.Attribute
	values map[string]string
	users  int // instances that have it
}

// AttributesKey is a text that is the same for two lists when they hold the same
// attributes in the same order.
func AttributesKey(list []ecs.Attribute) string {
	var b strings.Builder
	size := 0
	for i := range list {
		size += len(list[i].Name) + len(list[i].Value) + 8
	}
	b.Grow(size)
	var number [20]byte
	for i := range list {
		a := &list[i]
		for _, part := range [...]string{a.Name, a.Value, string(a.TargetType), a.TargetID} {
			b.Write(strconv.AppendInt(number[:0], int64(len(part)), 10))
			b.WriteByte(':')
			b.WriteString(part)
		}
	}
	return b.String()
}

// take gives an instance the set of these attributes.
func (f *Fleet) take(n *node, list []ecs.Attribute) {
	key := AttributesKey(list)
	set := f.sets[key]
	if set == nil {
		set = &attributeSet{key: key, list: slices.Clip(slices.Clone(list)), values: make(map[string]string, len(list))}
		for _, a := range list {
			set.values[a.Name] = a.Value
		}
		f.sets[key] = set
	}
	set.users++
	f.release(n)
	n.set, n.Attributes, n.attributes = set, set.list, set.values
}

// release takes an instance's set from it.
func (f *Fleet) release(n *node) {
	if n.set == nil {
		return
	}
	if n.set.users--; n.set.users == 0 {
		delete(f.sets, n.set.key)
	}
	n.set = nil
}

// Attributes are those of an instance, which it may share with others: they must
// not be changed. There are none when the instance is not there.
func (f *Fleet) Attributes(id ecs.ContainerInstanceID) []ecs.Attribute {
	n := f.instances[id]
	if n == nil {
		return nil
	}
	return n.Attributes
}
