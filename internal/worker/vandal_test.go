package worker_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/workbook"
)

// What owners of spreadsheets do to them, at random: tabs, rows and columns are deleted,
// copied, moved, sorted, hidden; formats, marks and protection removed; the locale
// changed. After two syncs nothing is left that a sync notices, after a sweep nothing at
// all; no figure that was read is lost, and none is in error for ever. BLOCK_SEEDS sets
// the number of runs.
func TestVandals(t *testing.T) {
	t.Parallel()
	seeds, from := 3, 0
	if v, err := strconv.Atoi(os.Getenv("BLOCK_SEEDS")); err == nil {
		seeds = v
	}
	if v, err := strconv.Atoi(os.Getenv("BLOCK_FROM")); err == nil {
		from = v
	}
	copies := staged(t, func(o *office) {
		o.init().hire(1, "sales-rep").hire(1, "sales-rep-deals").hire(1, "cold-caller")
		o.sync()
		o.open()
		for d := 1; d <= 14; d++ {
			day := fmt.Sprintf("2026-05-%02d", d)
			o.types(0, day, "deals", d%5)
			o.types(0, day, "revenue", 1000*d)
			o.types(2, day, "calls", 60+d)
		}
		g := o.tab(o.report(1), "deals")
		first := g.row("date", "Дата") + 1
		for i := range vandalDeals {
			o.put(o.people[1].Email, g.file, g.at(first+i, "date"), fmt.Sprintf("%02d.05.2026", i+3))
			o.put(o.people[1].Email, g.file, g.at(first+i, "client"), fmt.Sprintf("Клиент %d", i))
			o.put(o.people[1].Email, g.file, g.at(first+i, "amount"), 100*(i+1))
		}
		o.settle()
	})
	want := copies(t).export()
	done := map[string]int{}
	for seed := from; seed < from+seeds; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			o := copies(t)
			v := vandal{office: o, rng: rand.New(rand.NewPCG(uint64(seed), 99)), done: done}
			for range 1 + v.rng.IntN(4) {
				v.act()
				if v.rng.IntN(2) == 0 {
					v.sync()
				}
			}
			syncs := 0
			for syncs < 6 && !v.sync() {
				syncs++
			}
			// The last one finds nothing left to do.
			if syncs > 2 {
				t.Errorf("it takes %d syncs", syncs)
			}
			if d := cmp.Diff(want, o.export()); d != "" {
				t.Errorf("the export differs:\n%s", clip(d))
			}
			// The sweep finds what no value shows, such as a missing rule.
			out, err := o.w.Sweep(t.Context())
			o.must(errors.Join(append(out.Failures, err)...))
			for person := range 3 {
				v.whole(person)
			}
			if t.Failed() {
				t.Log("\n" + strings.Join(v.trace, "\n"))
			}
		})
	}
	t.Logf("%d seeds: %v", seeds, done)
}

// vandalDeals is how many deals are below the heading of the list.
const vandalDeals = 10

// vandal does something to a spreadsheet of a person.
type vandal struct {
	*office
	rng   *rand.Rand
	trace []string
	done  map[string]int
}

// sync reports whether there was nothing to do.
func (v *vandal) sync() bool {
	v.t.Helper()
	out, err := v.w.Sync(v.t.Context(), 0)
	if e := errors.Join(append(out.Failures, err)...); e != nil {
		v.t.Errorf("sync: %v", e)
	}
	return out.Settled
}

// whole checks that a look at a person's spreadsheet finds nothing to repair.
func (v *vandal) whole(person int) {
	v.t.Helper()
	book, err := v.w.ReportBook(v.t.Context(), v.report(person))
	v.must(err)
	s := v.read(v.report(person), workbook.LookFields)
	reqs, _, err := workbook.Diff(workbook.StateOf(s), book)
	v.must(err)
	if len(reqs) > 0 {
		b, err := reqs[0].MarshalJSON()
		v.must(err)
		v.t.Errorf("person %d: %d requests are left, such as %s", person, len(reqs), clip(string(b)))
	}
}

// act does one thing to a person's tab, usually the one that matters.
func (v *vandal) act() {
	v.t.Helper()
	person := v.rng.IntN(3)
	file := v.report(person)
	s, err := v.as("").Spreadsheets.Get(file).
		Fields("sheets(properties,protectedRanges(protectedRangeId),conditionalFormats)").Do()
	v.must(err)
	sh := s.Sheets[v.rng.IntN(len(s.Sheets))]
	if v.rng.IntN(3) > 0 {
		matters := workbook.SheetID("month:2026-05")
		if person == 1 {
			matters = workbook.SheetID("deals")
		}
		for _, x := range s.Sheets {
			if x.Properties.SheetId == matters {
				sh = x
			}
		}
	}
	name, r := v.deed(sh)
	if r == nil {
		return
	}
	_, err = v.as("").Spreadsheets.BatchUpdate(file,
		&sheets.BatchUpdateSpreadsheetRequest{Requests: []*sheets.Request{r}}).Do()
	b, jsonErr := r.MarshalJSON()
	v.must(jsonErr)
	v.trace = append(v.trace, fmt.Sprintf("person %d tab %q %s err=%v", person, sh.Properties.Title, b, err))
	if err == nil { // else the service refuses it
		v.done[name]++
	}
}

