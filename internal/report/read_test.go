package report_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/report"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// Columns of a cold caller's month.
const (
	cDate = iota
	cCalls
	cTalks
	cTime
	_
	_
	cComplaints
	_
	cComment
)

// may4 is the row of 4 May; other days follow it.
const may4 = 13 + 3

func entry(k string, day int, v float64) department.Entry {
	return department.Entry{Person: "p", KPI: k, Date: mayDay(day), Value: v}
}

func TestReadFigures(t *testing.T) {
	for _, test := range []struct {
		name  string
		col   int
		value any
		want  *float64
		code  string
		note  string // part of it
	}{
		{"a number", cCalls, 12.0, ptr(12), "", ""},
		{"zero is a figure", cCalls, 0.0, ptr(0), "", ""},
		{"blank is none", cCalls, nil, nil, "", ""},
		{"spaces are blank", cCalls, "  ", nil, "", ""},
		{"text", cCalls, "много", nil, "cell_text", "Введите число, например 12.\nСейчас в ячейке текст «много»"},
		{"a number with a word", cCalls, "12 звонков", ptr(12), "understood", "Посчитано: понято как 12"},
		{"below zero", cCalls, -5.0, nil, "cell_negative", "Сейчас не считается: число меньше нуля: −5"},
		{"above the maximum", cCalls, 501.0, nil, "above_max", "не больше 500"},
		{"an error cell", cCalls, "#REF! (what)", nil, "cell_error", "#REF!"},
		{"a checkbox", cCalls, true, nil, "cell_bool", "галочка"},
		{"a time", cTime, 0.0625, ptr(5400), "", ""},
		{"a time as text", cTime, "1:30", ptr(5400), "", ""},
		{"minutes", cTime, 90.0, ptr(5400), "as_minutes", "1:30:00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := input(coldCaller(t), mayDay(15))
			b := report.Layout(in)
			r := report.Read(in, b, grid(b, func(tab string, cells [][]any) {
				if tab == "month:2026-05" {
					cells[may4][test.col] = test.value
				}
			}))
			var want []department.Entry
			if test.want != nil {
				want = []department.Entry{entry(map[int]string{cCalls: "calls", cTime: "talk_time"}[test.col], 4,
					*test.want)}
			}
			if diff := cmp.Diff(want, r.Entries); diff != "" {
				t.Error(diff)
			}
			if test.code == "" {
				if len(r.Flags) != 0 {
					t.Fatalf("flags %+v", r.Flags)
				}
				return
			}
			if len(r.Flags) != 1 {
				t.Fatalf("flags %+v", r.Flags)
			}
			f := r.Flags[0]
			if f.Code != test.code || f.Day != mayDay(4) || f.Tab != "month:2026-05" || f.Soft != (test.want != nil) ||
				f.Text == "" {
				t.Errorf("flag %+v", f)
			}
			if !strings.Contains(strings.ReplaceAll(f.Note, "\u00a0", " "), test.note) {
				t.Errorf("note %q", f.Note)
			}
			// The flag marks the cell, and disappears with its cause.
			in.Flags = r.Flags
			c := report.Layout(in).Tabs[0].Cells[may4][test.col]
			if c.Note != f.Note {
				t.Errorf("the cell's note is %q", c.Note)
			}
		})
	}
}

func ptr(v float64) *float64 { return &v }

func TestReadEnglishNote(t *testing.T) {
	in := input(coldCaller(t), mayDay(15))
	in.Lang = words.EN
	b := report.Layout(in)
	r := report.Read(in, b, grid(b, func(tab string, cells [][]any) {
		if tab == "month:2026-05" {
			cells[may4][cCalls] = "lots"
		}
	}))
	if len(r.Flags) != 1 || r.Flags[0].Note !=
		"Type a number, such as 12.\nThe cell has the text \"lots\", which is not counted." {
		t.Errorf("%+v", r.Flags)
	}
}

