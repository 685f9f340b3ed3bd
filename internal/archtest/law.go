package archtest

import (
	"slices"
	"strings"
)

// purity says how much of the world a room may touch.
type purity int

const (
	// shell rooms touch the world: that is their work.
	shell purity = iota
	// quiet rooms do no I/O of their own; what they need is handed in.
	quiet
	// pure rooms decide: no I/O, no clock, no chance, no order but their own.
	pure
)

// room is one line of the law.
type room struct {
	// path is the import path within the module; "x/..." is x and all below it.
	// Of several that match, the longest speaks.
	path string
	// floor is only for people: imports go down.
	floor int
	// may lists the rooms of ours that this one may import.
	may []string
	// tests lists what its external _test packages may import besides.
	tests []string
	// modules lists what it may import from outside, by import path prefix.
	modules []string
	purity  purity
	// why says in one clause what the room is for, as the reason for the rest.
	why string
}

// Modules from outside that several rooms share.
const (
	awsSDK    = "github.com/aws/aws-sdk-go-v2"
	smithy    = "github.com/aws/smithy-go"
	yaml      = "github.com/goccy/go-yaml"
	ggcr      = "github.com/google/go-containerregistry"
	charm     = "charm.land"
	charmbits = "github.com/charmbracelet"
)

// law is the import law of the house, by floor.
func law() []room {
	return slices.Concat(deciders(), values(), shells())
}

// deciders are the rooms that the same inputs lead to the same answers in.
func deciders() []room {
	return []room{
		{path: "ecs", floor: 1, purity: pure, why: "it is the nouns that every room shares"},
		{path: "internal/hint", floor: 1, purity: pure, why: "every room may attach a next step"},
		{path: "engine/query", floor: 1, purity: pure, why: "it is a language, evaluated over what it is given"},
		{path: "logs/pattern", floor: 1, purity: pure, why: "it is a language, matched against what it is given"},
		{path: "emulator/insights", floor: 1, purity: pure, why: "it is a language, run over what it is given"},
		{path: "engine/placement", floor: 2, purity: pure,
			may: []string{"ecs", "internal/hint", "engine/query"},
			why: "it decides where, knowing neither when nor why"},
		{path: "engine/rollout", floor: 2, purity: pure,
			may: []string{"ecs", "internal/hint", "engine/query"},
			why: "it decides when, knowing nothing of where"},
		{path: "engine/target", floor: 2, purity: pure,
			may: []string{"ecs", "internal/hint"},
			why: "it decides how a load balancer sees a target, knowing of no task"},
		{path: "engine/life", floor: 2, purity: pure,
			may: []string{"ecs", "internal/hint"},
			why: "it says how the containers of one task fare, knowing no other task"},
		{path: "engine/capacity", floor: 2, purity: pure,
			may: []string{"ecs", "internal/hint"},
			why: "it counts what capacity is needed, knowing no instance"},
		{path: "engine/autoscaling", floor: 2, purity: pure,
			may: []string{"ecs"},
			why: "it decides how many, from numbers alone"},
		{path: "engine/lifecycle", floor: 2, purity: pure,
			may: []string{"ecs", "internal/hint"},
			why: "it decides which stage, knowing neither tasks nor a cluster"},
		{path: "engine/scheduler", floor: 3, purity: pure,
			may: []string{"ecs", "engine/query", "engine/placement", "engine/rollout", "engine/target", "engine/capacity", "engine/lifecycle"},
			why: "it joins where and when, and remembers"},
		{path: "engine/simulate", floor: 4, purity: pure,
			may:   []string{"ecs", "engine/query", "engine/placement", "engine/life", "engine/autoscaling", "engine/scheduler"},
			tests: []string{"engine/rollout"}, // the laws ask what its numbers are
			why:   "it runs the scheduler under a virtual clock"},
		{path: "plan", floor: 5, purity: pure,
			may: []string{"ecs", "internal/hint", "taskdef", "engine/..."},
			why: "it forecasts from captured state alone"},
	}
}

// values are the rooms that turn one form into another, without I/O of their
// own; image is here by its floor, and touches registries.
func values() []room {
	return []room{
		{path: "awsapi/wire", floor: 1, purity: quiet, modules: []string{awsSDK, smithy},
			why: "it is the codec between AWS JSON and the SDK's structs"},
		{path: "awsapi/shape", floor: 2, purity: quiet, may: []string{"ecs", "awsapi/wire"}, modules: []string{awsSDK, smithy},
			why: "it turns the SDK's structs into ecs nouns and back, for client and emulator alike"},
		{path: "image", floor: 2, may: []string{"internal/hint"},
			modules: []string{ggcr, "github.com/docker", "github.com/moby/moby", "github.com/containerd/errdefs", "github.com/opencontainers"},
			why:     "it moves images and knows nothing of ECS"},
		{path: "taskdef", floor: 2, purity: quiet,
			may:     []string{"ecs", "internal/hint", "engine/query", "logs/pattern", "awsapi/wire"},
			modules: []string{yaml, awsSDK + "/service/ecs", smithy},
			why:     "it reads definitions from an io.Reader, never from a path"},
		{path: "worldfile", floor: 3, purity: quiet,
			may:     []string{"ecs", "internal/hint", "taskdef", "awsapi/wire", "engine/life"},
			modules: []string{awsSDK + "/service/ecs", smithy},
			why:     "it reads the description of a world from an io.Reader, and makes nothing of it"},
		{path: "logs", floor: 2, purity: quiet,
			may: []string{"ecs", "internal/hint", "engine/query", "logs/pattern", "awsapi/wire"},
			why: "it holds log streams as values; others fetch them"},
		{path: "config", floor: 2, purity: quiet, may: []string{"internal/hint"}, modules: []string{yaml},
			why: "files and environment are handed to it as fs.FS and a lookup function"},
	}
}

