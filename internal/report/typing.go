package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/workbook"
)

// Place is an entry cell as a read found it. It is valid until something moves.
type Place struct {
	Sheet    int64
	Row, Col int // 0-based, on the sheet
	Value    any // its content: nil, float64, string or bool
}

// Blank reports whether the cell is empty.
func (p Place) Blank() bool { return blank(p.Value) }

// Index finds the entry cells of days and KPIs in a person's spreadsheet.
type Index map[entryKey]Place

// NewIndex returns the index of a spreadsheet laid out as b, or one person's part of it
// if several share it.
func NewIndex(b *workbook.Book, found []workbook.Found) Index {
	x := Index{}
	tabs := find(b, found)
	for _, t := range b.Tabs {
		cols := tabs[t.Key]
		dates, ok := cols[ColDate]
		if !ok || t.KeyColumn != ColDate {
			continue
		}
		for i, v := range dates.Values {
			d, _, ok := readDate(v)
			if !ok || !strings.HasSuffix(t.Key, TabMonth+calendar.MonthOf(d).String()) {
				continue
			}
			row := dates.Row + i
			for column, f := range cols {
				name, ok := strings.CutPrefix(column, ColKPI)
				if !ok {
					continue
				}
				key := entryKey{name, d}
				p := Place{t.ID, row, f.Col, cols.at(column, row)}
				// If a day appears twice, the row with content counts.
				if before, twice := x[key]; !twice || before.Blank() && !p.Blank() {
					x[key] = p
				}
			}
		}
	}
	return x
}

// Standing returns the columns of dates and figures of the months' tabs of b as a read
// would find them if nothing has changed since the one that found these entries; state
// says where the cells are.
func Standing(in Input, b *workbook.Book, state *workbook.State, entries []department.Entry) []workbook.Found {
	known := map[entryKey]float64{}
	for _, e := range entries {
		known[entryKey{e.KPI, e.Date}] = e.Value
	}
	var out []workbook.Found
	for _, t := range b.Tabs {
		name, ours := strings.CutPrefix(t.Key, in.Tag+TabMonth)
		first, err := calendar.ParseDate(name + "-01")
		if !ours || err != nil {
			continue
		}
		month := calendar.MonthOf(first)
		for _, c := range t.Columns {
			key, typed := strings.CutPrefix(c.Key, ColKPI)
			if !typed && c.Key != ColDate {
				continue
			}
			k, _ := in.Role.KPI(key)
			f := workbook.Found{MetaID: workbook.MetaID(t.ID, c.Key), Col: -1}
			for day := month.From; day <= month.To; day++ {
				title, row, col, ok := state.Cell(t.Key, day.Serial(), c.Key)
				if !ok {
					continue
				}
				f.Sheet, f.Col = title, col
				f.Values = append(f.Values, make([]any, max(0, row+1-len(f.Values)))...)
				switch v, has := known[entryKey{key, day}]; {
				case !typed:
					f.Values[row] = day.Serial()
				case has:
					f.Values[row] = CellValue(k, v)
				}
			}
			if f.Col >= 0 {
				out = append(out, f)
			}
		}
	}
	return out
}

// Find returns the entry cell of a KPI on a day, if there is one.
func (x Index) Find(d calendar.Date, kpiKey string) (Place, bool) {
	p, ok := x[entryKey{kpiKey, d}]
	return p, ok
}

// SameFigure reports whether a cell already holds a figure in the unit of the KPI.
func SameFigure(k kpi.KPI, stands any, v float64) bool {
	got := kpi.ParseFigure(k, stands, true)
	return got.OK() && math.Abs(got.Value-v) <= 1e-9*max(1, math.Abs(got.Value), math.Abs(v))
}

