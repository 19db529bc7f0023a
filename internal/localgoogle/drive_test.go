package localgoogle_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle"
)

const mimeFolder = "application/vnd.google-apps.folder"

func (w *world) list(q string) []string {
	w.t.Helper()
	res, err := w.drive.Files.List().Q(q).OrderBy("name").Do()
	if err != nil {
		w.t.Fatalf("%s: %v", q, err)
	}
	names := []string{}
	for _, f := range res.Files {
		names = append(names, f.Name)
	}
	return names
}

func TestDriveAnswers(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	got := w.compact("POST", "/drive/v3/files?supportsAllDrives=True", `{"name":"x","mimeType":"`+mimeSheet+`"}`)
	id := got[strings.Index(got, `"id":"`)+6:][:44]
	w.want(got, `{"kind":"drive#file","id":"`+id+`","name":"x","mimeType":"`+mimeSheet+`"}`)
	w.want(w.compact("GET", "/drive/v3/files/"+id+
		"?fields=id,name,createdTime,modifiedTime,version,trashed,starred,shared,ownedByMe,lastModifyingUser", ""),
		`{"id":"`+id+
			`","name":"x","starred":false,"trashed":false,"version":"1","createdTime":"2026-11-23T09:00:00.000Z","modifiedTime":"2026-11-23T09:00:00.001Z",`+
			`"lastModifyingUser":{"kind":"drive#user","displayName":"svodka","me":true,"permissionId":"`+
			permID(t, w, id)+`","emailAddress":"svodka@localhost"},"shared":false,"ownedByMe":true}`)
	w.want(w.compact("GET", "/drive/v3/files?q=name+%3D+%22nothing%22&fields=files(id),nextPageToken", ""),
		`{"files":[]}`)
	w.want(w.compact("GET", "/drive/v3/files", ""),
		`{"kind":"drive#fileList","incompleteSearch":false,"files":[{"kind":"drive#file","id":"`+id+
			`","name":"x","mimeType":"`+mimeSheet+`"}]}`)
	w.want(w.compact("GET", "/drive/v3/files/"+id+"/comments?fields=comments/content,nextPageToken&pageToken=", ""),
		`{"comments":[]}`)
	copied := w.compact("POST", "/drive/v3/files/"+id+"/copy", `{"name":null}`)
	if !strings.Contains(copied, `"name":"Copy of x"`) {
		t.Errorf("got %s", copied)
	}
	if status, body := w.raw("DELETE", "/drive/v3/files/"+id, ""); status != 204 || body != "" {
		t.Errorf("got %d %q", status, body)
	}
	status, body := w.raw("GET", "/drive/v3/files/"+id+"?prettyPrint=false", "")
	if status != 404 {
		t.Errorf("got %d", status)
	}
	w.want(body, `{"error":{"code":404,"message":"File not found: `+id+`.","errors":[{"message":"File not found: `+id+
		`.","domain":"global","reason":"notFound","location":"fileId","locationType":"parameter"}]}}`)
	if _, err := w.sheets.Spreadsheets.Get(id).Do(); err == nil {
		t.Error("Sheets still has a deleted file")
	}
	about, err := w.drive.About.Get().Fields("user").Do()
	if err != nil || about.User.EmailAddress != "svodka@localhost" || !about.User.Me {
		t.Errorf("got %v %v", about, err)
	}
	if status, body := w.raw("GET", "/drive/v3/about", ""); status != 400 ||
		!strings.Contains(body, "The 'fields' parameter is required for this method.") {
		t.Errorf("got %d %s", status, body)
	}
}

func permID(t *testing.T, w *world, id string) string {
	t.Helper()
	l, err := w.drive.Permissions.List(id).Do()
	if err != nil {
		t.Fatal(err)
	}
	return l.Permissions[0].Id
}