// shells are the rooms that touch the world or show it.
func shells() []room {
	emulator := []string{"ecs", "internal/hint", "taskdef", "logs/pattern", "engine/...",
		"awsapi/shape", "awsapi/wire", "emulator/..."}
	emulated := []string{awsSDK, smithy, ggcr, "go.etcd.io/bbolt", "github.com/google/uuid", "github.com/opencontainers"}
	screens := []string{"ecs", "internal/hint", "taskdef", "plan", "logs", "image", "workflow", "report", "tui/..."}
	return []room{
		{path: "workflow", floor: 6, purity: quiet,
			may:     []string{"ecs", "internal/hint", "taskdef", "plan", "logs", "image", "engine/query"},
			modules: []string{awsSDK + "/service/ecs", awsSDK + "/aws"}, // its requests are the SDK's own structs
			why:     "it is the user's verbs; it reaches the world through interfaces of its own"},
		{path: "awsapi", floor: 6,
			may:     []string{"ecs", "internal/hint", "taskdef", "logs", "awsapi/shape", "awsapi/wire"},
			modules: []string{awsSDK, smithy},
			why:     "it is the client side of AWS and must not know that an emulator exists"},
		{path: "emulator/...", floor: 6, may: emulator, tests: []string{"awsapi"},
			modules: emulated,
			why:     "it is the other side of the wire: it must not share a line with the client that tests it"},
		{path: "emulator/runtime/...", floor: 6,
			may: []string{"ecs", "internal/hint", "engine/...", "emulator/runtime/..."}, modules: emulated,
			why: "it runs containers or their fates and knows neither the API nor what is stored"},
		{path: "emulator/registry/...", floor: 6, may: []string{"ecs", "internal/hint", "emulator/registry/..."}, tests: []string{"image"}, modules: emulated,
			why: "it keeps images and knows nothing of clusters"},
		{path: "emulator/registry/policy", floor: 6, purity: pure,
			why: "it says which images a lifecycle policy is about, and deletes none"},
		{path: "emulator/shapes/...", floor: 6, purity: quiet, modules: []string{smithy},
			why: "it reads and writes the protocols of services that it does not know"},
		{path: "emulator/archive/...", floor: 6,
			why: "it packs and unpacks files, and does not know what is in them"},
		{path: "emulator/metrics/...", floor: 6, purity: quiet,
			why: "it counts and writes numbers, and asks neither the time nor the world"},
		{path: "emulator/store/...", floor: 6,
			may:     []string{"ecs", "internal/hint", "engine/...", "taskdef", "emulator/runtime/...", "emulator/store/..."},
			modules: emulated,
			why:     "api and reconcile share it, and it knows neither"},
		{path: "report", floor: 7, purity: quiet,
			may:     []string{"ecs", "internal/hint", "taskdef", "plan", "logs", "image", "workflow", "engine/placement"},
			modules: []string{charm + "/lipgloss", charmbits},
			why:     "it formats results and gets none itself"},
		{path: "tui/...", floor: 8, may: screens, modules: []string{charm, charmbits},
			why: "it shows what workflow tells it, of AWS and of the emulator alike"},
		{path: "tui/widget/...", floor: 8, may: []string{"tui/widget/..."}, modules: []string{charm, charmbits},
			why: "widgets draw and know nothing of ECS"},
		{path: "cmd", floor: 9,
			may: []string{"ecs", "internal/hint", "taskdef", "plan", "logs/...", "image", "config", "worldfile", "engine/...", "workflow",
				"awsapi/...", "emulator/...", "report", "tui/..."},
			modules: []string{awsSDK, smithy, charm, charmbits, "github.com/spf13"},
			why:     "it wires the rooms and decides nothing"},
		{path: "", floor: 10, may: []string{"cmd"},
			why: "main hands arguments, environment and streams to cmd and exits with its answer"},
		{path: "internal/bench/...", may: []string{"internal/bench"}, tests: []string{"emulator"}, modules: []string{awsSDK},
			why: "it measures whatever answers at a URL, and knows none of it"},
		{path: "internal/golden", modules: []string{"github.com/rogpeppe/go-internal/diff"}, why: "it helps tests"},
		{path: "internal/archtest", why: "it reads the tree as text"},
	}
}

// testHelpers may be imported by the tests of every room, and by nothing else.
func testHelpers() []string { return []string{"internal/golden"} }

// roomOf finds the line that speaks for a package.
func roomOf(rooms []room, pkg string) (room, bool) {
	best, found := room{}, false
	for _, r := range rooms {
		if !matches(r.path, pkg) || found && weight(r.path) <= weight(best.path) {
			continue
		}
		best, found = r, true
	}
	return best, found
}

// weight orders patterns that match the same package: an exact path first, then
// the deeper one.
func weight(pattern string) int {
	if base, below := strings.CutSuffix(pattern, "/..."); below {
		return 2 * len(base)
	}
	return 2*len(pattern) + 1
}

// matches reports whether pkg is pattern, or below it when it ends in "/...".
func matches(pattern, pkg string) bool {
	base, below := strings.CutSuffix(pattern, "/...")
	return pkg == base || below && strings.HasPrefix(pkg, base+"/")
}

func matchesAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, pkg) })
}
