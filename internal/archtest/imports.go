package archtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Violation is one breach of the law.
type Violation struct {
	Package string // within the module; "." is main
	Where   string // file:line, or "" when it is the package as a whole
	What    string
	Why     string
}

// String is one line: where, what and why.
func (v Violation) String() string {
	at := v.Package
	if v.Where != "" {
		at += " (" + v.Where + ")"
	}
	return fmt.Sprintf("%s: %s: %s", at, v.What, v.Why)
}

// byPlace sorts violations and drops those that were found twice, which happens
// to imports that several platforms share.
func byPlace(vs []Violation) []Violation {
	slices.SortFunc(vs, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Where, b.Where),
			cmp.Compare(a.What, b.What), cmp.Compare(a.Why, b.Why))
	})
	return slices.Compact(vs)
}

// bannedInQuiet maps imports that do I/O to the reason why a quiet room needs
// none of them. A path that ends in "/..." is that package and all below it.
var bannedInQuiet = map[string]string{
	"os":        "files, environment and streams are handed in",
	"os/...":    "the machine belongs to the shell",
	"io/ioutil": "files are handed in",
	"net":       "connections belong to the shell",
	"net/http":  "connections belong to the shell",
	"net/rpc":   "connections belong to the shell",
	"net/smtp":  "connections belong to the shell",
	"syscall":   "the machine belongs to the shell",
	"plugin":    "the machine belongs to the shell",
	"embed":     "what a room needs is handed in or written in Go",
}

// bannedInPure maps imports to the reason why a room that decides has no use
// for them.
var bannedInPure = map[string]string{
	"os/...":       "a decision depends on what is handed in, not on the machine",
	"io/fs":        "a decision depends on what is handed in, not on files",
	"io/ioutil":    "a decision depends on what is handed in, not on files",
	"embed":        "a decision depends on what is handed in, not on files",
	"path/...":     "a room that decides names no files",
	"net/...":      "a decision depends on what is handed in, not on the network",
	"syscall/...":  "a decision depends on what is handed in, not on the machine",
	"plugin":       "a decision depends on what is handed in, not on the machine",
	"runtime/...":  "a decision depends on what is handed in, not on the machine",
	"unsafe":       "addresses differ from run to run",
	"context":      "a room that never waits has nothing to cancel",
	"sync/...":     "one goroutine owns the state; the shell serialises access",
	"log/...":      "what happened is returned as data; the shell tells it",
	"expvar":       "what happened is returned as data; the shell tells it",
	"testing":      "only tests test",
	"crypto/rand":  "chance is derived from a seed, or no run can be repeated",
	"math/rand":    "its generator may change between Go versions; use math/rand/v2 with a seed",
	"hash/maphash": "its seed differs from run to run",
	"unique":       "it keeps state of the whole process",
	"weak":         "it answers by what the garbage collector did",
	"time/tzdata":  "a room that decides reckons in UTC",
}

func bannedIn(p purity, path string) (why string, banned bool) {
	var bans map[string]string
	switch p {
	case pure:
		bans = bannedInPure
	case quiet:
		bans = bannedInQuiet
	case shell:
	}
	for _, pattern := range slices.Sorted(maps.Keys(bans)) {
		if matches(pattern, path) {
			return bans[pattern], true
		}
	}
	return "", false
}

// checkImports holds the imports of every package against the law.
func checkImports(module string, rooms []room, pkgs []listed) []Violation {
	var found []Violation
	for _, p := range pkgs {
		name := within(module, p.ImportPath)
		if p.Error != nil {
			found = append(found, Violation{Package: label(name), What: "cannot be read", Why: p.Error.Err})
		}
		r, ok := roomOf(rooms, name)
		if !ok {
			found = append(found, Violation{Package: label(name), What: "has no line in the law",
				Why: "what is not listed is forbidden; give it a floor in internal/archtest/law.go and in ARCHITECTURE.md"})
			continue
		}
		c := checker{module: module, name: name, room: r}
		found = append(found, c.code(p.Imports)...)
		found = append(found, c.test("its tests import", p.TestImports, nil)...)
		found = append(found, c.test("its external tests import", p.XTestImports, r.tests)...)
	}
	return byPlace(found)
}

// checker checks the imports of one package.
type checker struct {
	module, name string
	room         room
}

func (c checker) code(imports []string) []Violation {
	var found []Violation
	add := func(path, why string) {
		found = append(found, Violation{Package: label(c.name), What: "imports " + path, Why: why})
	}
	for _, path := range imports {
		switch {
		case isOurs(c.module, path):
			if ours := within(c.module, path); !matchesAny(c.room.may, ours) {
				add(label(ours), c.mayOnly())
			}
		case isStandard(path):
			if why, banned := bannedIn(c.room.purity, path); banned {
				add(path, why)
			}
		case c.room.purity == shell && allowedModule([]string{goTeam}, path):
		case !allowedModule(c.room.modules, path):
			add(path, c.foreign())
		}
	}
	return found
}

// test checks the imports of tests: the rooms of ours only. What tests use from
// outside is their own affair, and they may touch the world.
func (c checker) test(what string, imports, besides []string) []Violation {
	var found []Violation
	allowed := slices.Concat(c.room.may, besides, testHelpers())
	for _, path := range imports {
		ours := within(c.module, path)
		if !isOurs(c.module, path) || ours == c.name || matchesAny(allowed, ours) {
			continue
		}
		found = append(found, Violation{Package: label(c.name), What: what + " " + label(ours), Why: c.mayOnly()})
	}
	return found
}

func (c checker) mayOnly() string {
	only := "none of our rooms"
	if len(c.room.may) > 0 {
		only = "only " + strings.Join(c.room.may, ", ")
	}
	return fmt.Sprintf("%s, so it may import %s", c.room.why, only)
}

func (c checker) foreign() string {
	only := "nothing from outside the standard library"
	if len(c.room.modules) > 0 {
		only = "from outside only " + strings.Join(c.room.modules, ", ")
	}
	return fmt.Sprintf("%s, so it may import %s", c.room.why, only)
}

// goTeam is where the Go team keeps what is nearly the standard library; shells
// may use it as such.
const goTeam = "golang.org/x"

func allowedModule(prefixes []string, path string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return matches(prefix+"/...", path) })
}

// isStandard goes by the go command's own rule: no dot in the first element.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func isOurs(module, path string) bool { return matches(module+"/...", path) }

// within cuts the module's path off; "" is the module's root.
func within(module, path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
}

func label(name string) string {
	if name == "" {
		return "."
	}
	return name
}
