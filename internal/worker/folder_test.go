package worker_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/google"
	"svodka/internal/localgoogle"
)

// links returns the people's spreadsheets to which names in the summary link, by id.
func (o *office) links() map[string]string {
	o.t.Helper()
	return o.linksIn(o.summary())
}

// linksIn is links of another file.
func (o *office) linksIn(file string) map[string]string {
	o.t.Helper()
	s, err := o.as("").Spreadsheets.Get(file).
		Fields("sheets(data(rowData(values(formattedValue,hyperlink))))").Do()
	o.must(err)
	out := map[string]string{}
	for _, sh := range s.Sheets {
		for _, d := range sh.Data {
			for _, r := range d.RowData {
				for _, c := range r.Values {
					if _, id, ok := strings.Cut(c.Hyperlink, "/spreadsheets/d/"); ok {
						id, _, _ = strings.Cut(id, "#")
						out[id] = c.FormattedValue
					}
				}
			}
		}
	}
	return out
}

// opens returns the status of the answer when somebody opens a spreadsheet: 200, or an
// error's.
func (o *office) opens(who, id string) int {
	o.t.Helper()
	_, err := o.as(who).Spreadsheets.Get(id).Fields("spreadsheetId").Do()
	var e *googleapi.Error
	if errors.As(err, &e) {
		return e.Code
	}
	o.must(err)
	return http.StatusOK
}

// folders returns the folders of reports, by id.
func (o *office) folders() []string {
	o.t.Helper()
	list, err := o.drive.Files.List().Q("mimeType='application/vnd.google-apps.folder' and trashed=false").
		Fields("files(id,name)").Do()
	o.must(err)
	var out []string
	for _, f := range list.Files {
		if f.Name == "Отчёты" {
			out = append(out, f.Id)
		}
	}
	return out
}

// lies returns the folder of a file.
func (o *office) lies(id string) string {
	o.t.Helper()
	f, err := o.drive.Files.Get(id).Fields("parents").Do()
	o.must(err)
	return f.Parents[0]
}

const boss = "boss@example.com"

// A director opens people's reports by the summary's links, and may not write there; each
// director gets access by one call, however many people there are; spreadsheets that ops
// gave have no link, and the folder gives nobody access to the control spreadsheet.
func TestDirectorsOpenReports(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(6, "sales-rep")
	given, err := o.drive.Files.Create(&drive.File{Name: "общая", MimeType: "application/vnd.google-apps.spreadsheet"}).
		Do()
	o.must(err)
	o.configAs("", "people", "name=Человек 005", "link", "https://docs.google.com/spreadsheets/d/"+given.Id+"/edit")
	o.settle()
	o.server.Journal().Reset()
	o.configAs("", "settings", "key=directors", "value", boss+", second@example.com")
	o.settle()
	shared := 0
	for _, c := range o.server.Journal().Calls() {
		if c.Method == "drive.permissions.create" {
			shared++
		}
	}
	if shared != 2*2 { // the summary and the folder
		t.Errorf("%d calls let two directors in, want 4", shared)
	}

	links := o.links()
	if len(links) != 5 {
		t.Errorf("names lead to %d spreadsheets, want 5: %v", len(links), links)
	}
	for id, name := range links {
		if got := o.opens(boss, id); got != http.StatusOK {
			t.Errorf("a director opens the report of %s: %d", name, got)
		}
	}
	if _, is := links[given.Id]; is {
		t.Error("a spreadsheet of ops is a link")
	}
	for what, id := range map[string]string{"control": o.control(), "what ops gave": given.Id} {
		if got := o.opens(boss, id); got == http.StatusOK {
			t.Errorf("a director opens %s", what)
		}
	}
	if err := o.write(boss, o.report(0)); err == nil {
		t.Error("a director writes in a report")
	}

	// Not reported as shared by hand, although Google lists them at each report.
	o.configAs("", "settings", "key=ops", "value", ops)
	out, err := o.w.Provision(t.Context())
	o.must(errors.Join(append(out.Failures, err)...))
	o.settle()
	if s := o.text(o.control(), "checks"); strings.Contains(s, boss) {
		t.Errorf("ops are told of directors:\n%s", s)
	}

	o.configAs(ops, "settings", "key=report_links", "value", "нет")
	o.configAs(ops, "settings", "key=directors", "value", "second@example.com")
	o.settle()
	if links := o.links(); len(links) != 0 {
		t.Errorf("names lead to %v though ops have switched that off", links)
	}
	for id, name := range links {
		if got := o.opens(boss, id); got == http.StatusOK {
			t.Errorf("somebody who is a director no longer opens the report of %s", name)
		}
	}
	if s := o.text(o.summary(), "main"); !strings.Contains(s, "прочитано: 6 из 6") {
		t.Errorf("the health line counts links:\n%s", s)
	}
}

// write tries to write into a spreadsheet as somebody.
func (o *office) write(who, id string) error {
	o.t.Helper()
	_, err := o.as(who).Spreadsheets.BatchUpdate(id, &sheets.BatchUpdateSpreadsheetRequest{Requests: []*sheets.Request{{
		UpdateSpreadsheetProperties: &sheets.UpdateSpreadsheetPropertiesRequest{
			Properties: &sheets.SpreadsheetProperties{Title: "взломано"}, Fields: "title"}}}}).Do()
	return err
}

