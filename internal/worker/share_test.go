package worker_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/drive/v3"

	"svodka/internal/calendar"
	"svodka/internal/control"
	"svodka/internal/google"
	"svodka/internal/localgoogle"
	"svodka/internal/sharing"
	"svodka/internal/words"
	"svodka/internal/worker"
)

// access lists who may do what with a file, without its owner.
func (o *office) access(id string) []string {
	o.t.Helper()
	ps, err := o.client.Permissions(o.t.Context(), id)
	o.must(err)
	var out []string
	for _, p := range ps {
		if p.Role != "owner" {
			out = append(out, p.Email+" "+p.Role)
		}
	}
	slices.Sort(out)
	return out
}

// everyAccess lists who may do what with every spreadsheet, by its name.
func (o *office) everyAccess() map[string][]string {
	o.t.Helper()
	list, err := o.drive.Files.List().Q("trashed=false").PageSize(1000).Fields("files(id,name)").Do()
	o.must(err)
	out := map[string][]string{}
	for _, f := range list.Files {
		out[f.Name] = o.access(f.Id)
	}
	return out
}

func (o *office) mayBe(what, id string, want ...string) {
	o.t.Helper()
	if got := o.access(id); !slices.Equal(got, want) {
		o.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// Each file is open to those who work with it and to nobody else; a leaver's access ends;
// what somebody shared by hand stays.
func TestSharing(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "sales-rep")
	o.settle()
	o.mayBe("a report", o.report(0), "p000@example.com writer")
	o.mayBe("the summary, of no director yet", o.summary())
	o.mayBe("the control spreadsheet, of no ops yet", o.control())

	o.configAs("", "settings", "key=directors", "value", "boss@example.com, Second@Example.com")
	o.configAs("", "settings", "key=ops", "value", ops)
	o.settle()
	o.mayBe("the summary", o.summary(), "boss@example.com reader", "ops@example.com reader",
		"second@example.com reader")
	o.mayBe("the control spreadsheet", o.control(), "ops@example.com writer")
	// Directors may read everything in the folder of reports.
	o.mayBe("a report", o.report(0), "boss@example.com reader", "ops@example.com writer", "p000@example.com writer",
		"second@example.com reader")

	o.share(o.report(1), "friend@example.com")
	o.config("people", "name=Человек 001", "left", date("2026-05-13").Serial())
	o.configAs(ops, "settings", "key=directors", "value", "boss@example.com")
	o.settle()
	o.mayBe("the report of somebody who left", o.report(1), "boss@example.com reader", "friend@example.com writer",
		"ops@example.com writer")
	o.mayBe("the summary", o.summary(), "boss@example.com reader", "ops@example.com reader")

	if bytes.Contains(o.log.Bytes(), []byte("@")) {
		t.Errorf("an address is in the log:\n%s", o.log)
	}
}

// A spreadsheet that ops gave is theirs to share: the worker gives and takes nobody's
// access, and says so in the rows of its people.
func TestSpreadsheetOfOpsIsTheirsToShare(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "sales-rep")
	f, err := o.drive.Files.Create(&drive.File{Name: "общая", MimeType: "application/vnd.google-apps.spreadsheet"}).Do()
	o.must(err)
	o.share(f.Id, "assistant@example.com")
	for i := range 2 {
		o.configAs("", "people", fmt.Sprintf("name=Человек %03d", i), "link", "https://docs.google.com/spreadsheets/d/"+
			f.Id+"/edit")
	}
	o.settle()
	o.mayBe("the spreadsheet of two", f.Id, "assistant@example.com writer")
	people := o.tab(o.control(), "people")
	if s := people.cell(people.ruled("name=Человек 000"), "status").FormattedValue; !strings.Contains(s,
		"доступ к ней открываете вы") {
		t.Errorf("the row of somebody in a spreadsheet of ops says %q", s)
	}
	o.mayBe("the spreadsheet of one", o.report(2), "p002@example.com writer")
	o.configAs("", "people", "name=Человек 001", "left", date("2026-05-13").Serial())
	o.settle()
	o.mayBe("the spreadsheet of two of whom one left", f.Id, "assistant@example.com writer")
	out, err := o.w.Provision(t.Context())
	o.must(errors.Join(append(out.Failures, err)...))
	if s := o.text(o.control(), "checks"); strings.Contains(s, "assistant") {
		t.Errorf("ops are told of what they did themselves:\n%s", s)
	}
}

