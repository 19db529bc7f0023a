package workbook

import (
	"testing"

	"google.golang.org/api/sheets/v4"
)

// Of every request that a Diff sends about a tab it is known which tab that is; those
// about the whole spreadsheet, and of tabs that are made or deleted, are of none.
func TestTabOf(t *testing.T) {
	const id = 4
	tab := &Tab{ID: id, Key: "a", Title: "A", Exclusive: true, Rows: 20, Cols: 12, FrozenRows: 1,
		Columns: []Column{{Key: "x", Width: 50}, {Key: "y"}, {Key: "z", Hidden: true}},
		RowIDs:  []RowID{{Tag: "head"}}, Heights: map[int]int{1: 40},
		Cells: [][]Cell{{Txt("Месяц", nil), Txt("План", &Style{Bold: true}), Txt("Факт", nil)},
			{Txt("Май", nil), N(1, nil), {Open: true, Check: &Validation{Kind: "BOOLEAN"}}},
			{Txt("Июнь", nil), N(1, nil), {Note: "важно"}}},
		Merges:  []Area{{4, 0, 5, 2}},
		Rules:   []Rule{{Areas: []Area{{1, 1, 3, 2}}, Kind: "NUMBER_LESS", Values: []string{"5"}, Bold: true}},
		Protect: &Protect{ID: 9, Open: []Area{{1, 2, 2, 3}}},
		Charts: []Chart{{ID: 8, Kind: "LINE", Domain: Area{0, 0, 3, 1}, Series: []Area{{0, 1, 3, 2}},
			At: Area{5, 0, 6, 1}, Width: 300, Height: 200}},
		Filter: &Area{0, 0, 3, 3}, Groups: []Group{{7, 9}},
	}
	whole := &Book{Title: "T", Locale: "ru_RU", TimeZone: "Europe/Moscow", Tabs: []*Tab{tab}}
	bare := *tab
	bare.Cells, bare.Columns, bare.RowIDs, bare.Heights = tab.Cells[:1], tab.Columns[:2], nil, nil
	bare.Merges, bare.Rules, bare.Protect, bare.Charts, bare.Filter, bare.Groups = nil, nil, nil, nil, nil, nil
	seen := &sheets.Spreadsheet{Sheets: []*sheets.Sheet{{Properties: &sheets.SheetProperties{SheetId: id},
		ProtectedRanges: []*sheets.ProtectedRange{{ProtectedRangeId: 9}},
		Charts:          []*sheets.EmbeddedChart{{ChartId: 8}}}}}
	state, n := Fresh(), 0
	for _, b := range []*Book{whole, {Title: "T", Tabs: []*Tab{&bare}}, whole} {
		reqs, after, err := Diff(state, b)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range reqs {
			if r.UpdateSpreadsheetProperties != nil || r.AddSheet != nil || r.DeleteSheet != nil {
				continue
			}
			n++
			if got, ok := TabOf(r, seen); !ok || got != id {
				text, err := r.MarshalJSON()
				t.Errorf("%s (%v) is of tab %d, %t", text, err, got, ok)
			}
		}
		state = after
	}
	if n < 30 {
		t.Errorf("only %d requests", n)
	}
	for _, r := range []*sheets.Request{{AddSheet: &sheets.AddSheetRequest{}},
		{UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{}},
		{DeleteProtectedRange: &sheets.DeleteProtectedRangeRequest{ProtectedRangeId: 10}},
		{DeleteEmbeddedObject: &sheets.DeleteEmbeddedObjectRequest{ObjectId: 10}}} {
		if got, ok := TabOf(r, seen); ok {
			t.Errorf("%+v is of tab %d", r, got)
		}
	}
}

// A copy is called after its tab, in a title that is free and fits, and gets a free id.
func TestNewAside(t *testing.T) {
	long := ""
	for range 100 {
		long += "я"
	}
	s := &sheets.Spreadsheet{}
	for i, title := range []string{"Май", "май (прежний)", long} {
		s.Sheets = append(s.Sheets, &sheets.Sheet{Properties: &sheets.SheetProperties{SheetId: int64(i), Title: title}})
	}
	kept := func(title string) string { return title + " (прежний)" }
	a, ok := NewAside(s, 0, kept)
	if !ok || a.Title != "Май" || a.Kept != "Май (прежний) (2)" || a.Copy == 0 {
		t.Errorf("%+v, %t", a, ok)
	}
	s.Sheets[1].Properties.SheetId = a.Copy
	if b, ok := NewAside(s, 0, kept); !ok || b.Copy == a.Copy {
		t.Errorf("%+v, %t", b, ok)
	}
	if b, ok := NewAside(s, 2, kept); !ok || len([]rune(b.Kept)) > 100 {
		t.Errorf("%+v, %t", b, ok)
	}
	if _, ok := NewAside(s, 7, kept); ok {
		t.Error("there is no such tab")
	}
}
