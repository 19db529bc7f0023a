package workbook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/sheets/v4"
)

func TestAddresses(t *testing.T) {
	for col, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA",
		18277: "ZZZ"} {
		if got := ColumnName(col); got != want {
			t.Errorf("ColumnName(%d) = %q, want %q", col, got, want)
		}
		if c, _, _, _, ok := parsePart(want); !ok || c != col {
			t.Errorf("parsePart(%q) = %d", want, c)
		}
	}
	if got := A1(9, 27); got != "AB10" {
		t.Errorf("A1(9, 27) = %q", got)
	}
	if got := Quote("It's"); got != "'It''s'" {
		t.Errorf("Quote = %q", got)
	}
}

func TestRewrite(t *testing.T) {
	// Each reference moves one row down and one column to the right; tab X is called
	// «Новая».
	shift := func(title string, r reference) (string, reference) {
		for _, v := range []*int{&r.c0, &r.r0, &r.c1, &r.r1} {
			if *v >= 0 {
				*v++
			}
		}
		if title == "X" {
			title = "Новая"
		}
		return title, r
	}
	for in, want := range map[string]string{
		"=A1":                                "=B2",
		"=$A$1+B$2*$C3":                      "=$B$2+C$3*$D4",
		"=SUM(B12:B42;1)":                    "=SUM(C13:C43;1)",
		"=SUM(B:B)+SUM(2:4)+SUM(B12:B)":      "=SUM(C:C)+SUM(3:5)+SUM(C13:C)",
		`=IF(A1="A1 ""B2""";"C3";'a''b'!D4)`: `=IF(B2="A1 ""B2""";"C3";'a''b'!E5)`,
		"=LOG10(A1)+NETWORKDAYS.INTL(A1;B1)": "=LOG10(B2)+NETWORKDAYS.INTL(B2;C2)",
		"=X!A1+Y!A1+'X'!A1:B2":               "='Новая'!B2+Y!B2+'Новая'!B2:C3",
		"='Ноябрь 2026'!$A$1":                "='Ноябрь 2026'!$B$2",
		"=Ноябрь!A1":                         "=Ноябрь!B2",
		"=TRUE+AVERAGE1X+1E5+rate_A1":        "=TRUE+AVERAGE1X+1E5+rate_A1",
		"=A1:INDEX(B:B;3)":                   "=B2:INDEX(C:C;3)",
		"=#REF!+'X'!#REF!":                   "=#REF!+'X'!#REF!",
		"='open":                             "='open",
		`="open`:                             `="open`,
		"":                                   "",
	} {
		if got := rewrite(in, shift); got != want {
			t.Errorf("rewrite(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzRewrite(f *testing.F) {
	f.Add("=SUM('a''b'!$B$12:B42;\"x\"\"y\")")
	f.Fuzz(func(t *testing.T, s string) {
		same := rewrite(s, func(title string, r reference) (string, reference) { return title, r })
		if again := rewrite(same, func(title string, r reference) (string, reference) {
			return title, r
		}); again != same {
			t.Errorf("%q became %q, then %q", s, same, again)
		}
	})
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		style *Style
		link  string
		want  string
	}{
		{nil, "", ""},
		{&Style{}, "", `{"verticalAlignment":"MIDDLE"}`},
		{&Style{Bold: true, Size: 14, Color: "#000000", Background: "#FF8000", VAlign: "TOP"}, "",
			`{"backgroundColorStyle":{"rgbColor":{"green":0.502,"red":1}},"textFormat":{"bold":true,"fontSize":14,"foregroundColorStyle":{"rgbColor":{}}},"verticalAlignment":"TOP"}`},
		{&Style{Format: NumberFormat{"DATE", "dd.mm"}, Top: "medium #FFFFFF", PadLeft: 8}, "",
			`{"borders":{"top":{"colorStyle":{"rgbColor":{"blue":1,"green":1,"red":1}},"style":"SOLID_MEDIUM"}},"numberFormat":{"pattern":"dd.mm","type":"DATE"},"padding":{"bottom":2,"left":11,"right":3,"top":2},"verticalAlignment":"MIDDLE"}`},
		{nil, "https://x", `{"textFormat":{"link":{"uri":"https://x"}}}`},
	} {
		if got := asJSON(format(c.style, c.link)); got != c.want {
			t.Errorf("format(%+v) = %s, want %s", c.style, got, c.want)
		}
	}
	for n := range 256 {
		if v := colorPart(uint8(n)); int(v*255) != n || math.Round(v*255) != float64(n) {
			t.Errorf("color part %d comes back as %v", n, v*255)
		}
	}
}

// one returns a book with one tab.
func one(t Tab) *Book {
	if t.ID == 0 {
		t.ID, t.Key, t.Title = 7, "t", "Вкладка"
	}
	return &Book{Tabs: []*Tab{&t}}
}

func mustDiff(t *testing.T, have *State, want *Book, drop ...string) ([]*sheets.Request, *State) {
	t.Helper()
	reqs, after, err := Diff(have, want, drop...)
	if err != nil {
		t.Fatal(err)
	}
	return reqs, after
}

func mustApply(t *testing.T, s *sim, have *State, want *Book, drop ...string) *State {
	t.Helper()
	reqs, after := mustDiff(t, have, want, drop...)
	if err := s.apply(reqs); err != nil {
		t.Fatal(err)
	}
	if more, _ := mustDiff(t, after, want, drop...); len(more) > 0 {
		t.Fatalf("there is more to do: %s", asJSON(more))
	}
	return after
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		tab  Tab
		want string
	}{
		{Tab{Cells: [][]Cell{{}, {{}, N(math.NaN(), nil)}}}, `tab "Вкладка": cell B2: NaN`},
		{Tab{Cells: [][]Cell{{N(math.Inf(1), nil)}}}, "cell A1: +Inf"},
		{Tab{Cells: [][]Cell{{F("SUM(A1)", nil)}}}, "does not begin with ="},
		{Tab{Cells: [][]Cell{{Txt(strings.Repeat("ы", 50001), nil)}}}, "longer than the 50000"},
		{Tab{Cells: [][]Cell{{Txt("x", &Style{Color: "red"})}}}, `color "red"`},
		{Tab{Cells: [][]Cell{{Txt("x", &Style{Top: "thick #000000"})}}}, `border "thick #000000"`},
		{Tab{Cells: [][]Cell{{{Check: &Validation{}}}}}, "no kind"},
		{Tab{TabColor: "#12345"}, `color "#12345"`},
		{Tab{Columns: []Column{{Key: "a"}, {Key: "a"}}}, `two columns have the key "a"`},
		{Tab{RowIDs: []RowID{{Day: 5}}}, `no key column`},
		{Tab{RowIDs: []RowID{{Tag: "x"}, {Tag: "x"}}}, `two rows have the tag "x"`},
		{Tab{RowIDs: []RowID{{Day: 1.5}}}, "not a whole number"},
		{Tab{Merges: []Area{{1, 1, 1, 2}}}, "is empty"},
		{Tab{FrozenRows: 1, Merges: []Area{{0, 0, 2, 1}}}, "across the edge"},
		{Tab{FrozenCols: 2, Merges: []Area{{0, 1, 1, 4}}}, "B1:D1 lie across the edge"},
		{Tab{Charts: []Chart{{ID: 1, Title: "пусто", Domain: Area{0, 0, 1, 1}}}}, "nothing to show"},
		{Tab{Charts: []Chart{{ID: 1, Title: "чужое", Data: 8, Domain: Area{0, 0, 1, 1}, Series: []Area{{0, 1, 1, 2}}}}},
			"a tab that is not there: 8"},
		{Tab{Rules: []Rule{{Areas: []Area{{0, 0, 1, 1}}, Kind: "CUSTOM_FORMULA", Values: []string{"=A1>'План'!A1"}}}},
			"by its name"},
		{Tab{Exclusive: true, Groups: []Group{{2, 4}, {4, 6}}}, "group E:F touches the one before"},
		{Tab{Exclusive: true, Groups: []Group{{2, 2}}}, "is empty"},
		{Tab{Exclusive: true, FrozenCols: 1, Groups: []Group{{0, 2}}}, "group A:B holds frozen columns"},
		{Tab{Exclusive: true, Columns: []Column{{}, {Hidden: true}}, Groups: []Group{{1, 2}}}, "the hidden column B"},
		{Tab{Groups: []Group{{1, 2}}}, "people's"},
		{Tab{Copies: []Copy{{From: 8, To: Area{0, 0, 1, 1}}}}, "nothing has the id 8"},
		{Tab{Rows: 1_000_000, Cols: 11}, "more than a spreadsheet can hold"},
		{Tab{Rows: 1, Cols: 18_279}, "more than a spreadsheet can hold"},
		{Tab{Rules: []Rule{{}}}, "rule 1 has no area"},
		{Tab{Protect: &Protect{}}, "no id"},
		{Tab{ID: 1 << 31, Key: "a", Title: "a"}, "not in 1"},
		{Tab{ID: 1, Title: "a"}, "no key"},
		{Tab{ID: 1, Key: "a"}, "no title"},
	} {
		if _, _, err := Diff(Fresh(), one(c.tab)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v does not tell %q", err, c.want)
		}
	}
	twice := &Book{Tabs: []*Tab{{ID: 1, Key: "a", Title: "a"}, {ID: 1, Key: "b", Title: "b"}}}
	if _, _, err := Diff(Fresh(), twice); err == nil {
		t.Error("two tabs with one id are accepted")
	}
	if _, _, err := Diff(nil, twice); err == nil {
		t.Error("no state is accepted")
	}
}

// If some of a copied area differs, all of it is copied again in one request.
func TestCopies(t *testing.T) {
	light := &Style{Background: "#B7E1CD"}
	book := func(change func(from, to *Tab)) *Book {
		from := &Tab{ID: 1, Key: "a", Title: "а", Exclusive: true, Columns: []Column{{}, {}, {}}}
		to := &Tab{ID: 2, Key: "b", Title: "б", Exclusive: true, Cells: [][]Cell{{Txt("Всё", nil)}}}
		for r := range 50 {
			row := []Cell{Txt(fmt.Sprint("Имя ", r), nil), N(float64(r), light), {}}
			from.Cells = append(from.Cells, row)
			to.Cells = append(to.Cells, slices.Clone(row))
		}
		from.Cells[4][0].Note = "Заметка"
		to.Copies = []Copy{{From: 1, To: Area{1, 0, 51, 3}}}
		change(from, to)
		return &Book{Tabs: []*Tab{from, to}}
	}
	as := func(change func(from, to *Tab)) string {
		_, _, err := Diff(Fresh(), book(change))
		return fmt.Sprint(err)
	}
	for want, change := range map[string]func(from, to *Tab){
		"A3 is no copy": func(_, to *Tab) { to.Cells[2][0].Str = "Имя" },
		"B4 is no copy": func(from, _ *Tab) { from.Cells[2][1].Style = nil },
		"A2 is no copy": func(from, to *Tab) {
			from.Cells[0][0], to.Cells[1][0] = F("=1", nil), F("=1", nil)
		},
		"A5 is no copy":     func(_, to *Tab) { to.Cells[4][0].Note = "Заметка" },
		"over merged cells": func(from, _ *Tab) { from.Merges = []Area{{3, 0, 4, 2}} },
		"bring conditional rules": func(from, _ *Tab) {
			from.Rules = []Rule{{Areas: []Area{{0, 0, 1, 1}}, Kind: "BLANK"}}
		},
		"id 3 that it copies from":  func(_, to *Tab) { to.Copies[0].From = 3 },
		"id 2 that it copies from":  func(_, to *Tab) { to.Copies[0].From = 2 },
		"is empty or out of the sh": func(_, to *Tab) { to.Copies[0].To.R1 = 1 },
	} {
		if got := as(change); !strings.Contains(got, want) {
			t.Errorf("error %s does not tell %q", got, want)
		}
	}
	s := newSim()
	state := mustApply(t, s, Fresh(), book(func(_, _ *Tab) {}))
	if k := s.tab(2).cells[5]; k[0].value != "Имя 4" || k[0].note != "" || k[1].format != asJSON(format(light, "")) {
		t.Errorf("the copy is %+v", k)
	}
	next := book(func(from, to *Tab) {
		for r := 10; r < 20; r++ {
			from.Cells[r][1].Num, to.Cells[r+1][1].Num = -1, -1
		}
	})
	reqs, _ := mustDiff(t, state, next)
	if len(reqs) != 3 || reqs[1].CopyPaste == nil || reqs[1].CopyPaste.Source.StartRowIndex != 10 ||
		reqs[1].CopyPaste.Destination.EndRowIndex != 21 {
		t.Errorf("ten figures take %s", asJSON(reqs))
	}
	mustApply(t, s, state, next)
	if v := s.tab(2).cells[15][1].value; v != -1.0 {
		t.Errorf("%v stands in the copy", v)
	}
}

func TestGroups(t *testing.T) {
	book := func(groups ...Group) *Book {
		return one(Tab{Exclusive: true, Cells: [][]Cell{{Txt("а", nil), {}, {}, {}, {}, Txt("я", nil)}},
			Groups: groups})
	}
	s := newSim()
	state := mustApply(t, s, Fresh(), book(Group{2, 4}))
	tab := s.tab(7)
	if len(tab.groups) != 1 || !tab.groups[0].collapsed || !tab.cols[3].hidden || !tab.controlBefore {
		t.Fatalf("%+v, columns %+v", tab.groups, tab.cols)
	}
	// A group that somebody opened stays open, whatever else changes.
	if err := tab.open(0, true); err != nil {
		t.Fatal(err)
	}
	state = mustApply(t, s, Refresh(state, s.get()), book(Group{2, 4}, Group{5, 6}))
	if len(tab.groups) != 2 || tab.groups[0].collapsed || !tab.groups[1].collapsed {
		t.Errorf("%+v", tab.groups)
	}
	// A group that leaves the Book leaves no hidden columns behind.
	state = mustApply(t, s, state, book(Group{2, 4}))
	if len(tab.groups) != 1 || tab.cols[5].hidden {
		t.Errorf("%+v, columns %+v", tab.groups, tab.cols)
	}
	// A state stored before there were groups is valid: it has none.
	for version, want := range map[byte]int{stateVersion: 1, withoutInputs: 1, withoutGroups: 0} {
		kept, err := state.marshal(version)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := UnmarshalState(kept); err != nil || len(back.tabs[0].groups) != want {
			t.Errorf("version %d: %+v, %v", version, back, err)
		}
	}
}

func TestTextIsNeverAFormula(t *testing.T) {
	s := newSim()
	book := one(Tab{Cells: [][]Cell{{Txt("=IMPORTXML(1)", nil), Txt("+7 900", nil), Txt("00123", nil), F("=1+1", nil),
		{Kind: Bool}}}})
	mustApply(t, s, Fresh(), book)
	want := []any{"=IMPORTXML(1)", "+7 900", "00123", formula("=1+1"), false}
	for c, v := range want {
		if got := s.tab(7).cells[0][c].value; got != v {
			t.Errorf("%s: %#v, want %#v", A1(0, c), got, v)
		}
	}
}

func TestOnlyWhatChangedIsSent(t *testing.T) {
	style := &Style{Bold: true}
	table := func() *Tab {
		tab := &Tab{ID: 7, Key: "t", Title: "Вкладка", Exclusive: true}
		for r := range 100 {
			var row []Cell
			for c := range 20 {
				row = append(row, N(float64(r*100+c), style))
			}
			tab.Cells = append(tab.Cells, row)
		}
		return tab
	}
	reqs, state := mustDiff(t, Fresh(), &Book{Tabs: []*Tab{table()}})
	if len(reqs) != 5 { // sheet, its tag, values, look, the first tab goes
		t.Errorf("a new tab takes %d requests: %s", len(reqs), asJSON(reqs)[:500])
	}
	tab := table()
	for r := 10; r < 13; r++ {
		for c := 2; c < 5; c++ {
			tab.Cells[r][c].Num = -1
		}
	}
	tab.Cells[50][19].Note = "Заметка"
	tab.Cells[60][0].Style = &Style{Bold: true} // equal by value
	reqs, _ = mustDiff(t, state, &Book{Tabs: []*Tab{tab}})
	var got []string
	for _, r := range reqs {
		got = append(got, fmt.Sprintf("%s %s %d×%d",
			A1(int(r.UpdateCells.Start.RowIndex), int(r.UpdateCells.Start.ColumnIndex)),
			r.UpdateCells.Fields, len(r.UpdateCells.Rows), len(r.UpdateCells.Rows[0].Values)))
	}
	if d := cmp.Diff([]string{"C11 userEnteredValue 3×3", "T51 note 1×1"}, got); d != "" {
		t.Error(d)
	}
}

func TestOpenCells(t *testing.T) {
	s := newSim()
	tab := func(c Cell) *Book {
		return one(Tab{KeyColumn: "d", Columns: []Column{{Key: "d"}, {Key: "k"}},
			RowIDs: []RowID{{Tag: "h"}, {Day: 100}},
			Cells:  [][]Cell{{Txt("Дата", nil)}, {N(100, nil), c}}})
	}
	at := func() any { return s.tab(7).cells[1][1].value }
	state := mustApply(t, s, Fresh(), tab(Cell{Open: true, Kind: Number, Num: 5}))
	if at() != 5.0 {
		t.Errorf("an entry is not put back in a new tab: %v", at())
	}
	s.tab(7).cells[1][1].value = 6.0
	state = mustApply(t, s, state, tab(Cell{Open: true, Kind: Number, Num: 5, Note: "?"}))
	if at() != 6.0 {
		t.Errorf("what was typed has become %v", at())
	}
	state = mustApply(t, s, state, tab(F("=A2", nil)))
	if at() != formula("=A2") {
		t.Errorf("a computed cell holds %v", at())
	}
	state = mustApply(t, s, state, tab(Cell{Open: true}))
	if at() != nil {
		t.Errorf("our formula is left in a person's cell: %v", at())
	}
	// A deleted row comes back with the ledger's content.
	s.remove(s.tab(7), rows, 1)
	missing := state.Locate(tab(Cell{}).Tabs, s.found(state.MetaIDs()))
	if d := cmp.Diff([]string{`tab "t": the row of 1900-04-09 is gone`}, missing); d != "" {
		t.Error(d)
	}
	mustApply(t, s, state, tab(Cell{Open: true, Kind: Number, Num: 6}))
	if at() != 6.0 {
		t.Errorf("the entry is not put back: %v", at())
	}
}

// If nobody knows what was last written, an unwanted formula is removed only from our own
// columns: in another column it may be somebody's.
func TestOwnColumnsAreClearedAfterALook(t *testing.T) {
	s := newSim()
	book := func(cells ...Cell) *Book {
		return one(Tab{KeyColumn: "d", Columns: []Column{{Key: "d"}, {Key: "own", Own: true}, {Key: "other"}},
			RowIDs: []RowID{{Tag: "h"}, {Day: 100}},
			Cells:  [][]Cell{{Txt("Дата", nil)}, append([]Cell{N(100, nil)}, cells...)}})
	}
	mustApply(t, s, Fresh(), book(F("=A2", nil), F("=A2", nil)))
	mustApply(t, s, StateOf(s.get()), book(Cell{}, Cell{}))
	at := func(c int) any { return s.tab(7).cells[1][c].value }
	if at(1) != nil || at(2) != formula("=A2") {
		t.Errorf("left: %v in our column, %v in the other", at(1), at(2))
	}
}

// Somebody copies a day's row and deletes the original: our cells were cleared in the
// copy, so the state must not be believed for it.
func TestADayInTwoRowsIsDoubtful(t *testing.T) {
	s := newSim()
	book := one(Tab{KeyColumn: "d", Columns: []Column{{Key: "d"}, {Key: "typed"}, {Key: "own", Own: true}},
		RowIDs: []RowID{{Tag: "h"}, {Day: 100}, {Day: 101}},
		Cells: [][]Cell{{Txt("Дата", nil)}, {N(100, nil), {Open: true}, Txt("ours", nil)},
			{N(101, nil), {Open: true}, Txt("ours", nil)}}})
	if mustApply(t, s, Fresh(), book).Doubtful() {
		t.Error("a spreadsheet as it was written is doubtful")
	}
	m := s.tab(7)
	s.insert(m, rows, 2, 1, 1)
	copy(m.cells[2], m.cells[1])
	if !mustApply(t, s, StateOf(s.get()), book).Doubtful() {
		t.Error("a day that stands in two rows is not doubtful")
	}
	s.remove(m, rows, 1)
	if mustApply(t, s, StateOf(s.get()), book).Doubtful() {
		t.Error("still doubtful")
	}
	if got := m.cells[1][2].value; got != "ours" {
		t.Errorf("our cell of the row that stayed holds %v", got)
	}
}

// If neighbours differ only in number formats, the rest of the look is sent once; the
// spreadsheet is the same.
func TestNumberFormatsOfAList(t *testing.T) {
	money := Style{Color: "#112233", Align: "RIGHT", Bottom: "thin #EEEEEE", Format: NumberFormat{Pattern: "#,##0 ₽"}}
	count, plain := money, money
	count.Format.Pattern, plain.Format = "0", NumberFormat{}
	looks := []*Style{&money, &count, &plain}
	tab := Tab{}
	for r := range 60 {
		tab.Cells = append(tab.Cells, []Cell{N(1, looks[r%3]), N(2, looks[(r+1)%3])})
	}
	s := newSim()
	mustApply(t, s, Fresh(), one(tab))
	for r, row := range s.tab(7).cells {
		for c, cell := range row {
			want := &sheets.CellData{UserEnteredFormat: format(looks[(r+c)%3], "")}
			if cell.format != asJSON(want.UserEnteredFormat) {
				t.Fatalf("%s looks like %s, want %s", A1(r, c), cell.format, asJSON(want.UserEnteredFormat))
			}
		}
	}
	reqs, _ := mustDiff(t, Fresh(), one(tab))
	if n := sizeOf(reqs); n > 120*120 {
		t.Errorf("the looks of 120 cells take %d bytes", n)
	}
	// A link among them makes a look of its own.
	tab.Cells[30][1].Link = "https://example.com"
	mustApply(t, newSim(), Fresh(), one(tab))
}

func TestAColumnThatIsNotWantedIsHiddenAndComesBack(t *testing.T) {
	s := newSim()
	book := func(keys ...string) *Book {
		tab := Tab{Cells: [][]Cell{{}}}
		for _, k := range keys {
			tab.Columns = append(tab.Columns, Column{Key: k})
			tab.Cells[0] = append(tab.Cells[0], Cell{Open: true})
		}
		return one(tab)
	}
	state := mustApply(t, s, Fresh(), book("a", "b", "c"))
	s.tab(7).cells[0][1].value = "typed"
	state = mustApply(t, s, state, book("c", "a"))
	if c := tagged(s.tab(7).cols, columnKey, "b"); c < 0 || !s.tab(7).cols[c].hidden ||
		s.tab(7).cells[0][c].value != "typed" {
		t.Errorf("column b: %+v", s.tab(7))
	}
	mustApply(t, s, state, book("b", "c", "a"))
	if m := s.tab(7); m.cols[0].hidden || m.cells[0][0].value != "typed" || len(m.cols) != 3 {
		t.Errorf("column b: %+v", m)
	}
}

func TestTitles(t *testing.T) {
	tab := func(id int64, title string) *Tab {
		return &Tab{ID: id, Key: itoa(id), Title: title, Cells: [][]Cell{{Txt("x", nil)}}}
	}
	titles := func(s *sim) (list []string) {
		for _, t := range s.tabs {
			list = append(list, t.title)
		}
		return list
	}
	s := newSim()
	state := mustApply(t, s, Fresh(), &Book{Tabs: []*Tab{tab(1, "А"), tab(2, "Б"), tab(3, "В")}})
	// A cycle of titles, and another order.
	state = mustApply(t, s, state, &Book{Tabs: []*Tab{tab(3, "А"), tab(1, "Б"), tab(2, "В")}})
	if d := cmp.Diff([]string{"А", "Б", "В"}, titles(s)); d != "" || s.tabs[0].id != 3 {
		t.Error(d, s.tabs[0].id)
	}
	// Titles that people have taken, in any case.
	s.tabs = append(s.tabs, newSimTab(99, "г", 3, 3), newSimTab(98, "Г (2)", 3, 3))
	state = Refresh(state, s.get())
	state = mustApply(t, s, state, &Book{Tabs: []*Tab{tab(3, "Г"), tab(1, "Б"), tab(4, "Б")}}, "2")
	if d := cmp.Diff([]string{"Г (3)", "Б", "Б (2)", "г", "Г (2)"}, titles(s)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"1", "3", "4"}, slices.Sorted(slices.Values(state.Tabs()))); d != "" || state.Has("2") ||
		!state.Has("4") {
		t.Error(d)
	}
}

