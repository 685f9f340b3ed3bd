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
		b.WriteString("not")
		n.operands[0].printEnclosed(b)
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
		n.printEnclosed(b)
		return
	}
	n.print(b)
}

// printEnclosed prints in parentheses. A bare pattern at the end must not take the
// closing one for its own, whatever parentheses it quotes or has in a class: white
// space ends it.
func (n *node) printEnclosed(b *strings.Builder) {
	b.WriteString("(")
	n.print(b)
	last := n
	for len(last.operands) > 0 && last.kind != notNode {
		last = &last.operands[len(last.operands)-1]
	}
	if last.kind == simpleNode && last.op.takesPattern() && stayedBare(last.values[0]) {
		b.WriteString(" ")
	}
	b.WriteString(")")
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

// printValue quotes where it must.
func printValue(v string) string {
	switch {
	case v != "" && !strings.ContainsAny(v, notBare), stayedBare(v):
		return v
	case !strings.Contains(v, "'"):
		return "'" + v + "'"
	}
	return `"` + v + `"`
}

// stayedBare reports whether a value can have been nothing but a bare pattern: it
// holds both kinds of quotes. Then it has no white space.
func stayedBare(v string) bool { return strings.Contains(v, "'") && strings.Contains(v, `"`) }
