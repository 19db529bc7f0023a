package control_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/control"
	"svodka/internal/words"
	"svodka/internal/workbook"
	templates "svodka/sheets-templates"
)

// FuzzRead types nonsense into cells, moves things about, and asks for no more
// than this: no panic; whatever is in force fits together; reading twice is
// reading once; the layout can be written. The seed makes the text, too: one that was
// given would be shortened for a second by the fuzzer whenever it leads to code that is
// new, and hardly anything else would be tried.
func FuzzRead(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, 12.5)
	}
	f.Add(uint64(9), math.Inf(1))
	f.Add(uint64(65), math.Inf(1))
	f.Add(uint64(10), -1e300)
	var calm *sheets.Spreadsheet // the office before anybody disturbed it
	var valid []byte             // what was read of it
	f.Fuzz(func(t *testing.T, seed uint64, number float64) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		text := nonsense(rnd)
		if calm == nil {
			d := office(t)
			var err error
			if valid, err = json.Marshal(d.read(nil).Snapshot); err != nil {
				t.Fatal(err)
			}
			calm = d.s
		}
		d := desk{t, copied(calm)}
		for range 1 + rnd.IntN(12) {
			disturb(d, rnd, text, number)
		}
		lang := []words.Lang{words.RU, words.EN}[rnd.IntN(2)]
		var prev *control.Snapshot
		if rnd.IntN(3) > 0 {
			prev = new(control.Snapshot)
			if err := json.Unmarshal(valid, prev); err != nil {
				t.Fatal(err)
			}
		}
		res, err := control.Read(d.s, prev, lang, templates.Builtin())
		if err != nil {
			return
		}
		for _, p := range res.Department.People {
			if _, ok := res.Department.Role(p.Role); !ok || p.ID == "" || p.Name == "" {
				t.Errorf("person %+v", p)
			}
		}
		for _, p := range res.Department.Plans {
			if _, ok := res.Department.Person(p.Person); p.Person != "" && !ok || p.From.IsZero() || p.KPI == "" {
				t.Errorf("plan %+v", p)
			}
		}
		for _, a := range res.Department.Absences {
			if _, ok := res.Department.Person(a.Person); !ok || a.Days() < 1 || a.Kind == "" {
				t.Errorf("absence %+v", a)
			}
		}
		for _, p := range res.Problems {
			if p.Message == "" || strings.Contains(strings.ReplaceAll(p.Message+p.InForce, text, ""), "%!") ||
				p.Severity == control.Error && p.InForce == "" {
				t.Errorf("problem %+v", p)
			}
		}
		again, err := control.Read(d.s, through(t, res.Snapshot), lang, templates.Builtin())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(res.Department, again.Department) { // which is quicker to see
			if x := diff(res.Department, again.Department); x != "" {
				t.Error(x)
			}
		}
		for _, tab := range control.Layout(control.LayoutInput{Result: res, Lang: lang, Zone: "Europe/Moscow"}).Tabs {
			for _, row := range tab.Cells {
				for _, c := range row {
					if c.Kind == workbook.Number && (math.IsNaN(c.Num) || math.IsInf(c.Num, 0)) && !c.Open {
						t.Errorf("%s: %+v", tab.Key, c)
					}
				}
			}
		}
	})
}

// nonsense returns a text of parts that mean something in one cell or another, and of
// signs that mean nothing.
func nonsense(rnd *rand.Rand) string {
	var b strings.Builder
	for range 1 + rnd.IntN(5) {
		switch rnd.IntN(4) {
		case 0:
			b.WriteRune(rune(rnd.IntN(0x3000)))
		case 1:
			b.WriteRune([]rune(" -:;|/,.=%\n\u00a0\u202f\ufffd#")[rnd.IntN(15)])
		case 2:
			b.WriteString(strconv.Itoa(rnd.IntN(3000) - 1000))
		default:
			b.WriteString(meaningful[rnd.IntN(len(meaningful))])
		}
	}
	return b.String()
}

var meaningful = []string{"1:30", "=1/0", "sales-rep", "sales-rep/deals", "deals", "0:red", "красный", "вывод", "да",
	"нет", "yes", "анна@example.com", "anna@example.com", "01.11.2026", "2026-11-31", "ноябрь", "9:00", "Europe/Moscow",
	"пн-пт", "mon", "отпуск", "calls + deals", "calls / 0", "sum(calls)", "1e308", "50 т.р.", "%!s", "'", "TRUE"}

// copied returns a copy of a spreadsheet down to its rows: disturb replaces cells and
// changes none.
func copied(s *sheets.Spreadsheet) *sheets.Spreadsheet {
	to := *s
	to.Sheets = slices.Clone(s.Sheets)
	for i, sh := range to.Sheets {
		sheet, data := *sh, *sh.Data[0]
		data.ColumnMetadata, data.RowData = slices.Clone(data.ColumnMetadata), slices.Clone(data.RowData)
		for r, row := range data.RowData {
			if row != nil {
				of := *row
				of.Values = slices.Clone(row.Values)
				data.RowData[r] = &of
			}
		}
		sheet.Data = append([]*sheets.GridData{&data}, sh.Data[1:]...)
		to.Sheets[i] = &sheet
	}
	return &to
}

// disturb does one thing that nobody should.
func disturb(d desk, rnd *rand.Rand, text string, number float64) {
	s := d.s.Sheets[rnd.IntN(len(d.s.Sheets))]
	data := s.Data[0]
	row := rnd.IntN(len(data.RowData) + 1)
	switch rnd.IntN(9) {
	case 0:
		d.s.Sheets = append([]*sheets.Sheet{}, d.s.Sheets...)
		for i, o := range d.s.Sheets {
			if o == s && len(d.s.Sheets) > 1 {
				d.s.Sheets = append(d.s.Sheets[:i], d.s.Sheets[i+1:]...)
				break
			}
		}
	case 1:
		if len(data.ColumnMetadata) > 0 {
			data.ColumnMetadata[rnd.IntN(len(data.ColumnMetadata))] = nil
		}
	case 2:
		if len(data.RowData) < 200 { // nor do inputs become long by doubling again and again
			data.RowData = append(data.RowData, data.RowData...)
		}
	case 3:
		if row < len(data.RowData) {
			data.RowData = append(data.RowData[:row], data.RowData[row+1:]...)
		}
	case 4:
		if row < len(data.RowData) {
			data.RowData[row] = nil
		}
	default:
		if row >= len(data.RowData) || data.RowData[row] == nil || len(data.RowData[row].Values) == 0 {
			return
		}
		v := &sheets.ExtendedValue{}
		switch rnd.IntN(5) {
		case 0:
			v.StringValue = &text
		case 1:
			v.NumberValue = &number
		case 2:
			b := rnd.IntN(2) == 0
			v.BoolValue = &b
		case 3:
			v.ErrorValue = &sheets.ErrorValue{Type: "REF"}
		case 4:
			v = nil
		}
		data.RowData[row].Values[rnd.IntN(len(data.RowData[row].Values))] = &sheets.CellData{EffectiveValue: v}
	}
}