// TestReadMoved: columns and rows are found wherever they were moved.
func TestReadMoved(t *testing.T) {
	in := input(coldCaller(t), mayDay(15))
	b := report.Layout(in)
	found := grid(b, func(tab string, cells [][]any) {
		if tab != "month:2026-05" {
			return
		}
		cells[may4][cCalls], cells[may4][cComment] = 12.0, 5.0
		cells[may4+1][cTalks] = 3.0
		// sorted by date, newest first; with a time of day in a date
		days := cells[13:]
		for i, j := 0, len(days)-1; i < j; i, j = i+1, j-1 {
			days[i], days[j] = days[j], days[i]
		}
		days[len(days)-1-3][cDate] = mayDay(4).Serial() + 0.5
	})
	for i := range found { // two rows inserted above, columns elsewhere
		found[i].Col += 7
		found[i].Row += 2
		if i%2 == 0 { // a read that begins later
			found[i].Row += 5
			found[i].Values = found[i].Values[5:]
		}
	}
	found = append(found[3:], found[:3]...)
	found = append(found, workbook.Found{MetaID: 1, Values: []any{"somebody else's"}})
	r := report.Read(in, b, found)
	if diff := cmp.Diff([]department.Entry{entry("calls", 4, 12), entry("talks", 5, 3)}, r.Entries); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[calendar.Date]string{mayDay(4): "5"}, r.Comments); diff != "" {
		t.Error(diff)
	}
	if len(r.Flags)+len(r.Strays) != 0 {
		t.Errorf("flags %v, strays %v", r.Flags, r.Strays)
	}
	want := []report.Scope{{Span: may.Span, KPIs: []string{"calls", "talks", "talk_time", "complaints", "notes"},
		Comments: true}}
	if diff := cmp.Diff(want, r.Scopes()); diff != "" {
		t.Error(diff)
	}
	if r.HasDeals() || r.HasClients() {
		t.Error("lists were seen where there are none")
	}
}

func TestReadStrays(t *testing.T) {
	in := input(coldCaller(t), mayDay(15))
	b := report.Layout(in)
	r := report.Read(in, b, grid(b, func(tab string, cells [][]any) {
		if tab != "month:2026-05" {
			return
		}
		cells[may4][cCalls] = 1.0
		// twice, both filled
		cells[may4+1][cDate], cells[may4+1][cCalls] = mayDay(4).Serial(), 2.0
		cells[may4+2][cDate] = mayDay(4).Serial() // twice, empty
		// twice, the first one empty
		cells[may4+3][cDate], cells[may4+3][cCalls] = mayDay(1).Serial(), 7.0
		cells[may4+4][cDate], cells[may4+4][cCalls] = calendar.Of(2026, time.June, 8).Serial(), 4.0 // another month
		cells[may4+5][cDate], cells[may4+5][cCalls] = "итого", 5.0                                  // no date
		cells[may4+6][cDate], cells[may4+6][cCalls] = "10.05.2026", 6.0                             // a date as text
	}))
	if diff := cmp.Diff([]department.Entry{entry("calls", 1, 7), entry("calls", 4, 1), entry("calls", 10, 6)},
		r.Entries); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		"tab month:2026-05, row 18: 2026-05-04 stands already in row 17, which counts",
		"tab month:2026-05, row 21: 2026-06-08 is a day of another month",
		`tab month:2026-05, row 22: holds figures but no date ("итого")`,
	}, r.Strays); diff != "" {
		t.Error(diff)
	}
	// The reading does not cover days that were not found: the 5th to the 9th.
	var spans []calendar.Span
	for _, s := range r.Scopes() {
		spans = append(spans, s.Span)
	}
	if diff := cmp.Diff([]calendar.Span{{From: mayDay(1), To: mayDay(4)}, {From: mayDay(10), To: mayDay(31)}},
		spans); diff != "" {
		t.Error(diff)
	}
}

