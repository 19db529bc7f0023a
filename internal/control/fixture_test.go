package control_test

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/control"
	"svodka/internal/words"
	"svodka/internal/workbook"
	templates "svodka/sheets-templates"
)

// sheetOf turns a Book into the spreadsheet that results from it, as spreadsheets.get
// would show it.
func sheetOf(b *workbook.Book) *sheets.Spreadsheet {
	s := &sheets.Spreadsheet{Properties: &sheets.SpreadsheetProperties{Title: b.Title, Locale: b.Locale,
		TimeZone: b.TimeZone}}
	for _, t := range b.Tabs {
		d, used := &sheets.GridData{}, 0
		for _, c := range t.Columns {
			p := &sheets.DimensionProperties{}
			if c.Key != "" {
				p.DeveloperMetadata = []*sheets.DeveloperMetadata{
					{MetadataId: workbook.MetaID(t.ID, c.Key), MetadataKey: "svodka.column", MetadataValue: c.Key}}
			}
			d.ColumnMetadata = append(d.ColumnMetadata, p)
		}
		for _, row := range t.Cells {
			r := &sheets.RowData{}
			for _, c := range row {
				v := valueOf(c)
				r.Values = append(r.Values, &sheets.CellData{UserEnteredValue: v, EffectiveValue: v})
				if v != nil {
					used = len(d.RowData) + 1
				}
			}
			d.RowData = append(d.RowData, r)
		}
		d.RowData = d.RowData[:used] // as the API leaves empty rows out
		s.Sheets = append(s.Sheets, &sheets.Sheet{
			Properties: &sheets.SheetProperties{SheetId: t.ID, Title: t.Title,
				GridProperties: &sheets.GridProperties{RowCount: int64(t.Rows), ColumnCount: int64(t.Cols)}},
			DeveloperMetadata: []*sheets.DeveloperMetadata{{MetadataKey: "svodka.tab", MetadataValue: t.Key}},
			Data:              []*sheets.GridData{d},
		})
	}
	return s
}

func valueOf(c workbook.Cell) *sheets.ExtendedValue {
	switch c.Kind {
	case workbook.Number:
		return &sheets.ExtendedValue{NumberValue: &c.Num}
	case workbook.Text:
		if c.Str == "" {
			return nil
		}
		return &sheets.ExtendedValue{StringValue: &c.Str}
	case workbook.Bool:
		b := c.Num != 0
		return &sheets.ExtendedValue{BoolValue: &b}
	}
	return nil
}

// seeded returns a new control spreadsheet.
func seeded(lang words.Lang) *sheets.Spreadsheet {
	if lang == words.RU {
		return sheetOf(seedRU())
	}
	return seededWith(staffed(), lang)
}

// seedRU is laid out once for all tests: spreadsheets made from it share nothing with it.
var seedRU = sync.OnceValue(func() *workbook.Book {
	return control.Layout(control.LayoutInput{Seed: staffed(), Lang: words.RU, Zone: "Europe/Moscow", Year: 2026})
})

func seededWith(roles []templates.Role, lang words.Lang) *sheets.Spreadsheet {
	return sheetOf(control.Layout(control.LayoutInput{Seed: roles, Lang: lang, Zone: "Europe/Moscow", Year: 2026}))
}

// staffed returns the role templates of which the tests' departments have people.
func staffed() []templates.Role {
	return slices.DeleteFunc(slices.Clone(templates.Builtin()), func(r templates.Role) bool {
		return r.Key == "telephony-caller"
	})
}

// desk is ops at work on a spreadsheet: cells are named by tab, row of the sheet from 1
// as ops see it, and column key.
type desk struct {
	t *testing.T
	s *sheets.Spreadsheet
}

func (d desk) sheet(tab string) *sheets.Sheet {
	for _, s := range d.s.Sheets {
		if s.DeveloperMetadata[0].MetadataValue == tab {
			return s
		}
	}
	d.t.Fatalf("no tab %s", tab)
	return nil
}

func (d desk) col(tab, key string) int {
	for i, c := range d.sheet(tab).Data[0].ColumnMetadata {
		if c != nil && len(c.DeveloperMetadata) > 0 && c.DeveloperMetadata[0].MetadataValue == key {
			return i
		}
	}
	d.t.Fatalf("no column %s/%s", tab, key)
	return -1
}

