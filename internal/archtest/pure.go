package archtest

import (
	"go/ast"
	"go/types"
	"strings"
)

// Reasons that several bans share.
const (
	whyClock  = "time comes with each call; the clock belongs to the shell"
	whyZone   = "it answers by the machine's own time zone"
	whyChance = "chance is derived from a seed, never drawn from one shared stream"
	whyStdout = "only the shell writes to a stream that is not handed in"
	whyOrder  = "the order of a map differs from run to run; walk slices.Sorted(maps.Keys(m))"
)

// bannedNames maps functions and variables of packages that a pure room may
// import to the reason why these ones are not for it.
var bannedNames = map[string]string{
	"time.Now":          whyClock,
	"time.Since":        whyClock,
	"time.Until":        whyClock,
	"time.Sleep":        whyClock,
	"time.After":        whyClock,
	"time.AfterFunc":    whyClock,
	"time.Tick":         whyClock,
	"time.NewTimer":     whyClock,
	"time.NewTicker":    whyClock,
	"time.Local":        whyZone,
	"time.LoadLocation": whyZone,
	"fmt.Print":         whyStdout,
	"fmt.Printf":        whyStdout,
	"fmt.Println":       whyStdout,
	"fmt.Scan":          whyStdout,
	"fmt.Scanf":         whyStdout,
	"fmt.Scanln":        whyStdout,
}

// bannedMethods does the same for methods, by receiver type.
var bannedMethods = map[string]string{
	"time.Time.Local":        whyZone,
	"reflect.Value.MapRange": whyOrder,
	"reflect.Value.MapKeys":  whyOrder,
}

// checkPure holds one package that decides against what it may not do.
func checkPure(s source) []Violation {
	var found []Violation
	add := func(at ast.Node, what, why string) { found = append(found, s.violation(at, what, why)) }
	for _, file := range s.files {
		sorted := s.sortedKeys(file)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				if name, why := s.bannedUse(n); why != "" {
					add(n, "uses "+name, why)
				}
				if s.isMapIterator(n) && !sorted[n] {
					add(n, "walks a map with maps."+n.Name, whyOrder)
				}
			case *ast.RangeStmt:
				if ranges(s.info.TypeOf(n.X)) {
					add(n, "ranges over a map", whyOrder)
				}
			case *ast.GoStmt:
				add(n, "starts a goroutine", "a room that decides does one thing after the other")
			case *ast.SelectStmt:
				add(n, "selects between channels", "which one is ready differs from run to run")
			}
			return true
		})
	}
	return found
}

// bannedUse names what an identifier uses, called or not, and why that is
// banned; why is empty when it is not.
func (s source) bannedUse(id *ast.Ident) (name, why string) {
	obj := s.info.Uses[id]
	if builtin, ok := obj.(*types.Builtin); ok && strings.HasPrefix(builtin.Name(), "print") {
		return builtin.Name(), whyStdout
	}
	if obj == nil || obj.Pkg() == nil {
		return "", ""
	}
	if receiver := receiverOf(obj); receiver != "" {
		name = receiver + "." + obj.Name()
		return name, bannedMethods[name]
	}
	// A field or a local variable is of a package too, but not at its top.
	if obj.Parent() != obj.Pkg().Scope() {
		return "", ""
	}
	name = obj.Pkg().Path() + "." + obj.Name()
	if why = bannedNames[name]; why == "" && isGlobalChance(obj) {
		why = whyChance
	}
	return name, why
}

// isGlobalChance reports the functions of math/rand/v2 that draw from the
// generator of the process: all but the constructors.
func isGlobalChance(obj types.Object) bool {
	_, isFunc := obj.(*types.Func)
	return isFunc && obj.Pkg().Path() == "math/rand/v2" && !strings.HasPrefix(obj.Name(), "New")
}

// receiverOf names the type that obj is a method of, as in "time.Time".
func receiverOf(obj types.Object) string {
	fn, ok := obj.(*types.Func)
	if !ok || fn.Signature().Recv() == nil {
		return ""
	}
	t := types.Unalias(fn.Signature().Recv().Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return ""
	}
	return named.Obj().Pkg().Path() + "." + named.Obj().Name()
}

// ranges reports whether a range over t walks a map. Of a type parameter it is
// enough that one of its types is a map.
func ranges(t types.Type) bool {
	if t == nil {
		return false
	}
	if param, ok := types.Unalias(t).(*types.TypeParam); ok {
		return anyTermIsMap(param.Constraint())
	}
	_, isMap := t.Underlying().(*types.Map)
	return isMap
}

func anyTermIsMap(constraint types.Type) bool {
	iface, ok := constraint.Underlying().(*types.Interface)
	if !ok {
		return false
	}
	for embedded := range iface.EmbeddedTypes() {
		union, ok := embedded.(*types.Union)
		if !ok {
			if _, isMap := embedded.Underlying().(*types.Map); isMap || anyTermIsMap(embedded) {
				return true
			}
			continue
		}
		for term := range union.Terms() {
			if _, isMap := term.Type().Underlying().(*types.Map); isMap {
				return true
			}
		}
	}
	return false
}

// isMapIterator reports a use of maps.Keys, maps.Values or maps.All, whose
// sequences come in the map's order.
func (s source) isMapIterator(id *ast.Ident) bool {
	fn, ok := s.info.Uses[id].(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg().Path() != "maps" {
		return false
	}
	return fn.Name() == "Keys" || fn.Name() == "Values" || fn.Name() == "All"
}

// sortedKeys collects the uses of map iterators that go straight into a
// function that sorts. SortedFunc is believed: whether its order is a total one
// cannot be seen from here.
func (s source) sortedKeys(file *ast.File) map[*ast.Ident]bool {
	sorted := map[*ast.Ident]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		fn := calledName(call)
		if fn == nil || !s.isFrom(fn, "slices") || !strings.HasPrefix(fn.Name, "Sorted") {
			return true
		}
		if inner, ok := ast.Unparen(call.Args[0]).(*ast.CallExpr); ok {
			if iterator := calledName(inner); iterator != nil && s.isMapIterator(iterator) {
				sorted[iterator] = true
			}
		}
		return true
	})
	return sorted
}

func (s source) isFrom(id *ast.Ident, pkg string) bool {
	obj := s.info.Uses[id]
	return obj != nil && obj.Pkg() != nil && obj.Pkg().Path() == pkg
}

// calledName is the identifier of the function that a call calls, if it has one.
func calledName(call *ast.CallExpr) *ast.Ident {
	fun := ast.Unparen(call.Fun)
	switch indexed := fun.(type) {
	case *ast.IndexExpr:
		fun = indexed.X
	case *ast.IndexListExpr:
		fun = indexed.X
	}
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun
	case *ast.SelectorExpr:
		return fun.Sel
	}
	return nil
}
