package localgoogle_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
)

func frozen(rows, cols int64) *sheets.Request {
	return &sheets.Request{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
		Properties: &sheets.SheetProperties{GridProperties: &sheets.GridProperties{FrozenRowCount: rows,
			FrozenColumnCount: cols}}, Fields: "gridProperties(frozenRowCount,frozenColumnCount)",
	}}
}

func merge(g *sheets.GridRange) *sheets.Request {
	return &sheets.Request{MergeCells: &sheets.MergeCellsRequest{Range: g, MergeType: "MERGE_ALL"}}
}

func grouped(from, to int64) *sheets.Request {
	return &sheets.Request{AddDimensionGroup: &sheets.AddDimensionGroupRequest{Range: dims(0, "COLUMNS", from, to)}}
}

func closed(from, to int64) *sheets.Request {
	return &sheets.Request{UpdateDimensionGroup: &sheets.UpdateDimensionGroupRequest{
		DimensionGroup: &sheets.DimensionGroup{Range: dims(0, "COLUMNS", from, to), Depth: 1, Collapsed: true},
		Fields:         "collapsed",
	}}
}

func colours(formula string) *sheets.Request {
	return &sheets.Request{AddConditionalFormatRule: &sheets.AddConditionalFormatRuleRequest{
		Rule: &sheets.ConditionalFormatRule{
			Ranges: []*sheets.GridRange{gr(0, 0, 5, 0, 1)},
			BooleanRule: &sheets.BooleanRule{
				Condition: &sheets.BooleanCondition{Type: "CUSTOM_FORMULA",
					Values: []*sheets.ConditionValue{{UserEnteredValue: formula}}},
				Format: &sheets.CellFormat{TextFormat: &sheets.TextFormat{Bold: true}},
			},
		}}}
}

// The server refuses what Google refuses, and then carries out nothing of the batch.
func TestRefusals(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("x")
	w.put(id, "A1", []any{1}, []any{2})
	long := &sheets.Request{CreateDeveloperMetadata: &sheets.CreateDeveloperMetadataRequest{
		DeveloperMetadata: &sheets.DeveloperMetadata{
			MetadataKey: "k", MetadataValue: strings.Repeat("я", 15_000), Visibility: "DOCUMENT",
			Location: &sheets.DeveloperMetadataLocation{Spreadsheet: true},
		}}}
	for _, c := range []struct {
		name string
		want string
		reqs []*sheets.Request
	}{
		{"merge over frozen columns", "You can't merge frozen and non-frozen columns",
			[]*sheets.Request{frozen(0, 1), merge(gr(0, 0, 1, 0, 2))}},
		{"closing a group of all columns", "You can't hide all the columns in a sheet",
			[]*sheets.Request{grouped(0, 26), closed(0, 26)}},
		{"closing no group", "does not exist", []*sheets.Request{grouped(1, 3), closed(1, 2)}},
		{"groups nine deep", "at most 8 groups deep", slices.Repeat([]*sheets.Request{grouped(1, 3)}, 9)},
		{"merge over frozen rows", "You can't merge frozen and non-frozen rows",
			[]*sheets.Request{frozen(2, 0), merge(gr(0, 1, 3, 0, 1))}},
		{"freeze through a merge", "You can't freeze rows which contain only part of a merged cell.",
			[]*sheets.Request{merge(gr(0, 0, 3, 0, 1)), frozen(2, 0)}},
		{"rule of another tab", "cannot refer to a different sheet",
			[]*sheets.Request{{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{Title: "Б"}}},
				colours("=A1>'Б'!A1")}},
		{"too much metadata", "above the limit of 30000 characters", []*sheets.Request{long, long}},
	} {
		before := w.fields(id, "sheets(properties,merges,conditionalFormats),developerMetadata")
		wantErr(t, w.batchErr(id, c.reqs...), 400, c.want)
		if after := w.fields(id, "sheets(properties,merges,conditionalFormats),developerMetadata"); after != before {
			t.Errorf("%s: the refused batch changed %s into %s", c.name, before, after)
		}
	}
	w.batch(id, frozen(2, 0), merge(gr(0, 0, 2, 0, 1)), merge(gr(0, 2, 4, 0, 1)), colours("=Sheet1!A1>1"),
		colours("=INDIRECT(\"Б!A1\")>1"))
}