func TestQueries(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	folder, err := w.drive.Files.Create(&drive.File{Name: "Отчёты", MimeType: mimeFolder}).Do()
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"Отчёт — Иванова", "Отчёт — Петров", "it's"} {
		w.clock.t = w.clock.t.Add(time.Hour)
		if _, err := w.drive.Files.Create(&drive.File{Name: name, MimeType: mimeSheet, Parents: []string{folder.Id},
			AppProperties: map[string]string{"app": "svodka", "n": fmt.Sprint(i)}}).Do(); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.t = w.clock.t.Add(time.Hour)
	loose := w.create("loose")
	if _, err := w.drive.Files.Update(loose, &drive.File{Trashed: true}).Do(); err != nil {
		t.Fatal(err)
	}
	for q, want := range map[string]string{
		`name = 'Отчёт — Петров'`:                                      `["Отчёт — Петров"]`,
		`name contains 'отчёт'`:                                        `["Отчёт — Иванова","Отчёт — Петров","Отчёты"]`,
		`name contains "пет" and mimeType="` + mimeSheet + `"`:         `["Отчёт — Петров"]`,
		`name contains 'тчёт'`:                                         `[]`,
		`name = 'it\'s'`:                                               `["it's"]`,
		`'` + folder.Id + `' in parents and not name contains 'Отчёт'`: `["it's"]`,
		`'root' in parents`:                                            `["loose","Отчёты"]`,
		`trashed = false and 'root' in parents`:                        `["Отчёты"]`,
		`trashed=true`:                                                 `["loose"]`,
		`appProperties has { key='n' and value='1' }`:                  `["Отчёт — Петров"]`,
		`appProperties has {key='n' and value='1'} or (appProperties has {key='n' and value='2'} and trashed = false)`: `["it's","Отчёт — Петров"]`,
		`modifiedTime > '2026-11-23T11:30:00Z'`:                                           `["it's","loose"]`,
		`modifiedTime <= '2026-11-23T10:00:00.001Z' and mimeType != '` + mimeFolder + `'`: `["Отчёт — Иванова"]`,
		`createdTime < '2026-11-23T12:30:00+03:00'`:                                       `["Отчёты"]`,
		`'svodka@localhost' in owners and starred = false and name = 'loose'`:             `["loose"]`,
		`"me" in owners and name="loose"`:                                                 `["loose"]`,
		`sharedWithMe = true`:                                                             `[]`,
		``:                                                                                `["it's","loose","Отчёт — Иванова","Отчёт — Петров","Отчёты"]`,
	} {
		if got := asJSON(t, w.list(q)); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", q, got, want)
		}
	}
	for _, q := range []string{`name`, `name = x`, `name = 'x`, `name ~ 'x'`, `(name = 'x'`, `'a' in children`,
		`appProperties has {key='n'}`, `trashed = maybe`, `modifiedTime > 'soon'`, `and`, `name='x' name='y'`} {
		_, err := w.drive.Files.List().Q(q).Do()
		wantErr(t, err, 400, "Invalid Value")
	}
}

