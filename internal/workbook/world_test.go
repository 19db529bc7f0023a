package workbook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"google.golang.org/api/sheets/v4"
)

// world is a small office for property tests: ops who change what the Book
// should be, people who type and move things about on the sheets, and the worker
// that brings both together.
type world struct {
	t     *testing.T
	rnd   *rand.Rand
	sim   *sim
	state *State

	kpis     []string
	days     []float64
	title    string
	extra    bool // one more heading row
	note     int  // day with a note
	hidden   bool
	people   int // rows of the Exclusive tab
	width    int
	withS    bool
	grouped  int                            // which groups of columns the Exclusive tab has
	typed    map[string]map[float64]float64 // what the ledger has, by KPI and day
	comments map[float64]string
	foreign  map[string]bool // what people wrote in columns of their own
	serial   int
	how      int
	lost     bool // the state was lost once: notes on people's cells may be left over
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{
		t: t, rnd: rand.New(rand.NewPCG(seed, 7)), sim: newSim(), state: Fresh(),
		kpis: []string{"calls", "leads", "deals"}, title: "Ноябрь 2026", people: 4, width: 5, withS: true,
		typed: map[string]map[float64]float64{}, comments: map[float64]string{}, foreign: map[string]bool{},
	}
	for d := range 6 {
		w.days = append(w.days, 46327+float64(d))
	}
	return w
}

var (
	headStyle = &Style{Bold: true, Background: "#EEEEEE", Align: "CENTER", Bottom: "thin #000000"}
	dateStyle = &Style{Format: NumberFormat{"DATE", "dd.mm.yyyy"}}
	cellStyle = &Style{Format: NumberFormat{"NUMBER", "0"}, Background: "#FFFFE0"}
	sumStyle  = &Style{Format: NumberFormat{"NUMBER", "0"}, Italic: true, PadLeft: 4}
)

const (
	idM = 1101
	idS = 1202
	idC = 1303
)

