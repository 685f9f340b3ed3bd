package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// checkCustoms holds one package of any room against the customs of the house.
func checkCustoms(s source, r room) []Violation {
	found := s.checkName()
	found = append(found, s.checkDoc()...)
	for _, file := range s.files {
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if ok && fn.Recv == nil && fn.Name.Name == "init" {
				found = append(found, s.violation(fn, "has an init function",
					"what happens before main happens to everyone; build it where it is used"))
			}
		}
		found = append(found, s.checkGlobals(file, r.purity)...)
		if r.path != clientRoom {
			found = append(found, s.checkClients(file)...)
		}
	}
	return found
}

// clientRoom is the one room that calls AWS; the others know only its structs.
const clientRoom = "awsapi"

// checkClients finds uses of the SDK's clients.
func (s source) checkClients(file *ast.File) []Violation {
	var found []Violation
	ast.Inspect(file, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj := s.info.Uses[id]
		if obj == nil || obj.Pkg() == nil || !matches(awsSDK+"/service/...", obj.Pkg().Path()) ||
			!slices.Contains([]string{"Client", "New", "NewFromConfig"}, obj.Name()) {
			return true
		}
		found = append(found, s.violation(id, "uses "+obj.Pkg().Path()+"."+obj.Name(),
			"only "+clientRoom+" calls AWS; the other rooms use the SDK's structs at most"))
		return true
	})
	return found
}

// checkName bans the names that say nothing of what is inside.
func (s source) checkName() []Violation {
	base := path.Base(s.name)
	if !slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "types", "models", "misc", "shared"}, base) {
		return nil
	}
	return []Violation{{Package: label(s.name), What: "is called " + base,
		Why: "a package is named after what it holds"}}
}

// checkDoc wants a package comment in doc.go; main may have it in any file.
func (s source) checkDoc() []Violation {
	for _, file := range s.files {
		name := filepath.Base(s.fset.Position(file.Package).Filename)
		if file.Doc == nil || s.name != "" && name != "doc.go" {
			continue
		}
		opening := "Package " + file.Name.Name + " "
		if s.name == "" || strings.HasPrefix(file.Doc.Text(), opening) {
			return nil
		}
		return []Violation{s.violation(file, fmt.Sprintf("its comment does not begin with %q", opening),
			"that is how go doc finds the first sentence")}
	}
	return []Violation{{Package: label(s.name), What: "has no package comment in doc.go",
		Why: "a newcomer must learn there what it is for, its floor and what it will never do"}}
}

// checkGlobals finds package variables that change after they were set. Where
// decisions are not made, a cache that is safe to share (sync.Map, sync.Pool) is
// let pass: it changes how fast an answer comes, not the answer.
func (s source) checkGlobals(file *ast.File, p purity) []Violation {
	const why = "package variables are tables and error values; state belongs to a value that someone owns"
	var found []Violation
	add := func(at ast.Expr, how string) {
		if v := s.global(at); v != nil {
			found = append(found, s.violation(at, how+" package variable "+v.Name(), why))
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				add(left, "assigns to")
			}
		case *ast.IncDecStmt:
			add(n.X, "counts in")
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				add(n.Key, "assigns to")
				add(n.Value, "assigns to")
			}
		case *ast.CallExpr:
			if name := calledName(n); name != nil && s.changesFirstArgument(name) && len(n.Args) > 0 {
				add(n.Args[0], "changes")
			}
		case *ast.SelectorExpr:
			if s.takesAddress(n) && (p == pure || !isCache(s.info.TypeOf(n.X))) {
				add(n.X, "calls a pointer method of")
			}
		}
		return true
	})
	return found
}

// global returns the package variable that a place belongs to: v itself, or v
// under any fields, elements and pointers.
func (s source) global(place ast.Expr) *types.Var {
	for {
		switch e := place.(type) {
		case *ast.ParenExpr:
			place = e.X
		case *ast.StarExpr:
			place = e.X
		case *ast.IndexExpr:
			place = e.X
		case *ast.SelectorExpr:
			if v := s.packageVar(e.Sel); v != nil { // another package's
				return v
			}
			place = e.X
		case *ast.Ident:
			return s.packageVar(e)
		default:
			return nil
		}
	}
}

func (s source) packageVar(id *ast.Ident) *types.Var {
	v, ok := s.info.Uses[id].(*types.Var)
	if !ok || v.IsField() || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() {
		return nil
	}
	return v
}

func (s source) changesFirstArgument(name *ast.Ident) bool {
	_, ok := s.info.Uses[name].(*types.Builtin)
	return ok && slices.Contains([]string{"delete", "clear", "copy"}, name.Name)
}

func isCache(t types.Type) bool {
	name := types.TypeString(t, nil)
	return name == "sync.Map" || name == "sync.Pool"
}

// takesAddress reports a method call or value that takes the address of its
// operand by itself, as in v.Lock() for a v that is no pointer.
func (s source) takesAddress(e *ast.SelectorExpr) bool {
	selection, ok := s.info.Selections[e]
	if !ok || selection.Kind() != types.MethodVal || selection.Indirect() {
		return false
	}
	fn, ok := selection.Obj().(*types.Func)
	if !ok {
		return false
	}
	_, wantsPointer := fn.Signature().Recv().Type().(*types.Pointer)
	_, isPointer := selection.Recv().Underlying().(*types.Pointer)
	return wantsPointer && !isPointer
}