// TestReadOnlyWhatIsThere: the reading does not cover a missing tab or column.
func TestReadOnlyWhatIsThere(t *testing.T) {
	in := input(accountManager(t), mayDay(15))
	in.Role.KPIs = append(in.Role.KPIs, coldCaller(t).KPIs[0])
	in.Months = append(in.Months, may.Next())
	b := report.Layout(in)
	all := grid(b, nil)
	var found []workbook.Found
	for _, f := range all {
		switch f.MetaID {
		case workbook.MetaID(workbook.SheetID("deals"), "client"),
			workbook.MetaID(workbook.SheetID("month:2026-05"), "kpi:calls"),
			workbook.MetaID(workbook.SheetID("month:2026-06"), "date"):
		default:
			found = append(found, f)
		}
	}
	r := report.Read(in, b, found)
	if diff := cmp.Diff([]string{"month:2026-05", "clients"}, r.Seen); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]bool{
		"month:2026-05/date": true, "month:2026-05/comment": true, "month:2026-06/kpi:calls": true,
		"month:2026-06/comment": true,
		"deals/date":            true, "deals/amount": true, "deals/comment": true, "clients/client": true,
		"clients/handed_over": true, "clients/from": true,
	}, r.SeenColumns); diff != "" {
		t.Error(diff)
	}
	if r.HasDeals() || !r.HasClients() {
		t.Error("a list without a column counts as seen, or a whole one does not")
	}
	if diff := cmp.Diff([]report.Scope{{Span: may.Span, KPIs: []string{}, Comments: true}}, r.Scopes()); diff != "" {
		t.Error(diff)
	}
}

func TestReadDeals(t *testing.T) {
	in := input(salesRepDeals(t), mayDay(15))
	b := report.Layout(in)
	type row = []any
	rows := []row{
		{mayDay(4).Serial(), " Ромашка ", 100.0},
		{},
		{"05.05.2026", "Лютик", "1 234,5 ₽"},
		{nil, "Без даты", 5.0},
		{mayDay(6).Serial(), "Без суммы", nil},
		{"вчера", "Непонятно", "сто"},
		{mayDay(7).Serial(), nil, 0.0},
		{mayDay(8).Serial(), 42.0, "12 тыс."},
		{calendar.Of(2062, time.May, 8).Serial(), "Опечатка", 1.0},
		{mayDay(9).Serial(), "Возврат", -10.0},
		{45.0, "Не дата", 7.0},
		{nil, "  ", nil},
	}
	r := report.Read(in, b, grid(b, func(tab string, cells [][]any) {
		if tab == "deals" {
			for i, row := range rows {
				copy(cells[1+i], row)
			}
		}
	}))
	if !r.HasDeals() {
		t.Error("the list was not seen")
	}
	deal := func(key string, d calendar.Date, client string, amount float64) department.Deal {
		return department.Deal{Person: "p", Date: d, Client: client, Amount: amount, Key: key}
	}
	if diff := cmp.Diff([]department.Deal{
		deal("r1", mayDay(4), "Ромашка", 100), deal("r3", mayDay(5), "Лютик", 1234.5), deal("r7", mayDay(7), "", 0),
		deal("r8", mayDay(8), "42", 12000),
		deal("r9", calendar.Of(2062, time.May, 8), "Опечатка", 1), deal("r10", mayDay(9), "Возврат", -10),
	}, r.Deals); diff != "" {
		t.Error(diff)
	}
	type flag struct {
		row  int
		col  string
		code string
		soft bool
	}
	var got []flag
	for _, f := range r.Flags {
		got = append(got, flag{f.Row, f.Column, f.Code, f.Soft})
		if f.Note == "" || len(f.Line) != 4 {
			t.Errorf("flag %+v", f)
		}
	}
	if diff := cmp.Diff([]flag{
		{3, "date", report.CodeTextDate, true},
		{4, "date", report.CodeNoDate, false},
		{5, "amount", report.CodeNoAmount, false},
		{6, "date", report.CodeBadDate, false}, {6, "amount", "cell_text", false},
		{7, "client", report.CodeNoClient, true},
		{8, "amount", "understood", true},
		{9, "date", report.CodeFarDate, true},
		{11, "date", report.CodeBadDate, false},
	}, got, cmp.AllowUnexported(flag{})); diff != "" {
		t.Error(diff)
	}

	// A tab that is made again has every row, whether it counts or not.
	again := in
	again.Typed, again.Flags = r.Typed, r.Flags
	b2 := report.Layout(again)
	r2 := report.Read(again, b2, grid(b2, nil))
	if diff := cmp.Diff(r.Deals, r2.Deals); diff != "" {
		t.Errorf("deals after the tab was made again: %s", diff)
	}
	hard := func(fs []report.Flag) (n int) {
		for _, f := range fs {
			if !f.Soft {
				n++
			}
		}
		return n
	}
	if hard(r.Flags) != hard(r2.Flags) {
		t.Errorf("%d rows could not be read, after the tab was made again %d", hard(r.Flags), hard(r2.Flags))
	}
}