func (w *world) book() *Book {
	m := &Tab{ID: idM, Key: "m", Title: w.title, KeyColumn: "date", FrozenRows: 2, FrozenCols: 1, TabColor: "#0a7f3c"}
	m.Columns = []Column{{Key: "date", Width: 90}}
	for _, k := range w.kpis {
		m.Columns = append(m.Columns, Column{Key: k, Width: 110})
	}
	m.Columns = append(m.Columns, Column{Key: "total", Width: 80}, Column{Key: "comment", Width: 300})
	n := len(w.kpis)
	row := func(id RowID, cells []Cell) {
		m.RowIDs, m.Cells = append(m.RowIDs, id), append(m.Cells, cells)
	}
	row(RowID{Tag: "title"}, []Cell{Txt("Отчёт "+w.title, headStyle)})
	head := []Cell{Txt("Дата", headStyle)}
	for _, k := range w.kpis {
		head = append(head, Txt("KPI "+k, headStyle))
	}
	row(RowID{Tag: "head"}, append(head, Txt("Итого", headStyle), Txt("Комментарий", headStyle)))
	first := 3
	if w.extra {
		row(RowID{Tag: "extra"}, []Cell{Txt("Ещё строка", nil)})
		first++
	}
	fact := []Cell{Txt("Факт", headStyle)}
	last := first + len(w.days)
	for i := range w.kpis {
		c := ColumnName(i + 1)
		fact = append(fact, F(fmt.Sprintf("=SUM(%s%d:%s%d)", c, first+1, c, last), sumStyle))
	}
	row(RowID{Tag: "fact"}, fact)
	check := &Validation{Kind: "NUMBER_GREATER_THAN_EQ", Values: []string{"0"}, Message: "Введите число", Strict: true}
	own := &Validation{Kind: "CUSTOM_FORMULA", Values: []string{fmt.Sprintf("=LEN(%s)<100", A1(first, n+2))}}
	var open []Area
	for i, d := range w.days {
		cells := []Cell{N(d, dateStyle)}
		for _, k := range w.kpis {
			c := Cell{Open: true, Style: cellStyle, Check: check}
			if v, ok := w.typed[k][d]; ok {
				c.Kind, c.Num = Number, v
			}
			if w.note == i {
				c.Note = "Не число: проверьте"
				c.Link = fmt.Sprintf("#gid=%d&range=%s", idM, A1(first+i, n+2))
			}
			cells = append(cells, c)
		}
		cells = append(cells, F(fmt.Sprintf("=B%d+%s%d", first+i+1, ColumnName(n), first+i+1), sumStyle))
		c := Cell{Open: true, Check: own}
		if s := w.comments[d]; s != "" {
			c.Kind, c.Str = Text, s
		}
		row(RowID{Day: d}, append(cells, c))
	}
	if n > 0 && len(w.days) > 0 {
		open = []Area{{first, 1, last, n + 1}, {first, n + 2, last, n + 3}}
		m.Rules = []Rule{
			{Areas: []Area{{first, 0, last, n + 1}}, Kind: "CUSTOM_FORMULA",
				Values: []string{fmt.Sprintf("=$A%d=TODAY()", first+1)}, Back: "#FFEE00"},
		}
		m.Filter = &Area{1, 0, last, n + 1}
	}
	m.Merges = []Area{{0, 1, 1, n + 2}}
	m.Protect = &Protect{ID: 77, Note: "Закрыто", Open: open}

	b := &Book{Title: "Отчёт — Иванова", Locale: "ru_RU", TimeZone: "Europe/Moscow", Recalc: EveryMinute,
		Tabs: []*Tab{m}}
	if !w.withS {
		return b
	}
	s := &Tab{ID: idS, Key: "s", Title: "Сводка", Exclusive: true, HideGrid: true, Rows: w.people + 1, Cols: w.width,
		Hidden: w.hidden, FrozenRows: 1}
	for r := range w.people + 1 {
		var cells []Cell
		for c := range w.width {
			switch {
			case r == 0:
				cells = append(cells, Txt(fmt.Sprint("Колонка ", c), headStyle))
			case (r+c)%5 == 4:
				cells = append(cells, Cell{})
			case c == 1:
				cells = append(cells, F(fmt.Sprintf("='%s'!B%d", w.title, first), sumStyle))
			default:
				cells = append(cells, N(float64(w.rnd.IntN(3)), cellStyle))
			}
		}
		s.Cells = append(s.Cells, cells)
	}
	if w.people > 1 {
		s.Merges = []Area{{1, 3, w.people, 5}}
		s.Cells[1][4] = Cell{}
		s.Charts = []Chart{{ID: 5, Kind: "COLUMN", Title: "Динамика", Domain: Area{0, 0, w.people + 1, 1},
			Series: []Area{{0, 2, w.people + 1, 3}}, At: Area{R0: 1, C0: 1}, Width: 400, Height: 300}}
	}
	switch w.grouped % 4 {
	case 1:
		s.Groups = []Group{{2, 4}}
	case 2:
		s.Groups = []Group{{1, 2}, {3, 5}}
	case 3:
		s.Groups = []Group{{2, w.width}}
	}
	b.Tabs = append([]*Tab{s, w.copied(s)}, b.Tabs...)
	if w.people%2 == 0 {
		slices.Reverse(b.Tabs)
	}
	return b
}

// copied returns a tab with a copy of another one except for its formulas: two rows lower
// and one column further to the right.
func (w *world) copied(s *Tab) *Tab {
	k := &Tab{ID: idC, Key: "c", Title: "Копия", Exclusive: true, Rows: w.people + 2, Cols: w.width + 1,
		Cells: [][]Cell{{Txt("Копия", headStyle)}, nil}}
	for _, row := range s.Cells[1:] {
		cells := append([]Cell{{}}, row...)
		cells[2] = Cell{}
		k.Cells = append(k.Cells, cells)
	}
	if w.people == 0 {
		return k
	}
	for c := range w.width {
		// Not the formulas, and not below the merge.
		if r1 := w.people + 2; c != 1 && (c < 3 || c > 4) {
			k.Copies = append(k.Copies, Copy{From: idS, R0: 1, C0: c, To: Area{2, c + 1, r1, c + 2}})
		}
	}
	return k
}

