package wire

import (
	"reflect"
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"
)

// text returns a mask as it may be spelt.
func (m *Mask) text() string {
	if m.IsAll() {
		return "*"
	}
	var parts []string
	for _, k := range sortedKeys(m.Sub) {
		parts = append(parts, k+"("+m.Sub[k].text()+")")
	}
	return strings.Join(parts, ",")
}

func TestParseMask(t *testing.T) {
	for in, want := range map[string]string{
		"*":                  "*",
		"a":                  "a(*)",
		"a,b":                "a(*),b(*)",
		"a.b,a/c":            "a(b(*),c(*))",
		"a(b,c.d)":           "a(b(*),c(d(*)))",
		"a.b,a":              "a(*)",
		"a,a.b":              "a(*)",
		"a.*":                "a(*)",
		"a( b , c(d) ),e":    "a(b(*),c(d(*))),e(*)",
		"sheets/data(a/b,c)": "sheets(data(a(b(*)),c(*)))",
	} {
		m, ok := ParseMask(in)
		if !ok || m.text() != want {
			t.Errorf("%q: got %v %s, want %s", in, ok, m.text(), want)
		}
	}
	for _, in := range []string{"", ",", "a,", "a.", "a(", "a()", "a(b", "a)b", "(a)", ".a", "a b",
		strings.Repeat("a.", 100) + "a", strings.Repeat("a(", 100)} {
		if _, ok := ParseMask(in); ok {
			t.Errorf("%q is taken", in)
		}
	}
}

func TestMergedTouchesNothingElse(t *testing.T) {
	dst := &sheets.SheetProperties{Title: "old", GridProperties: &sheets.GridProperties{RowCount: 5, FrozenRowCount: 2}}
	src := &sheets.SheetProperties{Title: "new", GridProperties: &sheets.GridProperties{ColumnCount: 7}}
	m, _ := ParseMask("grid_properties(frozenRowCount,columnCount)")
	if bad := m.Bind(reflect.TypeFor[sheets.SheetProperties]()); bad != "" {
		t.Fatal(bad)
	}
	out := Merged(dst, src, m)
	if out.Title != "old" || out.GridProperties.RowCount != 5 || out.GridProperties.FrozenRowCount != 0 ||
		out.GridProperties.ColumnCount != 7 {
		t.Errorf("got %+v", out.GridProperties)
	}
	if dst.GridProperties.FrozenRowCount != 2 || dst.GridProperties.ColumnCount != 0 {
		t.Error("the source of a merge was changed")
	}
}

func FuzzMask(f *testing.F) {
	for _, s := range []string{"*", "sheets(properties.title,data/rowData)", "a.b,a", "a(b(c", "a,,b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := ParseMask(s)
		if !ok {
			return
		}
		if bad := m.Bind(reflect.TypeFor[sheets.Spreadsheet]()); bad != "" {
			return
		}
		Encode(&sheets.Spreadsheet{Properties: &sheets.SpreadsheetProperties{Title: "x"}, Sheets: []*sheets.Sheet{{}}},
			m, true)
	})
}

// FuzzDecode reads bodies of any bytes: they may be refused, and what is read of them is
// read again once it is written.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"requests":[{"addSheet":{"properties":{"title":"\u044f","index":"7"}}}]}`,
		`{"requests":[null,{"updateCells":{"rows":[null],"fields":"*","start":{}}}]}`, `{"requests":[{"a":1e999}]`, `[`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in, again sheets.BatchUpdateSpreadsheetRequest
		if Decode(body, &in, "") != nil {
			return
		}
		if err := Decode(Encode(&in, nil, false), &again, ""); err != nil {
			t.Errorf("%q was read, but not what was written of it: %v", body, err)
		}
	})
}
