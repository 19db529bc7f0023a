package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"google.golang.org/api/googleapi"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/workbook"
)

// Place is an entry cell as a read found it.
type Place struct {
	SheetID  int64
	Row, Col int // 0-based, on the sheet
	Value    any // what stands there: nil, float64, string or bool
}

// Index finds the cells of days and KPIs in a spreadsheet. The places are those
// of the read that it was made from: use them before anything moves.
type Index struct {
	in    Input
	cells map[entryKey]Place
}

// NewIndex makes the index of a person's part of a spreadsheet laid out as b.
func NewIndex(in Input, b *workbook.Book, found []workbook.Found) *Index {
	x := &Index{in: in, cells: map[entryKey]Place{}}
	tabs := find(b, found)
	for _, t := range b.Tabs {
		cols := tabs[t.Key]
		dates, ok := cols[ColDate]
		if !ok || t.KeyColumn != ColDate || !hasTag(t.Key, in.Tag) {
			continue
		}
		for i, v := range dates.Values {
			d, _, ok := readDate(v)
			if !ok || t.Key != in.Tag+TabMonth+calendar.MonthOf(d).String() {
				continue
			}
			row := dates.Row + i
			for _, k := range in.Role.KPIs {
				f, ok := cols[ColKPI+k.Key]
				if !ok {
					continue
				}
				key := entryKey{k.Key, d}
				p := Place{t.ID, row, f.Col, cols.at(ColKPI+k.Key, row)}
				// Of a day that stands twice, the row that holds something counts.
				if before, twice := x.cells[key]; !twice || before.Value == nil && p.Value != nil {
					x.cells[key] = p
				}
			}
		}
	}
	return x
}

func hasTag(key, tag string) bool { return len(key) >= len(tag) && key[:len(tag)] == tag }

// Cell is the entry cell of a KPI on a day, if there is one.
func (x *Index) Cell(d calendar.Date, kpiKey string) (Place, bool) {
	p, ok := x.cells[entryKey{kpiKey, d}]
	return p, ok
}

// Differ is a figure that was not typed because another one stands in its cell:
// what a person typed is never overwritten.
type Differ struct {
	department.Entry
	Stands any
}

// Type gives the requests that type figures into empty cells. A figure that
// stands there already needs none. differ are those in whose cells something
// else stands, and homeless those for which there is no cell.
func (x *Index) Type(entries []department.Entry) (reqs []*sheets.Request, differ []Differ, homeless []department.Entry) {
	var todo []typing
	at := map[Place]int{} // of the last figure for a cell, which wins
	for _, e := range entries {
		p, ok := x.Cell(e.Date, e.KPI)
		k, known := x.in.Role.KPI(e.KPI)
		if !ok || !known {
			homeless = append(homeless, e)
			continue
		}
		if p.Value != nil {
			if stands := kpi.ParseCell(p.Value, k.Unit); !stands.OK() || !near(stands.Value, e.Value) {
				differ = append(differ, Differ{e, p.Value})
			}
			continue
		}
		cell := typing{p.SheetID, p.Row, p.Col, number(CellValue(k.Unit, e.Value))}
		if i, twice := at[p]; twice {
			todo[i] = cell
			continue
		}
		at[p] = len(todo)
		todo = append(todo, cell)
	}
	return requests(todo), differ, homeless
}

// near compares figures as they come back from a cell.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a), math.Abs(b)) }

// AddDeals gives the requests that type deals into the free rows of the list, in
// their order, and tells how many they are. A deal that stands there already is
// not typed again: as often as the same day, client and amount stand in the
// list, so often is it taken as known. An error says that there is no such list,
// or too few free rows; Layout makes them with the deals in Typed.
func AddDeals(in Input, b *workbook.Book, found []workbook.Found, deals []department.Deal) (reqs []*sheets.Request, added int, err error) {
	type key struct {
		day    calendar.Date
		client string
		amount int64 // hundredths
	}
	keyOf := func(d department.Deal) key {
		return key{d.Date, SameName(d.Client), int64(math.Round(d.Amount * 100))}
	}
	known := map[key]int{}
	for _, d := range Read(in, b, found).Deals {
		known[keyOf(d)]++
	}
	var lines [][]*sheets.ExtendedValue
	for _, d := range deals {
		if k := keyOf(d); known[k] > 0 {
			known[k]--
			continue
		}
		lines = append(lines, []*sheets.ExtendedValue{number(d.Date.Serial()), word(d.Client), number(d.Amount)})
	}
	reqs, err = typeLines(in, b, found, TabDeals, lines)
	return reqs, len(lines), err
}

