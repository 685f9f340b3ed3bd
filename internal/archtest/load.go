package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"
)

// source is one package with its syntax and types.
type source struct {
	name  string // within the module
	root  string
	fset  *token.FileSet
	files []*ast.File
	types *types.Package
	info  *types.Info
}

// load reads every package of the module in root. A package that does not
// compile is a violation: what cannot be read cannot be checked.
func load(module, root string) ([]source, []Violation, error) {
	cfg := &packages.Config{
		Dir: root,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedSyntax |
			packages.NeedTypes | packages.NeedTypesInfo | packages.NeedExportFile,
	}
	loaded, err := packages.Load(cfg, "./...")
	if err != nil {
		return nil, nil, fmt.Errorf("loading the packages in %s: %w", root, err)
	}
	var sources []source
	var broken []Violation
	for _, p := range loaded {
		name := within(module, p.PkgPath)
		if len(p.Errors) > 0 {
			broken = append(broken, notCompiling(name, root, p.Errors))
		}
		sources = append(sources, source{name: name, root: root, fset: p.Fset, files: p.Syntax,
			types: p.Types, info: p.TypesInfo})
	}
	return sources, broken, nil
}

// notCompiling tells the first error that has a place of its own; what the go
// command reports for the package as a whole repeats them all.
func notCompiling(name, root string, errs []packages.Error) Violation {
	first := errs[0]
	for _, e := range errs {
		if e.Kind == packages.TypeError || e.Kind == packages.ParseError {
			first = e
			break
		}
	}
	return Violation{Package: label(name), Where: withoutColumn(place(root, first.Pos)),
		What: "does not compile", Why: first.Msg}
}

// withoutColumn cuts file:line:column down to file:line.
func withoutColumn(pos string) string {
	if strings.Count(pos, ":") < 2 {
		return pos
	}
	return pos[:strings.LastIndex(pos, ":")]
}

// violation makes a violation at a place in the source.
func (s source) violation(at ast.Node, what, why string) Violation {
	pos := s.fset.Position(at.Pos())
	return Violation{Package: label(s.name), Where: place(s.root, fmt.Sprintf("%s:%d", pos.Filename, pos.Line)),
		What: what, Why: why}
}

// place shortens a position to the part within root, with forward slashes.
func place(root, pos string) string {
	if short, ok := strings.CutPrefix(pos, root+string(filepath.Separator)); ok {
		pos = short
	}
	return filepath.ToSlash(pos)
}
