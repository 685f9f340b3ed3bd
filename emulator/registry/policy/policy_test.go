package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gantry/emulator/registry/policy"
)

// rule is a rule in short: what is given overrides a rule that is right.
func rule(priority int, selection, action string) string {
	return fmt.Sprintf(`{"rulePriority":%d,"selection":{%s},"action":{%s}}`, priority, selection, action)
}

func rules(rules ...string) string { return `{"rules":[` + strings.Join(rules, ",") + `]}` }

const (
	expire    = `"type":"expire"`
	archive   = `"type":"transition","targetStorageClass":"archive"`
	anyOver1  = `"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1`
	untagged3 = `"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":3`
)

func tagged(list, count string) string { return `"tagStatus":"tagged",` + list + `,` + count }

func TestParse(t *testing.T) {
	for name, tt := range map[string]struct{ text, says string }{
		"no JSON":            {`{`, "Could not map policyString"},
		"more than JSON":     {rules(rule(1, anyOver1, expire)) + "{}", "Could not map policyString"},
		"a list":             {`[]`, `instance type (array) does not match any allowed primitive type (allowed: ["object"])`},
		"no rules":           {`{}`, `object has missing required properties (["rules"])`},
		"empty rules":        {`{"rules":[]}`, "array is too short"},
		"too many rules":     {rules(slices.Repeat([]string{rule(1, anyOver1, expire)}, 51)...), "array is too long"},
		"not a rule":         {`{"rules":["x"]}`, `instance type (string)`},
		"an empty rule":      {`{"rules":[{}]}`, `(["action","rulePriority","selection"])`},
		"a strange member":   {`{"rules":[{"rulePriority":1,"selection":{},"action":{},"x":1}]}`, `not allowed by the schema: (["x"])`},
		"an empty selection": {rules(rule(1, ``, expire)), `(["countNumber","countType","tagStatus"])`},
		"no such status":     {rules(rule(1, `"tagStatus":"all","countType":"imageCountMoreThan","countNumber":1`, expire)), `instance value ("all") not found in enum (possible values: ["any","tagged","untagged"])`},
		"no such count":      {rules(rule(1, `"tagStatus":"any","countType":"x","countNumber":1`, expire)), `instance value ("x") not found`},
		"no such unit":       {rules(rule(1, `"tagStatus":"any","countType":"sinceImagePushed","countUnit":"hours","countNumber":1`, expire)), `instance value ("hours")`},
		"count nothing":      {rules(rule(1, `"tagStatus":"any","countType":"imageCountMoreThan","countNumber":0`, expire)), "required minimum (minimum: 1, found: 0)"},
		"count a lot":        {rules(rule(1, `"tagStatus":"any","countType":"imageCountMoreThan","countNumber":99999999999999999999`, expire)), "greater than the required maximum"},
		"count a fraction":   {rules(rule(1, `"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1.5`, expire)), "instance type (number)"},
		"priority 0":         {rules(rule(0, anyOver1, expire)), "minimum: 1, found: 0"},
		"no such action":     {rules(rule(1, anyOver1, `"type":"delete"`)), `instance value ("delete")`},
		"an empty list":      {rules(rule(1, tagged(`"tagPrefixList":[]`, `"countType":"imageCountMoreThan","countNumber":1`), expire)), "array is too short"},
		"the same priority":  {rules(rule(1, untagged3, expire), rule(1, anyOver1, expire)), "unique, but 1"},
		"any is not last":    {rules(rule(2, untagged3, expire), rule(1, anyOver1, expire)), "rule 2 comes after rule 1"},
		"untagged twice":     {rules(rule(2, untagged3, expire), rule(1, untagged3, expire)), "rules 1 and 2"},
		"tagged without":     {rules(rule(1, `"tagStatus":"tagged","countType":"imageCountMoreThan","countNumber":1`, expire)), "needs a tagPatternList"},
		"untagged with":      {rules(rule(1, untagged3+`,"tagPrefixList":["v"]`, expire)), "not untagged"},
		"both lists":         {rules(rule(1, tagged(`"tagPrefixList":["v"],"tagPatternList":["v*"]`, `"countType":"imageCountMoreThan","countNumber":1`), expire)), "exclude each other"},
		"wildcards":          {rules(rule(1, tagged(`"tagPatternList":["a*b*c*d*e*"]`, `"countType":"imageCountMoreThan","countNumber":1`), expire)), "more than 4 wildcards"},
		"a unit too many":    {rules(rule(1, anyOver1+`,"countUnit":"days"`, expire)), "countUnit is not for"},
		"a unit too few":     {rules(rule(1, `"tagStatus":"any","countType":"sinceImagePulled","countNumber":1`, expire)), "needs the countUnit"},
		"count the archive":  {rules(rule(1, anyOver1+`,"storageClass":"archive"`, expire)), "storageClass archive"},
		"soon after":         {rules(rule(1, `"tagStatus":"any","storageClass":"archive","countType":"sinceImageTransitioned","countUnit":"days","countNumber":89`, expire)), "at least 90 days"},
		"archive the old":    {rules(rule(1, `"tagStatus":"any","storageClass":"archive","countType":"sinceImageTransitioned","countUnit":"days","countNumber":90`, archive)), "can only expire"},
		"archive nowhere":    {rules(rule(1, anyOver1, `"type":"transition"`)), "targetStorageClass"},
		"expire somewhere":   {rules(rule(1, anyOver1, expire+`,"targetStorageClass":"archive"`)), "targetStorageClass"},
	} {
		if _, err := policy.Parse(tt.text); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", name, err, tt.says)
		}
	}
	p, err := policy.Parse(rules(rule(7, anyOver1, archive), rule(2, untagged3, expire),
		rule(8, `"tagStatus":"any","storageClass":"archive","countType":"sinceImageTransitioned","countUnit":"days","countNumber":365`, expire)))
	if err != nil || len(p.Rules) != 3 || p.Rules[0].Priority != 2 || p.Rules[0].Selection.StorageClass != policy.Standard {
		t.Errorf("%+v, %v", p, err)
	}
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func daysAgo(days int) time.Time { return noon.AddDate(0, 0, -days) }