func TestHiding(t *testing.T) {
	s := newSim()
	book := func(a, b bool) *Book {
		return &Book{Tabs: []*Tab{{ID: 1, Key: "a", Title: "a", Hidden: a}, {ID: 2, Key: "b", Title: "b", Hidden: b}}}
	}
	state := mustApply(t, s, Fresh(), book(true, false))
	mustApply(t, s, state, book(false, true)) // they are never both hidden
	if s.tab(1).hidden || !s.tab(2).hidden {
		t.Error("the wrong tab is hidden")
	}
}

func TestExclusiveTabShrinks(t *testing.T) {
	s := newSim()
	big := Tab{ID: 7, Key: "t", Title: "t", Exclusive: true, Rows: 30, Cols: 8, Merges: []Area{{20, 0, 25, 2}},
		FrozenRows: 3}
	for range 30 {
		big.Cells = append(big.Cells, []Cell{Txt("x", &Style{Bold: true}), N(1, nil)})
	}
	state := mustApply(t, s, Fresh(), one(big))
	small := Tab{ID: 7, Key: "t", Title: "t", Exclusive: true, Cells: [][]Cell{{Txt("y", nil)}}, FrozenRows: 1}
	for name, have := range map[string]*State{"kept": state, "read": StateOf(s.get())} {
		sim := newSim()
		mustApply(t, sim, Fresh(), one(big))
		mustApply(t, sim, have, one(small))
		m := sim.tab(7)
		if len(m.rows) != 2 || len(m.cols) != 1 || m.cells[0][0] != (simCell{value: "y"}) ||
			m.cells[1][0] != (simCell{}) || len(m.merges) > 0 {
			t.Errorf("%s: %d×%d %+v %v", name, len(m.rows), len(m.cols), m.cells, m.merges)
		}
	}
}