// groups does to groups what a reader of the Exclusive tabs may do, and an editor.
func (w *world) groups() (byValues bool) {
	s, k := w.sim.tab(idS), w.sim.tab(idC)
	if s == nil || k == nil {
		return true
	}
	switch n := w.rnd.IntN(4); {
	case n < 2 && len(s.groups) > 0:
		i := w.rnd.IntN(len(s.groups))
		if err := s.open(i, s.groups[i].collapsed); err != nil {
			w.t.Fatal(err)
		}
		return true
	case n == 2:
		from := 1 + w.rnd.IntN(len(s.cols)-1)
		if err := s.regroup(from, from+1+w.rnd.IntN(len(s.cols)-from), 1); err != nil {
			return true // deep enough
		}
	case n == 3:
		for c, t := range []*simTab{s, k} {
			if cell := &t.cells[w.rnd.IntN(len(t.cells))][c]; cell.value != nil {
				cell.value = "испорчено"
			}
		}
	}
	return false
}

// office changes what the Book should be.
func (w *world) office() {
	for range 1 + w.rnd.IntN(3) {
		switch w.rnd.IntN(12) {
		case 11:
			w.grouped = w.rnd.IntN(4)
		case 0:
			w.serial++
			k := fmt.Sprint("kpi", w.serial%7)
			if !slices.Contains(w.kpis, k) {
				w.kpis = slices.Insert(w.kpis, w.rnd.IntN(len(w.kpis)+1), k)
			}
		case 1, 2:
			if len(w.kpis) > 1 {
				i := w.rnd.IntN(len(w.kpis))
				w.kpis = slices.Delete(w.kpis, i, i+1)
			}
		case 3:
			w.rnd.Shuffle(len(w.kpis), func(i, j int) { w.kpis[i], w.kpis[j] = w.kpis[j], w.kpis[i] })
		case 4:
			w.title = []string{"Ноябрь 2026", "Ноябрь", "Сводка дня"}[w.rnd.IntN(3)]
		case 5:
			w.extra = !w.extra
		case 6:
			w.note = w.rnd.IntN(8)
		case 7:
			w.people, w.width = w.rnd.IntN(7), 5+w.rnd.IntN(3)
		case 8:
			w.hidden = !w.hidden
		case 9:
			d := 46327 + float64(w.rnd.IntN(10))
			if !slices.Contains(w.days, d) {
				w.days = append(w.days, d)
				slices.Sort(w.days)
			}
		case 10:
			w.withS = !w.withS
		}
	}
}

// dayRow returns the row of a day on the sheet, −1 if it is not there.
func (w *world) dayRow(m *simTab, day float64) int {
	col := tagged(m.cols, columnKey, "date")
	if col < 0 {
		return -1
	}
	return slices.IndexFunc(m.cells, func(r []simCell) bool { return r[col].value == day })
}