// Hidden rows keep their places, and the metadata of a row moves with its values.
func TestSortMovesRowsAsAPersonSeesThem(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("x")
	w.put(id, "A1", []any{"d", 4}, []any{"c", 3}, []any{"b", 2}, []any{"a", 1})
	note := func(r int64, key string) *sheets.Request {
		return &sheets.Request{CreateDeveloperMetadata: &sheets.CreateDeveloperMetadataRequest{
			DeveloperMetadata: &sheets.DeveloperMetadata{
				MetadataKey: key, Visibility: "DOCUMENT", Location: &sheets.DeveloperMetadataLocation{
					DimensionRange: &sheets.DimensionRange{Dimension: "ROWS", StartIndex: r, EndIndex: r + 1,
						ForceSendFields: []string{"StartIndex"}}},
			}}}
	}
	hide := &sheets.Request{UpdateDimensionProperties: &sheets.UpdateDimensionPropertiesRequest{
		Range: dims(0, "ROWS", 1, 2), Properties: &sheets.DimensionProperties{HiddenByUser: true},
		Fields: "hiddenByUser",
	}}
	w.batch(id, note(0, "d"), note(1, "c"), note(3, "a"), hide,
		&sheets.Request{SortRange: &sheets.SortRangeRequest{Range: gr(0, 0, 4, 0, 2),
			SortSpecs: []*sheets.SortSpec{{DimensionIndex: 1, SortOrder: "ASCENDING"}}}})
	w.want(asJSON(t, w.get(id, "A1:B4")), `[["a",1],["c",3],["b",2],["d",4]]`)
	got := w.fields(id, "sheets.data.rowMetadata.developerMetadata(metadataKey)")
	if !strings.HasPrefix(got,
		`{"sheets":[{"data":[{"rowMetadata":[{"developerMetadata":[{"metadataKey":"a"}]},{"developerMetadata":[{"metadataKey":"c"}]},{},{"developerMetadata":[{"metadataKey":"d"}]}`) {
		t.Errorf("the notes stand at %.300s", got)
	}
}

// A zero is kept if it shows which member of a union is set.
func TestZerosOfUnionsSurvive(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{Dir: t.TempDir()})
	id := w.create("x")
	w.put(id, "A1", []any{"h"}, []any{2})
	w.compact("POST", "/v4/spreadsheets/"+id+":batchUpdate",
		`{"requests":[{"setBasicFilter":{"filter":{"range":{"startRowIndex":0,"endRowIndex":2,"startColumnIndex":0,"endColumnIndex":1},`+
			`"sortSpecs":[{"dimensionIndex":0,"sortOrder":"ASCENDING"}],"filterSpecs":[{"columnIndex":0,"filterCriteria":{"hiddenValues":["1"]}}]}}}]}`)
	got := w.fields(id, "sheets.basicFilter(sortSpecs,filterSpecs)")
	if !strings.Contains(got, `"dimensionIndex":0`) || !strings.Contains(got, `"columnIndex":0`) {
		t.Errorf("got %s", got)
	}
}

