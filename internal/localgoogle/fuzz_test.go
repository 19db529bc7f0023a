package localgoogle_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
)

// FuzzBatch sends batches of any shape: requests of every kind, parts of which are left
// out, doubled, or replaced by what does not belong there. The server may refuse them,
// but must neither crash nor report an error of its own, and must stay readable.
//
// Numbers say what is sent, not a text: the fuzzer would shorten a text for a second
// whenever it leads to code that is new, and hardly anything else would be tried. Bodies
// of any bytes are FuzzDecode's in package wire.
func FuzzBatch(f *testing.F) {
	bodies := []string{"null", `{"addNamedRange":{"namedRange":null}}`,
		`{"updateCells":{"rows":[null,{"values":[null]}],"fields":"*","start":{}}}`,
		`{"setBasicFilter":{"filter":{"range":{},"criteria":{"x":null}}}}`}
	for _, req := range append(everything(),
		&sheets.Request{SortRange: &sheets.SortRangeRequest{Range: gr(0, 0, 9, 0, 3),
			SortSpecs: []*sheets.SortSpec{{DimensionIndex: 1, SortOrder: "DESCENDING"}}}},
		&sheets.Request{CopyPaste: &sheets.CopyPasteRequest{Source: gr(0, 0, 2, 0, 2), Destination: gr(0, 3, 9, 3, 9),
			PasteOrientation: "TRANSPOSE"}},
		&sheets.Request{CutPaste: &sheets.CutPasteRequest{Source: gr(0, 0, 2, 0, 2),
			Destination: &sheets.GridCoordinate{RowIndex: 1}}},
		&sheets.Request{FindReplace: &sheets.FindReplaceRequest{Find: "r(.)", Replacement: "$1", SearchByRegex: true,
			AllSheets: true}},
		&sheets.Request{InsertRange: &sheets.InsertRangeRequest{Range: gr(0, 0, 2, 0, 2), ShiftDimension: "ROWS"}},
		&sheets.Request{DeleteRange: &sheets.DeleteRangeRequest{Range: gr(0, 0, 2, 0, 2), ShiftDimension: "COLUMNS"}},
		&sheets.Request{MoveDimension: &sheets.MoveDimensionRequest{Source: dims(0, "ROWS", 1, 3),
			DestinationIndex: 7}},
		&sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{Range: dims(0, "COLUMNS", 1, 3),
			InheritFromBefore: true}},
		&sheets.Request{DeleteDimension: &sheets.DeleteDimensionRequest{Range: dims(0, "ROWS", 1, 3)}},
		&sheets.Request{AutoFill: &sheets.AutoFillRequest{SourceAndDestination: &sheets.SourceAndDestination{
			Source: gr(0, 0, 1, 0, 1), Dimension: "ROWS", FillLength: 4}}},
		&sheets.Request{TextToColumns: &sheets.TextToColumnsRequest{Source: gr(0, 0, 3, 0, 1)}},
		&sheets.Request{DeleteDuplicates: &sheets.DeleteDuplicatesRequest{Range: gr(0, 0, 3, 0, 2)}},
		&sheets.Request{PasteData: &sheets.PasteDataRequest{Coordinate: &sheets.GridCoordinate{}, Data: "a,b\n1,2",
			Delimiter: ","}},
		&sheets.Request{UpdateBorders: &sheets.UpdateBordersRequest{Range: gr(0, 0, 3, 0, 2),
			InnerHorizontal: &sheets.Border{Style: "DASHED"}}},
		&sheets.Request{DuplicateSheet: &sheets.DuplicateSheetRequest{SourceSheetId: 0, NewSheetId: 77}},
		&sheets.Request{UpdateConditionalFormatRule: &sheets.UpdateConditionalFormatRuleRequest{Index: 0, NewIndex: 1}},
		&sheets.Request{UpdateDimensionGroup: &sheets.UpdateDimensionGroupRequest{
			DimensionGroup: &sheets.DimensionGroup{Range: dims(0, "COLUMNS", 3, 6), Depth: 1, Collapsed: true},
			Fields:         "*"}},
	) {
		body, err := req.MarshalJSON()
		if err != nil {
			f.Fatal(err)
		}
		bodies = append(bodies, string(body))
	}
	for i := range bodies {
		f.Add(uint8(i), uint64(0), 1.5)
	}
	f.Add(uint8(4), uint64(1), math.Inf(-1))
	var crash bytes.Buffer // a refusal by 500 is Google's own, a crash is logged
	s, err := localgoogle.Open(f.Context(), localgoogle.Options{
		Logger: slog.New(slog.NewTextHandler(&crash, &slog.HandlerOptions{Level: slog.LevelError}))})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := s.Close(); err != nil {
			f.Error(err)
		}
	})
	shared := world{s: s}
	shared.sheets, shared.drive = mustClients(f, s, "")
	template := "" // a spreadsheet with everything in it, of which each batch gets a copy
	f.Fuzz(func(t *testing.T, first uint8, seed uint64, number float64) {
		body := batchOf(t, bodies, int(first)%len(bodies), seed, number)
		crash.Reset()
		w := shared
		w.t = t
		if template == "" {
			template = w.create("fuzz")
			w.batch(template, everything()...)
		}
		copied, err := w.drive.Files.Copy(template, &drive.File{Name: "copy"}).Do()
		if err != nil {
			t.Fatal(err)
		}
		id := copied.Id
		defer func() {
			if err := w.drive.Files.Delete(id).Do(); err != nil {
				t.Error(err)
			}
		}()
		rec := httptest.NewRecorder()
		w.s.ServeHTTP(rec, httptest.NewRequest("POST", "http://localhost/v4/spreadsheets/"+id+":batchUpdate",
			strings.NewReader(body)))
		if crash.Len() > 0 {
			t.Fatalf("%s\ngot %d %s\n%s", body, rec.Code, rec.Body, &crash)
		}
		if status, text := w.raw("GET", "/v4/spreadsheets/"+id+"?includeGridData=true&ranges=A1:Z30",
			""); status != 200 {
			t.Fatalf("%s\nleft it unreadable: %d %s", body, status, text)
		}
	})
}

