package worker_test

import (
	"strings"
	"testing"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/ledger"
)

// typed is what the first person of an office has typed.
var typed = map[string]map[string]float64{
	"2026-05-05": {"deals": 1, "revenue": 40000},
	"2026-05-06": {"deals": 4, "revenue": 210000},
	"2026-05-12": {"deals": 0, "revenue": 0},
	"2026-05-13": {"deals": 3, "revenue": 99000},
	"2026-05-14": {"deals": 2, "revenue": 61000},
}

// typist stages an office in which two people have typed.
func typist(t *testing.T) func(t testing.TB) (*office, grid) {
	t.Helper()
	again := staged(t, func(o *office) {
		o.init().hire(2, "sales-rep")
		o.sync()
		o.open()
		for day, figures := range typed {
			for kpi, v := range figures {
				o.types(0, day, kpi, v)
			}
		}
		g := o.tab(o.report(0), "month:2026-05")
		o.put(o.people[0].Email, g.file, g.at(g.row("date", date("2026-05-13")), "comment"), "был на выставке")
		o.types(1, "2026-05-13", "deals", 5)
		o.settle()
	})
	return func(t testing.TB) (*office, grid) {
		t.Helper()
		o := again(t)
		return o, o.tab(o.report(0), "month:2026-05")
	}
}

// intact checks that all that was typed counts, and is where it belongs.
func (o *office) intact() {
	o.t.Helper()
	deals, revenue := 0.0, 0.0
	g := o.tab(o.report(0), "month:2026-05")
	for day, figures := range typed {
		deals += figures["deals"]
		revenue += figures["revenue"]
		for kpi, v := range figures {
			c := g.cell(g.row("date", date(day)), "kpi:"+kpi)
			if c.UserEnteredValue == nil || c.UserEnteredValue.NumberValue == nil ||
				*c.UserEnteredValue.NumberValue != v {
				o.t.Errorf("%s of %s: %+v stands there, want %v", kpi, day, c.UserEnteredValue, v)
			}
		}
	}
	if got := g.cell(g.row("date", date("2026-05-13")), "comment").FormattedValue; got != "был на выставке" {
		o.t.Errorf("the comment is %q", got)
	}
	o.month(0, "deals", deals)
	o.month(0, "revenue", revenue)
	o.month(1, "deals", 5)
	if got := g.cell(g.row("date", "Факт"), "kpi:deals").FormattedValue; got != "10" {
		o.t.Errorf("the sheet's own fact is %q", got)
	}
}

func columns(g grid, from, to int) *sheets.DimensionRange {
	return &sheets.DimensionRange{SheetId: g.id, Dimension: "COLUMNS", StartIndex: int64(from), EndIndex: int64(to),
		ForceSendFields: []string{"StartIndex"}}
}

func rows(g grid, from, to int) *sheets.DimensionRange {
	return &sheets.DimensionRange{SheetId: g.id, Dimension: "ROWS", StartIndex: int64(from), EndIndex: int64(to),
		ForceSendFields: []string{"StartIndex"}}
}

func lookup(g grid, key, value string) *sheets.DataFilter {
	return &sheets.DataFilter{DeveloperMetadataLookup: &sheets.DeveloperMetadataLookup{MetadataKey: key,
		MetadataValue: value, MetadataLocation: &sheets.DeveloperMetadataLocation{SheetId: g.id},
		LocationMatchingStrategy: "INTERSECTING_LOCATION"}}
}