// persons does what people do, and reports whether values alone can show it.
func (w *world) persons() (byValues bool) {
	byValues = true
	for range w.rnd.IntN(5) {
		m := w.sim.tab(idM)
		if m == nil {
			return false
		}
		switch w.rnd.IntN(13) {
		case 12:
			byValues = w.groups() && byValues
		case 0, 1, 2: // type a figure
			if len(w.kpis) == 0 {
				continue
			}
			k, d := w.kpis[w.rnd.IntN(len(w.kpis))], w.days[w.rnd.IntN(len(w.days))]
			c, r := tagged(m.cols, columnKey, k), w.dayRow(m, d)
			if c < 0 || r < 0 {
				continue
			}
			v := float64(w.rnd.IntN(100))
			m.cells[r][c].value = v
			if w.typed[k] == nil {
				w.typed[k] = map[float64]float64{}
			}
			w.typed[k][d] = v
		case 3: // a comment that looks like a formula
			d := w.days[w.rnd.IntN(len(w.days))]
			c, r := tagged(m.cols, columnKey, "comment"), w.dayRow(m, d)
			if c >= 0 && r >= 0 {
				w.comments[d] = fmt.Sprint("=1+", w.rnd.IntN(10))
				m.cells[r][c].value = w.comments[d]
			}
		case 4: // a column of their own
			at := w.rnd.IntN(len(m.cols))
			w.sim.insert(m, columns, at, 1, max(0, at-1))
			for r := range m.cells {
				if w.rnd.IntN(2) == 0 {
					w.serial++
					s := fmt.Sprint("чужое ", w.serial)
					w.foreign[s] = true
					m.cells[r][at].value = s
				}
			}
		case 5: // a row
			at := w.rnd.IntN(min(len(m.rows), 12))
			w.sim.insert(m, rows, at, 1, max(0, at-1))
		case 6: // move a column
			if at := w.rnd.IntN(len(m.cols)); !slices.ContainsFunc(m.merges, func(a Area) bool {
				return at >= a.C0 && at < a.C1
			}) {
				to := w.rnd.IntN(len(m.cols) + 1)
				if !slices.ContainsFunc(m.merges, func(a Area) bool { return to > a.C0 && to < a.C1 }) {
					w.sim.move(m, columns, at, to)
				}
			}
		case 7: // sort the days
			var at []int
			for _, d := range w.days {
				if r := w.dayRow(m, d); r >= 0 {
					at = append(at, r)
				}
			}
			if len(at) > 1 {
				i, j := at[w.rnd.IntN(len(at))], at[w.rnd.IntN(len(at))]
				w.swap(m, i, j)
			}
		case 8: // delete a column of ours
			keys := append(slices.Clone(w.kpis), "comment", "total")
			if c := tagged(m.cols, columnKey, keys[w.rnd.IntN(len(keys))]); c >= 0 && len(m.cols) > 2 {
				w.sim.remove(m, columns, c)
			}
		case 9: // delete a day
			d := w.days[w.rnd.IntN(len(w.days))]
			if r := w.dayRow(m, d); r >= 0 {
				w.forget(m, r)
				// what is in no Book now is not restored
				for k := range w.typed {
					if !slices.Contains(w.kpis, k) {
						delete(w.typed[k], d)
					}
				}
				w.sim.remove(m, rows, r)
			}
		case 10: // tabs
			byValues = false
			switch w.rnd.IntN(4) {
			case 0:
				title := []string{"Сводка", "Ноябрь", "Моё"}[w.rnd.IntN(3)]
				w.serial++
				if !w.sim.titled(title, nil) {
					w.sim.tabs = append(w.sim.tabs, newSimTab(int64(900000+w.serial), title, 5, 5))
				}
			case 1:
				if !w.sim.titled("Переименовал", m) {
					w.sim.rename(m, "Переименовал")
				}
			case 2:
				slices.Reverse(w.sim.tabs)
			case 3:
				if len(w.sim.tabs) > 1 && slices.ContainsFunc(w.sim.tabs, func(t *simTab) bool {
					return t != m && !t.hidden
				}) {
					for r := range m.cells {
						w.forget(m, r)
					}
					// What is in no Book now is not put back.
					for k := range w.typed {
						if !slices.Contains(w.kpis, k) {
							delete(w.typed, k)
						}
					}
					if err := w.sim.one(&sheets.Request{DeleteSheet: &sheets.DeleteSheetRequest{SheetId: idM}},
						nil); err != nil {
						w.t.Fatal(err)
					}
				}
			}
		case 11: // spoil a heading
			if byValues = false; tagged(m.cols, columnKey, "date") >= 0 {
				if r := tagged(m.rows, rowKey, "head"); r >= 0 {
					m.cells[r][tagged(m.cols, columnKey, "date")].value = "испорчено"
				}
			}
		}
	}
	return byValues
}

// forget drops what people wrote in a row that they delete themselves.
func (w *world) forget(m *simTab, r int) {
	for _, c := range m.cells[r] {
		if s, ok := c.value.(string); ok {
			delete(w.foreign, s)
		}
	}
}

// swap changes two rows as sorting does: tags stay, relative references go along.
func (w *world) swap(m *simTab, i, j int) {
	m.cells[i], m.cells[j] = m.cells[j], m.cells[i]
	for _, p := range [][2]int{{i, j}, {j, i}} {
		for c := range m.cells[p[0]] {
			if f, ok := m.cells[p[0]][c].value.(formula); ok {
				m.cells[p[0]][c].value = formula(rewrite(string(f), func(t string, r reference) (string, reference) {
					r.r0 += p[0] - p[1]
					return t, r
				}))
			}
		}
	}
}

