package wire

import "reflect"

// UnionMembers lets the tests make a value of a union shape.
func UnionMembers(t reflect.Type) []reflect.Type {
	u, _ := unionOf(t)
	return u.members
}