func TestSplit(t *testing.T) {
	reqs, _ := mustDiff(t, Fresh(), summary(300, 30, 2))
	size := sizeOf(reqs)
	b, err := json.Marshal(sheets.BatchUpdateSpreadsheetRequest{Requests: reqs})
	if err != nil || size < len(b) || size > len(b)+2 {
		t.Errorf("Size is %d, the batch is %d bytes (%v)", size, len(b), err)
	}
	if parts := Split(reqs, MaxBytes); len(parts) != 1 {
		t.Errorf("%d parts", len(parts))
	}
	parts := Split(reqs, size/4)
	if !slices.Equal(slices.Concat(parts...), reqs) || len(parts) < 4 {
		t.Errorf("%d parts are not the whole in its order", len(parts))
	}
	for _, p := range parts {
		if len(p) > 1 && sizeOf(p) > size/4+20 {
			t.Errorf("a part of %d bytes", sizeOf(p))
		}
	}
	if Split(nil, 10) != nil {
		t.Error("nothing splits into something")
	}
}

func TestKeptStates(t *testing.T) {
	_, state := mustDiff(t, Fresh(), summary(50, 12, 2))
	b, err := state.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	back, err := UnmarshalState(b)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := back.Marshal(); err != nil || !bytes.Equal(again, b) {
		t.Errorf("a state does not survive: %v", err)
	}
	for name, bad := range map[string][]byte{
		"nothing": nil, "another version": append([]byte{stateVersion + 1}, b[1:]...), "half": b[:len(b)/2],
		"no state": {stateVersion, 1, 2},
	} {
		if _, err := UnmarshalState(bad); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		bad := slices.Clone(b)
		bad[1+rnd.IntN(len(b)-1)] ^= byte(1 + rnd.IntN(255))
		if _, err := UnmarshalState(bad); err == nil {
			t.Fatal("a damaged state is accepted")
		}
	}
}

