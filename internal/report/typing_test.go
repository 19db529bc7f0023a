package report_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/department"
	"svodka/internal/report"
	"svodka/internal/workbook"
)

func TestIndex(t *testing.T) {
	in := input(coldCaller(t), mayDay(15))
	b := report.Layout(in)
	found := grid(b, func(tab string, cells [][]any) {
		if tab == "month:2026-05" {
			cells[may4][cTime] = 0.0625
		}
	})
	for i := range found {
		found[i].Col += 2
		found[i].Row++
	}
	x := report.NewIndex(b, found)
	p, ok := x.Find(mayDay(4), "talk_time")
	if !ok || p != (report.Place{Sheet: workbook.SheetID("month:2026-05"), Row: may4 + 1, Col: cTime + 2,
		Value: 0.0625}) || p.Blank() {
		t.Errorf("the cell is %+v, %v", p, ok)
	}
	k, _ := in.Role.KPI("talk_time")
	if !report.SameFigure(k, p.Value, 5400) || report.SameFigure(k, p.Value, 5401) || report.SameFigure(k, nil, 0) {
		t.Error("figures are compared wrongly")
	}
	if p, ok := x.Find(mayDay(31), "calls"); !ok || !p.Blank() {
		t.Errorf("an empty cell is %+v, %v", p, ok)
	}
	if _, ok := x.Find(may.Next().From, "calls"); ok {
		t.Error("a day without a tab was found")
	}
	if _, ok := x.Find(mayDay(4), "talk_rate"); ok {
		t.Error("a computed cell was found")
	}
}

func deal(day int, client string, amount float64) department.Deal {
	return department.Deal{Person: "p", Date: mayDay(day), Client: client, Amount: amount}
}

// typed returns a list as it is after cells were typed into it.
func typed(b *workbook.Book, list string, before func([][]any), cells []workbook.CellAt) []workbook.Found {
	return grid(b, func(tab string, grid [][]any) {
		if tab != list {
			return
		}
		if before != nil {
			before(grid)
		}
		for _, c := range cells {
			v := any(c.Cell.Num)
			if c.Cell.Kind == workbook.Text {
				v = c.Cell.Str
			}
			grid[c.Row][c.Col] = v
		}
	})
}

func TestAddDeals(t *testing.T) {
	in := input(salesRepDeals(t), mayDay(15))
	b := report.Layout(in)
	before := func(cells [][]any) {
		copy(cells[1], []any{mayDay(4).Serial(), "Ромашка", 100.0})
		copy(cells[3], []any{"мусор"})
	}
	deals := []department.Deal{deal(4, "ромашка ", 100), deal(4, "Ромашка", 100), deal(5, "=1+1", 7.5), deal(6, "", 3)}
	cells, fresh, same, err := report.AddDeals(b, typed(b, "deals", before, nil), deals)
	if err != nil || len(fresh) != 0 || same != 1 {
		t.Fatalf("fresh %v, same %d, %v", fresh, same, err)
	}
	id := workbook.SheetID("deals")
	if diff := cmp.Diff([]workbook.CellAt{
		{Sheet: id, Row: 4, Col: 0, Cell: workbook.N(mayDay(4).Serial(), nil)},
		{Sheet: id, Row: 4, Col: 1, Cell: workbook.Txt("Ромашка", nil)},
		{Sheet: id, Row: 4, Col: 2, Cell: workbook.N(100, nil)},
		{Sheet: id, Row: 5, Col: 0, Cell: workbook.N(mayDay(5).Serial(), nil)},
		{Sheet: id, Row: 5, Col: 1, Cell: workbook.Txt("=1+1", nil)},
		{Sheet: id, Row: 5, Col: 2, Cell: workbook.N(7.5, nil)},
		{Sheet: id, Row: 6, Col: 0, Cell: workbook.N(mayDay(6).Serial(), nil)},
		{Sheet: id, Row: 6, Col: 2, Cell: workbook.N(3, nil)},
	}, cells); diff != "" {
		t.Error(diff)
	}
	// A second import of the same file changes nothing.
	found := typed(b, "deals", before, cells)
	if cells, fresh, same, err = report.AddDeals(b, found, deals); err != nil || len(cells)+len(fresh) != 0 ||
		same != 4 {
		t.Errorf("again: cells %v, fresh %v, same %d, %v", cells, fresh, same, err)
	}
	// No list yet: it is made with the deals.
	if cells, fresh, same, err = report.AddDeals(b, nil, deals); err != nil || len(cells) != 0 || len(fresh) != 4 ||
		same != 0 {
		t.Errorf("no list: cells %v, fresh %v, same %d, %v", cells, fresh, same, err)
	}
	// Keys are not needed for that; what people type is.
	without := func(column string) []workbook.Found {
		return slices.DeleteFunc(slices.Clone(found), func(f workbook.Found) bool {
			return f.MetaID == workbook.MetaID(id, column)
		})
	}
	if _, _, same, err = report.AddDeals(b, without(report.ColKey), deals); err != nil || same != 4 {
		t.Errorf("without keys: same %d, %v", same, err)
	}
	if _, _, _, err = report.AddDeals(b, without(report.ColAmount), deals); err == nil {
		t.Error("a list without a column was typed into")
	}
}

// TestAddDealsBeyond: more deals than free rows fill gaps, and then the rows
// that the layout makes for them.
func TestAddDealsBeyond(t *testing.T) {
	in := input(salesRepDeals(t), mayDay(15))
	b := report.Layout(in)
	before := func(cells [][]any) { copy(cells[298], []any{mayDay(1).Serial(), "Ромашка", 1.0}) }
	var deals []department.Deal
	for i := range 400 {
		deals = append(deals, deal(2+i%20, "К", float64(i)))
	}
	cells, fresh, same, err := report.AddDeals(b, typed(b, "deals", before, nil), deals)
	if err != nil || len(fresh) != 400-299 || same != 0 || len(cells) != 3*400 {
		t.Fatalf("%d cells, %d fresh, same %d, %v", len(cells), len(fresh), same, err)
	}
	in.Typed.Deals = append([]department.Deal{deal(1, "Ромашка", 1)}, fresh...)
	grown := report.Layout(in)
	rows := map[int]bool{}
	for _, c := range cells {
		if c.Row < 1 || c.Row >= tabOf(t, grown, "deals").Rows || c.Row == 298 {
			t.Fatalf("a deal is typed into row %d", c.Row)
		}
		rows[c.Row] = true
	}
	if len(rows) != 400 {
		t.Errorf("deals stand in %d rows", len(rows))
	}
	r := report.Read(in, grown, typed(grown, "deals", func(g [][]any) { clear(g[1]); before(g) }, cells))
	if len(r.Deals) != 401 {
		t.Errorf("%d deals are read", len(r.Deals))
	}
}

func TestAddClients(t *testing.T) {
	in := input(accountManager(t), mayDay(15))
	b := report.Layout(in)
	clients := []department.Client{{Name: "Ромашка", HandedOver: mayDay(1)}, {Name: "ромашка"},
		{Name: "Лютик", From: "Пётр"}}
	found := typed(b, "clients", nil, nil)
	cells, fresh, same, err := report.AddClients(b, found, clients)
	if err != nil || len(fresh) != 0 || same != 1 || len(cells) != 4 {
		t.Fatalf("cells %v, fresh %v, same %d, %v", cells, fresh, same, err)
	}
	found = typed(b, "clients", nil, cells)
	if cells, _, same, err = report.AddClients(b, found, clients); err != nil || len(cells) != 0 || same != 3 {
		t.Errorf("again: cells %v, same %d, %v", cells, same, err)
	}
}
