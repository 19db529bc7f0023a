package google_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/google"
	"svodka/internal/localgoogle"
	"svodka/internal/workbook"
)

// open returns a client of a local Google that never waits.
func open(t *testing.T) (*google.Client, *localgoogle.Server) {
	t.Helper()
	s, err := localgoogle.Open(t.Context(), localgoogle.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := google.New(t.Context(), google.Options{
		HTTP: &http.Client{Transport: s.Transport()}, Endpoint: "http://localhost",
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

func create(t *testing.T, c *google.Client, name string, props map[string]string) google.File {
	t.Helper()
	f, err := c.Create(t.Context(), name, props)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// tab makes a tab with a fixed id and a tagged column C that holds the values from its
// second row on.
func tab(id int64, title string, meta int64, values ...*sheets.ExtendedValue) []*sheets.Request {
	var rows []*sheets.RowData
	for _, v := range values {
		rows = append(rows, &sheets.RowData{Values: []*sheets.CellData{{UserEnteredValue: v}}})
	}
	return []*sheets.Request{
		{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{SheetId: id, Title: title}}},
		{CreateDeveloperMetadata: &sheets.CreateDeveloperMetadataRequest{DeveloperMetadata: &sheets.DeveloperMetadata{
			MetadataId: meta, MetadataKey: "svodka", MetadataValue: "kpi:calls", Visibility: "DOCUMENT",
			Location: &sheets.DeveloperMetadataLocation{
				DimensionRange: &sheets.DimensionRange{SheetId: id, Dimension: "COLUMNS", StartIndex: 2, EndIndex: 3}},
		}}},
		{UpdateCells: &sheets.UpdateCellsRequest{Start: &sheets.GridCoordinate{SheetId: id, RowIndex: 1,
			ColumnIndex: 2}, Rows: rows, Fields: "userEnteredValue"}},
	}
}

func number(v float64) *sheets.ExtendedValue { return &sheets.ExtendedValue{NumberValue: &v} }

func text(s string) *sheets.ExtendedValue { return &sheets.ExtendedValue{StringValue: &s} }

func TestLocalFiles(t *testing.T) {
	c, s := open(t)
	ctx := t.Context()
	props := map[string]string{"space": "o'neil", "person": "anna"}
	token, err := c.StartToken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if files, next, err := c.Changes(ctx, token); err != nil || len(files) != 0 || next != token {
		t.Errorf("nothing changed: %v, %q after %q, %v", files, next, token, err)
	}

	f := create(t, c, "Отчёт — Иванова Анна", props)
	create(t, c, "Отчёт — Петров Борис", map[string]string{"space": "o'neil", "person": "boris"})
	if f.ID == "" || f.Name != "Отчёт — Иванова Анна" || f.URL == "" || f.Modified.IsZero() || !f.ByMe {
		t.Errorf("created %+v", f)
	}
	same(t, "properties", props, f.Props)
	found, err := c.Find(ctx, props)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "found", []google.File{f}, found)
	if found, err = c.Find(ctx, map[string]string{"space": "o'neil"}); err != nil || len(found) != 2 ||
		found[0].ID != f.ID {
		t.Errorf("found by one property, oldest first: %v, %v", found, err)
	}

	if err := c.Rename(ctx, f.ID, "Отчёт — Иванова Анна (2)"); err != nil {
		t.Fatal(err)
	}
	got, err := c.Get(ctx, f.ID)
	if err != nil || got.Name != "Отчёт — Иванова Анна (2)" || got.Version <= f.Version {
		t.Errorf("renamed: %+v, %v", got, err)
	}
	changed, next, err := c.Changes(ctx, token)
	if err != nil || len(changed) != 2 {
		t.Fatalf("changed: %v, %v", changed, err)
	}
	for _, ch := range changed {
		if ch.ID == f.ID {
			same(t, "newest state", got, ch)
		}
	}
	if changed, _, err = c.Changes(ctx, next); err != nil || len(changed) != 0 {
		t.Errorf("changed since: %v, %v", changed, err)
	}

	_, err = c.Get(ctx, "nothing")
	var e *google.Error
	if !google.NotFound(err) || !errors.As(err, &e) || e.Reason != "notFound" || e.Hint == "" {
		t.Errorf("an unknown file: %v", err)
	}
	if n, total := c.Calls(), s.Journal().Total(); n.Drive != total || n.SheetsRead+n.SheetsWrite != 0 {
		t.Errorf("counted %+v, %d were made", n, total)
	}
}

func TestLocalColumns(t *testing.T) {
	c, s := open(t)
	ctx := t.Context()
	f := create(t, c, "n", props)
	if err := c.Apply(ctx, f.ID, tab(5, "It's May", 77, number(12), nil, text("12 звонков"), number(0.5))); err != nil {
		t.Fatal(err)
	}
	s.Journal().Reset()
	want := workbook.Found{MetaID: 77, Sheet: "It's May", Col: 2, Values: []any{nil, 12.0, nil, "12 звонков", 0.5}}
	found, err := c.Columns(ctx, f.ID, []int64{99, 77})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "found", []workbook.Found{want}, found)
	if n := s.Journal().Total(); n != 1 {
		t.Errorf("%d calls for one read", n)
	}

	// Move the column and rename the tab: the column is still found.
	err = c.Apply(ctx, f.ID, []*sheets.Request{
		{InsertDimension: &sheets.InsertDimensionRequest{
			Range: &sheets.DimensionRange{SheetId: 5, Dimension: "COLUMNS", StartIndex: 0, EndIndex: 1}}},
		{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
			Properties: &sheets.SheetProperties{SheetId: 5, Title: "May!"}, Fields: "title"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want.Sheet, want.Col = "May!", 3
	if found, err = c.Columns(ctx, f.ID, []int64{77}); err != nil {
		t.Fatal(err)
	}
	same(t, "found after a move", []workbook.Found{want}, found)

	ss, err := c.Spreadsheet(ctx, f.ID, "sheets(properties(sheetId,title))")
	if err != nil || len(ss.Sheets) != 2 || ss.Sheets[1].Properties.Title != "May!" {
		t.Errorf("spreadsheet %+v, %v", ss, err)
	}
	if _, err := c.Columns(ctx, "nothing", []int64{77}); !google.NotFound(err) {
		t.Errorf("an unknown file: %v", err)
	}
	same(t, "counted", google.Calls{Drive: 1, SheetsRead: 4, SheetsWrite: 2}, c.Calls())
}

// TestLocalFaults: whatever happens to an answer, the effect occurs once.
func TestLocalFaults(t *testing.T) {
	faults := []localgoogle.Fault{
		{Status: 429}, {Status: 500}, {Status: 503}, {Cut: true},
		{Status: 500, AfterCommit: true}, {Status: 503, AfterCommit: true}, {Cut: true, AfterCommit: true},
	}
	for _, fault := range faults {
		t.Run(http.StatusText(fault.Status)+map[bool]string{true: " cut"}[fault.Cut]+
			map[bool]string{true: " after commit"}[fault.AfterCommit], func(t *testing.T) {
			c, s := open(t)
			ctx := t.Context()

			fault.Method = "drive.files.create"
			s.Faults().Add(fault)
			f := create(t, c, "n", props)
			if files, err := c.Find(ctx, props); err != nil || len(files) != 1 || files[0].ID != f.ID {
				t.Errorf("made %s, there are %v, %v", f.ID, files, err)
			}

			// Google refuses a batch with a fixed id the second time: then the caller
			// looks.
			fault.Method = "sheets.spreadsheets.batchUpdate"
			s.Faults().Add(fault)
			err := c.Apply(ctx, f.ID, tab(5, "T", 77, number(1)))
			if fault.AfterCommit != errors.Is(err, google.ErrAmbiguous) || !fault.AfterCommit && err != nil {
				t.Errorf("error %v", err)
			}
			found, err := c.Columns(ctx, f.ID, []int64{77})
			if err != nil || len(found) != 1 || len(found[0].Values) != 2 {
				t.Errorf("found %v, %v", found, err)
			}

			// A batch that must not be applied twice is not.
			s.Faults().Add(fault)
			err = c.Apply(ctx, f.ID, []*sheets.Request{
				{InsertDimension: &sheets.InsertDimensionRequest{
					Range: &sheets.DimensionRange{SheetId: 5, Dimension: "ROWS", StartIndex: 0, EndIndex: 1}}}})
			if safe := fault.Status == 429; safe != (err == nil) || safe == errors.Is(err, google.ErrAmbiguous) {
				t.Errorf("error %v", err)
			}
			rows := 2
			if err == nil || fault.AfterCommit {
				rows = 3
			}
			if found, err = c.Columns(ctx, f.ID, []int64{77}); err != nil || len(found) != 1 ||
				len(found[0].Values) != rows {
				t.Errorf("found %v, %v; want %d rows", found, err, rows)
			}
			if left := s.Faults().Pending(); len(left) != 0 {
				t.Errorf("faults that did not happen: %v", left)
			}
		})
	}
}