// Nobody gets a mail unless that is set; then everybody gets one.
func TestMailsOfSharing(t *testing.T) {
	t.Parallel()
	for _, notify := range []bool{false, true} {
		mails := map[string]int{}
		o := newOffice(t, func(o *office) {
			o.options = func(w *worker.Options) { w.Notify = notify }
			o.wire = func(base http.RoundTripper) http.RoundTripper {
				return tap(func(r *http.Request) (*http.Response, error) {
					if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/permissions") {
						mails[r.URL.Query().Get("sendNotificationEmail")]++
					}
					return base.RoundTrip(r)
				})
			}
		}).init()
		o.hire(3, "sales-rep")
		o.configAs("", "settings", "key=directors", "value", "boss@example.com")
		o.w.Parallel = 1
		o.settle()
		if want := map[string]int{fmt.Sprint(notify): 3 + 2}; !maps.Equal(mails, want) {
			t.Errorf("notify %t: mails %v, want %v", notify, mails, want)
		}
	}
}

type tap func(*http.Request) (*http.Response, error)

func (f tap) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// If somebody shared by hand, ops learn of it, with the link, and it is not undone; the
// message goes when the access ends.
func TestSharedByHand(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.configAs("", "settings", "key=ops", "value", ops)
	o.settle()
	provision := func() {
		t.Helper()
		out, err := o.w.Provision(t.Context())
		o.must(errors.Join(append(out.Failures, err)...))
	}
	told := func() string { return o.text(o.control(), "checks") }
	provision()
	if s := told(); strings.Contains(s, "вручную") {
		t.Errorf("nobody shared anything by hand:\n%s", s)
	}
	o.share(o.report(1), "friend@example.com")
	_, err := o.drive.Permissions.Create(o.summary(), &drive.Permission{Type: "anyone", Role: "reader"}).Do()
	o.must(err)
	provision()
	for _, want := range []string{
		"таблица сотрудника Человек 001: доступ открыт вручную: friend@example.com (может править)",
		"сводка руководителя: доступ открыт вручную: все, у кого есть ссылка (может смотреть)",
	} {
		if s := told(); !strings.Contains(s, want) {
			t.Errorf("%q is not in:\n%s", want, s)
		}
	}
	people := o.tab(o.control(), "people")
	if s := people.cell(people.ruled("name=Человек 001"), "status").FormattedValue; !strings.Contains(s,
		"friend@example.com") {
		t.Errorf("the row says %q", s)
	}
	o.mayBe("the report", o.report(1), "friend@example.com writer", "ops@example.com writer", "p001@example.com writer")
	o.expect("nothing is left to do", google.Calls{Drive: 1})
	check, err := o.w.Check(t.Context(), words.RU)
	o.must(err)
	if !slices.ContainsFunc(check.Problems, func(p control.Problem) bool {
		return strings.Contains(p.Message, "friend@example.com")
	}) {
		t.Errorf("a check tells %v", check.Problems)
	}

	ps, err := o.client.Permissions(t.Context(), o.report(1))
	o.must(err)
	for _, p := range ps {
		if p.Email == "friend@example.com" {
			o.must(o.client.Unshare(t.Context(), o.report(1), p.ID))
		}
	}
	provision()
	if s := told(); strings.Contains(s, "friend@example.com") {
		t.Errorf("it has ended, and is still told:\n%s", s)
	}
}