// A tab made from what it was made from last is left as it is, without being given.
func TestTabsAreKept(t *testing.T) {
	big := func(inputs, text string) *Tab {
		return &Tab{ID: 8, Key: "big", Title: "Big", Exclusive: true, Inputs: inputs,
			Cells: [][]Cell{{Txt(text, nil), N(1, nil)}, {Txt("b", nil)}}}
	}
	small := func(text string) *Tab {
		return &Tab{ID: 7, Key: "small", Title: "Small", Exclusive: true, Cells: [][]Cell{{Txt(text, nil)}}}
	}
	kept := func(inputs string) *Tab {
		return &Tab{ID: 8, Key: "big", Title: "Big", Exclusive: true, Inputs: inputs, Kept: true}
	}
	opened := func(st *State) *State {
		t.Helper()
		b, err := st.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if st, err = OpenState(b); err != nil {
			t.Fatal(err)
		}
		return st
	}
	s := newSim()
	state := opened(mustApply(t, s, Fresh(), &Book{Tabs: []*Tab{small("1"), big("x", "a")}}))
	if state.MadeOf("big") != "x" || state.MadeOf("small") != "" {
		t.Fatalf("made of %q and %q", state.MadeOf("big"), state.MadeOf("small"))
	}
	reqs, after := mustDiff(t, state, &Book{Tabs: []*Tab{small("2"), kept("x")}})
	if len(reqs) != 1 {
		t.Errorf("beside a tab that is kept one cell changed: %d requests", len(reqs))
	}
	if err := s.apply(reqs); err != nil {
		t.Fatal(err)
	}
	state = opened(after)
	if reqs, _ := mustDiff(t, state, &Book{Tabs: []*Tab{small("2"), big("x", "a")}}); len(reqs) > 0 {
		t.Errorf("the tab that was kept is known otherwise: %d requests", len(reqs))
	}
	state = opened(mustApply(t, s, state, &Book{Tabs: []*Tab{small("2"), big("y", "c")}}))
	if got := s.tab(8).cells[0][0].value; got != "c" || state.MadeOf("big") != "y" {
		t.Errorf("from other inputs it shows %v, made of %q", got, state.MadeOf("big"))
	}
	for name, st := range map[string]*State{
		"made of other inputs": state, "not there": Fresh(), "looked at": StateOf(s.get()),
		"looked at again": Refresh(must(UnmarshalState(must(state.Marshal()))), s.get()),
	} {
		if _, _, err := Diff(st, &Book{Tabs: []*Tab{small("2"), kept("x")}}); err == nil {
			t.Errorf("a tab is kept that is %s", name)
		}
		if name != "made of other inputs" && st.MadeOf("big") != "" {
			t.Errorf("%s: made of %q", name, st.MadeOf("big"))
		}
	}
	// Damage of what is kept apart is seen, too.
	b := must(state.Marshal())
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		bad := slices.Clone(b)
		bad[1+rnd.IntN(len(b)-1)] ^= byte(1 + rnd.IntN(255))
		if _, err := UnmarshalState(bad); err == nil {
			t.Fatal("a damaged state is accepted")
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestLocate(t *testing.T) {
	s := newSim()
	tab := &Tab{ID: 7, Key: "t", Title: "t", KeyColumn: "date",
		Columns: []Column{{Key: "date"}, {Key: "a"}, {Key: "b"}},
		RowIDs:  []RowID{{Tag: "head"}, {Tag: "sum"}, {Day: 100}, {Day: 101}, {Day: 102}},
		Cells: [][]Cell{{Txt("Дата", nil), Txt("А", nil), Txt("Б", nil)}, {Txt("Итого", nil)}, {N(100, nil)},
			{N(101, nil)}, {N(102, nil)}}}
	book := &Book{Tabs: []*Tab{tab}}
	state := mustApply(t, s, Fresh(), book)
	m := s.tab(7)
	s.insert(m, columns, 1, 1, 0)                   // B becomes free
	s.move(m, columns, 3, 1)                        // b before it
	s.insert(m, rows, 0, 2, 0)                      // on top
	s.insert(m, rows, 3, 1, 0)                      // between the headings
	m.cells[6], m.cells[5] = m.cells[5], m.cells[6] // days sorted
	if missing := state.Locate(book.Tabs, s.found(state.MetaIDs())); len(missing) > 0 {
		t.Errorf("missing: %v", missing)
	}
	got := state.tab(7)
	var cols, rws []int
	for _, c := range got.cols {
		cols = append(cols, c.pos)
	}
	for _, r := range got.rows {
		rws = append(rws, r.pos)
	}
	if d := cmp.Diff([][]int{{0, 3, 1}, {2, 4, 6, 5, 7}}, [][]int{cols, rws}); d != "" {
		t.Error(d)
	}
	m.resize(9, len(m.cols))
	m.cells[8][0].value = 102.0
	s.remove(m, columns, 3)
	missing := state.Locate(book.Tabs, s.found(state.MetaIDs()))
	want := []string{`tab "t": column "a" is gone`, `tab "t": 1900-04-11 stands in 2 rows`}
	if d := cmp.Diff(want, missing); d != "" {
		t.Error(d)
	}
	if missing := state.Locate(book.Tabs, nil); len(missing) != 1 || missing[0] != `tab "t" is gone` || state.Has("t") {
		t.Errorf("missing: %v", missing)
	}
}

func TestCopiesOfOurTabsAreTheirs(t *testing.T) {
	s := newSim()
	book := one(Tab{Columns: []Column{{Key: "a"}}, Cells: [][]Cell{{Txt("x", nil)}}})
	mustApply(t, s, Fresh(), book)
	sp := s.get()
	dup := *sp.Sheets[0]
	props := *dup.Properties
	props.SheetId, props.Title = 555, "Копия"
	dup.Properties = &props
	sp.Sheets = append(sp.Sheets, &dup)
	if d := cmp.Diff([]string{"t"}, StateOf(sp).Tabs()); d != "" {
		t.Error(d)
	}
}

func TestFreshIsTold(t *testing.T) {
	if s := newSim(); !StateOf(s.get()).fresh {
		t.Error("an untouched spreadsheet is not taken for one")
	}
	s := newSim()
	s.tabs[0].cells[3][3].value = "x"
	if StateOf(s.get()).fresh {
		t.Error("a tab with something in it would be deleted")
	}
}

func TestProtectionSaysItsEditors(t *testing.T) {
	book := one(Tab{Cells: [][]Cell{{Txt("x", nil)}},
		Protect: &Protect{ID: 5, Note: "Закрыто", Open: []Area{{0, 0, 1, 1}}}})
	reqs, _ := mustDiff(t, Fresh(), book)
	k := slices.IndexFunc(reqs, func(r *sheets.Request) bool { return r.AddProtectedRange != nil })
	want :=
		`{"addProtectedRange":{"protectedRange":{"description":"Закрыто","editors":{"domainUsersCanEdit":false,"users":[]},"protectedRangeId":5,"range":{"sheetId":7},` +
			`"unprotectedRanges":[{"endColumnIndex":1,"endRowIndex":1,"sheetId":7,"startColumnIndex":0,"startRowIndex":0}],"warningOnly":false}}}`
	if d := cmp.Diff(want, asJSON(reqs[k])); d != "" {
		t.Error(d)
	}
}

func TestRelativeReferencesOfRulesGoAlong(t *testing.T) {
	s := newSim()
	book := func(keys ...string) *Book {
		tab := Tab{Cells: [][]Cell{{}, {}, {}}}
		check := &Validation{Kind: "CUSTOM_FORMULA", Values: []string{"=AND(C2<>\"C2\";C2<$A$1)"}}
		for i, k := range keys {
			tab.Columns = append(tab.Columns, Column{Key: k})
			for r := range tab.Cells {
				c := Cell{Open: true}
				if i == 2 && r > 0 {
					c.Check = check
				}
				tab.Cells[r] = append(tab.Cells[r], c)
			}
		}
		tab.Rules = []Rule{{Areas: []Area{{1, 2, 3, 3}}, Kind: "CUSTOM_FORMULA",
			Values: []string{"=AND(C2>$A2;B2<$C$1)"}, Bold: true}}
		return one(tab)
	}
	state := mustApply(t, s, Fresh(), book("a", "b", "c"))
	s.insert(s.tab(7), columns, 1, 1, 0)
	if missing := state.Locate(book("a", "b", "c").Tabs, s.found(state.MetaIDs())); len(missing) > 0 {
		t.Fatal(missing)
	}
	mustApply(t, s, state, book("a", "b", "c"))
	m := s.tab(7)
	if got := m.rules[0].BooleanRule.Condition.Values[0].UserEnteredValue; got != "=AND(D2>$A2;C2<$D$1)" {
		t.Errorf("rule %s", got)
	}
	if got := m.cells[2][3].check; !strings.Contains(got, `=AND(D2\u003c\u003e\"C2\";D2\u003c$A$1)`) {
		t.Errorf("validation %s", got)
	}
}

func TestSetCells(t *testing.T) {
	s := newSim()
	s.tabs = append(s.tabs, newSimTab(1, "x", 30, 8))
	var cells []CellAt
	for _, sheet := range []int64{1, 0} {
		for r := 20; r > 2; r-- {
			for _, c := range []int{4, 1, 2} {
				cells = append(cells, CellAt{sheet, r, c, N(-1, nil)}, CellAt{sheet, r, c, N(float64(r*10+c), nil)})
			}
		}
	}
	reqs := SetCells(cells)
	if err := s.apply(reqs); err != nil || len(reqs) != 4 {
		t.Fatalf("%d requests: %v", len(reqs), err)
	}
	for _, tab := range s.tabs {
		for r := range tab.cells {
			for c := range tab.cells[r] {
				var want any
				if r > 2 && r <= 20 && (c == 1 || c == 2 || c == 4) {
					want = float64(r*10 + c)
				}
				if tab.cells[r][c].value != want {
					t.Errorf("sheet %d %s: %v, want %v", tab.id, A1(r, c), tab.cells[r][c].value, want)
				}
			}
		}
	}
	if SetCells(nil) != nil {
		t.Error("nothing makes requests")
	}
}

// sizeOf returns roughly how many bytes of JSON the requests are.
func sizeOf(reqs []*sheets.Request) int {
	n := len(`{"requests":[]}`)
	sizes := newSizer()
	for _, r := range reqs {
		n += sizes.of(r) + 1
	}
	return n
}
