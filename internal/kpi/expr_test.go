package kpi

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func expr(t testing.TB, src string) Expr {
	t.Helper()
	e, err := ParseExpr(src)
	if err != nil {
		t.Fatalf("ParseExpr(%q): %v", src, err)
	}
	return e
}

var sample = map[string]float64{"a": 6, "b": 3, "c": 0.5, "zero": 0, "revenue": 1_000_000, "deals": 15, "count": 4,
	"sum": 100, "huge": math.MaxFloat64}

func lookup(name string) Num {
	v, ok := sample[name]
	return Num{v, ok}
}

func TestExprEval(t *testing.T) {
	tests := []struct {
		src  string
		want Num
	}{
		// Domain 2.2: the ratio of sums.
		{"revenue / deals", Some(1_000_000.0 / 15)},
		{"100 * (a + b)", Some(900)},
		{"a - b - 1", Some(2)},
		{"a - (b - 1)", Some(4)},
		{"a / b / 2", Some(1)},
		{"-a + 2 * b", Some(0)},
		{"=a × b − 1", Some(17)},
		{"a ÷ b", Some(2)},
		{"+a", Some(6)},
		{"min(a, b, 1)", Some(1)},
		{"max(a, b)", Some(6)},
		{"round(a / 4)", Some(2)},
		{"round(b / 7, 2)", Some(0.43)},
		{"sum / count", Some(25)}, // words that the parser knows as functions
		{".5 * a", Some(3)},
		{"1e3 * a", Some(6000)},
		{"a / zero", Num{}},
		{"zero / a", Some(0)},
		{"a / (b - b)", Num{}},
		{"a + nobody", Num{}},
		{"max(a, nobody)", Num{}},
		{"huge * huge", Num{}},
		{"huge + huge - huge", Num{}},
	}
	for _, tt := range tests {
		e := expr(t, tt.src)
		got := e.Eval(lookup)
		if got.OK != tt.want.OK || math.Abs(got.V-tt.want.V) > 1e-9 {
			t.Errorf("%s = %v, want %v", tt.src, got, tt.want)
		}
		if e.String() != tt.src {
			t.Errorf("%q prints as %q", tt.src, e)
		}
	}
	if got := (Expr{}).Eval(lookup); got.OK {
		t.Errorf("no formula has the value %v", got)
	}
	if got := expr(t, "a + b").EvalNums([]Num{Some(1)}); got.OK {
		t.Errorf("with too few values: %v", got)
	}
}

func TestParseExprRefuses(t *testing.T) {
	tests := []struct {
		src  string
		code Code
	}{
		{"", CodeFormulaEmpty},
		{" = ", CodeFormulaEmpty},
		{strings.Repeat("a+", 300) + "a", CodeFormulaLong},
		{"a % b", CodeFormulaSign},
		{"a ^ 2", CodeFormulaSign},
		{"a ** b", CodeFormulaSign},
		{"a // b", CodeFormulaSign},
		{"a /* b */", CodeFormulaSign},
		{"a > b ? a : b", CodeFormulaSign},
		{"a; b", CodeFormulaSign},
		{"'a'", CodeFormulaSign},
		{"[1]", CodeFormulaSign},
		{"a +", CodeFormulaSyntax},
		{"(a + b", CodeFormulaSyntax},
		{"a b", CodeFormulaSyntax},
		{"0,5 * a", CodeFormulaSyntax},
		{"9999999999999999999999", CodeFormulaSyntax},
		{"a in b", CodeFormulaWord},
		{"not a", CodeFormulaWord},
		{"a.b", CodeFormulaWord},
		{"a and b", CodeFormulaWord},
		{"true", CodeFormulaWord},
		{"nil", CodeFormulaWord},
		{"1..2", CodeFormulaWord},
		{"abs(a)", CodeFormulaFunction},
		{"sum(a)", CodeFormulaFunction},
		{"foo(a)", CodeFormulaFunction},
		{"min()", CodeFormulaArgs},
		{"round(a, 1, 2)", CodeFormulaArgs},
		{"round(a, b)", CodeFormulaDigits},
		{"round(a, -1)", CodeFormulaDigits},
	}
	for _, tt := range tests {
		e, err := ParseExpr(tt.src)
		p, ok := errors.AsType[Problem](err)
		if !ok || p.Code != tt.code || p.Field != FieldFormula {
			t.Errorf("ParseExpr(%q) = %v, %v; want the code %s", tt.src, e, err, tt.code)
			continue
		}
		checkTexts(t, p.Message)
	}
}

