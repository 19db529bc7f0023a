package calc_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"svodka/internal/localgoogle/calc"
)

func TestDecimalComma(t *testing.T) {
	tests := []struct{ formula, want string }{
		{"=1,5+1", "2.5"}, {"=ROUND(1,25;1)", "1.3"}, {"=SUM(1,5;2,5)", "4"}, {"=SUM(A1,A2)", "3"},
		{"=IF(A1>0,5,1)", "5"}, {"=IF(A1>0,5;1;2)", "1"}, {"=ROUND(1.25;1)", "1.3"}, {"=SUM({1\\2;3\\4})", "10"},
		{`=1/3&""`, `"0,333333333333333"`}, {`="1,5"+1`, "2.5"}, {`="1.5"+1`, "46144"}, {`=TRUE&""`, `"ИСТИНА"`}, {
			`=TEXT(1234,5;"#,##0.00")`, `"1\u00a0234,50"`}, {`=TEXT(1,5;"0,00")`, `"1,50"`},
		{`=COUNTIF(A1:A3;">1,5")`, "2"}, {`=COUNTIF(A1:A3;">"&3/2)`, "2"}, {`=TEXT(46327;"d mmmm")`, `"1 ноября"`},
		{`=VALUE("12,5%")`, "0.125"}, {"=COUNTIF(A1:A3;\">=\"&TODAY())", "0"},
	}
	for _, tt := range tests {
		b := newBook("Лист").column(0, "A1", 1, 2, 3).set(0, "H1", tt.formula)
		if got := show(calc.New(b, options("ru_RU")).Value(0, 0, 7)); got != tt.want {
			t.Errorf("%s = %s, want %s", tt.formula, got, tt.want)
		}
	}
}

func TestLinkAndDate(t *testing.T) {
	b := sales().set(0, "H1", `=HYPERLINK("#gid=1&range=A1";"План")`).set(0, "H2", "=TODAY()").set(0, "H3",
		"=A2").set(0, "H4", "=A2+1").set(0, "H5", "=A3-A2").
		set(0, "H6", "=NOW()").set(0, "H7", "=TIME(1;0;0)").set(0, "H8", "=MAX(A2:A7)").set(0, "H9",
		"=IF(TRUE;A2;0)").set(0, "H10", "=DATE(2026;1;1)+TIME(1;0;0)").set(0, "H11", "=H1")
	e := calc.New(b, options("en_US"))
	if v := e.Value(0, 0, 7); v.Str != "План" || v.Link != "#gid=1&range=A1" {
		t.Errorf("HYPERLINK = %+v", v)
	}
	if v := e.Value(0, 10, 7); v.Str != "План" || v.Link != "" {
		t.Errorf("a reference to HYPERLINK = %+v", v)
	}
	for i, want := range []calc.DateKind{calc.Date, calc.Date, calc.Date, calc.None, calc.DateTime, calc.Time,
		calc.Date, calc.Date, calc.DateTime} {
		if v := e.Value(0, i+1, 7); v.Date != want {
			t.Errorf("H%d is %+v, want kind %d", i+2, v, want)
		}
	}
}