// harms are what people do to a person's spreadsheet, given a tab of a month.
var harms = map[string]func(o *office, g grid){
	"a column inserted": func(o *office, g grid) {
		o.batch("", g.file, &sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{
			Range: columns(g, 2, 3)}})
		o.put("", g.file, "'"+g.title+"'!C14", "моё")
	},
	"columns moved": func(o *office, g grid) {
		c := g.cols["kpi:deals"]
		o.batch("", g.file, &sheets.Request{MoveDimension: &sheets.MoveDimensionRequest{Source: columns(g, c, c+1),
			DestinationIndex: int64(g.cols["comment"])}})
	},
	"the date column moved": func(o *office, g grid) {
		// Frozen columns stay together: they are unfrozen first, as in the browser.
		o.batch("", g.file,
			&sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
				Properties: &sheets.SheetProperties{SheetId: g.id,
					GridProperties: &sheets.GridProperties{ForceSendFields: []string{"FrozenColumnCount"}}},
				Fields: "gridProperties.frozenColumnCount"}},
			&sheets.Request{MoveDimension: &sheets.MoveDimensionRequest{Source: columns(g, 0, 1),
				DestinationIndex: 3}})
	},
	"rows inserted": func(o *office, g grid) {
		r := g.row("date", date("2026-05-06"))
		o.batch("", g.file, &sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{
			Range: rows(g, r, r+2)}})
	},
	"a row inserted on top": func(o *office, g grid) {
		o.batch("", g.file, &sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{Range: rows(g, 0, 1)}})
	},
	"days sorted by a figure": func(o *office, g grid) {
		from, to := g.row("date", date("2026-05-01")), g.row("date", date("2026-05-31"))
		o.batch("", g.file, &sheets.Request{SortRange: &sheets.SortRangeRequest{
			Range: &sheets.GridRange{SheetId: g.id, StartRowIndex: int64(from), EndRowIndex: int64(to + 1),
				StartColumnIndex: 0, EndColumnIndex: int64(len(g.cells[0]))},
			SortSpecs: []*sheets.SortSpec{{DimensionIndex: int64(g.cols["kpi:deals"]), SortOrder: "DESCENDING"}},
		}})
	},
	"the tab renamed": func(o *office, g grid) {
		o.batch("", g.file, &sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
			Properties: &sheets.SheetProperties{SheetId: g.id, Title: "Мой май"}, Fields: "title"}})
	},
	"the tab duplicated": func(o *office, g grid) {
		o.batch("", g.file, &sheets.Request{DuplicateSheet: &sheets.DuplicateSheetRequest{SourceSheetId: g.id,
			InsertSheetIndex: 0, NewSheetName: "Копия"}})
		o.put("", g.file, "'Копия'!B14", 1000)
	},
	"the tab deleted": func(o *office, g grid) {
		o.batch("", g.file, &sheets.Request{DeleteSheet: &sheets.DeleteSheetRequest{SheetId: g.id}})
	},
	"all tabs deleted": func(o *office, g grid) {
		s, err := o.as("").Spreadsheets.Get(g.file).Fields("sheets(properties(sheetId))").Do()
		o.must(err)
		reqs := []*sheets.Request{
			{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{Title: "Новый"}}}}
		for _, sh := range s.Sheets {
			reqs = append(reqs, &sheets.Request{DeleteSheet: &sheets.DeleteSheetRequest{
				SheetId: sh.Properties.SheetId}})
		}
		o.batch("", g.file, reqs...)
	},
	"tabs put in another order": func(o *office, g grid) {
		o.batch("", g.file, &sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
			Properties: &sheets.SheetProperties{SheetId: g.id, Index: 2}, Fields: "index"}})
	},
	"a KPI's column deleted": func(o *office, g grid) {
		c := g.cols["kpi:deals"]
		o.batch("", g.file, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{
			Range: columns(g, c, c+1)}})
	},
	"the comments' column deleted": func(o *office, g grid) {
		c := g.cols["comment"]
		o.batch("", g.file, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{
			Range: columns(g, c, c+1)}})
	},
	"the date column deleted": func(o *office, g grid) {
		o.batch("", g.file, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{
			Range: columns(g, 0, 1)}})
	},
	"the date column cleared": func(o *office, g grid) {
		o.batch("", g.file, &sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{
			Range: &sheets.GridRange{SheetId: g.id, StartRowIndex: 0, EndRowIndex: int64(len(g.cells)),
				StartColumnIndex: 0, EndColumnIndex: 1}, Fields: "userEnteredValue"}})
	},
	"a day's row deleted": func(o *office, g grid) {
		r := g.row("date", date("2026-05-06"))
		o.batch("", g.file, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{
			Range: rows(g, r, r+1)}})
	},
	"the heading deleted": func(o *office, g grid) {
		o.batch("", g.file, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{Range: rows(g, 0, 1)}})
	},
	"the block on top deleted": func(o *office, g grid) {
		o.batch("", g.file, &sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{Range: rows(g, 0, 9)}})
	},
	"the heading's tag deleted": func(o *office, g grid) {
		o.batch("", g.file, &sheets.Request{DeleteDeveloperMetadata: &sheets.DeleteDeveloperMetadataRequest{
			DataFilter: lookup(g, "svodka.row", "head")}})
	},
	"a column's tag deleted": func(o *office, g grid) {
		o.batch("", g.file, &sheets.Request{DeleteDeveloperMetadata: &sheets.DeleteDeveloperMetadataRequest{
			DataFilter: lookup(g, "svodka.column", "kpi:deals")}})
	},
	"protection taken away": func(o *office, g grid) {
		s, err := o.as("").Spreadsheets.Get(g.file).
			Fields("sheets(properties(sheetId),protectedRanges(protectedRangeId))").Do()
		o.must(err)
		for _, sh := range s.Sheets {
			for _, p := range sh.ProtectedRanges {
				o.batch("", g.file, &sheets.Request{DeleteProtectedRange: &sheets.DeleteProtectedRangeRequest{
					ProtectedRangeId: p.ProtectedRangeId}})
			}
		}
	},
	"the file put into the bin": func(o *office, g grid) {
		_, err := o.drive.Files.Update(g.file, &drive.File{Trashed: true}).Do()
		o.must(err)
	},
	"the file deleted": func(o *office, g grid) {
		o.must(o.drive.Files.Delete(g.file).Do())
	},
}