// AddDeals returns where to type deals into the list of a spreadsheet laid out as b. It
// does not type again a deal that is already there: each row with the same day, client
// and amount matches one deal.
//
// cells are the values to type into rows that are free, or that are made below them.
// fresh goes into Typed of the next Layout: all the deals, if there is no such list yet;
// else a zero Deal for every row that must be made. It fails if the list has lost a
// column.
func AddDeals(b *workbook.Book, found []workbook.Found, deals []department.Deal) (cells []workbook.CellAt,
	fresh []department.Deal, same int, err error) {
	t, cols, err := listOf(b, found, TabDeals)
	if err != nil || cols == nil {
		return nil, deals, 0, err
	}
	type key struct {
		day    calendar.Date
		client string
		amount int64 // hundredths
	}
	keyOf := func(d department.Deal) key {
		return key{d.Date, SameName(d.Client), int64(math.Round(d.Amount * 100))}
	}
	r := reader{}
	r.readDeals(t, cols)
	known := map[key]int{}
	for _, d := range r.out.Deals {
		known[keyOf(d)]++
	}
	var lines [][]workbook.Cell
	for _, d := range deals {
		if k := keyOf(d); known[k] > 0 {
			known[k]--
			same++
			continue
		}
		lines = append(lines, dealLine(d))
	}
	cells, _, more := typeLines(t, cols, lines)
	return cells, make([]department.Deal, more), same, nil
}

// AddClients does for clients what AddDeals does for deals. A client whose name is on the
// list is the same, and nothing of that row changes.
func AddClients(b *workbook.Book, found []workbook.Found, clients []department.Client) (cells []workbook.CellAt,
	fresh []department.Client, same int, err error) {
	t, cols, err := listOf(b, found, TabClients)
	if err != nil || cols == nil {
		return nil, clients, 0, err
	}
	r := reader{}
	r.readClients(t, cols)
	known := map[string]bool{}
	for _, c := range r.out.Clients {
		known[SameName(c.Name)] = true
	}
	var lines [][]workbook.Cell
	for _, c := range clients {
		if known[SameName(c.Name)] {
			same++
			continue
		}
		known[SameName(c.Name)] = true
		lines = append(lines, clientLine(c))
	}
	cells, _, more := typeLines(t, cols, lines)
	return cells, make([]department.Client, more), same, nil
}

// listOf finds a list and its columns; no columns: there is no list.
func listOf(b *workbook.Book, found []workbook.Found, list string) (*workbook.Tab, columns, error) {
	i := slices.IndexFunc(b.Tabs, func(t *workbook.Tab) bool { return strings.HasSuffix(t.Key, list) })
	if i < 0 {
		return nil, nil, fmt.Errorf("%s has no tab %q", b.Title, list)
	}
	t := b.Tabs[i]
	cols := find(b, found)[t.Key]
	if len(cols) > 0 && !whole(t, cols) {
		return nil, nil, fmt.Errorf("the tab %q of %s has lost a column (the next sync makes it again)", t.Title,
			b.Title)
	}
	return t, cols, nil
}

// typeLines types lines into a list: below the existing content, then into gaps, then
// below the rows that exist; more is the number of those. rows are the rows of the sheet
// that the lines go to. A row with only the marks of an import is not free: somebody
// cleared it.
func typeLines(t *workbook.Tab, cols columns, lines [][]workbook.Cell) (cells []workbook.CellAt, rows []int, more int) {
	head := headRow(t, cols)
	_, to := cols.rows()
	end := max(to, head+t.Rows)
	var gaps, below []int
	for row := head + 1; row < end; row++ {
		if slices.ContainsFunc(t.Columns, func(c workbook.Column) bool {
			return c.Key != ColKey && !strings.HasPrefix(c.Key, ColOther) && cols.at(c.Key, row) != nil
		}) {
			gaps, below = append(gaps, below...), nil
		} else {
			below = append(below, row)
		}
	}
	free := append(below, gaps...)
	more = max(0, len(lines)-len(free))
	for i := range more {
		free = append(free, end+i)
	}
	var typed []string
	for _, c := range t.Columns {
		if typedInto(c.Key) {
			typed = append(typed, c.Key)
		}
	}
	for n, line := range lines {
		for c, v := range line {
			if v.Kind != workbook.Blank {
				cells = append(cells, workbook.CellAt{Sheet: t.ID, Row: free[n], Col: cols[typed[c]].Col, Cell: v})
			}
		}
	}
	return cells, free[:len(lines)], more
}