func TestDriveHasNoSilentTraps(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("x")
	w.put(id, "A1", []any{"a", 1.5}, []any{"б,в", 2})
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/drive/v3/files/nothing?alt=media", "", 404, "File not found: nothing."},
		{"GET", "/drive/v3/files/" + id + "?alt=media", "", 403, "fileNotDownloadable"},
		{"GET", "/drive/v3/drives", "", 404, `"reason": "notFound"`},
		{"GET", "/drive/v3/files/" + id + "?fields=", "", 200, "{}"},
		{"GET", "/drive/v3/files?supportsAllDrives=maybe", "", 400, "TYPE_BOOL"},
		{"GET", "/drive/v3/files?orderBy=name,starred", "", 500, "Internal Error"},
		{"POST", "/drive/v3/files", `{"name":"s","mimeType":"application/vnd.google-apps.shortcut"}`, 400, "targetId"},
		{"POST", "/drive/v3/files?fields=shortcutDetails",
			`{"name":"s","mimeType":"application/vnd.google-apps.shortcut","shortcutDetails":{"targetId":"` + id +
				`"}}`, 200, mimeSheet},
		{"GET", "/spreadsheets/d/" + id + "/export?format=csv", "", 200, "a,1.5\r\n\"б,в\",2"},
		{"GET", "/spreadsheets/d/" + id + "/export?format=csv&gid=7", "", 400, "no such tab"},
		{"GET", "/spreadsheets/d/" + id + "/export?format=pdf", "", 400, "pdf"},
		{"GET", "/spreadsheets/d/" + id + "/export?format=xlsx", "", 200, "PK"},
		{"GET", "/spreadsheets/d/" + id + "/gviz/tq?tqx=out:csv&sheet=Sheet1", "", 200, "a,1.5"},
		{"GET", "/spreadsheets/d/" + id + "/gviz/tq?tqx=out:json", "", 400, "out:csv"},
		{"GET", "/spreadsheets/d/nothing/export?format=csv", "", 404, "not found"},
		{"POST", "/batch/drive/v3", "", 501, "UNIMPLEMENTED"},
	} {
		if status, got := w.raw(c.method, c.path, c.body); status != c.status || !strings.Contains(got, c.want) {
			t.Errorf("%s %s: got %d %.300s, want %d with %q", c.method, c.path, status, got, c.status, c.want)
		}
	}
	// A stranger can read nothing through the addresses for browsers.
	r := httptest.NewRequest("GET", "http://localhost/spreadsheets/d/"+id+"/export?format=csv", nil)
	r.Header.Set("Authorization", "Bearer stranger@example.com")
	rec := httptest.NewRecorder()
	if w.s.ServeHTTP(rec, r); rec.Code != 403 {
		t.Errorf("a stranger gets %d %s", rec.Code, rec.Body)
	}
	r = httptest.NewRequest("GET", "http://localhost/spreadsheets/d/"+id+"/export?format=csv", nil)
	for k, v := range map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
		"Sec-Fetch-Dest": "document"} {
		r.Header.Set(k, v)
	}
	rec = httptest.NewRecorder()
	if w.s.ServeHTTP(rec, r); rec.Code != 403 {
		t.Errorf("a page of another site gets %d %s", rec.Code, rec.Body)
	}
}

// Google's Python client sends long reads as a POST that stands for a GET.
func TestMethodOverride(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("x")
	w.put(id, "A1", []any{"a"})
	r := httptest.NewRequest("POST", "http://localhost/v4/spreadsheets/"+id+"/values:batchGet?prettyPrint=false",
		strings.NewReader("ranges=A1&ranges=Sheet1%21A1:B1"))
	r.Header.Set("X-HTTP-Method-Override", "GET")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	if w.s.ServeHTTP(rec, r); rec.Code != 200 || strings.Count(rec.Body.String(), `[["a"]]`) != 2 {
		t.Errorf("got %d %s", rec.Code, rec.Body)
	}
}

// Sharing silently with an address without an account is refused, sharing with a mail is
// not; a policy refuses both.
func TestUnshareable(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("x")
	share := func(email string, mail bool) error {
		_, err := w.drive.Permissions.Create(id, &drive.Permission{Type: "user", Role: "writer", EmailAddress: email}).
			SendNotificationEmail(mail).Do()
		return err
	}
	w.s.Faults().Unshareable("Nobody@Example.org", "invalidSharingRequest")
	if status, body := w.raw("PUT", "/_internal/unshareable",
		`{"email":"out@example.org","reason":"shareOutNotPermitted"}`); status != 200 {
		t.Fatalf("got %d %s", status, body)
	}
	wantErr(t, share("nobody@example.org", false), 400, `You are trying to invite nobody@example.org.`)
	if err := share("nobody@example.org", true); err != nil {
		t.Error(err)
	}
	for _, mail := range []bool{false, true} {
		err := share("out@example.org", mail)
		wantErr(t, err, 403, "domain")
		if e, ok := err.(*googleapi.Error); !ok || len(e.Errors) != 1 || e.Errors[0].Reason != "shareOutNotPermitted" {
			t.Errorf("got %v", err)
		}
	}
	w.s.Faults().Reset()
	if err := share("out@example.org", false); err != nil {
		t.Error(err)
	}
}