func TestSet(t *testing.T) {
	b := newBook("Лист", "Итог").column(0, "A1", 1, 2, 3).set(0, "B1", "=SUM(A1:A3)").set(0, "B2", "=B1*2").set(1, "A1",
		"=Лист!B2+1").set(1, "A2", "=COUNTIF(Лист!A:A;\">0\")")
	e := calc.New(b, options("en_US"))
	check := func(step string, b1, b2, sum, count string) {
		t.Helper()
		for _, c := range []struct {
			sheet    int64
			row, col int
			want     string
		}{{1, 0, 0, sum}, {0, 0, 1, b1}, {0, 1, 1, b2}, {1, 1, 0, count}} {
			if got := show(e.Value(c.sheet, c.row, c.col)); got != c.want {
				t.Errorf("%s: sheet %d row %d col %d = %s, want %s", step, c.sheet, c.row, c.col, got, c.want)
			}
		}
	}
	check("at first", "6", "12", "13", "3")
	e.Set(0, 0, 0, "", calc.Num(10))
	check("a number", "15", "30", "31", "3")
	e.Set(0, 3, 0, "", calc.Num(5))
	check("a cell outside", "15", "30", "31", "4")
	e.Set(0, 1, 0, "", calc.Value{})
	check("cleared", "13", "26", "27", "3")
	e.Set(0, 0, 1, "=A1", calc.Value{})
	check("another formula", "10", "20", "21", "3")
	e.Set(0, 1, 0, "", calc.Num(2))
	check("what it no longer reads", "10", "20", "21", "4")
	e.Set(0, 0, 1, "=B2", calc.Value{})
	circle := "REF: Circular dependency detected. To resolve with iterative calculation, see File > Settings."
	check("a circle", circle, circle, circle, "4")
	e.Set(0, 0, 1, "", calc.Num(1))
	check("no circle", "1", "2", "3", "4")
	e.Set(0, 2000, 0, "", calc.Num(1))
	b.sheets[0].Rows = 3000
	b.set(0, "B1", 7)
	check("a grown grid is read anew", "7", "14", "15", "3")
	b.set(0, "B1", 8)
	e.Reset()
	check("reset", "8", "16", "17", "3")
}

// asked is a book that notes which tabs were read.
type asked struct {
	*book
	tabs []int64
}

func (a *asked) Each(id int64, f func(row, col int, formula string, constant calc.Value)) {
	a.tabs = append(a.tabs, id)
	a.book.Each(id, f)
}

// The engine reads a tab when a formula first needs it: of a tab that none names, nothing
// ever, also after an edit there. What was typed before it is read counts.
func TestReadsOnlyTabsThatAreNamed(t *testing.T) {
	b := newBook("Лист", "Данные", "История").set(0, "A1", "=SUM(Данные!A:A)").set(0, "A2", "=IF(FALSE;История!A1;1)").
		set(0, "B1", 5).column(1, "A1", 1, 2, 3).column(2, "A1", 1, 2, 3)
	a := &asked{book: b}
	e := calc.New(a, options("en_US"))
	read := func(want ...int64) {
		t.Helper()
		cells := 0
		for _, id := range want {
			cells += len(b.cells[id])
		}
		if !slices.Equal(a.tabs, want) || e.Copied() != int64(cells) {
			t.Errorf("tabs %v have been read, want %v; %d cells are copied, want %d", a.tabs, want, e.Copied(), cells)
		}
	}
	value := func(row int, want string) {
		t.Helper()
		if got := show(e.Value(0, row, 0)); got != want {
			t.Errorf("A%d is %s, want %s", row+1, got, want)
		}
	}
	read()
	value(1, "1")
	read(0)
	b.set(1, "A1", 10)
	e.Set(1, 0, 0, "", calc.Num(10))
	b.set(2, "A1", 10)
	e.Set(2, 0, 0, "", calc.Num(10))
	read(0)
	value(0, "15")
	read(0, 1)
	e.Set(1, 1, 0, "", calc.Num(20))
	value(0, "33")
	e.Set(0, 1, 0, "=История!A1", calc.Value{})
	value(1, "10")
	read(0, 1, 2)
}

func TestEval(t *testing.T) {
	b := newBook("Лист").column(0, "A1", 1, 2, "=A2*2")
	e := calc.New(b, options("ru_RU"))
	for formula, want := range map[string]string{"=A3>3": "TRUE", "=AND($A1>0;ROW()=3)": "TRUE",
		"=A3=": "ERROR: Formula parse error.", "=A:A": "4", "=1,5": "1.5"} {
		if got := show(e.Eval(0, 2, 0, formula)); got != want {
			t.Errorf("Eval(%s) = %s, want %s", formula, got, want)
		}
	}
	e.Set(0, 1, 0, "", calc.Num(5))
	if got := show(e.Eval(0, 2, 0, "=A3>5")); got != "TRUE" {
		t.Errorf("after an edit: %s", got)
	}
}