// Whatever somebody does to a person's spreadsheet, nothing typed is lost, the layout is
// repaired, and nobody else's spreadsheet changes.
func TestNothingTypedIsLost(t *testing.T) {
	typist := typist(t)
	for name, harm := range harms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, g := typist(t)
			neighbour := "Отчёт — " + o.people[1].Name
			before := o.dump(neighbour)[neighbour]
			harm(o, g)
			if out := o.sync(); out.Settled {
				t.Error("the harm was not noticed")
			}
			o.settle()
			o.intact()
			if after := o.dump(neighbour)[neighbour]; before == "" || after != before {
				t.Error("somebody else's spreadsheet was touched")
			}
			// What is typed afterwards is read from the right places.
			o.typesAs("", 0, "2026-05-07", "deals", 6)
			o.settle()
			o.month(0, "deals", 16)
			// And all of it is in the spreadsheet, not only in the ledger.
			o.restart(true)
			o.settle()
			o.month(0, "deals", 16)
			o.month(0, "revenue", 410000)
		})
	}
}

// What a person does on purpose holds: cleared figures no longer count, but stay in the
// list of edits.
func TestClearedOnPurpose(t *testing.T) {
	o, _ := typist(t)(t)
	o.types(0, "2026-05-06", "deals", "")
	o.settle()
	o.month(0, "deals", 6)
	edits, err := o.ledger.Edits(t.Context(), o.clock.now().AddDate(0, 0, -1), o.clock.now())
	o.must(err)
	var cleared []ledger.Edit
	for _, e := range edits {
		if e.Gone {
			cleared = append(cleared, e)
		}
	}
	if len(cleared) != 1 || cleared[0].Was != 4 || cleared[0].Date != date("2026-05-06") {
		t.Errorf("cleared figures: %+v", cleared)
	}
}

// The reader does not choose between two rows with the same day: the one that counted
// stays, the other is reported.
func TestDayTwice(t *testing.T) {
	o, g := typist(t)(t)
	r := g.row("date", date("2026-05-20"))
	o.put("", g.file, g.at(r, "date"), date("2026-05-13").Serial())
	o.put("", g.file, g.at(r, "kpi:deals"), 50)
	o.settle()
	o.month(0, "deals", 10)
	if !strings.Contains(o.log.String(), "2026-05-13") {
		t.Errorf("nothing was said of the day that stands twice:\n%s", o.log)
	}
}