func TestReadClients(t *testing.T) {
	in := input(accountManager(t), mayDay(15))
	b := report.Layout(in)
	r := report.Read(in, b, grid(b, func(tab string, cells [][]any) {
		if tab == "clients" {
			copy(cells[1], []any{"Ромашка", mayDay(1).Serial(), "Пётр"})
			copy(cells[2], []any{"Лютик"})
			copy(cells[3], []any{nil, mayDay(1).Serial()})
			copy(cells[4], []any{" ромашка", "давно"})
			copy(cells[5], []any{"РОМАШКА"})
		}
	}))
	if diff := cmp.Diff([]department.Client{
		{Person: "p", Name: "Ромашка", HandedOver: mayDay(1), From: "Пётр", Key: "r1"},
		{Person: "p", Name: "Лютик", Key: "r2"}, {Person: "p", Name: "РОМАШКА", Key: "r5"},
	}, r.Clients); diff != "" {
		t.Error(diff)
	}
	var codes []string
	for _, f := range r.Flags {
		codes = append(codes, f.Code)
	}
	if diff := cmp.Diff([]string{report.CodeNoClient, report.CodeBadDate, report.CodeSameClient}, codes); diff != "" {
		t.Error(diff)
	}
}

// TestLastRow: a list that fills up says so, and grows.
func TestLastRow(t *testing.T) {
	in := input(salesRepDeals(t), mayDay(15))
	b := report.Layout(in)
	r := report.Read(in, b, grid(b, func(tab string, cells [][]any) {
		if tab == "deals" {
			copy(cells[250], []any{mayDay(4).Serial(), "Ромашка", 100.0})
		}
	}))
	if len(r.Flags) != 1 || r.Flags[0].Code != report.CodeLastRow || r.Flags[0].Row != 250 || !r.Flags[0].Soft {
		t.Fatalf("flags %+v", r.Flags)
	}
	in.Flags = r.Flags
	if tab := tabOf(t, report.Layout(in), "deals"); tab.Rows != 401 {
		t.Errorf("%d rows", tab.Rows)
	}
}

// TestReadShared: in a shared spreadsheet each person's own tabs are read.
func TestReadShared(t *testing.T) {
	in := input(coldCaller(t), mayDay(15))
	in.Tag = "p/"
	b := report.Layout(in)
	other := in
	other.Person.ID, other.Tag = "q", "q/"
	b2 := report.Layout(other)
	found := append(grid(b2, fill(cCalls, 9)), grid(b, fill(cCalls, 3))...)
	both := &workbook.Book{Tabs: append(append([]*workbook.Tab{}, b2.Tabs...), b.Tabs...)}
	if diff := cmp.Diff([]department.Entry{entry("calls", 4, 3)}, report.Read(in, both, found).Entries); diff != "" {
		t.Error(diff)
	}
	if got := report.Read(other, both, found).Entries; len(got) != 1 || got[0].Person != "q" || got[0].Value != 9 {
		t.Errorf("%+v", got)
	}
}

func fill(col int, v float64) func(string, [][]any) {
	return func(tab string, cells [][]any) {
		if strings.Contains(tab, "month:") {
			cells[may4][col] = v
		}
	}
}

