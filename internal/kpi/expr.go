package kpi

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// Expr is a KPI's formula, checked and ready to evaluate: `revenue / deals`. It consists
// of numbers, names, + - * / ( ), min, max and round. An Expr is immutable and safe for
// concurrent use. The zero Expr is no formula.
type Expr struct {
	src  string
	prog *program
}

// program is the parsed formula, shared by copies of an Expr.
type program struct {
	root  *node
	names []string // distinct, in order of appearance
}

// node is an operation of a formula. It is not the parser's own tree, in order to be
// small and because absent operands and division by zero have a meaning here that no
// general evaluator gives them.
type node struct {
	op   op
	num  float64 // opNum
	name int     // opName: index into program.names
	args []*node
}

type op uint8

const (
	opNum op = iota
	opName
	opAdd
	opSub
	opMul
	opDiv
	opNeg
	opMin
	opMax
	opRound
)

var binaryOps = map[string]op{"+": opAdd, "-": opSub, "*": opMul, "/": opDiv}

var functions = map[string]struct {
	op       op
	min, max int // least and most arguments
}{
	"min":   {opMin, 1, 20},
	"max":   {opMax, 1, 20},
	"round": {opRound, 1, 2},
}

// maxFormula limits the length of a formula, and so the depth of its tree.
const maxFormula = 500

// ParseExpr reads a formula as ops type it: names of KPIs or measures, numbers with a
// decimal point, + - * / ( ), min(a, b), max(a, b), round(a) and round(a, digits). It
// accepts a leading = and the signs × ÷ −. Its error is a Problem of FieldFormula that
// says what was not understood and where; an empty formula is an error too.
func ParseExpr(src string) (Expr, error) {
	text := strings.TrimSpace(src)
	clean := strings.TrimSpace(strings.TrimPrefix(text, "="))
	clean = strings.NewReplacer("×", "*", "÷", "/", "−", "-", "–", "-", "\u00a0", " ", "\u202f", " ").Replace(clean)
	switch {
	case clean == "":
		return Expr{}, formulaProblem(CodeFormulaEmpty)
	case len(clean) > maxFormula:
		return Expr{}, formulaProblem(CodeFormulaLong, maxFormula)
	}
	if sign, at := strangeSign(clean); sign != "" {
		return Expr{}, formulaProblem(CodeFormulaSign, sign, at)
	}
	tree, err := parser.Parse(clean)
	if err != nil {
		at := 1
		if fe, ok := errors.AsType[*file.Error](err); ok {
			at = fe.Column + 1
		}
		return Expr{}, formulaProblem(CodeFormulaSyntax, min(at, len([]rune(clean))), rest(clean, at))
	}
	p := &program{}
	p.root, err = p.convert(tree.Node)
	if err != nil {
		return Expr{}, err
	}
	return Expr{src: text, prog: p}, nil
}

// strangeSign finds the first sign that formulas do not have, and its position from 1. To
// name the sign is clearer than a syntax error, and the parser would swallow some (// and
// /* start comments).
func strangeSign(s string) (sign string, at int) {
	runes := []rune(s)
	for i, r := range runes {
		if i > 0 && runes[i-1] == '/' && (r == '/' || r == '*') || i > 0 && runes[i-1] == '*' && r == '*' {
			return string(runes[i-1 : i+1]), i
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsSpace(r) && !strings.ContainsRune("_.,+-*/()", r) {
			return string(r), i + 1
		}
	}
	return "", 0
}

// rest returns the formula from the given position on, shortened.
func rest(s string, at int) string {
	r := []rune(s)
	from := min(max(at-1, 0), len(r))
	return string(r[from:min(from+12, len(r))])
}

// convert turns the parser's tree into ours. It fails on what formulas do not have.
func (p *program) convert(n ast.Node) (*node, error) {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return &node{op: opNum, num: float64(n.Value)}, nil
	case *ast.FloatNode:
		return &node{op: opNum, num: n.Value}, nil
	case *ast.IdentifierNode:
		i := slices.Index(p.names, n.Value)
		if i < 0 {
			i = len(p.names)
			p.names = append(p.names, n.Value)
		}
		return &node{op: opName, name: i}, nil
	case *ast.UnaryNode:
		switch n.Operator {
		case "+":
			return p.convert(n.Node)
		case "-":
			return p.call(opNeg, n.Node)
		}
		return nil, formulaProblem(CodeFormulaWord, n.Operator)
	case *ast.BinaryNode:
		o, ok := binaryOps[n.Operator]
		if !ok {
			return nil, formulaProblem(CodeFormulaWord, n.Operator)
		}
		return p.call(o, n.Left, n.Right)
	case *ast.BuiltinNode:
		return p.function(n.Name, n.Arguments)
	case *ast.CallNode:
		if id, ok := n.Callee.(*ast.IdentifierNode); ok {
			return p.function(id.Value, n.Arguments)
		}
	}
	return nil, formulaProblem(CodeFormulaWord, n.String())
}