// round is one run of the worker.
func (w *world) round(byValues bool, prev *Book) *Book {
	t := w.t
	want := w.book()
	how := w.rnd.IntN(3)
	if !byValues && how == 0 {
		how = 1
	}
	switch how {
	case 0:
		if prev != nil {
			ids := append(w.state.MetaIDs(), 1)
			missing := w.state.Locate(prev.Tabs, w.sim.found(ids))
			if len(missing) > 0 && w.rnd.IntN(2) == 0 {
				w.state = Refresh(w.state, w.sim.get())
			}
		}
	case 1:
		if prev != nil {
			w.state = Refresh(w.state, w.sim.get())
		}
	case 2:
		w.state = StateOf(w.sim.get())
		w.lost = true
	}
	var drop []string
	if !w.withS {
		drop = []string{"s", "c"}
	}
	known := w.state.tabs != nil
	reqs, after, err := Diff(w.state, want, drop...)
	if err != nil {
		t.Fatalf("Diff: %v", err)
	}
	again, after2, err := Diff(w.state, want, drop...)
	if err != nil || !reflect.DeepEqual(again, reqs) || known != (w.state.tabs != nil) {
		t.Fatalf("a second Diff against the same state differs (%v)", err)
	}
	kept, err1 := after.Marshal()
	kept2, err2 := after2.Marshal()
	if err1 != nil || err2 != nil || !bytes.Equal(kept, kept2) {
		t.Fatalf("states differ: %v %v", err1, err2)
	}
	var were []simGroup
	if s := w.sim.tab(idS); s != nil {
		were = slices.Clone(s.groups)
	}
	if err := w.sim.apply(reqs); err != nil {
		t.Fatalf("mode %d: %v", how, err)
	}
	w.verifyGroups(were, want)
	if w.state, err = UnmarshalState(kept); err != nil {
		t.Fatal(err)
	}
	if more, _, err := Diff(w.state, want, drop...); err != nil || len(more) > 0 {
		t.Fatalf("mode %d: Diff against the state after it: %v %s", how, err, asJSON(more))
	}
	w.how = how
	w.verify(want)
	if more, _, err := Diff(Refresh(w.state, w.sim.get()), want, drop...); err != nil || len(more) > 0 {
		t.Fatalf("mode %d: Diff after a Refresh: %v %s", how, err, asJSON(more))
	}
	return want
}

// verifyGroups checks that the groups are those of the Book, that earlier ones are as
// people left them, and that the others are closed.
func (w *world) verifyGroups(were []simGroup, want *Book) {
	w.t.Helper()
	i := slices.IndexFunc(want.Tabs, func(t *Tab) bool { return t.ID == idS })
	if i < 0 {
		return
	}
	s, tab := w.sim.tab(idS), want.Tabs[i]
	if len(s.groups) != len(tab.Groups) {
		w.t.Fatalf("groups %+v, want %+v", s.groups, tab.Groups)
	}
	for i, g := range s.groups {
		if (g.groupState != groupState{tab.Groups[i].C0, tab.Groups[i].C1, 1}) {
			w.t.Fatalf("groups %+v, want %+v", s.groups, tab.Groups)
		}
		closed := true
		for _, o := range were {
			if o.groupState == g.groupState {
				closed = o.collapsed
			}
		}
		if g.collapsed != closed {
			w.t.Fatalf("group %+v: closed is %v, want %v", g, g.collapsed, closed)
		}
	}
	for c, l := range s.cols {
		if l.hidden && !tab.grouped(c) {
			w.t.Fatalf("column %s is hidden and in no group", ColumnName(c))
		}
	}
}