// Writers cannot share once the owner forbids it.
func TestOnlyTheOwnerShares(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	f, err := w.drive.Files.Create(&drive.File{Name: "x", MimeType: mimeSheet, WritersCanShare: false,
		ForceSendFields: []string{"WritersCanShare"}}).Do()
	if err != nil {
		t.Fatal(err)
	}
	give := func(w *world, email string) error {
		_, err := w.drive.Permissions.Create(f.Id,
			&drive.Permission{Type: "user", Role: "writer", EmailAddress: email}).Do()
		return err
	}
	if err := give(w, "a@example.com"); err != nil {
		t.Fatal(err)
	}
	wantErr(t, give(w.as("a@example.com"), "b@example.com"), 403, "sufficient permissions")
	got, err := w.as("a@example.com").drive.Files.Get(f.Id).Fields("writersCanShare,capabilities(canShare)").Do()
	if err != nil || got.WritersCanShare || got.Capabilities.CanShare {
		t.Errorf("got %+v %v", got, err)
	}
	if _, err := w.drive.Files.Update(f.Id, &drive.File{WritersCanShare: true}).Do(); err != nil {
		t.Fatal(err)
	}
	if err := give(w.as("a@example.com"), "b@example.com"); err != nil {
		t.Error(err)
	}
}

// If a folder leaves somebody's reach, by a move or an end of sharing, everything in it
// leaves the feed with it, except what is shared by itself.
func TestFeedTellsWhatLiesInAFolder(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	folder := func(name, parent string) string {
		f, err := w.drive.Files.Create(&drive.File{Name: name, MimeType: mimeFolder, Parents: []string{parent}}).Do()
		if err != nil {
			t.Fatal(err)
		}
		return f.Id
	}
	file := func(name, parent string) string {
		f, err := w.drive.Files.Create(&drive.File{Name: name, MimeType: mimeSheet, Parents: []string{parent}}).Do()
		if err != nil {
			t.Fatal(err)
		}
		return f.Id
	}
	share := func(id string) string {
		p, err := w.drive.Permissions.Create(id,
			&drive.Permission{Type: "user", Role: "reader", EmailAddress: "a@example.com"}).Do()
		if err != nil {
			t.Fatal(err)
		}
		return p.Id
	}
	shared := folder("shared", "root")
	inner := folder("inner", shared)
	hidden, kept := file("hidden", inner), file("kept", inner)
	perm := share(shared)
	share(kept)
	a := w.as("a@example.com")
	news := func(token string) string {
		res, err := a.drive.Changes.List(token).Do()
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]string{shared: "shared", inner: "inner", hidden: "hidden", kept: "kept"}
		var out []string
		for _, ch := range res.Changes {
			word := names[ch.FileId]
			if ch.Removed {
				word = "-" + word
			}
			out = append(out, word)
		}
		return strings.Join(out, " ")
	}
	sorted := func(s string) string {
		parts := strings.Fields(s)
		for i := range parts {
			for j := i + 1; j < len(parts); j++ {
				if parts[j] < parts[i] {
					parts[i], parts[j] = parts[j], parts[i]
				}
			}
		}
		return strings.Join(parts, " ")
	}
	token := w.token()
	if _, err := w.drive.Files.Update(inner, nil).AddParents("root").RemoveParents(shared).Do(); err != nil {
		t.Fatal(err)
	}
	if got := sorted(news(token)); got != "-hidden -inner kept" {
		t.Errorf("moved out: %s", got)
	}
	if _, err := w.drive.Files.Update(inner, nil).AddParents(shared).RemoveParents("root").Do(); err != nil {
		t.Fatal(err)
	}
	token = w.token()
	if err := w.drive.Permissions.Delete(shared, perm).Do(); err != nil {
		t.Fatal(err)
	}
	if got := sorted(news(token)); got != "-hidden -inner -shared kept" {
		t.Errorf("no longer shared: %s", got)
	}
}