func (p *program) function(name string, args []ast.Node) (*node, error) {
	f, ok := functions[name]
	if !ok {
		return nil, formulaProblem(CodeFormulaFunction, name)
	}
	if len(args) < f.min || len(args) > f.max {
		return nil, formulaProblem(CodeFormulaArgs, name, len(args))
	}
	if f.op == opRound && len(args) == 2 {
		// A spreadsheet rounds to a whole number of digits; to agree with it, so must we.
		if d, ok := args[1].(*ast.IntegerNode); !ok || d.Value > 6 {
			return nil, formulaProblem(CodeFormulaDigits)
		}
	}
	return p.call(f.op, args...)
}

func (p *program) call(o op, args ...ast.Node) (*node, error) {
	n := &node{op: o, args: make([]*node, len(args))}
	for i, a := range args {
		var err error
		if n.args[i], err = p.convert(a); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// String returns the formula as ops typed it.
func (e Expr) String() string { return e.src }

// IsZero reports whether there is no formula.
func (e Expr) IsZero() bool { return e.prog == nil }

// Equal reports whether two formulas have the same text.
func (e Expr) Equal(o Expr) bool { return e.src == o.src }

// MarshalText returns the formula as it was typed.
func (e Expr) MarshalText() ([]byte, error) { return []byte(e.src), nil }

// UnmarshalText reads what MarshalText wrote; empty gives the zero Expr. It fails like
// ParseExpr.
func (e *Expr) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*e = Expr{}
		return nil
	}
	v, err := ParseExpr(string(b))
	if err == nil {
		*e = v
	}
	return err
}

// Names lists the names that the formula uses, each once, in order of
// appearance. Do not change the slice.
func (e Expr) Names() []string {
	if e.prog == nil {
		return nil
	}
	return e.prog.names
}

// Eval evaluates the formula, calling get for the value of each name. There is no result
// if an operand has no value, if something is divided by zero, or if there is no formula.
// The result is never NaN or infinite.
func (e Expr) Eval(get func(name string) Num) Num {
	if e.prog == nil {
		return Num{}
	}
	var few [8]Num
	vals := few[:0]
	for _, name := range e.prog.names {
		vals = append(vals, get(name))
	}
	return e.EvalNums(vals)
}

// EvalNums is Eval with the values in the order of Names, for hot loops.
func (e Expr) EvalNums(vals []Num) Num {
	if e.prog == nil || len(vals) < len(e.prog.names) {
		return Num{}
	}
	v, ok := e.prog.root.eval(vals)
	if !ok || math.IsNaN(v) || math.IsInf(v, 0) {
		return Num{}
	}
	return Some(v)
}

func (n *node) eval(vals []Num) (float64, bool) {
	switch n.op {
	case opNum:
		return n.num, true
	case opName:
		return vals[n.name].V, vals[n.name].OK
	}
	a, ok := n.args[0].eval(vals)
	if !ok {
		return 0, false
	}
	if n.op == opNeg {
		return -a, true
	}
	if len(n.args) == 1 {
		if n.op == opRound {
			a = math.Round(a)
		}
		return a, true
	}
	for _, arg := range n.args[1:] {
		b, ok := arg.eval(vals)
		if !ok {
			return 0, false
		}
		switch n.op {
		case opAdd:
			a += b
		case opSub:
			a -= b
		case opMul:
			a *= b
		case opDiv:
			if b == 0 {
				return 0, false
			}
			a /= b
		case opMin:
			a = min(a, b)
		case opMax:
			a = max(a, b)
		case opRound:
			scale := math.Pow(10, b)
			a = math.Round(a*scale) / scale
		}
	}
	return a, true
}

// constant reports whether the operation contains no name.
func (n *node) constant() bool {
	return n.op != opName && !slices.ContainsFunc(n.args, func(a *node) bool { return !a.constant() })
}

// Divides reports whether the formula divides by a name, which makes it a ratio. Dividing
// by a plain number, as in a / 2, does not.
func (e Expr) Divides() bool {
	var divides func(n *node) bool
	divides = func(n *node) bool {
		return n.op == opDiv && !n.args[1].constant() || slices.ContainsFunc(n.args, divides)
	}
	return e.prog != nil && divides(e.prog.root)
}

// Linear reports whether the formula of sums equals the sum of the formula: a + b, a - 2
// * b, a / 2. A ratio, a product of names, a rounding and a + 1 are not linear: they must
// be evaluated on the sums of their operands.
func (e Expr) Linear() bool {
	if e.prog == nil {
		return false
	}
	d, ok := e.prog.root.degree()
	return ok && d == 1
}