// verify compares the sheets with what they should be.
func (w *world) verify(want *Book) {
	t := w.t
	t.Helper()
	if w.sim.title != want.Title || w.sim.locale != want.Locale || w.sim.zone != want.TimeZone ||
		w.sim.recalc != want.Recalc {
		t.Fatalf("properties: %q %q %q %q", w.sim.title, w.sim.locale, w.sim.zone, w.sim.recalc)
	}
	places := map[string]*simPlaces{}
	var order []int64
	for _, s := range w.sim.tabs {
		if slices.ContainsFunc(want.Tabs, func(x *Tab) bool { return x.ID == s.id }) {
			order = append(order, s.id)
		}
	}
	for i, tab := range want.Tabs {
		s := w.sim.tab(tab.ID)
		if s == nil || i >= len(order) || order[i] != tab.ID {
			t.Fatalf("tab %q is not there or out of order: %v", tab.Title, order)
		}
		if s.title != tab.Title && !w.sim.titled(tab.Title, s) {
			t.Fatalf("tab %q stands as %q", tab.Title, s.title)
		}
		if s.hidden != tab.Hidden || s.frozenRows != tab.FrozenRows || s.hideGrid != tab.HideGrid {
			t.Fatalf("tab %q: properties %+v", tab.Title, s)
		}
		places[tab.Title] = w.places(tab, s)
	}
	for _, tab := range want.Tabs {
		w.verifyTab(tab, w.sim.tab(tab.ID), places)
	}
	if w.sim.tab(0) != nil {
		t.Fatal("the first tab is still there")
	}
	if !w.withS && (w.sim.tab(idS) != nil || w.sim.tab(idC) != nil) {
		t.Fatal("a dropped tab is still there")
	}

	m := w.sim.tab(idM)
	left := maps.Clone(w.foreign)
	for c := range m.cols {
		for r := range m.cells {
			v := m.cells[r][c].value
			if s, ok := v.(string); ok && w.foreign[s] {
				delete(left, s)
				if len(m.cols[c].tags) > 0 {
					t.Fatalf("%q stands in a column of ours", s)
				}
			} else if v != nil && len(m.cols[c].tags) == 0 {
				t.Fatalf("%v was written at %s, in somebody else's column", v, A1(r, c))
			}
		}
	}
	if len(left) > 0 {
		t.Fatalf("lost what people wrote: %v", slices.Sorted(maps.Keys(left)))
	}
	for k, days := range w.typed {
		c := tagged(m.cols, columnKey, k)
		for d, v := range days {
			if r := w.dayRow(m, d); c >= 0 && r >= 0 && slices.Contains(w.kpis, k) && slices.Contains(w.days, d) &&
				m.cells[r][c].value != v {
				t.Fatalf("typed %v in %s on %v: %v stands there", v, k, d, m.cells[r][c].value)
			}
		}
		if c >= 0 && m.cols[c].hidden == slices.Contains(w.kpis, k) {
			t.Fatalf("column %s: hidden is %v", k, m.cols[c].hidden)
		}
	}
}

type simPlaces struct {
	title      string
	rows, cols []int
}

// places finds the positions of rows and columns from the sheet alone.
func (w *world) places(tab *Tab, s *simTab) *simPlaces {
	p := &simPlaces{title: s.title}
	nr, nc := tab.size()
	for c := range nc {
		at := c
		if k := tab.column(c).Key; k != "" {
			at = tagged(s.cols, columnKey, k)
		}
		p.cols = append(p.cols, at)
	}
	for r := range nr {
		at := r
		if id := tab.rowID(r); id.Day != 0 {
			at = w.dayRow(s, id.Day)
		} else if id.Tag != "" {
			at = tagged(s.rows, rowKey, id.Tag)
		}
		p.rows = append(p.rows, at)
	}
	if !slices.IsSorted(p.cols) || slices.Contains(p.cols, -1) || slices.Contains(p.rows, -1) {
		w.t.Fatalf("tab %q: columns stand at %v, rows at %v", tab.Title, p.cols, p.rows)
	}
	return p
}

