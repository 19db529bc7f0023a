package workbook_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/workbook"
)

// answer returns a spreadsheet of random cells as a read of columns returns it.
func answer(rng *rand.Rand) *sheets.Spreadsheet {
	pick := func(n int) bool { return rng.IntN(n) == 0 }
	texts := []string{"", "5", "много «всего»", "50 т.р.", "#REF! (x)", "a\"b\\c\n"}
	cell := func() *sheets.CellData {
		c := &sheets.CellData{}
		v := &sheets.ExtendedValue{}
		switch rng.IntN(6) {
		case 0:
			n := []float64{0, -1.5, 46000, 1e-9, 12345678.25}[rng.IntN(5)]
			v.NumberValue = &n
		case 1:
			s := texts[rng.IntN(len(texts))]
			v.StringValue = &s
		case 2:
			is := pick(2)
			v.BoolValue = &is
		case 3:
			v.ErrorValue = &sheets.ErrorValue{Type: []string{"REF", "DIVIDE_BY_ZERO", "odd"}[rng.IntN(3)],
				Message: texts[rng.IntN(len(texts))]}
		default:
			v = nil
		}
		c.EffectiveValue = v
		if pick(3) {
			c.UserEnteredFormat = &sheets.CellFormat{}
			if pick(2) {
				c.UserEnteredFormat.NumberFormat = &sheets.NumberFormat{
					Type: []string{"", "DATE", "TEXT", "NUMBER"}[rng.IntN(4)], Pattern: "x"}
			}
		}
		if pick(9) {
			c.Note = "left out"
		}
		return c
	}
	s := &sheets.Spreadsheet{SpreadsheetId: "left out"}
	for range rng.IntN(4) {
		sh := &sheets.Sheet{Properties: &sheets.SheetProperties{SheetId: 5, Title: texts[rng.IntN(len(texts))]}}
		if pick(5) {
			sh.Properties = nil
		}
		for range rng.IntN(4) {
			d := &sheets.GridData{StartRow: int64(rng.IntN(3)), StartColumn: int64(rng.IntN(40))}
			for range rng.IntN(3) {
				m := &sheets.DimensionProperties{PixelSize: 7}
				for range rng.IntN(3) {
					key := []string{"date", "kpi:deals", "kpi:calls", "comment"}[rng.IntN(4)]
					m.DeveloperMetadata = append(m.DeveloperMetadata, &sheets.DeveloperMetadata{
						MetadataId: workbook.MetaID(5, key), MetadataKey: "svodka.column", MetadataValue: key})
				}
				d.ColumnMetadata = append(d.ColumnMetadata, m)
			}
			for range rng.IntN(9) {
				row := &sheets.RowData{}
				for range rng.IntN(4) {
					row.Values = append(row.Values, cell())
				}
				d.RowData = append(d.RowData, row)
			}
			sh.Data = append(sh.Data, d)
		}
		s.Sheets = append(s.Sheets, sh)
	}
	return s
}

// Columns are read straight from an answer as from structs of it.
func TestReadColumnsFindsWhatStructsHold(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 11))
	ids := []int64{workbook.MetaID(5, "date"), workbook.MetaID(5, "kpi:deals"), workbook.MetaID(5, "kpi:calls")}
	columns, values := 0, 0
	for range 2000 {
		s := answer(rng)
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if rng.IntN(3) == 0 { // fields in the order of their names
			var any map[string]any
			if err := json.Unmarshal(text, &any); err != nil {
				t.Fatal(err)
			}
			if text, err = json.MarshalIndent(any, "", "  "); err != nil {
				t.Fatal(err)
			}
		}
		got, err := workbook.ReadColumns(text, ids)
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		want := slices.DeleteFunc(workbook.FoundOf(s), func(f workbook.Found) bool {
			return !slices.Contains(ids, f.MetaID)
		})
		if len(got) != len(want) {
			t.Fatalf("%d columns, want %d in %s", len(got), len(want), text)
		}
		for i := range want {
			columns, values = columns+1, values+len(want[i].Values)
			g, w := got[i], want[i]
			if g.MetaID != w.MetaID || g.Sheet != w.Sheet || g.Col != w.Col || g.Row != w.Row ||
				!slices.Equal(g.Values, w.Values) || !slices.Equal(g.Formats, w.Formats) {
				t.Fatalf("column %d:\n%+v\nwant\n%+v\nin %s", i, g, w, text)
			}
		}
	}
	if columns < 1000 || values < 1000 {
		t.Errorf("%d columns with %d values show nothing", columns, values)
	}
}

// An answer that was cut short, or is none, is an error.
func TestReadColumnsOfNoAnswer(t *testing.T) {
	whole := `{"sheets":[{"properties":{"title":"Май"},"data":[{"columnMetadata":[{"developerMetadata":[` +
		`{"metadataId":1}]}],"rowData":[{"values":[{"effectiveValue":{"numberValue":5}}]}]}]}]}`
	found, err := workbook.ReadColumns([]byte(whole), []int64{1})
	if err != nil || len(found) != 1 || found[0].Sheet != "Май" || found[0].Values[0] != 5.0 {
		t.Fatalf("found %+v, %v", found, err)
	}
	for n := range len(whole) {
		if _, err := workbook.ReadColumns([]byte(whole[:n]), nil); err == nil {
			t.Errorf("no error about %q", whole[:n])
		}
	}
	for _, text := range []string{whole + "}", `{"sheets":5}`, strings.Replace(whole, "5", `"much"`, 1),
		strings.Replace(whole, "5", "05", 1), strings.Replace(whole, `:1`, `:1.5`, 1), "<html>"} {
		if _, err := workbook.ReadColumns([]byte(text), nil); err == nil {
			t.Errorf("no error about %q", text)
		}
	}
}