// TestRoundTrip: what is known is the same after it was laid out and read.
func TestRoundTrip(t *testing.T) {
	in := goldenMay(t)
	in.Typed.Comments = map[calendar.Date]string{mayDay(4): "две\nстроки"}
	b := report.Layout(in)
	r := report.Read(in, b, grid(b, nil))
	sum := func(es []department.Entry) map[string]float64 {
		m := map[string]float64{}
		for _, e := range es {
			m[e.KPI+e.Date.String()] = e.Value
		}
		return m
	}
	if diff := cmp.Diff(sum(in.Typed.Entries), sum(r.Entries)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(in.Typed.Comments, r.Comments); diff != "" {
		t.Error(diff)
	}
	if len(r.Flags)+len(r.Strays) > 0 {
		t.Errorf("flags %v, strays %v", r.Flags, r.Strays)
	}
}

// FuzzRead: nothing that people do to a spreadsheet breaks the reader, and its result is
// sane.
func FuzzRead(f *testing.F) {
	f.Add("12", 46146.0, 3, 2, 5, true)
	f.Add("05.05.2026", -1.0, 0, 0, 11, false)
	f.Add("#REF!", math.Inf(1), 400, 9, 0, true)
	f.Add("1:30\x00", 1e300, 15, 1, 300, false)
	f.Fuzz(func(t *testing.T, text string, num float64, row, col, shift int, cut bool) {
		for _, role := range []department.Role{coldCaller(t), accountManager(t)} {
			in := input(role, mayDay(15))
			b := report.Layout(in)
			found := grid(b, func(tab string, cells [][]any) {
				n := len(cells)
				r, c := (row%n+n)%n, (col%len(cells[0])+len(cells[0]))%len(cells[0])
				cells[r][c] = text
				cells[(r+1)%n][c] = num
				cells[(r+2)%n] = cells[r]
			})
			for i := range found {
				if i%3 == 0 {
					found[i].Row += shift % 1000
				}
				if cut && i%2 == 0 {
					found[i].Values = found[i].Values[:len(found[i].Values)/2]
				}
			}
			r := report.Read(in, b, found)
			for _, e := range r.Entries {
				k, ok := role.KPI(e.KPI)
				if !ok || !k.Typed() || math.IsNaN(e.Value) || math.IsInf(e.Value, 0) || e.Value < 0 ||
					!may.Has(e.Date) {
					t.Errorf("entry %+v", e)
				}
			}
			for _, d := range r.Deals {
				if d.Date.IsZero() || math.IsNaN(d.Amount) || math.IsInf(d.Amount, 0) || d.Amount < 0 {
					t.Errorf("deal %+v", d)
				}
			}
			in.Typed, in.Flags = r.Typed, r.Flags
			for _, tab := range report.Layout(in).Tabs {
				for _, cells := range tab.Cells {
					for _, c := range cells {
						if c.Kind == workbook.Number && (math.IsNaN(c.Num) || math.IsInf(c.Num, 0)) {
							t.Errorf("%s: a cell holds %v", tab.Key, c.Num)
						}
					}
				}
			}
			report.NewIndex(b, found)
			if _, _, _, err := report.AddDeals(b, found, r.Deals); err != nil && role.Uses(kpi.Deals) && !cut {
				t.Error(err)
			}
		}
	})
}

// A sum below zero is a refund if ops allow refunds, in the list and in the KPIs of money
// alike; a count or a cost is never below zero (domain 2.9).
func TestReadRefunds(t *testing.T) {
	for _, refused := range []bool{false, true} {
		role := salesRep(t)
		role.KPIs = append(role.KPIs, kpi.KPI{Key: "spent", Title: "Расходы", Unit: kpi.Money, Source: kpi.Manual,
			Direction: kpi.Lower})
		in := input(role, mayDay(15))
		in.Dep.Settings.NoRefunds = refused
		b := report.Layout(in)
		r := report.Read(in, b, grid(b, func(tab string, cells [][]any) {
			if tab == "month:2026-05" {
				for _, key := range []string{"deals", "revenue", "spent"} {
					cells[rowOf(b.Tabs[0], "2026-05-06")][columnOf(b.Tabs[0], key)] = -500.0
				}
				cells[rowOf(b.Tabs[0], "2026-05-07")][columnOf(b.Tabs[0], "revenue")] = "−1 200,50 ₽"
			}
		}))
		got := map[string]float64{}
		for _, e := range r.Entries {
			got[e.KPI+" "+e.Date.String()] = e.Value
		}
		want := map[string]float64{"revenue 2026-05-06": -500, "revenue 2026-05-07": -1200.5}
		if refused {
			want = map[string]float64{}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("refused: %v: %s", refused, diff)
		}
		for _, f := range r.Flags {
			if f.Code != "cell_negative" || f.Soft {
				t.Errorf("flag %+v", f)
			}
		}
		if n := map[bool]int{false: 2, true: 4}[refused]; len(r.Flags) != n {
			t.Errorf("refused: %v: %d cells are marked, want %d", refused, len(r.Flags), n)
		}
	}
}