func (w *world) verifyTab(tab *Tab, s *simTab, places map[string]*simPlaces) {
	t := w.t
	t.Helper()
	here := places[tab.Title]
	used := map[[2]int]bool{}
	expected := func(f string) formula {
		return formula(rewrite(f, func(title string, r reference) (string, reference) {
			p := here
			if title != "" {
				p = places[title]
				title = p.title
			}
			r0, c0, r1, c1 := r.r0, r.c0, r.r1, r.c1
			r.r0, r.c0 = p.rows[r0], p.cols[c0]
			if r.isRange {
				r.r1, r.c1 = r.r0, r.c0
				for i := r0; i <= r1; i++ {
					r.r0, r.r1 = min(r.r0, p.rows[i]), max(r.r1, p.rows[i])
				}
				for i := c0; i <= c1; i++ {
					r.c0, r.c1 = min(r.c0, p.cols[i]), max(r.c1, p.cols[i])
				}
			}
			return title, r
		}))
	}
	for r := range here.rows {
		for c := range here.cols {
			want := tab.cell(r, c)
			at := A1(here.rows[r], here.cols[c])
			have := s.cells[here.rows[r]][here.cols[c]]
			used[[2]int{here.rows[r], here.cols[c]}] = true
			var v any
			switch want.Kind {
			case Number:
				v = want.Num
			case Text:
				v = want.Str
			case Formula:
				v = expected(want.Str)
			}
			if !want.Open && (want.Kind != Blank || tab.Exclusive) && have.value != v {
				t.Fatalf("tab %q %s: %v, want %v", tab.Title, at, have.value, v)
			}
			link := want.Link
			if link != "" {
				ref, _ := parseReference(link[len(fmt.Sprintf("#gid=%d&range=", idM)):])
				link = fmt.Sprintf("#gid=%d&range=%s", idM, A1(here.rows[ref.r0], here.cols[ref.c0]))
			}
			if f := asJSON(format(want.Style, link)); have.format != f {
				t.Fatalf("tab %q %s: format %s, want %s", tab.Title, at, have.format, f)
			}
			if have.note != want.Note && !(w.lost && want.Open && want.Note == "") {
				t.Fatalf("tab %q %s: note %q, want %q", tab.Title, at, have.note, want.Note)
			}
			if (want.Check == nil) != (have.check == "") {
				t.Fatalf("tab %q %s: validation %s, want %+v", tab.Title, at, have.check, want.Check)
			}
		}
	}
	if tab.Exclusive {
		for r := range s.cells {
			for c := range s.cells[r] {
				if !used[[2]int{r, c}] && s.cells[r][c] != (simCell{}) {
					t.Fatalf("mode %d: tab %q %s: %+v is left", w.how, tab.Title, A1(r, c), s.cells[r][c])
				}
			}
		}
		if len(s.rows) != max(tab.Rows, len(tab.Cells), 2) || len(s.cols) != tab.Cols {
			t.Fatalf("tab %q: grid %d×%d", tab.Title, len(s.rows), len(s.cols))
		}
	}
	if len(s.rules) != len(tab.Rules) || len(s.charts) != len(tab.Charts) || (s.filter == nil) != (tab.Filter == nil) {
		t.Fatalf("tab %q: %d rules, %d charts, filter %v", tab.Title, len(s.rules), len(s.charts), s.filter)
	}
	// protection: exactly the open cells are open
	if tab.Protect != nil {
		p := s.protects[tab.Protect.ID]
		if p == nil {
			t.Fatalf("tab %q is not protected", tab.Title)
		}
		open := map[[2]int]bool{}
		for _, g := range p.UnprotectedRanges {
			for r := g.StartRowIndex; r < g.EndRowIndex; r++ {
				for c := g.StartColumnIndex; c < g.EndColumnIndex; c++ {
					open[[2]int{int(r), int(c)}] = true
				}
			}
		}
		n := 0
		for _, a := range tab.Protect.Open {
			for r := a.R0; r < a.R1; r++ {
				for c := a.C0; c < a.C1; c++ {
					if n++; !open[[2]int{here.rows[r], here.cols[c]}] {
						t.Fatalf("tab %q: %s is closed", tab.Title, A1(here.rows[r], here.cols[c]))
					}
				}
			}
		}
		if n != len(open) {
			t.Fatalf("tab %q: %d cells are open, want %d", tab.Title, len(open), n)
		}
	}
	for _, a := range tab.Merges {
		for r := a.R0; r < a.R1; r++ {
			for c := a.C0; c+1 < a.C1; c++ {
				if here.cols[c]+1 != here.cols[c+1] {
					continue
				}
				if !slices.ContainsFunc(s.merges, func(m Area) bool {
					return m.R0 <= here.rows[r] && m.R1 > here.rows[r] && m.C0 <= here.cols[c] && m.C1 > here.cols[c+1]
				}) {
					t.Fatalf("tab %q: row %d is not merged: %v", tab.Title, here.rows[r], s.merges)
				}
			}
		}
	}
}

func TestWorlds(t *testing.T) {
	worlds := uint64(60)
	if testing.Short() {
		worlds = 10
	}
	run := func(seed uint64) { t.Run(fmt.Sprint(seed), func(t *testing.T) { live(t, seed, 8) }) }
	for seed := range worlds {
		run(seed)
	}
	// Those that once found something: a merge lost with a column of another one in its
	// row; figures lost with a row in whose place somebody had put an empty one.
	for _, seed := range []uint64{166, 249, 254, 325} {
		run(seed)
	}
}

// FuzzWorlds makes many short lives; TestWorlds makes long ones.
func FuzzWorlds(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { live(t, seed, 2) })
}

func live(t *testing.T, seed uint64, rounds int) {
	w := newWorld(t, seed)
	var prev *Book
	for i := range rounds {
		byValues := prev == nil || w.persons()
		if i > 0 {
			w.office()
		}
		prev = w.round(byValues, prev)
	}
	if _, err := json.Marshal(prev); err != nil {
		t.Fatal(err)
	}
}
