package google_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/google"
	"svodka/internal/localgoogle"
)

// deed is a call that leaves a countable effect.
type deed struct {
	method string // what the fault hits
	class  string // how it may be repeated
	do     func(context.Context, *scene) error
	done   func(*testing.T, *scene) int // counts the effect; nil: there is none
}

// scene is a shared spreadsheet of the local Google with a tagged tab.
type scene struct {
	*google.Client
	id, token, permission string
}

func stage(t *testing.T) (*scene, *localgoogle.Server) {
	t.Helper()
	c, s := open(t)
	x := &scene{Client: c}
	x.id = create(t, c, "n", map[string]string{"kind": "scene"}).ID
	var err error
	if x.token, err = c.StartToken(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Apply(t.Context(), x.id, tab(5, "T", 77, number(1))); err != nil {
		t.Fatal(err)
	}
	p, err := c.Share(t.Context(), x.id, "boris@example.com", "writer", false)
	if err != nil {
		t.Fatal(err)
	}
	x.permission = p.ID
	return x, s
}

// rows counts the rows above the tagged column's value.
func (x *scene) rows(t *testing.T) int {
	t.Helper()
	found, err := x.Columns(t.Context(), x.id, []int64{77})
	if err != nil || len(found) != 1 {
		t.Fatalf("columns %v, %v", found, err)
	}
	return len(found[0].Values)
}

func (x *scene) shared(t *testing.T, email string) int {
	t.Helper()
	list, err := x.Permissions(t.Context(), x.id)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, p := range list {
		if p.Email == email {
			n++
		}
	}
	return n
}

func (x *scene) spreadsheet(t *testing.T) *sheets.Spreadsheet {
	t.Helper()
	ss, err := x.Spreadsheet(t.Context(), x.id, "properties(title),sheets(properties(sheetId,title))")
	if err != nil {
		t.Fatal(err)
	}
	return ss
}

var deeds = []deed{
	{"drive.changes.getStartPageToken", "read", func(ctx context.Context, x *scene) error {
		_, err := x.StartToken(ctx)
		return err
	}, nil},
	{"drive.changes.list", "read", func(ctx context.Context, x *scene) error {
		files, _, err := x.Changes(ctx, x.token)
		if err == nil && len(files) != 1 {
			return fmt.Errorf("%d files changed", len(files))
		}
		return err
	}, nil},
	{"drive.files.get", "read", func(ctx context.Context, x *scene) error {
		_, err := x.Get(ctx, x.id)
		return err
	}, nil},
	{"drive.files.list", "read", func(ctx context.Context, x *scene) error {
		_, err := x.Find(ctx, props)
		return err
	}, nil},
	{"drive.permissions.list", "read", func(ctx context.Context, x *scene) error {
		_, err := x.Permissions(ctx, x.id)
		return err
	}, nil},
	{"sheets.spreadsheets.get", "read", func(ctx context.Context, x *scene) error {
		_, err := x.Spreadsheet(ctx, x.id, "properties")
		return err
	}, nil},
	{"sheets.spreadsheets.getByDataFilter", "read", func(ctx context.Context, x *scene) error {
		_, err := x.Columns(ctx, x.id, []int64{77})
		return err
	}, nil},
	{"drive.files.update", "repeats", func(ctx context.Context, x *scene) error {
		return x.Rename(ctx, x.id, "renamed")
	},
		func(t *testing.T, x *scene) int {
			f, err := x.Get(t.Context(), x.id)
			if err != nil {
				t.Fatal(err)
			}
			return map[bool]int{true: 1}[f.Name == "renamed"]
		}},
	{"drive.permissions.delete", "repeats", func(ctx context.Context, x *scene) error {
		return x.Unshare(ctx, x.id, x.permission)
	},
		func(t *testing.T, x *scene) int { return 1 - x.shared(t, "boris@example.com") }},
	{"sheets.spreadsheets.batchUpdate", "repeats", func(ctx context.Context, x *scene) error {
		return x.Apply(ctx, x.id, []*sheets.Request{
			{UpdateSheetProperties: &sheets.UpdateSheetPropertiesRequest{
				Properties: &sheets.SheetProperties{SheetId: 5, Title: "U"}, Fields: "title"}}})
	}, func(t *testing.T, x *scene) int {
		return map[bool]int{true: 1}[x.spreadsheet(t).Sheets[1].Properties.Title == "U"]
	}},
	{"sheets.spreadsheets.batchUpdate", "guarded", func(ctx context.Context, x *scene) error {
		return x.Apply(ctx, x.id, tab(6, "V", 78, number(1)))
	}, func(t *testing.T, x *scene) int { return len(x.spreadsheet(t).Sheets) - 2 }},
	{"sheets.spreadsheets.batchUpdate", "once", func(ctx context.Context, x *scene) error {
		return x.Apply(ctx, x.id, []*sheets.Request{
			{InsertDimension: &sheets.InsertDimensionRequest{
				Range: &sheets.DimensionRange{SheetId: 5, Dimension: "ROWS", StartIndex: 0, EndIndex: 1}}}})
	}, func(t *testing.T, x *scene) int { return x.rows(t) - 2 }},
	{"drive.files.create", "looks", func(ctx context.Context, x *scene) error {
		_, err := x.Create(ctx, "n", props)
		return err
	}, func(t *testing.T, x *scene) int {
		files, err := x.Find(t.Context(), props)
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}},
	{"drive.permissions.create", "looks", func(ctx context.Context, x *scene) error {
		_, err := x.Share(ctx, x.id, "anna@example.com", "writer", true)
		return err
	}, func(t *testing.T, x *scene) int { return x.shared(t, "anna@example.com") }},
}

// end is the outcome of a call.
type end struct {
	Fails, Unsure bool
	Done          int // how often the effect occurred
}

// TestEveryFaultOfEveryCall: each status, each reason, a cut connection and no answer at
// all, before and after Google carried out the call. Nothing is ever done twice, and the
// error says the truth: done, not done, or unknown.
func TestEveryFaultOfEveryCall(t *testing.T) {
	var (
		done    = end{Done: 1}
		not     = end{Fails: true}
		unsure  = end{Fails: true, Unsure: true}
		unknown = end{Fails: true, Unsure: true, Done: 1} // done, but nobody knows
	)
	type ends map[string]end
	all := func(e end) ends {
		return ends{"read": e, "repeats": e, "guarded": e, "once": e, "looks": e}
	}
	// After a lost answer the client tries again unless that could do harm; after a
	// creation and a share it looks.
	before := ends{"read": done, "repeats": done, "guarded": done, "once": unsure, "looks": done}
	after := ends{"read": done, "repeats": done, "guarded": unknown, "once": unknown, "looks": done}
	type row struct {
		name  string
		fault localgoogle.Fault
		ends  ends
	}
	rows := []row{
		{"400", localgoogle.Fault{Status: 400}, all(not)},
		{"401", localgoogle.Fault{Status: 401}, all(not)},
		{"403", localgoogle.Fault{Status: 403}, all(not)},
		{"404", localgoogle.Fault{Status: 404}, all(not)},
		{"409", localgoogle.Fault{Status: 409}, all(done)},
		{"413", localgoogle.Fault{Status: 413}, all(not)},
		{"429", localgoogle.Fault{Status: 429}, all(done)},
		{"429 four times", localgoogle.Fault{Status: 429, Count: 4}, all(done)},
		{"501", localgoogle.Fault{Status: 501}, all(done)},
		// Drive's reasons: some pass within a minute, some do not, whatever the status.
		{"403 rate", localgoogle.Fault{Status: 403, Reason: "rateLimitExceeded"}, all(done)},
		{"403 user rate", localgoogle.Fault{Status: 403, Reason: "userRateLimitExceeded"}, all(done)},
		{"403 storage", localgoogle.Fault{Status: 403, Reason: "storageQuotaExceeded"}, all(not)},
		{"403 sharing", localgoogle.Fault{Status: 403, Reason: "sharingRateLimitExceeded"}, all(not)},
		{"403 day", localgoogle.Fault{Status: 403, Reason: "dailyLimitExceeded"}, all(not)},
	}
	// Google answers as above only if it did not carry out the call; with these answers
	// it may have.
	for _, f := range []localgoogle.Fault{{Status: 408}, {Status: 500}, {Status: 502}, {Status: 503}, {Status: 504},
		{Cut: true}, {Delay: time.Hour}} {
		name := fmt.Sprint(f.Status)
		switch {
		case f.Cut:
			name = "cut"
		case f.Delay > 0:
			name = "no answer"
		}
		rows = append(rows, row{name + " before", f, before})
		f.AfterCommit = true
		rows = append(rows, row{name + " after", f, after})
	}
	for _, row := range rows {
		for _, d := range deeds {
			if row.fault.Reason != "" && !strings.HasPrefix(d.method, "drive.") {
				continue // Sheets says such things with 429
			}
			t.Run(row.name+"/"+d.method+"/"+d.class, func(t *testing.T) {
				virtual(t, row.fault.Delay > 0, func(t *testing.T) {
					x, s := stage(t)
					fault := row.fault
					fault.Method = d.method
					s.Faults().Add(fault)
					err := d.do(t.Context(), x)
					if left := s.Faults().Pending(); len(left) != 0 {
						t.Fatalf("the fault did not happen: %v", left)
					}
					want := row.ends[d.class]
					got := end{Fails: err != nil, Unsure: errors.Is(err, google.ErrAmbiguous), Done: want.Done}
					if d.done != nil {
						got.Done = d.done(t, x)
					}
					if got != want {
						t.Errorf("%+v, want %+v (%v)", got, want, err)
					}
					var e *google.Error
					if err != nil && (!errors.As(err, &e) || !want.Unsure && e.Status != fault.Status) {
						t.Errorf("error %#v", err)
					}
				})
			})
		}
	}
}

// virtual runs a test in virtual time if asked to.
func virtual(t *testing.T, yes bool, f func(*testing.T)) {
	t.Helper()
	if yes {
		synctest.Test(t, f)
		return
	}
	f(t)
}

// TestFaultsThatStay: every call ends soon, with an error that says what to do.
func TestFaultsThatStay(t *testing.T) {
	for _, status := range []int{429, 500, 503, 0} {
		for _, d := range deeds {
			t.Run(http.StatusText(status)+"/"+d.method+"/"+d.class, func(t *testing.T) {
				x, s := stage(t)
				s.Faults().Add(localgoogle.Fault{Method: d.method, Status: status, Cut: status == 0, Count: 1000})
				s.Journal().Reset()
				err := d.do(t.Context(), x)
				var e *google.Error
				if !errors.As(err, &e) || e.Hint == "" || e.Status != status {
					t.Fatalf("error %#v", err)
				}
				// Five tries, and a look after each if looking helps.
				want := map[string]int{"read": 5, "repeats": 5, "guarded": 5, "once": 1, "looks": 10}[d.class]
				if status == 429 {
					want = 5
				}
				if n := s.Journal().Total(); n != want {
					t.Errorf("%d calls, want %d", n, want)
				}
				s.Faults().Reset()
				if d.done != nil && d.done(t, x) != 0 {
					t.Error("it was done")
				}
			})
		}
	}
}
