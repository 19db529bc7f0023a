package demo_test

import (
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"svodka/internal/control"
	"svodka/internal/demo"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/google/discovery"
	"svodka/internal/ledger"
	"svodka/internal/localgoogle"
	"svodka/internal/summary"
	"svodka/internal/words"
	"svodka/internal/workbook"
	"svodka/internal/worker"
	templates "svodka/sheets-templates"
)

// Every tab of the demo has content, whatever day it is started on.
func TestEveryTabHasSomethingToShow(t *testing.T) {
	for name, now := range map[string]string{
		"before the deadline of a Monday": "2026-11-23T09:30:00+03:00",
		"on a Sunday, the first":          "2026-11-01T12:00:00+03:00",
		"after the deadline of the first": "2026-12-01T20:00:00+03:00",
		"on New Year's Day":               "2027-01-01T12:00:00+03:00",
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() {
				t.Skip("it runs without -short")
			}
			t.Parallel()
			at, err := time.Parse(time.RFC3339, now)
			must(t, err)
			d := started(t, at)
			for tab, texts := range map[string][]string{
				summary.TabMain:           {"Итоги по ролям"},
				summary.TabDay:            {"Аккаунт-специалист"},
				summary.TabFunnel:         {"Узкое место"},
				summary.TabClients:        {"под угрозой", "потерян", "активный"},
				summary.TabHistory:        {"закрыт", "исправлен", "Неделя"},
				summary.TabEdits:          {"| учтено", "| не учтено"},
				summary.TabReconciliation: {"завышено", "сходится"},
			} {
				got := d.tab(t, files.Summary, tab)
				for _, want := range texts {
					if !strings.Contains(got, want) {
						t.Errorf("%s: no %q in\n%.2000s", tab, want, got)
					}
				}
			}
			if day := d.tab(t, files.Summary, summary.TabDay); at.Hour() >= 19 &&
				!strings.Contains(day, "сдан с опозданием") {
				t.Errorf("nobody was late:\n%s", day)
			}
			if n := strings.Count(d.tab(t, files.Summary, summary.TabEdits), `{"edit"`); n != 2 {
				t.Errorf("%d late edits", n)
			}
			for tab, want := range map[string]int{control.TabPlans: 2, control.TabCalendar: 1, control.TabAbsences: 2,
				control.TabUnlocks: 1} {
				if n := strings.Count(d.tab(t, files.Control, tab), "действует"); n < want {
					t.Errorf("%s: %d rows in force of %d:\n%.1000s", tab, n, want, d.tab(t, files.Control, tab))
				}
			}
			if n := strings.Count(d.tab(t, files.Control, control.TabChecks), "ошибка"); n != 1 {
				t.Errorf("mistakes in the settings: %s", d.tab(t, files.Control, control.TabChecks))
			}
			if d.Control == "" || d.Summary == "" || len(d.Reports) != 8 {
				t.Errorf("what there is to open: %+v", d.Department)
			}
			out, err := d.w.Sync(t.Context(), 0)
			must(t, err)
			if p := d.checker.Problems(); len(p) > 0 {
				t.Errorf("requests that Google's Discovery documents do not know: %q", p)
			}
			if seen := d.checker.Seen(); seen["sheets.spreadsheets.batchUpdate"] < 20 ||
				seen["sheets.spreadsheets.getByDataFilter"] == 0 || seen["drive.files.create"] < 10 {
				t.Errorf("requests that were checked: %v", seen)
			}
			if !out.Settled && (out.Written > 0 || len(out.Failures) > 0) {
				t.Errorf("the next sync finds %+v to do", out)
			}
		})
	}
}

type department struct {
	demo.Department
	client  *google.Client
	ledger  *ledger.Ledger
	w       *worker.Worker
	checker *discovery.Checker // of every request
}

func started(t *testing.T, at time.Time) department {
	t.Helper()
	now := func() time.Time { return at }
	server, err := localgoogle.Open(t.Context(), localgoogle.Options{Now: now})
	must(t, err)
	t.Cleanup(func() { must(t, server.Close()) })
	dir, err := discovery.Module(t.Context())
	must(t, err)
	checker, err := discovery.Load(dir)
	must(t, err)
	log := slog.New(slog.DiscardHandler)
	client, err := google.New(t.Context(),
		google.Options{HTTP: &http.Client{Transport: checker.Transport(server.Transport())}, Endpoint: "http://local",
			Log: log, Now: now})
	must(t, err)
	l, err := ledger.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), now)
	must(t, err)
	t.Cleanup(func() { must(t, l.Close()) })
	w := worker.New(worker.Options{
		Google: client, Ledger: l, Lang: words.RU, Zone: "Europe/Moscow", Templates: templates.Builtin(), Now: now,
		Log:  log,
		Link: func(id string) string { return "http://local/spreadsheets/d/" + id },
	})
	d, err := demo.Make(t.Context(), w, client, l, at)
	must(t, err)
	return department{d, client, l, w, checker}
}

// tab returns the text of a tab, a line for each row.
func (d department) tab(t *testing.T, kind, key string) string {
	t.Helper()
	list, err := d.ledger.Files(t.Context())
	must(t, err)
	i := slices.IndexFunc(list, func(f files.File) bool { return f.Kind == kind })
	s, err := d.client.Spreadsheet(t.Context(), list[i].ID,
		"sheets(properties(sheetId),data(rowData(values(formattedValue))))")
	must(t, err)
	var b strings.Builder
	for _, sh := range s.Sheets {
		if sh.Properties.SheetId != workbook.SheetID(key) {
			continue
		}
		for _, r := range sh.Data[0].RowData {
			for _, c := range r.Values {
				b.WriteString(" | " + c.FormattedValue)
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
