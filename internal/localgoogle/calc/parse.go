package calc

import (
	"slices"
	"strconv"
	"strings"
)

// node is a formula or a part of it.
type node interface{}

type (
	valueNode struct{ v Value } // a constant
	refNode   struct{ r ref }
	nameNode  struct{ name string }
	callNode  struct {
		name string // upper case
		args []node // nil for one that was left out: IF(A1;;2)
	}
	unaryNode struct {
		op string // "-", "+" or "%"
		x  node
	}
	binaryNode struct {
		op   string
		l, r node
	}
	arrayNode struct{ rows [][]node }
)

// parse refuses deeper formulas: nobody writes them, and they would use up the stack.
const maxNesting = 256

type parser struct {
	tokens []token
	i      int
	depth  int
	bad    bool
}

// parse reads a formula; ok is false if the text is not a formula.
func parse(formula string, decimalComma bool) (n node, ok bool) {
	tokens := slices.DeleteFunc(lexFormula(formula, decimalComma), func(t token) bool { return t.kind == tokSpace })
	p := &parser{tokens: tokens}
	n = p.expr(0)
	if p.bad || p.peek().kind != tokEOF {
		return nil, false
	}
	return n, true
}

func (p *parser) peek() token { return p.tokens[p.i] }

func (p *parser) take() token {
	t := p.tokens[p.i]
	if t.kind != tokEOF {
		p.i++
	}
	return t
}

func priority(op string) int {
	switch op {
	case "=", "<>", "<", "<=", ">", ">=":
		return 1
	case "&":
		return 2
	case "+", "-":
		return 3
	case "*", "/":
		return 4
	case "^":
		return 5
	}
	return 0
}

// expr reads an expression of operators that bind tighter than above.
func (p *parser) expr(above int) node {
	if p.depth++; p.depth > maxNesting {
		p.bad = true
		return nil
	}
	defer func() { p.depth-- }()
	left := p.operand()
	for !p.bad {
		t := p.peek()
		if t.kind != tokOp {
			break
		}
		if t.s == "%" {
			p.take()
			left = unaryNode{"%", left}
			continue
		}
		pri := priority(t.s)
		if pri <= above {
			break
		}
		p.take()
		left = binaryNode{t.s, left, p.expr(pri)}
	}
	return left
}

func (p *parser) operand() node {
	switch t := p.take(); t.kind {
	case tokNumber:
		return valueNode{Num(t.num)}
	case tokString:
		return valueNode{Str(t.s)}
	case tokRef:
		return refNode{t.ref}
	case tokError:
		return valueNode{literalError(t.s)}
	case tokOpen:
		n := p.expr(0)
		if p.take().kind != tokClose {
			p.bad = true
		}
		return n
	case tokBraceOpen:
		return p.array()
	case tokOp:
		if t.s != "-" && t.s != "+" {
			break
		}
		// A sign binds tighter than ^: =-2^2 is 4. It does not reach over %: -5% is
		// -(5%).
		if p.depth++; p.depth > maxNesting {
			break
		}
		x := p.operand()
		p.depth--
		for p.peek().kind == tokOp && p.peek().s == "%" {
			p.take()
			x = unaryNode{"%", x}
		}
		return unaryNode{t.s, x}
	case tokIdent:
		if p.peek().kind == tokOpen {
			p.take()
			return p.call(strings.ToUpper(t.s))
		}
		switch strings.ToUpper(t.s) {
		case "TRUE":
			return valueNode{Boolean(true)}
		case "FALSE":
			return valueNode{Boolean(false)}
		}
		return nameNode{t.s}
	}
	p.bad = true
	return nil
}

func (p *parser) call(name string) node {
	c := callNode{name: name}
	if p.peek().kind == tokClose {
		p.take()
		return c
	}
	for !p.bad {
		if k := p.peek().kind; k == tokSep || k == tokClose {
			c.args = append(c.args, nil)
		} else {
			c.args = append(c.args, p.expr(0))
		}
		switch p.take().kind {
		case tokSep:
		case tokClose:
			return c
		default:
			p.bad = true
		}
	}
	return nil
}

// array reads {1,2;3,4} or, where the comma is decimal, {1\2;3\4}.
func (p *parser) array() node {
	rows := [][]node{nil}
	for !p.bad {
		rows[len(rows)-1] = append(rows[len(rows)-1], p.expr(0))
		switch t := p.take(); {
		case t.kind == tokRow || t.kind == tokSep && t.s == ",":
		case t.kind == tokSep:
			rows = append(rows, nil)
		case t.kind == tokBraceClose:
			for _, r := range rows {
				p.bad = p.bad || len(r) != len(rows[0])
			}
			return arrayNode{rows}
		default:
			p.bad = true
		}
	}
	return nil
}

func literalError(s string) Value {
	switch s {
	case "#REF!":
		return fail(ErrRef, "Reference does not exist.")
	case "#N/A":
		return fail(ErrNA, "Value not available.")
	case "#DIV/0!":
		return fail(ErrDiv, "Division by zero.")
	case "#VALUE!":
		return fail(ErrValue, "Wrong value.")
	case "#NAME?":
		return fail(ErrName, "Unknown name.")
	case "#NUM!":
		return fail(ErrNum, "Invalid number.")
	case "#NULL!":
		return fail(ErrNull, "Null value.")
	}
	return fail(ErrError, parseErrorMsg)
}

const parseErrorMsg = "Formula parse error."

// walk calls f for every part of a formula.
func walk(n node, f func(node)) {
	if n == nil {
		return
	}
	f(n)
	switch n := n.(type) {
	case callNode:
		for _, a := range n.args {
			walk(a, f)
		}
	case unaryNode:
		walk(n.x, f)
	case binaryNode:
		walk(n.l, f)
		walk(n.r, f)
	case arrayNode:
		for _, row := range n.rows {
			for _, x := range row {
				walk(x, f)
			}
		}
	}
}

func parseFloat(s string) float64 {
	x, _ := strconv.ParseFloat(s, 64) // the lexer passes only numbers; too large ones become infinite
	return x
}

func itoa(n int) string { return strconv.Itoa(n) }