func TestClock(t *testing.T) {
	at := now
	b := newBook("Лист").set(0, "A1", "=TODAY()").set(0, "A2", "=A1+1").set(0, "A3", "=NOW()")
	o := options("en_US")
	o.Now = func() time.Time { return at }
	e := calc.New(b, o)
	before := e.Value(0, 1, 0).Num
	clock := e.Value(0, 2, 0).Num
	at = at.Add(10 * time.Second)
	if got := e.Value(0, 2, 0).Num; got != clock {
		t.Errorf("NOW moved within a minute by %v", got-clock)
	}
	at = at.Add(24 * time.Hour)
	if got := e.Value(0, 1, 0).Num; got != before+1 {
		t.Errorf("a day later =TODAY()+1 is %v, was %v", got, before)
	}
	if got := e.Value(0, 2, 0).Num; got <= clock+0.99 {
		t.Errorf("a day later NOW is %v, was %v", got, clock)
	}
}

func TestCircles(t *testing.T) {
	const want = "REF: Circular dependency detected. To resolve with iterative calculation, see File > Settings."
	b := newBook("Лист").set(0, "A1", "=IFERROR(B1;0)").set(0, "B1", "=C1+1").set(0, "C1", "=IFERROR(A1;5)").set(0,
		"D1", "=A1+1").set(0, "E1", "=SUM(E1:E5)").set(0, "F1", "=IF(TRUE;1;F1)").set(0, "G1", "=IFERROR(A1;\"ok\")")
	for _, first := range []int{0, 1, 2, 3} {
		e := calc.New(b, options("en_US"))
		e.Value(0, 0, first)
		for _, col := range []int{0, 1, 2, 3, 4} {
			if got := show(e.Value(0, 0, col)); got != want {
				t.Errorf("from %d: column %d is %s", first, col, got)
			}
		}
		if got := show(e.Value(0, 0, 5)); got != "1" {
			t.Errorf("a circle in the branch not taken gives %s", got)
		}
		if got := show(e.Value(0, 0, 6)); got != `"ok"` {
			t.Errorf("IFERROR outside of the circle gives %s", got)
		}
	}
}

func TestLongChains(t *testing.T) {
	n := 50000
	if testing.Short() {
		n = 10000
	}
	b := newBook("Лист")
	b.sheets[0].Rows = n
	b.set(0, "A1", 1)
	for i := 2; i <= n; i++ {
		b.set(0, fmt.Sprintf("A%d", i), fmt.Sprintf("=A%d+1", i-1))
	}
	e := calc.New(b, options("en_US"))
	if got := e.Value(0, n-1, 0); got.Num != float64(n) {
		t.Fatalf("the end of the chain is %+v", got)
	}
	e.Set(0, 0, 0, fmt.Sprintf("=A%d", n), calc.Value{})
	if got := e.Value(0, n-1, 0); got.Err != calc.ErrRef {
		t.Errorf("a long circle gives %+v", got)
	}
	if got := e.Value(0, 10, 0); got.Err != calc.ErrRef {
		t.Errorf("within a long circle there is %+v", got)
	}
}

