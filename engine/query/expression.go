package query

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Expression is a parsed expression. It does not change, and may be matched
// from several goroutines.
type Expression struct{ root node }

type nodeKind int

const (
	simpleNode nodeKind = iota
	notNode
	andNode
	orNode
)

// node is a clause. Operands belong to not (one), and and or (two or more,
// never of the same kind); the other members to a simple expression.
type node struct {
	kind     nodeKind
	operands []node

	subject subjectKind
	name    string // of the attribute
	op      operator
	values  []string

	pattern *regexp.Regexp // of =~ and !~
	number  int            // of runningTasksCount
	version version        // of agentVersion
	moment  time.Time      // of registeredAt
}

// String prints the expression in its plainest spelling. Parsing that gives an
// equal expression.
func (e *Expression) String() string {
	var b strings.Builder
	e.root.print(&b)
	return b.String()
}

// Equal reports whether two expressions have the same clauses in the same order.
// Spelling, quotes and needless parentheses do not count.
func (e *Expression) Equal(o *Expression) bool { return e.root.equal(&o.root) }

func (n *node) equal(o *node) bool {
	return n.kind == o.kind && n.subject == o.subject && n.name == o.name && n.op == o.op &&
		slices.Equal(n.values, o.values) &&
		slices.EqualFunc(n.operands, o.operands, func(a, b node) bool { return a.equal(&b) })
}

func (n *node) print(b *strings.Builder) {
	switch n.kind {
	case notNode:
		b.WriteString("not(")
		n.operands[0].print(b)
		b.WriteString(")")
	case andNode, orNode:
		word := " and "
		if n.kind == orNode {
			word = " or "
		}
		for i := range n.operands {
			if i > 0 {
				b.WriteString(word)
			}
			n.operands[i].printOperand(b, n.kind)
		}
	default:
		n.printSimple(b)
	}
}

func (n *node) printOperand(b *strings.Builder, in nodeKind) {
	if in == andNode && n.kind == orNode {
		b.WriteString("(")
		n.print(b)
		b.WriteString(")")
		return
	}
	n.print(b)
}

func (n *node) printSimple(b *strings.Builder) {
	if n.subject == attributeSubject {
		b.WriteString("attribute:" + n.name)
	} else {
		b.WriteString(n.subject.title())
	}
	b.WriteString(" " + n.op.String())
	switch {
	case n.op.takesNothing():
	case n.op.takesList():
		b.WriteString(" [")
		for i, v := range n.values {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(printValue(v))
		}
		b.WriteString("]")
	default:
		b.WriteString(" " + printValue(n.values[0]))
	}
}

// printValue quotes where it must. A value never holds both kinds of quotes and
// something else to quote for: it was bare, or stood inside one kind.
func printValue(v string) string {
	if v != "" && !strings.ContainsAny(v, notBare) {
		return v
	}
	if !strings.Contains(v, "'") {
		return "'" + v + "'"
	}
	if !strings.Contains(v, `"`) {
		return `"` + v + `"`
	}
	return v // a bare pattern with both quotes inside: it has no white space
}