func (v *vandal) deed(sh *sheets.Sheet) (string, *sheets.Request) {
	rng, id := v.rng, sh.Properties.SheetId
	rows, cols := sh.Properties.GridProperties.RowCount, sh.Properties.GridProperties.ColumnCount
	lines := func() (*sheets.DimensionRange, int64) {
		d, n := "ROWS", rows
		if rng.IntN(2) == 0 {
			d, n = "COLUMNS", cols
		}
		a := rng.Int64N(n)
		return &sheets.DimensionRange{SheetId: id, Dimension: d, StartIndex: a, EndIndex: min(n, a+1+rng.Int64N(3))}, n
	}
	area := func() *sheets.GridRange {
		a, b := rng.Int64N(rows), rng.Int64N(cols)
		return &sheets.GridRange{SheetId: id, StartRowIndex: a, EndRowIndex: min(rows, a+1+rng.Int64N(5)),
			StartColumnIndex: b, EndColumnIndex: min(cols, b+1+rng.Int64N(3))}
	}
	d, n := lines()
	switch rng.IntN(17) {
	case 0:
		return "delete tab", &sheets.Request{DeleteSheet: &sheets.DeleteSheetRequest{SheetId: id}}
	case 1:
		return "copy tab", &sheets.Request{DuplicateSheet: &sheets.DuplicateSheetRequest{
			SourceSheetId: id, InsertSheetIndex: rng.Int64N(3)}}
	case 2:
		return "rename tab", &sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
			Fields:     "title",
			Properties: &sheets.SheetProperties{SheetId: id, Title: fmt.Sprint("я ", rng.IntN(1000))}}}
	case 3:
		return "insert lines", &sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{Range: d}}
	case 4, 5:
		if id == workbook.SheetID("deals") && d.Dimension == "ROWS" && d.StartIndex <= vandalDeals && d.EndIndex > 1 {
			return "", nil // deleting the rows of deals deletes the deals: they no longer count
		}
		return "delete lines", &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{Range: d}}
	case 6:
		return "move lines", &sheets.Request{MoveDimension: &sheets.MoveDimensionRequest{
			Source: d, DestinationIndex: rng.Int64N(n + 1)}}
	case 7, 8:
		return "sort", &sheets.Request{SortRange: &sheets.SortRangeRequest{
			Range: &sheets.GridRange{SheetId: id, StartRowIndex: rng.Int64N(rows), EndRowIndex: rows,
				EndColumnIndex: cols},
			SortSpecs: []*sheets.SortSpec{{DimensionIndex: rng.Int64N(cols),
				SortOrder: []string{"ASCENDING", "DESCENDING"}[rng.IntN(2)]}}}}
	case 9:
		return "filter", &sheets.Request{SetBasicFilter: &sheets.SetBasicFilterRequest{
			Filter: &sheets.BasicFilter{Range: area()}}}
	case 10:
		return "hide lines", &sheets.Request{UpdateDimensionProperties: &sheets.UpdateDimensionPropertiesRequest{
			Range: d, Properties: &sheets.DimensionProperties{HiddenByUser: true}, Fields: "hiddenByUser"}}
	case 11:
		if len(sh.ProtectedRanges) == 0 {
			return "", nil
		}
		return "unprotect", &sheets.Request{DeleteProtectedRange: &sheets.DeleteProtectedRangeRequest{
			ProtectedRangeId: sh.ProtectedRanges[0].ProtectedRangeId}}
	case 12:
		return "locale", &sheets.Request{UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{
			Properties: &sheets.SpreadsheetProperties{Locale: []string{"en_US", "de_DE", "ru_RU"}[rng.IntN(3)],
				TimeZone: "America/New_York"}, Fields: "locale,timeZone"}}
	case 13:
		return "clear looks", &sheets.Request{RepeatCell: &sheets.RepeatCellRequest{Range: area(),
			Cell:   &sheets.CellData{},
			Fields: "userEnteredFormat,dataValidation"}}
	case 14:
		return "freeze", &sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
			Properties: &sheets.SheetProperties{SheetId: id,
				GridProperties: &sheets.GridProperties{FrozenRowCount: rng.Int64N(4)}},
			Fields: "gridProperties.frozenRowCount"}}
	case 15:
		kind := []string{"SHEET", "COLUMN", "ROW"}[rng.IntN(3)]
		return "delete marks", &sheets.Request{DeleteDeveloperMetadata: &sheets.DeleteDeveloperMetadataRequest{
			DataFilter: &sheets.DataFilter{DeveloperMetadataLookup: &sheets.DeveloperMetadataLookup{
				LocationType: kind}}}}
	default:
		if len(sh.ConditionalFormats) == 0 {
			return "", nil
		}
		return "delete rule", &sheets.Request{DeleteConditionalFormatRule: &sheets.DeleteConditionalFormatRuleRequest{
			SheetId: id, ForceSendFields: []string{"Index"}}}
	}
}