// Reports of an earlier program are elsewhere: they are moved, after people's own shares,
// and once.
func TestOldReportsAreMoved(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(12, "sales-rep").settle()
	o.configAs("", "settings", "key=directors", "value", boss)
	o.settle()
	o.must(o.ledger.SetReportsFolder(t.Context(), "")) // as that program left it
	shares, err := o.ledger.Shares(t.Context())
	o.must(err)
	for _, id := range o.reports() {
		s := shares[id]
		s.Folder = ""
		o.must(o.ledger.PutShares(t.Context(), id, s))
		_, err := o.drive.Files.Update(id, &drive.File{}).AddParents("root").RemoveParents(o.lies(id)).Do()
		o.must(err)
	}
	for _, id := range o.folders() {
		o.must(o.drive.Files.Delete(id).Do())
	}
	if got := o.opens(boss, o.report(0)); got == http.StatusOK {
		t.Fatal("a director opens a report outside of the folder")
	}
	there := func() (n int) {
		for _, id := range o.reports() {
			if slices.Contains(o.folders(), o.lies(id)) {
				n++
			}
		}
		return n
	}
	o.types(0, "2026-05-14", "deals", 3)
	out, err := o.w.Sync(t.Context(), 0)
	o.must(errors.Join(append(out.Failures, err)...))
	if n := there(); n != 12 {
		t.Errorf("after a cycle %d of 12 reports are in the folder", n)
	}
	o.settle()
	for _, i := range []int{0, 11} {
		if got := o.opens(boss, o.report(i)); got != http.StatusOK {
			t.Errorf("a director opens report %d: %d", i, got)
		}
	}
	o.expect("once they are moved", google.Calls{Drive: 1})
}

// If Google refuses to move a report, ops learn of it in its row, the cycle does not
// fail, and the worker tries again in the morning.
func TestReportThatCannotBeMoved(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep").settle()
	shares, err := o.ledger.Shares(t.Context())
	o.must(err)
	id := o.report(1)
	s := shares[id]
	s.Folder = ""
	o.must(o.ledger.PutShares(t.Context(), id, s))
	_, err = o.drive.Files.Update(id, &drive.File{}).AddParents("root").RemoveParents(o.lies(id)).Do()
	o.must(err)
	o.server.Faults().Add(localgoogle.Fault{Method: "drive.files.update", FileID: id, Status: http.StatusForbidden,
		Reason: "insufficientFilePermissions", Count: 1})
	o.types(0, "2026-05-14", "deals", 3)
	o.settle()
	if s := o.refused("people", "name=Человек 001"); !strings.Contains(s, "не переместилась в папку «Отчёты»") {
		t.Errorf("the row says %q", s)
	}
	o.expect("while it is left alone", google.Calls{Drive: 1})
	if w, err := o.ledger.Work(t.Context()); err != nil || w.Unmoved != 1 {
		t.Errorf("while it is left alone, %+v waits (%v), not one move", w, err)
	}
	out, err := o.w.Provision(t.Context())
	o.must(errors.Join(append(out.Failures, err)...))
	o.settle()
	if s := o.refused("people", "name=Человек 001"); strings.Contains(s, "«Отчёты»") {
		t.Errorf("once it is moved, the row still says %q", s)
	}
	if !slices.Contains(o.folders(), o.lies(id)) {
		t.Error("it is not in the folder")
	}
	if w, err := o.ledger.Work(t.Context()); err != nil || w.Unmoved != 0 {
		t.Errorf("once it is moved, %+v waits (%v)", w, err)
	}
}

// A deleted folder is made again, and new reports are made all the same. After a loss of
// the ledger the folder is found again.
func TestFolderOfReportsIsMadeOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep").settle()
	o.restart(true)
	o.settle()
	if n := len(o.folders()); n != 1 {
		t.Fatalf("%d folders after the ledger was lost", n)
	}
	for _, id := range o.reports() { // else they are deleted with it
		_, err := o.drive.Files.Update(id, &drive.File{}).AddParents("root").RemoveParents(o.lies(id)).Do()
		o.must(err)
	}
	o.must(o.drive.Files.Delete(o.folders()[0]).Do())
	o.share(o.control(), ops)
	o.adds("people", map[string]any{"name": "Новая Анна", "email": "new@example.com", "role": "sales-rep"})
	o.settle()
	folders := o.folders()
	if len(folders) != 1 {
		t.Fatalf("%d folders after it was deleted", len(folders))
	}
	for i, id := range o.reports() {
		if o.lies(id) != folders[0] {
			t.Errorf("report %d is not in it", i)
		}
	}
	list, err := o.drive.Files.List().Q("'" + folders[0] + "' in parents").Fields("files(id)").Do()
	o.must(err)
	if len(list.Files) != 3 {
		t.Errorf("%d reports are in it, want 3", len(list.Files))
	}
}