func TestListsHavePagesAndOrders(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	for i := range 5 {
		w.clock.t = w.clock.t.Add(time.Second)
		w.create(fmt.Sprint("f", i))
	}
	var pages []string
	err := w.drive.Files.List().PageSize(2).OrderBy("createdTime desc").Pages(t.Context(),
		func(l *drive.FileList) error {
			for _, f := range l.Files {
				pages = append(pages, f.Name)
			}
			pages = append(pages, "|")
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(pages, ""); got != "f4f3|f2f1|f0|" {
		t.Errorf("got %s", got)
	}
	_, err = w.drive.Files.List().OrderBy("colour").Do()
	wantErr(t, err, 400, "Invalid Value")
	_, err = w.drive.Files.List().PageSize(5000).Do()
	wantErr(t, err, 400, "Values must be within the range: [1, 1000]")
}

func TestUpdateOfFiles(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	folder, err := w.drive.Files.Create(&drive.File{Name: "folder", MimeType: mimeFolder}).Do()
	if err != nil {
		t.Fatal(err)
	}
	f, err := w.drive.Files.Create(&drive.File{Name: "a", MimeType: mimeSheet,
		AppProperties: map[string]string{"k": "1", "gone": "x"}}).Fields("*").Do()
	if err != nil {
		t.Fatal(err)
	}
	root, err := w.drive.Files.Get("root").Fields("id,name").Do()
	if err != nil || root.Name != "My Drive" || len(f.Parents) != 1 || f.Parents[0] != root.Id {
		t.Fatalf("root %v, parents %v, %v", root, f.Parents, err)
	}
	g, err := w.drive.Files.Update(f.Id, &drive.File{Name: "b", AppProperties: map[string]string{"new": "2"},
		NullFields: []string{"AppProperties.gone"}}).
		AddParents(folder.Id).RemoveParents(root.Id).Fields("*").Do()
	if err != nil {
		t.Fatal(err)
	}
	if g.Name != "b" || asJSON(t, g.AppProperties) != `{"k":"1","new":"2"}` || g.Parents[0] != folder.Id ||
		g.Version != f.Version+1 || g.ModifiedTime <= f.ModifiedTime {
		t.Errorf("got %s", asJSON(t, g))
	}
	s, err := w.sheets.Spreadsheets.Get(f.Id).Do()
	if err != nil || s.Properties.Title != "b" {
		t.Errorf("the title is %q, %v", s.Properties.Title, err)
	}
	w.batch(f.Id, &sheets.Request{UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{
		Properties: &sheets.SpreadsheetProperties{Title: "c"}, Fields: "title"}})
	h, err := w.drive.Files.Get(f.Id).Fields("*").Do()
	if err != nil || h.Name != "c" || h.Version != g.Version+1 || h.ModifiedTime <= g.ModifiedTime ||
		!h.Capabilities.CanEdit || h.Capabilities.CanAddChildren {
		t.Errorf("got %s", asJSON(t, h))
	}
	_, err = w.drive.Files.Update(folder.Id, &drive.File{}).AddParents(folder.Id).Do()
	wantErr(t, err, 403, "cannot be moved into itself")
	_, err = w.drive.Files.Update(f.Id, &drive.File{}).AddParents(f.Id).Do()
	wantErr(t, err, 403, "not a folder")
	other, err := w.drive.Files.Create(&drive.File{Name: "other", MimeType: mimeFolder}).Do()
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.drive.Files.Update(f.Id, &drive.File{}).AddParents(other.Id).Do()
	wantErr(t, err, 403, "Increasing the number of parents is not allowed")
	// Deleting a folder deletes its content.
	if err := w.drive.Files.Delete(folder.Id).Do(); err != nil {
		t.Fatal(err)
	}
	_, err = w.drive.Files.Get(f.Id).Do()
	wantErr(t, err, 404, "File not found: "+f.Id+".")
}

func TestExport(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("экспорт")
	w.put(id, "A1", []any{"a1", "B,2"}, []any{"=1+1", "12%"})
	res, err := w.drive.Files.Export(id, "text/csv").Download()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.ReplaceAll(string(text), "\r\n", "\n"); got != "a1,\"B,2\"\n2,12%" {
		t.Errorf("got %q", got)
	}
	if d := res.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") ||
		res.Header.Get("Content-Type") != "text/csv" {
		t.Errorf("headers %v", res.Header)
	}
	res, err = w.drive.Files.Export(id, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet").Download()
	if err != nil {
		t.Fatal(err)
	}
	if text, err = io.ReadAll(res.Body); err != nil || !strings.HasPrefix(string(text), "PK") {
		t.Errorf("no workbook: %v", err)
	}
	_, err = w.drive.Files.Export(id, "application/pdf").Download()
	if e := new(googleapi.Error); err == nil {
		t.Errorf("exported a PDF: %v", e)
	}
}

func TestPermissions(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	anna, boris := w.as("anna@x.ru"), w.as("boris@x.ru")
	id := w.create("shared")
	w.put(id, "A1", []any{1})

	_, err := anna.sheets.Spreadsheets.Get(id).Do()
	wantErr(t, err, 403, "The caller does not have permission")
	_, err = anna.drive.Files.Get(id).Do()
	wantErr(t, err, 404, "File not found")
	_, err = anna.sheets.Spreadsheets.Get("1nothing").Do()
	wantErr(t, err, 404, "Requested entity was not found.")
	if got := anna.list(""); len(got) != 0 {
		t.Errorf("anna sees %v", got)
	}

	p, err := w.drive.Permissions.Create(id, &drive.Permission{Type: "user", Role: "reader",
		EmailAddress: "Anna@x.ru"}).SendNotificationEmail(false).SupportsAllDrives(true).Do()
	if err != nil {
		t.Fatal(err)
	}
	if got := anna.list("sharedWithMe = true"); len(got) != 1 {
		t.Errorf("anna sees %v", got)
	}
	w.want(asJSON(t, anna.get(id, "A1")), `[[1]]`)
	_, err = anna.sheets.Spreadsheets.Values.Update(id, "A1", &sheets.ValueRange{Values: [][]any{{2}}}).
		ValueInputOption("RAW").Do()
	wantErr(t, err, 403, "The caller does not have permission")
	_, err = anna.drive.Files.Update(id, &drive.File{Name: "mine"}).Do()
	wantErr(t, err, 403, "sufficient permissions")
	_, err = anna.drive.Permissions.Create(id,
		&drive.Permission{Type: "user", Role: "reader", EmailAddress: "boris@x.ru"}).Do()
	wantErr(t, err, 403, "sufficient permissions")

	if _, err := w.drive.Permissions.Update(id, p.Id, &drive.Permission{Role: "writer"}).Do(); err != nil {
		t.Fatal(err)
	}
	anna.put(id, "A1", []any{2})
	f, err := w.drive.Files.Get(id).Fields("lastModifyingUser,modifiedTime,modifiedByMeTime,shared,permissions").Do()
	if err != nil || f.LastModifyingUser.EmailAddress != "anna@x.ru" || f.LastModifyingUser.Me ||
		f.ModifiedByMeTime >= f.ModifiedTime || !f.Shared || len(f.Permissions) != 2 {
		t.Errorf("got %s %v", asJSON(t, f), err)
	}
	wantErr(t, anna.drive.Files.Delete(id).Do(), 403, "sufficient permissions")
	_, err = anna.drive.Files.Update(id, &drive.File{Trashed: true}).Do()
	wantErr(t, err, 403, "sufficient permissions")

	if err := w.drive.Permissions.Delete(id, p.Id).Do(); err != nil {
		t.Fatal(err)
	}
	_, err = anna.sheets.Spreadsheets.Get(id).Do()
	wantErr(t, err, 403, "The caller does not have permission")

	// A folder's grant applies to its content; anyone's to people who know the id.
	folder, err := w.drive.Files.Create(&drive.File{Name: "folder", MimeType: mimeFolder}).Do()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.drive.Permissions.Create(folder.Id,
		&drive.Permission{Type: "user", Role: "writer", EmailAddress: "boris@x.ru"}).Do(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.drive.Files.Update(id, &drive.File{}).AddParents(folder.Id).RemoveParents("root").Do(); err != nil {
		t.Fatal(err)
	}
	boris.put(id, "A2", []any{3})
	if _, err := w.drive.Permissions.Create(id, &drive.Permission{Type: "anyone", Role: "reader"}).Do(); err != nil {
		t.Fatal(err)
	}
	w.want(asJSON(t, anna.get(id, "A2")), `[[3]]`)
	if got := anna.list(""); len(got) != 0 {
		t.Errorf("anna sees %v", got)
	}
	if own := anna.create("hers"); own == "" || len(w.list("name = 'hers'")) != 0 {
		t.Error("the owner account sees what others own")
	}
	_, err = w.drive.Permissions.Create(id, &drive.Permission{Type: "user", Role: "boss", EmailAddress: "a@b"}).Do()
	wantErr(t, err, 400, "role")
}

func TestProtectedRanges(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	anna := w.as("anna@x.ru")
	id := w.create("protected")
	if _, err := w.drive.Permissions.Create(id,
		&drive.Permission{Type: "user", Role: "writer", EmailAddress: "anna@x.ru"}).Do(); err != nil {
		t.Fatal(err)
	}
	res := w.batch(id,
		&sheets.Request{AddProtectedRange: &sheets.AddProtectedRangeRequest{
			ProtectedRange: &sheets.ProtectedRange{Range: &sheets.GridRange{},
				UnprotectedRanges: []*sheets.GridRange{gr(0, 4, 8, 1, 3)}, Editors: &sheets.Editors{}}}},
		&sheets.Request{AddSheet: &sheets.AddSheetRequest{
			Properties: &sheets.SheetProperties{SheetId: 2, Title: "free"}}},
		&sheets.Request{AddProtectedRange: &sheets.AddProtectedRangeRequest{
			ProtectedRange: &sheets.ProtectedRange{Range: gr(2, 0, 1, 0, 1), WarningOnly: true}}},
		&sheets.Request{AddProtectedRange: &sheets.AddProtectedRangeRequest{ProtectedRange: &sheets.ProtectedRange{
			Range: gr(2, 1, 2, 0, 1), Editors: &sheets.Editors{Users: []string{"anna@x.ru"}}}}},
	)
	if p := res.Replies[0].AddProtectedRange.ProtectedRange; !p.RequestingUserCanEdit || len(p.Editors.Users) != 0 ||
		p.ProtectedRangeId == 0 {
		t.Errorf("got %s", asJSON(t, p))
	}
	got := w.fields(id, "sheets.protectedRanges(requestingUserCanEdit,editors,warningOnly)")
	w.want(got,
		`{"sheets":[{"protectedRanges":[{"requestingUserCanEdit":true,"editors":{"users":["svodka@localhost"]}}]},{"protectedRanges":[{"warningOnly":true,"requestingUserCanEdit":true},{"requestingUserCanEdit":true,"editors":{"users":["anna@x.ru","svodka@localhost"]}}]}]}`)

	const refused = "You are trying to edit a protected cell or object. Please contact the spreadsheet owner to " +
		"remove protection if you need to edit."
	write := func(rng string) error {
		_, err := anna.sheets.Spreadsheets.Values.Update(id, rng, &sheets.ValueRange{Values: [][]any{{"x"}}}).
			ValueInputOption("RAW").Do()
		return err
	}
	wantErr(t, write("A1"), 400, refused)
	wantErr(t, write("B9"), 400, refused)
	for _, rng := range []string{"B5", "C8", "free!A1", "free!A2", "free!Z9"} {
		if err := write(rng); err != nil {
			t.Errorf("%s: %v", rng, err)
		}
	}
	for _, req := range []*sheets.Request{
		{RepeatCell: &sheets.RepeatCellRequest{Range: gr(0, 4, 9, 1, 3), Cell: &sheets.CellData{}, Fields: "note"}},
		{DeleteDimension: &sheets.DeleteDimensionRequest{Range: dims(0, "ROWS", 5, 6)}},
		{DeleteSheet: &sheets.DeleteSheetRequest{SheetId: 0}},
		{DeleteProtectedRange: &sheets.DeleteProtectedRangeRequest{
			ProtectedRangeId: res.Replies[0].AddProtectedRange.ProtectedRange.ProtectedRangeId}},
		{SortRange: &sheets.SortRangeRequest{Range: gr(0, 0, 5, 0, 2), SortSpecs: []*sheets.SortSpec{{}}}},
		{CopyPaste: &sheets.CopyPasteRequest{Source: gr(2, 0, 1, 0, 1), Destination: gr(0, 0, 1, 0, 1)}},
		{InsertDimension: &sheets.InsertDimensionRequest{Range: dims(0, "ROWS", 5, 6)}},
	} {
		wantErr(t, anna.batchErr(id, req), 400, refused)
	}
	w.put(id, "A1", []any{"the owner always may"})
	// The protection moves with its rows.
	w.batch(id, &sheets.Request{InsertDimension: &sheets.InsertDimensionRequest{Range: dims(0, "ROWS", 0, 2)}})
	wantErr(t, write("B5"), 400, refused)
	if err := write("B7"); err != nil {
		t.Error(err)
	}
	err := w.batchErr(id, &sheets.Request{AddProtectedRange: &sheets.AddProtectedRangeRequest{
		ProtectedRange: &sheets.ProtectedRange{Range: gr(2, 0, 1, 0, 1), WarningOnly: true,
			Editors: &sheets.Editors{Users: []string{"a@b.c"}}}}})
	wantErr(t, err, 400, "ProtectedRange is warningOnly. Editors cannot be set on it.")
	err = w.batchErr(id, &sheets.Request{AddProtectedRange: &sheets.AddProtectedRangeRequest{
		ProtectedRange: &sheets.ProtectedRange{Range: &sheets.GridRange{}}}})
	wantErr(t, err, 400, "already has sheet protection")
}

func TestChanges(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	anna := w.as("anna@x.ru")
	a, b := w.create("a"), w.create("b")
	start, err := w.drive.Changes.GetStartPageToken().Do()
	if err != nil {
		t.Fatal(err)
	}
	changes := func(w *world, token string, size int64) (names []string, next string) {
		t.Helper()
		for {
			l, err := w.drive.Changes.List(token).PageSize(size).SupportsAllDrives(true).
				IncludeItemsFromAllDrives(true).Fields("*").Do()
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range l.Changes {
				if c.Removed {
					names = append(names, "-"+c.FileId[:4])
					if c.File != nil {
						t.Errorf("a removed file is shown: %s", asJSON(t, c))
					}
				} else {
					names = append(names, fmt.Sprint(c.File.Name, c.File.Version))
				}
			}
			if l.NewStartPageToken != "" {
				if l.NextPageToken != "" {
					t.Error("both tokens on one page")
				}
				return names, l.NewStartPageToken
			}
			token = l.NextPageToken
		}
	}
	if got, next := changes(w, start.StartPageToken, 10); got != nil || next != start.StartPageToken {
		t.Errorf("got %v %s", got, next)
	}
	w.put(a, "A1", []any{1})
	w.put(b, "A1", []any{1})
	w.put(a, "A1", []any{2})
	got, next := changes(w, start.StartPageToken, 1)
	if strings.Join(got, " ") != "b2 a3" {
		t.Errorf("got %v", got)
	}
	p, err := w.drive.Permissions.Create(a,
		&drive.Permission{Type: "user", Role: "reader", EmailAddress: "anna@x.ru"}).Do()
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := changes(anna, "1", 100); strings.Join(got, " ") != "a4" {
		t.Errorf("anna got %v", got)
	}
	if err := w.drive.Permissions.Delete(a, p.Id).Do(); err != nil {
		t.Fatal(err)
	}
	if got, _ := changes(anna, "1", 100); strings.Join(got, " ") != "-"+a[:4] {
		t.Errorf("anna got %v", got)
	}
	if err := w.drive.Files.Delete(b).Do(); err != nil {
		t.Fatal(err)
	}
	got, last := changes(w, next, 100)
	if strings.Join(got, " ") != "a5 -"+b[:4] {
		t.Errorf("got %v", got)
	}
	if got, again := changes(w, last, 100); got != nil || again != last {
		t.Errorf("got %v", got)
	}
	_, err = w.drive.Changes.List("zero").Do()
	wantErr(t, err, 400, "Invalid Value")
	if _, err := w.drive.Changes.List(start.StartPageToken).Do(); err != nil {
		t.Errorf("an old token: %v", err)
	}
}

func TestQuotas(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{Quotas: &localgoogle.Quotas{SheetsReadsPerUser: 2, SheetsWritesPerUser: 1,
		SheetsReadsPerProject: 3}})
	id := w.create("quota")
	w.put(id, "A1", []any{1})
	_, err := w.sheets.Spreadsheets.Values.Clear(id, "A1", &sheets.ClearValuesRequest{}).Do()
	wantErr(t, err, 429, "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute per "+
		"user' of service 'sheets.googleapis.com' for consumer 'project_number:")
	w.get(id, "A1")
	w.get(id, "A1")
	status, body := w.raw("GET", "/v4/spreadsheets/"+id, "")
	if status != 429 || !strings.Contains(body, `"quota_limit": "ReadRequestsPerMinutePerUser"`) ||
		!strings.Contains(body, `"status": "RESOURCE_EXHAUSTED"`) {
		t.Errorf("got %d %s", status, body)
	}
	anna := w.as("anna@x.ru")
	if _, err := w.drive.Permissions.Create(id,
		&drive.Permission{Type: "user", Role: "reader", EmailAddress: "anna@x.ru"}).Do(); err != nil {
		t.Fatal(err)
	}
	anna.get(id, "A1")
	_, err = anna.sheets.Spreadsheets.Get(id).Do()
	wantErr(t, err, 429, "'Read requests per minute' of")
	w.clock.t = w.clock.t.Add(time.Minute)
	w.get(id, "A1")
}

func TestFaultsAndJournal(t *testing.T) {
	w := mustOpen(t, localgoogle.Options{})
	id := w.create("faults")
	w.s.Journal().Reset()
	clear := func() error {
		_, err := w.sheets.Spreadsheets.Values.Clear(id, "A1", &sheets.ClearValuesRequest{}).Do()
		return err
	}
	w.s.Faults().Add(localgoogle.Fault{Method: "sheets.spreadsheets.values.clear", Status: 503, AfterCommit: true})
	w.s.Faults().Add(localgoogle.Fault{Method: "sheets.spreadsheets.values.clear", Status: 500, Count: 2, Skip: 1})
	w.s.Faults().Add(localgoogle.Fault{Method: "drive.", Status: 429})
	w.s.Faults().Add(localgoogle.Fault{Method: "sheets.spreadsheets.get", Cut: true})
	w.put(id, "A1", []any{1})
	wantErr(t, clear(), 503, "currently unavailable")
	if got := w.get(id, "A1"); got != nil {
		t.Errorf("not applied: %v", got)
	}
	w.put(id, "A1", []any{1})
	if err := clear(); err != nil {
		t.Error(err)
	}
	w.put(id, "A1", []any{1})
	wantErr(t, clear(), 500, "Internal error encountered.")
	if got := asJSON(t, w.get(id, "A1")); got != "[[1]]" {
		t.Errorf("applied: %v", got)
	}
	wantErr(t, clear(), 500, "")
	if err := clear(); err != nil {
		t.Error(err)
	}
	_, err := w.drive.Files.List().Do()
	wantErr(t, err, 429, "Rate Limit Exceeded")
	if _, err := w.sheets.Spreadsheets.Get(id).Do(); err == nil {
		t.Error("the connection was not cut")
	}
	if len(w.s.Faults().Pending()) != 0 {
		t.Error("faults are left")
	}
	j := w.s.Journal()
	if n := j.Count("sheets.spreadsheets.values.clear"); n != 5 {
		t.Errorf("%d clears in the journal", n)
	}
	w.batch(id, &sheets.Request{AddSheet: &sheets.AddSheetRequest{}},
		&sheets.Request{AddSheet: &sheets.AddSheetRequest{}})
	calls := j.Calls()
	if last := calls[len(calls)-1]; last.Method != "sheets.spreadsheets.batchUpdate" || last.Requests != 2 ||
		last.Status != 200 || last.User != "svodka@localhost" || last.FileID != id {
		t.Errorf("got %+v", last)
	}
	status, body := w.raw("POST", "/_internal/faults", `{"method":"drive.about","status":503,"delay":"1ms"}`)
	if status != http.StatusOK {
		t.Errorf("got %d %s", status, body)
	}
	if status, _ := w.raw("POST", "/_internal/faults", `{"status":200}`); status != 400 {
		t.Errorf("got %d", status)
	}
	_, err = w.drive.About.Get().Fields("user").Do()
	wantErr(t, err, 503, "")
}
