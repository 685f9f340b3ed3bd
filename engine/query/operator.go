package query

import "strings"

// operator is one of the twelve of ECS semantics 1.2 [DG].
type operator int

const (
	equals operator = iota
	notEquals
	greater
	greaterEqual
	less
	lessEqual
	exists
	notExists
	in
	notIn
	matches
	notMatches
)

type spelling struct {
	text string
	op   operator
}

// operatorSymbols are the signs, longer ones before those they begin with.
func operatorSymbols() []spelling {
	return []spelling{
		{"==", equals}, {"!=", notEquals}, {"=~", matches}, {"!~", notMatches},
		{">=", greaterEqual}, {"<=", lessEqual}, {">", greater}, {"<", less},
	}
}

// operatorWords are the words. They have to end where they end, so that
// "inside" is not "in".
func operatorWords() []spelling {
	return []spelling{
		{"!exists", notExists}, {"not_exists", notExists}, {"exists", exists},
		{"!in", notIn}, {"not_in", notIn}, {"in", in},
		{"equals", equals}, {"not_equals", notEquals},
		{"greater_than", greater}, {"greater_than_equal", greaterEqual},
		{"less_than", less}, {"less_than_equal", lessEqual},
		{"matches", matches}, {"not_matches", notMatches},
	}
}

// String is the short spelling.
func (o operator) String() string {
	return [...]string{"==", "!=", ">", ">=", "<", "<=", "exists", "!exists", "in", "!in", "=~", "!~"}[o]
}

func (o operator) takesNothing() bool { return o == exists || o == notExists }
func (o operator) takesList() bool    { return o == in || o == notIn }
func (o operator) takesPattern() bool { return o == matches || o == notMatches }

// negative operators hold when their opposite does not, given that the subject is there.
func (o operator) negative() bool { return o == notEquals || o == notIn || o == notMatches }

// subjectKind is what a simple expression asks about.
type subjectKind int

const (
	attributeSubject subjectKind = iota
	taskGroupSubject
	agentConnectedSubject
	agentVersionSubject
	ec2InstanceIDSubject
	registeredAtSubject
	runningTasksCountSubject
)

func subjectByName(word string) (subjectKind, bool) {
	for k := taskGroupSubject; k <= runningTasksCountSubject; k++ {
		if k.title() == word {
			return k, true
		}
	}
	return 0, false
}

func (k subjectKind) title() string {
	return [...]string{
		"an attribute", "task:group", "agentConnected", "agentVersion",
		"ec2InstanceId", "registeredAt", "runningTasksCount",
	}[k]
}

// allows is the table of ECS semantics 1.3 [DG].
func (k subjectKind) allows(op operator) bool {
	switch k {
	case attributeSubject:
		return true
	case taskGroupSubject, agentConnectedSubject, ec2InstanceIDSubject:
		return op == equals || op == notEquals || op >= in
	default:
		return op <= lessEqual
	}
}

// operators lists what the subject allows, for a message.
func (k subjectKind) operators() string {
	var all []string
	for op := equals; op <= notMatches; op++ {
		if k.allows(op) {
			all = append(all, op.String())
		}
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " or " + all[last]
}