// Uploads: CSV and Excel files become spreadsheets, by all ways of upload.
func TestUploads(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := ""
	send := func(method, path, kind, body string, header ...string) (int, http.Header, string) {
		t.Helper()
		r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		rec := httptest.NewRecorder()
		w.s.ServeHTTP(rec, r)
		return rec.Code, rec.Result().Header, rec.Body.String()
	}
	newest := func() string {
		t.Helper()
		res, err := w.drive.Files.List().OrderBy("createdTime desc").PageSize(1).Do()
		if err != nil || len(res.Files) != 1 {
			t.Fatalf("%v %v", res, err)
		}
		return res.Files[0].Id
	}
	meta := `{"name":"Отчёт","mimeType":"` + mimeSheet + `"}`

	// Google's own client sends small files as multipart, large ones in pieces.
	f, err := w.drive.Files.Create(&drive.File{Name: "Отчёт", MimeType: mimeSheet}).
		Media(strings.NewReader("имя,сумма\nИванова,1250.5\n"), googleapi.ContentType("text/csv")).Do()
	if err != nil {
		t.Fatal(err)
	}
	w.want(asJSON(t, w.get(f.Id, "A1:B2")), `[["имя","сумма"],["Иванова",1250.5]]`)
	var long strings.Builder
	for i := range 40_000 {
		fmt.Fprintf(&long, "%d,строка\n", i)
	}
	f, err = w.drive.Files.Create(&drive.File{Name: "Большой", MimeType: mimeSheet}).
		Media(strings.NewReader(long.String()), googleapi.ContentType("text/csv"), googleapi.ChunkSize(256<<10)).Do()
	if err != nil {
		t.Fatal(err)
	}
	w.want(asJSON(t, w.get(f.Id, "A40000:B40000")), `[[39999,"строка"]]`)

	// An Excel workbook replaces the content.
	x := excelize.NewFile()
	style, err := x.NewStyle(&excelize.Style{NumFmt: 9})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		x.SetCellValue("Sheet1", "A1", "доля"), x.SetCellValue("Sheet1", "A2", 0.25),
		x.SetCellStyle("Sheet1", "A2", "A2", style),
		x.SetCellFormula("Sheet1", "B2", "A2*2"), x.SetCellBool("Sheet1", "C2", true),
		x.MergeCell("Sheet1", "A1", "B1"), x.SetCellStr("Sheet1", "D2", "12.5"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var book bytes.Buffer
	if err := x.Write(&book); err != nil {
		t.Fatal(err)
	}
	if _, err := w.drive.Files.Update(f.Id, nil).Media(&book,
		googleapi.ContentType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")).Do(); err != nil {
		t.Fatal(err)
	}
	w.want(w.compact("GET", "/v4/spreadsheets/"+f.Id+"/values/A1:D2?fields=values", ""),
		`{"values":[["доля"],["25%","0.5","TRUE","12.5"]]}`)
	w.want(asJSON(t, w.formulas(f.Id, "B2")), `[["=A2*2"]]`)

	// By hand, and what is refused.
	status, head, body := send("POST", "/upload/drive/v3/files?uploadType=resumable", "application/json", meta,
		"X-Upload-Content-Type", "text/csv")
	if status != 200 || head.Get("Location") == "" {
		t.Fatalf("got %d %s", status, body)
	}
	to := strings.TrimPrefix(head.Get("Location"), "http://localhost")
	if status, head, body = send("PUT", to, "", "a,", "Content-Range", "bytes 0-1/3"); status != 308 ||
		head.Get("Range") != "bytes=0-1" {
		t.Errorf("got %d %v %s", status, head, body)
	}
	if status, head, body = send("PUT", to, "", "a,", "Content-Range", "bytes 0-1/3"); status != 308 ||
		head.Get("Range") != "bytes=0-1" {
		t.Errorf("a piece sent twice: got %d %v %s", status, head, body)
	}
	if status, _, body = send("PUT", to, "", "b", "Content-Range", "bytes 2-2/3"); status != 200 {
		t.Fatalf("got %d %s", status, body)
	}
	id = newest()
	w.want(asJSON(t, w.get(id, "A1:B1")), `[["a","b"]]`)
	if status, _, body = send("PUT", to, "", "b", "Content-Range", "bytes 2-2/3"); status != 404 {
		t.Errorf("a finished upload: got %d %s", status, body)
	}
	for _, c := range []struct{ path, kind, body, want string }{
		{"/upload/drive/v3/files?uploadType=media", "text/csv", "a", "must become a spreadsheet"},
		{"/upload/drive/v3/files?uploadType=multipart", "multipart/related", "a", "no boundary"},
		{"/upload/drive/v3/files?uploadType=multipart", "multipart/related; boundary=b",
			"--b\r\n\r\n" + meta + "\r\n--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--", "image/png"},
		{"/upload/drive/v3/files?uploadType=multipart", "multipart/related; boundary=b", "--b\r\n\r\n" + meta +
			"\r\n--b\r\nContent-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet\r\n\r\n" +
			"PK\r\n--b--", "open the workbook"},
	} {
		before := newest()
		if status, _, body := send("POST", c.path, c.kind, c.body); status != 400 || !strings.Contains(body, c.want) {
			t.Errorf("%s: got %d %s", c.path, status, body)
		}
		if newest() != before {
			t.Errorf("%s: a refused upload left a file", c.path)
		}
	}
}

// A tab with which something is wrong refuses what touches it, and no other tab does; it
// can be copied and deleted, and one that is made in its place is sound unless the fault
// stays. A batch that is refused changes nothing, the fault neither.
func TestRefusedTab(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("x")
	w.batch(id, &sheets.Request{AddSheet: &sheets.AddSheetRequest{
		Properties: &sheets.SheetProperties{SheetId: 7, Title: "Май"}}})
	write := func(sheet int64) *sheets.Request {
		return &sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{Fields: "userEnteredValue",
			Start: &sheets.GridCoordinate{SheetId: sheet},
			Rows: []*sheets.RowData{{Values: []*sheets.CellData{{
				UserEnteredValue: &sheets.ExtendedValue{StringValue: new("a")}}}}}}}
	}
	anew := []*sheets.Request{
		{DuplicateSheet: &sheets.DuplicateSheetRequest{SourceSheetId: 7, NewSheetId: 8, NewSheetName: "Копия"}},
		{DeleteSheet: &sheets.DeleteSheetRequest{SheetId: 7}},
		{AddSheet: &sheets.AddSheetRequest{Properties: &sheets.SheetProperties{SheetId: 7, Title: "Май"}}},
		write(7),
	}
	refuse := func(body string) {
		t.Helper()
		if status, answer := w.raw("POST", "/_internal/refused", body); status != 200 {
			t.Fatalf("got %d %s", status, answer)
		}
	}
	refuse(`{"fileId":"` + id + `","tab":7}`)
	wantErr(t, w.batchErr(id, write(0), write(7)), 400, "Invalid requests[1].updateCells: ")
	w.batch(id, write(0))
	wantErr(t, w.batchErr(id, append(slices.Clone(anew), &sheets.Request{DeleteSheet: &sheets.DeleteSheetRequest{
		SheetId: 99}})...), 400, "Invalid requests[4].deleteSheet: ")
	wantErr(t, w.batchErr(id, write(7)), 400, "Invalid requests[0].updateCells: ")
	w.batch(id, anew...)
	w.batch(id, write(7), write(8))

	refuse(`{"title":"май","kinds":["updateCells"],"message":"No.","stays":true}`)
	anew[0].DuplicateSheet.NewSheetId, anew[0].DuplicateSheet.NewSheetName = 9, "Копия 2"
	wantErr(t, w.batchErr(id, anew...), 400, "Invalid requests[3].updateCells: No.")
	w.s.Faults().Reset()
	w.batch(id, write(7))
	if status, _ := w.raw("POST", "/_internal/refused", `{"fileId":"x"}`); status != 400 {
		t.Errorf("a fault of no tab: %d", status)
	}
}