// A person who is hired within a week finds their spreadsheet ready, shared, with the
// month of their first day; the usual cycles leave it alone until then.
func TestProvisionAhead(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.configAs("", "people", "name=Человек 001", "hired", date("2026-06-02").Serial())
	o.clock.set("2026-05-25", 5, 30)
	provision := func(made int) {
		t.Helper()
		out, err := o.w.Provision(t.Context())
		o.must(errors.Join(append(out.Failures, err)...))
		if out.Made != made {
			t.Errorf("made %d spreadsheets, want %d", out.Made, made)
		}
	}
	provision(1)
	o.clock.set("2026-05-26", 5, 30)
	o.settle()
	provision(1)
	o.mayBe("the newcomer's report", o.report(1), "p001@example.com writer")
	if _, ok := o.tabIn(o.report(1), "month:2026-06"); !ok {
		t.Error("the month of the first day is not there")
	}
	if _, ok := o.tabIn(o.report(1), "month:2026-05"); ok {
		t.Error("a month before the first day is there")
	}
	o.settle()
	o.expect("settled", google.Calls{Drive: 1})
	provision(0)
	o.clock.set("2026-06-02", 9, 0)
	o.settle()
	o.types(1, "2026-06-02", "deals", 2)
	o.settle()
	if got := o.line(1, calendar.Month, "2026-06-02", "deals").Fact; got.V != 2 {
		t.Errorf("the newcomer's fact is %v", got)
	}
}

// Google lets an account share only so much: the queue rests for hours and goes on where
// it was, and nothing else waits for it.
func TestSharingLimit(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(5, "sales-rep")
	o.server.Faults().Add(localgoogle.Fault{Method: "drive.permissions.create", Status: 403,
		Reason: "sharingRateLimitExceeded", Skip: 2, Count: 100})
	o.settle()
	shared := func() (n int) {
		for i := range 5 {
			n += len(o.access(o.report(i)))
		}
		return n
	}
	if n := shared(); n != 2 {
		t.Fatalf("%d files are shared, want 2", n)
	}
	const banner = "Google пока не даёт открыть доступ к таблицам: 3."
	if s := o.text(o.summary(), "main"); !strings.Contains(s, banner) {
		t.Errorf("the director is not told %q:\n%s", banner, s)
	}
	people := o.tab(o.control(), "people")
	waiting := 0
	for i := range 5 {
		if strings.Contains(people.cell(people.ruled("name="+o.people[i].Name), "status").FormattedValue,
			"доступ откроется позже") {
			waiting++
		}
	}
	if waiting != 3 {
		t.Errorf("ops are told of %d people that wait, want 3", waiting)
	}
	if !strings.Contains(o.log.String(), "the rest is shared later") {
		t.Error("nothing in the log tells that sharing waits")
	}
	o.server.Faults().Reset()
	o.expect("while the queue rests", google.Calls{Drive: 1})
	o.clock.set("2026-05-14", 18, 1)
	o.settle()
	if n := shared(); n != 5 {
		t.Errorf("%d files are shared after the rest, want 5", n)
	}
	if s := o.text(o.summary(), "main") + o.text(o.control(), "people"); strings.Contains(s, "Google") {
		t.Errorf("it is still told that sharing waits:\n%s", s)
	}
	o.clock.set("2026-05-14", 18, 30)
	o.expect("all is shared", google.Calls{Drive: 1})
}