// degree returns the power of names in the operation if every term has the same; ok is
// false if the operation is not a polynomial.
func (n *node) degree() (int, bool) {
	switch {
	case n.op == opName:
		return 1, true
	case n.constant():
		return 0, true
	case n.op == opNeg:
		return n.args[0].degree()
	case n.op == opMin || n.op == opMax || n.op == opRound:
		return 0, false
	}
	a, okA := n.args[0].degree()
	b, okB := n.args[1].degree()
	switch {
	case !okA || !okB:
		return 0, false
	case n.op == opMul:
		return a + b, true
	case n.op == opDiv:
		return a, b == 0
	}
	return a, a == b
}

// Ratio splits a formula whose last operation is a division by names into numerator and
// denominator; a constant factor around it goes to the numerator. Their Eval takes names
// as the formula's own does.
func (e Expr) Ratio() (num, den Expr, ok bool) {
	if e.prog == nil {
		return Expr{}, Expr{}, false
	}
	n, d, ok := e.prog.root.ratio()
	if !ok {
		return Expr{}, Expr{}, false
	}
	return e.part(n), e.part(d), true
}

func (n *node) ratio() (num, den *node, ok bool) {
	switch {
	case n.op == opDiv && !n.args[1].constant():
		return n.args[0], n.args[1], true
	case n.op == opMul && n.args[0].constant():
		if num, den, ok = n.args[1].ratio(); ok {
			return &node{op: opMul, args: []*node{n.args[0], num}}, den, true
		}
	case (n.op == opMul || n.op == opDiv) && n.args[1].constant():
		if num, den, ok = n.args[0].ratio(); ok {
			return &node{op: n.op, args: []*node{num, n.args[1]}}, den, true
		}
	}
	return nil, nil, false
}

// part makes an operation inside e a formula of its own.
func (e Expr) part(root *node) Expr {
	p := &program{}
	var take func(n *node) *node
	take = func(n *node) *node {
		c := &node{op: n.op, num: n.num}
		if n.op == opName {
			name := e.prog.names[n.name]
			if c.name = slices.Index(p.names, name); c.name < 0 {
				c.name = len(p.names)
				p.names = append(p.names, name)
			}
		}
		for _, a := range n.args {
			c.args = append(c.args, take(a))
		}
		return c
	}
	p.root = take(root)
	out := Expr{prog: p}
	out.src = out.render(", ", decimal, map[op]string{opMin: "min", opMax: "max", opRound: "round"},
		func(s string) string {
			return s
		})
	return out
}

// Sheet returns the formula as a fragment of a spreadsheet formula that works in any
// locale: ; separates arguments, functions have English names, and a fraction is a
// division of whole numbers (0.5 is (5/10)). ref returns what to write for a name; it
// must be one operand: a reference, a call, or in brackets. The caller must catch an
// operand without a value and a division by zero, with IFERROR. Empty if there is no
// formula.
func (e Expr) Sheet(ref func(name string) string) string {
	if e.prog == nil {
		return ""
	}
	return e.render(";", quotient, map[op]string{opMin: "MIN", opMax: "MAX", opRound: "ROUND"}, ref)
}

func (e Expr) render(sep string, num func(float64) string, funcs map[op]string, ref func(string) string) string {
	var b strings.Builder
	var write func(n *node, level int)
	infix := func(n *node, sign string, own, right, level int) {
		if own < level {
			b.WriteByte('(')
		}
		write(n.args[0], own)
		b.WriteString(sign)
		write(n.args[1], right)
		if own < level {
			b.WriteByte(')')
		}
	}
	// level is how tightly the context binds: 1 sums, 2 products, 3 signs.
	write = func(n *node, level int) {
		switch n.op {
		case opNum:
			b.WriteString(num(n.num))
		case opName:
			b.WriteString(ref(e.prog.names[n.name]))
		case opAdd:
			infix(n, "+", 1, 1, level)
		case opSub:
			infix(n, "-", 1, 2, level)
		case opMul:
			infix(n, "*", 2, 2, level)
		case opDiv:
			infix(n, "/", 2, 3, level)
		case opNeg:
			b.WriteString("(-")
			write(n.args[0], 3)
			b.WriteByte(')')
		default:
			b.WriteString(funcs[n.op])
			b.WriteByte('(')
			for i, a := range n.args {
				if i > 0 {
					b.WriteString(sep)
				}
				write(a, 0)
			}
			if n.op == opRound && len(n.args) == 1 && sep == ";" {
				b.WriteString(";0") // spreadsheets require the digits
			}
			b.WriteByte(')')
		}
	}
	write(e.prog.root, 0)
	return b.String()
}

// decimal writes a number in full, without an exponent.
func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// quotient writes a number without a decimal sign: 0.25 is (25/100).
func quotient(v float64) string {
	s := decimal(v)
	whole, frac, ok := strings.Cut(s, ".")
	if !ok {
		return s
	}
	digits := strings.TrimLeft(whole+frac, "0")
	return "(" + digits + "/1" + strings.Repeat("0", len(frac)) + ")"
}