func TestExprShape(t *testing.T) {
	tests := []struct {
		src             string
		divides, linear bool
		num, den        string
		names           []string
	}{
		{"revenue / deals", true, false, "revenue", "deals", []string{"revenue", "deals"}},
		{"100 * a / (b + a)", true, false, "100*a", "b+a", []string{"a", "b"}},
		{"100 * (a / b)", true, false, "100*a", "b", []string{"a", "b"}},
		{"a / b / 2", true, false, "a/2", "b", []string{"a", "b"}},
		{"a / 2", false, true, "", "", []string{"a"}},
		{"a / (1 + 1) - 3 * b", false, true, "", "", []string{"a", "b"}},
		{"-a", false, true, "", "", []string{"a"}},
		{"a + 1", false, false, "", "", []string{"a"}},
		{"a * b", false, false, "", "", []string{"a", "b"}},
		{"max(a, b)", false, false, "", "", []string{"a", "b"}},
		{"a / b + c", true, false, "", "", []string{"a", "b", "c"}},
		{"5", false, false, "", "", nil},
	}
	for _, tt := range tests {
		e := expr(t, tt.src)
		if e.Divides() != tt.divides || e.Linear() != tt.linear {
			t.Errorf("%s: divides %v, linear %v", tt.src, e.Divides(), e.Linear())
		}
		num, den, ok := e.Ratio()
		if ok != (tt.num != "") || num.String() != tt.num || den.String() != tt.den {
			t.Errorf("%s: ratio of %q and %q, %v", tt.src, num, den, ok)
		}
		if diff := cmp.Diff(tt.names, e.Names()); diff != "" {
			t.Errorf("%s: names %s", tt.src, diff)
		}
		if ok {
			n, d, whole := num.Eval(lookup), den.Eval(lookup), e.Eval(lookup)
			if math.Abs(n.V/d.V-whole.V) > 1e-9 {
				t.Errorf("%s: %v / %v is not %v", tt.src, n, d, whole)
			}
		}
	}
	var none Expr
	if none.Divides() || none.Linear() || !none.IsZero() || none.Names() != nil {
		t.Error("no formula has a shape")
	}
	if _, _, ok := none.Ratio(); ok {
		t.Error("no formula is a ratio")
	}
}

func TestExprSheet(t *testing.T) {
	tests := []struct{ src, want string }{
		{"revenue / deals", "[revenue]/[deals]"},
		{"0.5 * a", "(5/10)*[a]"},
		{"1.25 * a", "(125/100)*[a]"},
		{".05 * a", "(5/100)*[a]"},
		{"a - (b - c)", "[a]-([b]-[c])"},
		{"a - b - c", "[a]-[b]-[c]"},
		{"a / (b * c)", "[a]/([b]*[c])"},
		{"(a + b) * c", "([a]+[b])*[c]"},
		{"a * (b + c) / a", "[a]*([b]+[c])/[a]"},
		{"-a * b", "(-[a])*[b]"},
		{"-(a + b)", "(-([a]+[b]))"},
		{"min(a, max(b, 1))", "MIN([a];MAX([b];1))"},
		{"round(a / b)", "ROUND([a]/[b];0)"},
		{"round(a, 2)", "ROUND([a];2)"},
	}
	for _, tt := range tests {
		got := expr(t, tt.src).Sheet(func(name string) string { return "[" + name + "]" })
		if got != tt.want {
			t.Errorf("%s on a sheet is %s, want %s", tt.src, got, tt.want)
		}
		if strings.ContainsAny(got, ".,") {
			t.Errorf("%s on a sheet depends on the locale: %s", tt.src, got)
		}
	}
	if got := (Expr{}).Sheet(nil); got != "" {
		t.Errorf("no formula on a sheet is %q", got)
	}
}

// Formulas written for a sheet, and parts of formulas, mean the same as the original.
func TestExprRoundTrip(t *testing.T) {
	for _, src := range []string{"a - (b - c) * 2", "-a / (b + c) / (1.5 * a)", "round(max(a, b) / 7, 3) - min(a, -b)",
		"a / (b / c)", "a * (b / c)"} {
		e := expr(t, src)
		again := expr(t, e.part(e.prog.root).String())
		if got, want := again.Eval(lookup), e.Eval(lookup); math.Abs(got.V-want.V) > 1e-12 || !got.OK {
			t.Errorf("%s = %v, but %s = %v", src, want, again, got)
		}
	}
}

func TestExprText(t *testing.T) {
	e := expr(t, "revenue / deals")
	b, err := e.MarshalText()
	var back Expr
	if err2 := back.UnmarshalText(b); err != nil || err2 != nil || !back.Equal(e) ||
		back.Eval(lookup) != e.Eval(lookup) {
		t.Errorf("comes back as %v (%v, %v)", back, err, err2)
	}
	if err := back.UnmarshalText([]byte("a +")); err == nil {
		t.Error("a broken formula is read back")
	}
	if err := back.UnmarshalText(nil); err != nil || !back.IsZero() {
		t.Errorf("empty is read back as %v, %v", back, err)
	}
}

func FuzzParseExpr(f *testing.F) {
	for _, s := range []string{"a / b", "round(a, 2)", "((a))", "a // b", "-", "min(,)", "0x1f", "1_000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := ParseExpr(src)
		if err != nil {
			if _, ok := errors.AsType[Problem](err); !ok {
				t.Fatalf("%q: %v is no Problem", src, err)
			}
			return
		}
		if n := e.Eval(lookup); math.IsNaN(n.V) || math.IsInf(n.V, 0) {
			t.Fatalf("%q = %v", src, n)
		}
	})
}

func BenchmarkExprEval(b *testing.B) {
	e := expr(b, "100 * revenue / (deals + a)")
	vals := []Num{Some(1), Some(2), Some(3)}
	b.ReportAllocs()
	for b.Loop() {
		e.EvalNums(vals)
	}
}

// checkTexts checks that a message has a complete text in both languages.
func checkTexts(t *testing.T, m Message) {
	t.Helper()
	ru, en := m.Text("ru"), m.Text("en")
	for _, s := range []string{ru, en} {
		if s == "" || s == string(m.Code) || strings.Contains(s, "%!") {
			t.Errorf("%s %v reads %q", m.Code, m.Args, s)
		}
	}
	if !strings.ContainsFunc(ru, func(r rune) bool { return r >= 'а' && r <= 'я' }) {
		t.Errorf("%s is not Russian: %q", m.Code, ru)
	}
}