// set types a value: string, float64, bool, nil, or *sheets.ErrorValue.
func (d desk) set(tab string, row int, key string, v any) {
	data := d.sheet(tab).Data[0]
	col := d.col(tab, key)
	for len(data.RowData) < row {
		data.RowData = append(data.RowData, &sheets.RowData{})
	}
	r := data.RowData[row-1]
	for len(r.Values) <= col {
		r.Values = append(r.Values, &sheets.CellData{})
	}
	x := &sheets.ExtendedValue{}
	switch v := v.(type) {
	case nil:
		x = nil
	case string:
		x.StringValue = &v
	case float64:
		x.NumberValue = &v
	case int:
		f := float64(v)
		x.NumberValue = &f
	case bool:
		x.BoolValue = &v
	case *sheets.ErrorValue:
		x.ErrorValue = v
	default:
		d.t.Fatalf("cannot type %T", v)
	}
	r.Values[col] = &sheets.CellData{UserEnteredValue: x, EffectiveValue: x}
}

func (d desk) get(tab string, row int, key string) any {
	data := d.sheet(tab).Data[0]
	if row > len(data.RowData) || d.col(tab, key) >= len(data.RowData[row-1].Values) {
		return nil
	}
	v := data.RowData[row-1].Values[d.col(tab, key)].EffectiveValue
	switch {
	case v == nil:
		return nil
	case v.NumberValue != nil:
		return *v.NumberValue
	case v.BoolValue != nil:
		return *v.BoolValue
	case v.StringValue != nil:
		return *v.StringValue
	}
	return nil
}

// person types a row of people.
func (d desk) person(row int, name, email, role, team string) {
	for key, v := range map[string]string{"name": name, "email": email, "role": role, "team": team} {
		if v != "" {
			d.set("people", row, key, v)
		}
	}
}

// insert inserts an empty row before a row.
func (d desk) insert(tab string, row int) {
	data := d.sheet(tab).Data[0]
	data.RowData = append(data.RowData[:row-1], append([]*sheets.RowData{{}}, data.RowData[row-1:]...)...)
}

// cut deletes a row.
func (d desk) cut(tab string, row int) {
	data := d.sheet(tab).Data[0]
	data.RowData = append(data.RowData[:row-1], data.RowData[row:]...)
}

// cutColumn deletes a column, or with move puts it at the end.
func (d desk) cutColumn(tab, key string, move bool) {
	col := d.col(tab, key)
	data := d.sheet(tab).Data[0]
	meta := data.ColumnMetadata[col]
	data.ColumnMetadata = append(data.ColumnMetadata[:col], data.ColumnMetadata[col+1:]...)
	for _, r := range data.RowData {
		if col >= len(r.Values) {
			continue
		}
		c := r.Values[col]
		r.Values = append(r.Values[:col], r.Values[col+1:]...)
		if move {
			for len(r.Values) < len(data.ColumnMetadata) {
				r.Values = append(r.Values, &sheets.CellData{})
			}
			r.Values = append(r.Values, c)
		}
	}
	if move {
		data.ColumnMetadata = append(data.ColumnMetadata, meta)
	}
}

func (d desk) read(prev *control.Snapshot) *control.Result {
	d.t.Helper()
	res, err := control.Read(d.s, prev, words.RU, templates.Builtin())
	if err != nil {
		d.t.Fatal(err)
	}
	kept, err := control.ReadContents(restored(d.t, d.s), prev, words.RU, templates.Builtin())
	if err != nil {
		d.t.Fatal(err)
	}
	if diff := cmp.Diff(res, kept, compare, cmpopts.IgnoreUnexported(control.Result{})); diff != "" {
		d.t.Errorf("read from what was kept (-want +got):\n%s", diff)
	}
	return res
}

// restored returns the contents of a spreadsheet as they come back from the ledger.
func restored(t testing.TB, s *sheets.Spreadsheet) *control.Contents {
	t.Helper()
	b, err := json.Marshal(control.ContentsOf(s))
	if err != nil {
		t.Fatal(err)
	}
	c := new(control.Contents)
	if err := json.Unmarshal(b, c); err != nil {
		t.Fatal(err)
	}
	return c
}

func diff(a, b any) string { return cmp.Diff(a, b, compare) }