// If Google reports changes late, a file is read again for a while; otherwise once. A
// sweep reads everything.
func TestRereadAndSweep(t *testing.T) {
	t.Parallel()
	o := newOffice(t, func(o *office) {
		o.options = func(w *worker.Options) { w.Reread = 10 * time.Minute }
	}).init().hire(4, "sales-rep")
	o.settle()
	o.open()
	o.clock.set("2026-05-14", 13, 0)
	o.settle()
	o.types(1, "2026-05-14", "deals", 3)
	o.expect("typed", google.Calls{Drive: 1, SheetsRead: 1, SheetsWrite: 1})
	o.expect("read again", google.Calls{Drive: 1, SheetsRead: 1})
	o.clock.set("2026-05-14", 13, 11)
	o.expect("and once after the time is over", google.Calls{Drive: 1, SheetsRead: 1})
	o.expect("settled", google.Calls{Drive: 1})

	sweep := func(want google.Calls) {
		t.Helper()
		var out worker.Outcome
		calls := o.calls(func() {
			var err error
			out, err = o.w.Sweep(t.Context())
			o.must(err)
		})
		if calls != want || out.Read != 4 {
			t.Errorf("a sweep took %+v and read %d, want %+v and 4", calls, out.Read, want)
		}
	}
	// One look at each of six files and at the folder of reports; the control spreadsheet
	// gets the note that ops have access by hand, and the summary's charts are sent.
	sweep(google.Calls{Drive: 8, SheetsRead: 6, SheetsWrite: 2})
	sweep(google.Calls{Drive: 8, SheetsRead: 6, SheetsWrite: 1})
}

// If the control spreadsheet cannot be written, the director still gets every figure.
func TestControlOutOfReach(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(2, "sales-rep")
	o.settle()
	o.open()
	o.types(0, "2026-05-14", "deals", 4)
	o.config("people", "name=Человек 001", "team", "Запад")
	o.config("kpis", salesRep+"key=deals", "unit", "ящики")
	o.server.Faults().Add(localgoogle.Fault{Method: "sheets.spreadsheets.batchUpdate", FileID: o.control(), Status: 403,
		Count: 100})
	out, err := o.w.Sync(t.Context(), 0)
	o.must(err)
	if len(out.Failures) != 1 || !out.Summary {
		t.Errorf("failures %v, summary written %t; want the one of the control spreadsheet, and the summary",
			out.Failures, out.Summary)
	}
	o.month(0, "deals", 4)
	o.server.Faults().Reset()
	o.settle()
	if g := o.tab(o.control(), "kpis"); g.at(g.ruled(salesRep+"key=deals"), "status") == "" {
		t.Error("the mistake is not told in its row once the spreadsheet can be written again")
	}
}

// refused returns how the control spreadsheet shows a refused address: the texts of the
// rows of a tab about it.
func (o *office) refused(tab, row string) string {
	o.t.Helper()
	g := o.tab(o.control(), tab)
	return g.cell(g.ruled(row), "status").FormattedValue
}