// batchOf is a batch that begins with a request of bodies. Seed 0 leaves that as it is;
// others spoil it and add more.
func batchOf(t *testing.T, bodies []string, first int, seed uint64, number float64) string {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 1))
	var requests []any
	for i := first; ; i = rnd.IntN(len(bodies)) {
		var req any
		if err := json.Unmarshal([]byte(bodies[i]), &req); err != nil {
			t.Fatal(err)
		}
		for range rnd.IntN(4) {
			if seed != 0 {
				req = spoiled(rnd, req, number)
			}
		}
		requests = append(requests, req)
		if seed == 0 || rnd.IntN(2) == 0 {
			break
		}
	}
	batch := map[string]any{"requests": requests}
	if seed%3 == 1 {
		batch["includeSpreadsheetInResponse"] = true
		batch["responseIncludeGridData"] = rnd.IntN(2) == 0
		batch["responseRanges"] = []string{"A1:Z30", "Лист!B:C"}[:rnd.IntN(3)]
	}
	body, err := json.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// spoiled is JSON with one thing in it that is not as it should be.
func spoiled(rnd *rand.Rand, v any, number float64) any {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 || rnd.IntN(6) == 0 {
			break
		}
		key := slices.Sorted(maps.Keys(v))[rnd.IntN(len(v))]
		if rnd.IntN(6) == 0 {
			delete(v, key)
		} else {
			v[key] = spoiled(rnd, v[key], number)
		}
		return v
	case []any:
		if len(v) == 0 || rnd.IntN(6) == 0 {
			break
		}
		i := rnd.IntN(len(v))
		switch rnd.IntN(6) {
		case 0:
			return slices.Delete(v, i, i+1)
		case 1:
			return append(v, v[i])
		}
		v[i] = spoiled(rnd, v[i], number)
		return v
	}
	odd := []any{nil, true, false, float64(rnd.IntN(12) - 1), -1, 0.5, 1 << 31, 1e18,
		"", "*", "=A1", "#REF!", "a b\n\x00", "ROWS", "COLUMNS", "USER_ENTERED", "NaN", "7",
		map[string]any{}, []any{}, []any{nil}, strings.Repeat("я", 300)}
	if i := rnd.IntN(len(odd) + 3); i < len(odd) {
		return odd[i]
	}
	if math.IsNaN(number) || math.IsInf(number, 0) { // no JSON, but a text that stands for it
		return strconv.FormatFloat(number, 'g', -1, 64)
	}
	return number
}

// FuzzValues writes and reads values of any shape.
func FuzzValues(f *testing.F) {
	f.Add("A1", `{"values":[["=A2","1,5",true,null,2.5,{"a":1},[1]]]}`, true)
	f.Add("Sheet1!B:C", `{"majorDimension":"COLUMNS","values":[["x"]]}`, false)
	f.Fuzz(func(t *testing.T, rng, body string, append bool) {
		w := mustOpen(t, localgoogle.Options{})
		id := w.create("fuzz")
		path := "http://localhost/v4/spreadsheets/" + id + "/values/"
		r := httptest.NewRequest("PUT", path, strings.NewReader(body))
		r.URL.Path += rng
		if append {
			r.Method = "POST"
			r.URL.Path += ":append"
		}
		r.URL.RawPath = ""
		r.URL.RawQuery = "valueInputOption=USER_ENTERED&includeValuesInResponse=true"
		rec := httptest.NewRecorder()
		w.s.ServeHTTP(rec, r)
		if rec.Code >= 500 {
			t.Fatalf("%q %s\ngot %d %s", rng, body, rec.Code, rec.Body)
		}
	})
}