// AddClients gives the requests that type clients into the free rows of the
// list, and tells how many they are. A client whose name stands in the list is
// known, and nothing of that row is changed. Errors are those of AddDeals.
func AddClients(in Input, b *workbook.Book, found []workbook.Found, clients []department.Client) (reqs []*sheets.Request, added int, err error) {
	known := map[string]bool{}
	for _, c := range Read(in, b, found).Clients {
		known[SameName(c.Name)] = true
	}
	var lines [][]*sheets.ExtendedValue
	for _, c := range clients {
		if known[SameName(c.Name)] {
			continue
		}
		known[SameName(c.Name)] = true
		var since *sheets.ExtendedValue
		if !c.HandedOver.IsZero() {
			since = number(c.HandedOver.Serial())
		}
		lines = append(lines, []*sheets.ExtendedValue{word(c.Name), since, word(c.From)})
	}
	reqs, err = typeLines(in, b, found, TabClients, lines)
	return reqs, len(lines), err
}

// typeLines types lines into the free rows of a list: below what stands there,
// and only then into gaps.
func typeLines(in Input, b *workbook.Book, found []workbook.Found, list string, lines [][]*sheets.ExtendedValue) ([]*sheets.Request, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	i := slices.IndexFunc(b.Tabs, func(t *workbook.Tab) bool { return t.Key == in.Tag+list })
	if i < 0 {
		return nil, fmt.Errorf("typing %d lines: the spreadsheet of %s has no tab %q", len(lines), in.Person.Name, list)
	}
	t := b.Tabs[i]
	cols := find(b, found)[t.Key]
	if !whole(t, cols) {
		return nil, fmt.Errorf("typing %d lines: the tab %q of %s lacks columns", len(lines), list, in.Person.Name)
	}
	head := headRow(t, cols)
	_, to := cols.rows()
	end := max(to, head+t.Rows) // rows beyond the layout are not made yet
	var gaps, below []int
	for row := head + 1; row < end; row++ {
		empty := !slices.ContainsFunc(t.Columns, func(c workbook.Column) bool { return cols.at(c.Key, row) != nil })
		if empty {
			below = append(below, row)
		} else {
			gaps, below = append(gaps, below...), nil
		}
	}
	free := append(below, gaps...)
	if len(free) < len(lines) {
		return nil, fmt.Errorf("typing %d lines: the tab %q of %s has %d free rows", len(lines), list, in.Person.Name, len(free))
	}
	var todo []typing
	for n, line := range lines {
		for c, v := range line {
			if v != nil {
				todo = append(todo, typing{t.ID, free[n], cols[t.Columns[c].Key].Col, v})
			}
		}
	}
	return requests(todo), nil
}

// typing is one value typed into one cell.
type typing struct {
	sheet    int64
	row, col int
	value    *sheets.ExtendedValue
}

func number(v float64) *sheets.ExtendedValue {
	return &sheets.ExtendedValue{NumberValue: googleapi.Float64(v)}
}

// word is a text, whatever it looks like: never a formula. Nil for no text.
func word(s string) *sheets.ExtendedValue {
	if s == "" {
		return nil
	}
	return &sheets.ExtendedValue{StringValue: googleapi.String(s)}
}

// requests types values by few requests: one for each run of rows of a column.
func requests(todo []typing) []*sheets.Request {
	slices.SortFunc(todo, func(a, b typing) int {
		return cmp.Or(cmp.Compare(a.sheet, b.sheet), cmp.Compare(a.col, b.col), cmp.Compare(a.row, b.row))
	})
	var reqs []*sheets.Request
	for i, t := range todo {
		row := &sheets.RowData{Values: []*sheets.CellData{{UserEnteredValue: t.value}}}
		if i > 0 && todo[i-1].sheet == t.sheet && todo[i-1].col == t.col && todo[i-1].row == t.row-1 {
			last := reqs[len(reqs)-1].UpdateCells
			last.Rows = append(last.Rows, row)
			continue
		}
		reqs = append(reqs, &sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{
			Start:  &sheets.GridCoordinate{SheetId: t.sheet, RowIndex: int64(t.row), ColumnIndex: int64(t.col)},
			Rows:   []*sheets.RowData{row},
			Fields: "userEnteredValue",
		}})
	}
	return reqs
}