// One cell cannot stop the others: work that grows with a number ends in an error at
// once, and ordinary formulas still give the right result.
func TestFormulasHaveABound(t *testing.T) {
	for formula, want := range map[string]string{
		"=BINOM.DIST(1e9,2e9,0.5,TRUE)": "limit", "=BINOMDIST(1e9,2e9,0.5,FALSE)": "limit",
		"=POISSON.DIST(1e9,5,TRUE)": "limit", "=POISSON(1e8,5,FALSE)": "limit",
		"=CUMPRINC(0.01,1e9,5,1,1e9,0)": "limit", "=CUMIPMT(0.01,1e9,5,1,1e9,0)": "limit",
		"=IPMT(0.01,1e9,1e9,5)": "limit", "=PPMT(0.01,1e9,1e9,5)": "limit",
		"=DB(1e9,1,1e9,1e9)": "limit", "=DDB(1e9,1,1e9,1e9)": "limit", "=PERMUT(1e9,5)": "limit",
		"=IFERROR(DDB(1e9,1,1e9,1e9),0)": "limit",
		"=BINOM.DIST(3,10,0.5,TRUE)":     "0.171875", "=POISSON.DIST(2,2,FALSE)": "0.270670566473225",
		"=ROUND(CUMPRINC(0.01,360,100000,1,360,0),2)": "-100000", "=ROUND(IPMT(0.01,12,12,1000),4)": "-0.8797",
		"=PERMUT(5,2)": "20",
	} {
		b := newBook("Лист").set(0, "A1", formula).set(0, "A2", 7).set(0, "A3", "=A2+1")
		e := calc.New(b, options("en_US"))
		budget := calc.NewBudget(t.Context())
		v := e.ValueFor(budget, 0, 0, 0)
		if got := show(v); want == "limit" && !strings.Contains(v.Msg, "Calculation limit was reached") ||
			want != "limit" && got != want {
			t.Errorf("%s = %s, want %s", formula, got, want)
		}
		if budget.Taken() > calc.MaxSteps+100 {
			t.Errorf("%s took %d steps", formula, budget.Taken())
		}
		if got := show(e.ValueFor(budget, 0, 2, 0)); got != "8" {
			t.Errorf("beside %s: 7+1 = %s", formula, got)
		}
	}
}

// A request that nobody waits for any more calculates nothing and leaves nothing wrong
// behind.
func TestCalculationEndsWithItsRequest(t *testing.T) {
	b := newBook("Лист").column(0, "A1", 1, 2, 3).set(0, "B1", "=SUM(A1:A3)").set(0, "B2", "=B1*2")
	e := calc.New(b, options("en_US"))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if v := e.ValueFor(calc.NewBudget(gone), 0, 1, 1); v.Err != calc.ErrLoading {
		t.Errorf("got %+v", v)
	}
	if got := show(e.Value(0, 1, 1)); got != "12" {
		t.Errorf("afterwards B2 = %s", got)
	}
}

// Many costly formulas in one request: the engine calculates those that the request can
// afford, and the next request continues from there.
func TestRequestsShareNoBudget(t *testing.T) {
	if testing.Short() {
		t.Skip("it calculates as much as one request may, three times over")
	}
	b := newBook("Лист")
	const n = 60
	for i := range n {
		b.set(0, fmt.Sprintf("A%d", i+1),
			fmt.Sprintf("=NETWORKDAYS(1,2900000)+NETWORKDAYS(%d,2900000)+NETWORKDAYS(1,2900000)", i+1))
	}
	e := calc.New(b, options("en_US"))
	left := n
	for round := 0; left > 0; round++ {
		if round > 3 {
			t.Fatalf("%d formulas are not calculated after %d requests", left, round)
		}
		budget := calc.NewBudget(t.Context())
		left = 0
		for i := range n {
			if v := e.ValueFor(budget, 0, i, 0); v.Err == calc.ErrLoading {
				left++
			} else if v.Kind != calc.Number {
				t.Fatalf("got %+v", v)
			}
		}
		if round == 0 && left == 0 {
			t.Error("one request calculates without a bound")
		}
	}
}