// decided is what a policy does at noon: digest, priority and action of each.
func decided(t *testing.T, text string, images ...policy.Image) string {
	t.Helper()
	p, err := policy.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, d := range p.Decide(images, noon) {
		all = append(all, fmt.Sprintf("%s %s by %d", d.Action.Type, d.Image.Digest, d.Priority))
	}
	return strings.Join(all, ", ")
}

// TestDecide is the examples of the user guide, and its sentences.
func TestDecide(t *testing.T) {
	over1 := func(prefix string) string {
		return tagged(`"tagPrefixList":["`+prefix+`"]`, `"countType":"imageCountMoreThan","countNumber":1`)
	}
	a := policy.Image{Digest: "A", Tags: []string{"beta-1", "prod-1"}, PushedAt: daysAgo(3)}
	b := policy.Image{Digest: "B", Tags: []string{"beta-2", "prod-2"}, PushedAt: daysAgo(2)}
	c := policy.Image{Digest: "C", Tags: []string{"beta-3"}, PushedAt: daysAgo(1)}
	bare := policy.Image{Digest: "D", PushedAt: daysAgo(9)}
	for name, tt := range map[string]struct {
		text   string
		images []policy.Image
		want   string
	}{
		"a rule before keeps B": {rules(rule(1, over1("prod"), expire), rule(2, over1("beta"), expire)), []policy.Image{c, b, a}, "expire A by 1"},
		"the other way round":   {rules(rule(1, over1("beta"), expire), rule(2, over1("prod"), expire)), []policy.Image{a, b, c}, "expire A by 1, expire B by 1"},
		"all tags of a list":    {rules(rule(1, tagged(`"tagPatternList":["alpha*","*-2"]`, `"countType":"sinceImagePushed","countUnit":"days","countNumber":1`), expire)), []policy.Image{a, b, c}, ""},
		"a pattern":             {rules(rule(1, tagged(`"tagPatternList":["b*-2"]`, `"countType":"sinceImagePushed","countUnit":"days","countNumber":1`), expire)), []policy.Image{a, b, c}, "expire B by 1"},
		"untagged by age":       {rules(rule(1, untagged3, expire)), []policy.Image{a, bare}, "expire D by 1"},
		"any count":             {rules(rule(5, anyOver1, archive)), []policy.Image{a, b, c, bare}, "transition D by 5, transition A by 5, transition B by 5"},
		"the archive is apart":  {rules(rule(1, anyOver1, expire)), []policy.Image{c, {Digest: "E", PushedAt: daysAgo(20), Archived: true}}, ""},
		"old in the archive": {rules(rule(1, `"tagStatus":"any","storageClass":"archive","countType":"sinceImageTransitioned","countUnit":"days","countNumber":90`, expire)),
			[]policy.Image{{Digest: "E", PushedAt: daysAgo(500), Archived: true, ArchivedAt: daysAgo(91)}, {Digest: "F", PushedAt: daysAgo(500), Archived: true, ArchivedAt: daysAgo(90)}, bare}, "expire E by 1"},
		"pulled lately": {rules(rule(1, `"tagStatus":"any","countType":"sinceImagePulled","countUnit":"days","countNumber":5`, archive)),
			[]policy.Image{{Digest: "E", PushedAt: daysAgo(9), PulledAt: daysAgo(2)}, {Digest: "F", PushedAt: daysAgo(9), PulledAt: daysAgo(8), ActivatedAt: daysAgo(1)},
				{Digest: "G", PushedAt: daysAgo(9), PulledAt: daysAgo(6), ActivatedAt: daysAgo(7)}, {Digest: "H", PushedAt: daysAgo(6)}, {Digest: "I", PushedAt: daysAgo(9), ActivatedAt: daysAgo(2)}},
			"transition G by 1, transition H by 1"},
		"an index holds its images": {rules(rule(1, untagged3, expire)),
			[]policy.Image{{Digest: "I", Tags: []string{"v1"}, PushedAt: daysAgo(5)}, {Digest: "J", PushedAt: daysAgo(5), Within: []string{"I"}}}, ""},
		"and goes with them": {rules(rule(1, untagged3, expire), rule(2, anyOver1, expire)),
			[]policy.Image{c, {Digest: "I", Tags: []string{"v1"}, PushedAt: daysAgo(5)}, {Digest: "J", PushedAt: daysAgo(5), Within: []string{"I"}}}, "expire J by 1, expire I by 2"},
	} {
		if got := decided(t, tt.text, tt.images...); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// TestWhatIsDecidedStaysDecided: as time passes more images are decided about, and
// those that were stay so by the same rule. Whoever applies a policy late relies on it.
func TestWhatIsDecidedStaysDecided(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		selections := []string{over("v"), over("v1"), untagged3, `"tagStatus":"any","countType":"sinceImagePulled","countUnit":"days","countNumber":4`}
		given := []string{}
		for i, selection := range selections {
			if rapid.Bool().Draw(t, "has rule") || i == 0 {
				given = append(given, rule(i+1, selection, rapid.SampledFrom([]string{expire, archive}).Draw(t, "action")))
			}
		}
		p, err := policy.Parse(rules(given...))
		if err != nil {
			t.Fatal(err)
		}
		images := make([]policy.Image, rapid.IntRange(0, 8).Draw(t, "images"))
		for i := range images {
			images[i] = policy.Image{Digest: fmt.Sprint(i), PushedAt: daysAgo(rapid.IntRange(0, 9).Draw(t, "age")),
				Tags: rapid.SliceOfN(rapid.SampledFrom([]string{"v1", "v2", "x"}), 0, 2).Draw(t, "tags"), Archived: rapid.Bool().Draw(t, "archived")}
			if i > 0 && rapid.Bool().Draw(t, "listed") {
				images[i].Within = []string{fmt.Sprint(rapid.IntRange(0, i-1).Draw(t, "index"))}
			}
		}
		later := map[string]int{}
		for _, d := range p.Decide(images, noon.AddDate(0, 0, rapid.IntRange(0, 9).Draw(t, "later"))) {
			if _, twice := later[d.Image.Digest]; twice {
				t.Fatalf("%s is decided twice", d.Image.Digest)
			}
			later[d.Image.Digest] = d.Priority
		}
		for _, d := range p.Decide(images, noon) {
			if later[d.Image.Digest] != d.Priority {
				t.Fatalf("%s: rule %d now, rule %d later", d.Image.Digest, d.Priority, later[d.Image.Digest])
			}
		}
	})
}

func over(prefix string) string {
	return tagged(`"tagPrefixList":["`+prefix+`"]`, `"countType":"imageCountMoreThan","countNumber":1`)
}

// An age that no image can have expires none: it is reckoned in days of the
// calendar, which do not run over as nanoseconds do.
func TestAgesOfCenturies(t *testing.T) {
	for _, days := range []int{106_752, 200_000, 1<<31 - 1} {
		p, err := policy.Parse(rules(rule(1, fmt.Sprintf(`"tagStatus":"any","countType":"sinceImagePushed","countUnit":"days","countNumber":%d`, days), expire)))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Decide([]policy.Image{{Digest: "sha256:a", PushedAt: daysAgo(1)}}, noon); len(got) != 0 {
			t.Errorf("an image of yesterday is older than %d days", days)
		}
	}
}