// One address without a Google account keeps nobody else out, whether of ops or of
// managers, fails no cycle, and is reported in its row; it is tried again after a day,
// after a week, and then no more, and costs no call meanwhile.
func TestAddressWithoutAnAccount(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "sales-rep")
	o.server.Faults().Unshareable("aaa@example.com", sharing.NoAccount)
	o.server.Faults().Unshareable("p001@example.com", sharing.NoAccount)
	o.configAs("", "settings", "key=ops", "value", "aaa@example.com, ops@example.com")
	o.settle()
	o.mayBe("the control spreadsheet", o.control(), "ops@example.com writer")
	o.mayBe("the report of somebody else", o.report(0), "ops@example.com writer", "p000@example.com writer")
	o.mayBe("the report of the refused one", o.report(1), "ops@example.com writer")
	for _, at := range [][2]string{{"people", "name=Человек 001"}, {"settings", "key=ops"}} {
		if s := o.text(o.control(), "checks"); !strings.Contains(s, "нет аккаунта Google") ||
			!strings.Contains(s, "программа попробует снова 15.05.2026") {
			t.Errorf("%s is not told of the address:\n%s", at[0], s)
		}
	}
	if s := o.refused("people", "name=Человек 001"); !strings.Contains(s, "p001@example.com") ||
		!strings.Contains(s, "invalidSharingRequest") {
		t.Errorf("the person's row says %q", s)
	}
	o.expect("while they are left alone", google.Calls{Drive: 1})

	// A leaver loses access in the same cycle, although another address is refused in it.
	o.config("people", "name=Человек 000", "left", date("2026-05-13").Serial())
	o.settle()
	o.mayBe("the report of a leaver", o.report(0), "ops@example.com writer")

	tries := func() (n int) {
		o.server.Journal().Reset()
		o.settle()
		for _, c := range o.server.Journal().Calls() {
			if c.Method == "drive.permissions.create" {
				n++
			}
		}
		return n
	}
	for _, step := range []struct {
		day   string
		tries int
		said  string
	}{
		{"2026-05-15", 2, "программа попробует снова 22.05.2026"},
		{"2026-05-16", 0, "программа попробует снова 22.05.2026"},
		{"2026-05-22", 2, "сама программа больше не пробует"},
		{"2026-06-22", 0, "сама программа больше не пробует"},
	} {
		o.clock.set(step.day, 14, 0)
		if n := tries(); n != step.tries {
			t.Errorf("%s: %d tries, want %d", step.day, n, step.tries)
		}
		if s := o.refused("people", "name=Человек 001"); !strings.Contains(s, step.said) {
			t.Errorf("%s: the row says %q, want %q in it", step.day, s, step.said)
		}
	}

	// Invited by mail, they have access at once, and the message goes.
	o.configAs("", "settings", "key=invite_by_mail", "value", "да")
	if n := tries(); n != 1+5 { // the person's own report; all five files for the one of ops
		t.Errorf("%d tries once mails are allowed, want 6", n)
	}
	o.mayBe("the report of the refused one", o.report(1), "aaa@example.com writer", "ops@example.com writer",
		"p001@example.com writer")
	if s := o.text(o.control(), "checks"); strings.Contains(s, "example.com не открыт") {
		t.Errorf("it is told still:\n%s", s)
	}
}

// What the administrator of the organization forbids is reported with what to do; a
// corrected address is tried at once, and what ops shared by hand is noticed in the
// morning.
func TestAddressThatTheOrganizationForbids(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(3, "sales-rep")
	o.server.Faults().Unshareable("p001@example.com", "shareOutNotPermitted")
	o.server.Faults().Unshareable("p002@example.com", "cannotShareTeamDriveWithNonGoogleAccounts")
	o.settle()
	if s := o.refused("people", "name=Человек 001"); !strings.Contains(s, "попросите администратора разрешить") {
		t.Errorf("the row of an address outside of the domain says %q", s)
	}
	if s := o.refused("people", "name=Человек 002"); !strings.Contains(s, "общего диска") {
		t.Errorf("the row of an address that the shared drive refuses says %q", s)
	}
	corrected := o.report(1)
	o.configAs("", "people", "name=Человек 001", "email", "right@example.com")
	o.settle()
	o.mayBe("the report of the corrected address", corrected, "right@example.com writer")
	o.server.Faults().Reset() // somebody has allowed it, and shared by hand
	o.share(o.report(2), "p002@example.com")
	out, err := o.w.Provision(t.Context())
	o.must(errors.Join(append(out.Failures, err)...))
	o.settle()
	if s := o.text(o.control(), "checks"); strings.Contains(s, "не открыт:") {
		t.Errorf("refusals are told still:\n%s", s)
	}
	byHand := o.report(2)
	o.configAs("", "people", "name=Человек 002", "left", date("2026-05-13").Serial())
	o.settle()
	o.mayBe("the report that ops had shared, of a leaver", byHand)
}

// Only the worker shares the files that it makes.
func TestWritersDoNotShare(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "sales-rep").settle()
	for what, id := range map[string]string{"control": o.control(), "summary": o.summary(), "report": o.report(0)} {
		f, err := o.drive.Files.Get(id).Fields("writersCanShare").Do()
		o.must(err)
		if f.WritersCanShare {
			t.Errorf("writers of the %s may share it", what)
		}
	}
}