func FuzzEngine(f *testing.F) {
	for _, s := range []string{"=SUM(A1:B3;1,5)", "=IF(A1>1;\"да\";-B2%)", "=SUMPRODUCT((A1:A3>1)*(B1:B3))",
		"=TEXT(A1;\"0.00\")", "=XLOOKUP(2;A:A;B:B)", "={1;2}", "=NETWORKDAYS(A1;A2;B:B)", "=H1", "=PMT(0.1;A1;B1)",
		"=REPT(\"x\";1e9)",
		"=WORKDAY(A1;1e9)", "=DATE(1e9;1;1)", "=SUBSTITUTE(\"aa\";\"a\";REPT(\"b\";9999))", "=INDEX(A1:B3;0;1)",
		"=((((1))))", "=----1", "=ROUND(1e300;-400)", "=CHOOSE(2;A1;A:A)", "=COUNTIFS(A:A;\"<>\";B:B;\"*\")",
		"=BINOM.DIST(1e9;2e9;0.5;TRUE)", "=POISSON.DIST(1e9;5;TRUE)", "=CUMPRINC(0.1;1e9;5;1;1e9;0)",
		"=CUMIPMT(0.1;1e9;5;1;1e9;0)", "=IPMT(0.1;1e9;1e9;5)", "=PPMT(0.1;1e9;1e9;5)", "=DB(1e9;1;1e9;1e9)",
		"=DDB(1e9;1;1e9;1e9)", "=PERMUT(1e9;5)", "=NPER(0;-1;1e9)", "=RATE(1e9;-1;1)", "=COMBIN(1e9;5e8)", "=FACT(1e9)",
		"=NETWORKDAYS(-1e9;1e9)", "=SUMPRODUCT(A:A*TRANSPOSE(A:A))",
		"=YEARFRAC(0;1e9)", "=SLN(1;2;0)", "=EFFECT(1;1e12)", "=GCD(1e300;3)", "=ROMAN(1e9)", "=ERF(1e300)",
		"=GAMMALN(1e300)", "=NORM.INV(1e-300;0;1)"} {
		f.Add(s, "ru_RU")
		f.Add(s, "en_US")
	}
	f.Fuzz(func(t *testing.T, s, locale string) {
		if len(s) > 500 {
			return
		}
		b := newBook("Лист").column(0, "A1", 1, 2, "три").column(0, "B1", 4.5, true, nil).set(0, "H1",
			"="+strings.TrimPrefix(s, "=")).set(0, "H2", "=H1&\"\"")
		e := calc.New(b, options(locale))
		// However large its numbers, a formula ends within its steps.
		budget := calc.NewBudget(t.Context())
		v := e.ValueFor(budget, 0, 0, 7)
		if taken := budget.Taken(); taken > calc.MaxSteps+1<<20 {
			t.Errorf("%q took %d steps", s, taken)
		}
		if v.Kind == calc.Error && (v.Err == "" || v.Msg == "") {
			t.Errorf("%q gives an error without a word: %+v", s, v)
		}
		e.Value(0, 1, 7)
		e.Set(0, 0, 0, "=H1", calc.Value{})
		e.Value(0, 0, 0)
	})
}

// month is 31 rows of entries and six KPIs with running totals: 186 formulas.
func month() *book {
	b := newBook("Ноябрь 2026")
	for col := range 6 {
		c, total := calc.ColumnName(col), calc.ColumnName(col+6)
		for row := 2; row <= 32; row++ {
			b.set(0, fmt.Sprintf("%s%d", c, row), row*col)
			b.set(0, fmt.Sprintf("%s%d", total, row), fmt.Sprintf("=SUM(%s$2:%s%d)", c, c, row))
		}
	}
	return b
}

func BenchmarkMonth(b *testing.B) {
	book := month()
	for b.Loop() {
		e := calc.New(book, options("ru_RU"))
		for row := 1; row <= 31; row++ {
			for col := 6; col < 12; col++ {
				e.Value(0, row, col)
			}
		}
	}
}

func BenchmarkEdit(b *testing.B) {
	e := calc.New(month(), options("ru_RU"))
	for row := 1; row <= 31; row++ {
		for col := 6; col < 12; col++ {
			e.Value(0, row, col)
		}
	}
	i := 0.0
	for b.Loop() {
		i++
		e.Set(0, 20, 2, "", calc.Num(i))
		e.Value(0, 31, 8)
	}
}
