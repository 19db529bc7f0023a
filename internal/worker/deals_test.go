package worker_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/importing"
	"svodka/internal/imports"
	"svodka/internal/tabular"
)

// bitrix returns an export as Bitrix24 makes it: n deals, of which some are lost, some
// are open without a day, and some are in dollars. won is what should count.
func bitrix(o *office, n int) (file string, won float64, deals int) {
	var b strings.Builder
	b.WriteString("ID;Стадия сделки;Название сделки;Сумма;Валюта;Ответственный;Компания;Дата закрытия\n")
	first := date("2026-04-01")
	for i := range n {
		stage, currency, day := "Сделка успешна", "Российский рубль", first.Add(i%40).Time().Format("02.01.2006")
		switch {
		case i%5 == 1:
			stage = "Сделка провалена"
		case i%7 == 2:
			stage, day = "В работе", ""
		case i%50 == 3:
			currency = "Доллар США"
		default:
			won += float64(1000 + i)
			deals++
		}
		fmt.Fprintf(&b, "%d;%s;Поставка %d;%d.00;%s;%s;ООО «Клиент %d»;%s\n", 100+i, stage, i, 1000+i, currency,
			o.people[i%len(o.people)].Name, i%300, day)
	}
	return b.String(), won, deals
}

// A real department's export is imported by one command with two flags; a second time it
// changes and writes nothing.
func TestImportOfALargeExport(t *testing.T) {
	t.Parallel()
	n := 7000
	if testing.Short() {
		n = 700
	}
	o := newOffice(t).init().hire(4, "sales-rep-deals")
	o.settle()
	file, won, deals := bitrix(o, n)
	got, err := imports.Pick{Stages: []string{"Сделка успешна"}, Currency: "RUB"}.Deals("bitrix.csv", []byte(file),
		tabular.Options{})
	o.must(err)
	done, err := importRows(t.Context(), o, importing.Importer.Deals, got.Rows, importing.Options{})
	o.must(err)
	if done.Written != deals || done.Files != 4 {
		t.Errorf("%d written into %d files, want %d: %v", done.Written, done.Files, deals, done.Notes)
	}
	o.settle()
	writes := o.calls(func() {
		done, err = importRows(t.Context(), o, importing.Importer.Deals, got.Rows, importing.Options{})
		o.must(err)
	}).SheetsWrite
	if done.Written != 0 || done.Same != deals || writes != 0 || len(done.Notes) != 0 {
		t.Errorf("again: %+v, %d writes", done, writes)
	}
	dep, engine, _, _, err := o.w.Figures(t.Context(), 0)
	o.must(err)
	sum := 0.0
	for _, p := range dep.People {
		for _, m := range []string{"2026-04-01", "2026-05-01"} {
			for _, v := range engine.DealSums(p, calendar.MonthOf(date(m))) {
				sum += v
			}
		}
	}
	if sum != won {
		t.Errorf("the sum is %v, want %v", sum, won)
	}
}

// What one must know of an import is said before anything is written, in a dry run too.
func TestToldBeforeWritten(t *testing.T) {
	t.Parallel()
	o := newOffice(t).init().hire(1, "sales-rep-deals")
	o.settle()
	deal := func(id string, sum float64) []imports.Deal {
		return []imports.Deal{{Where: line(0), ID: id, Date: date("2026-05-05"), Manager: o.people[0].Name,
			Client: "ООО Ромашка", Amount: sum}}
	}
	imported := func(want string, rows []imports.Deal, dry bool) {
		t.Helper()
		writes := o.client.Calls().SheetsWrite
		var told []string
		got, err := importRows(t.Context(), o, importing.Importer.Deals, rows,
			importing.Options{DryRun: dry, Tell: func(notes []string) {
				if n := o.client.Calls().SheetsWrite - writes; n != 0 || told != nil {
					t.Errorf("told after %d writes, before it: %q", n, told)
				}
				told = append(told, notes...)
			}})
		o.must(err)
		if all := strings.Join(told, "\n"); !strings.Contains(all, want) || all != strings.Join(got.Notes, "\n") {
			t.Errorf("told %q, want %s", all, want)
		}
		if wrote := o.client.Calls().SheetsWrite > writes; wrote == dry {
			t.Errorf("written: %t", wrote)
		}
	}
	imported("", deal("", 100), false)
	for _, dry := range []bool{true, false} {
		imported("ВНИМАНИЕ: похоже на те же сделки", deal("", 120), dry)
	}
	imported("новых сделок: 1", deal("D-1", 500), false)
	for _, dry := range []bool{true, false} {
		imported("меняется сделок: 1\n  D-1, "+o.people[0].Name+", ООО Ромашка: 500", deal("D-1", 700), dry)
	}
}

// An import with another sum, another manager and a deal less, killed at any call and run
// again, ends like an undisturbed one.
func TestChangedExportKilled(t *testing.T) {
	t.Parallel()
	deal := func(i, person int, id, day string, sum float64) imports.Deal {
		return imports.Deal{Where: line(i), ID: id, Date: date(day), Manager: fmt.Sprintf("Человек %03d", person),
			Client: "ООО " + id, Amount: sum}
	}
	copies := staged(t, func(o *office) {
		o.init().hire(2, "sales-rep-deals")
		o.settle()
		_, err := importRows(t.Context(), o, importing.Importer.Deals, []imports.Deal{
			deal(0, 0, "D-1", "2026-05-04", 100), deal(1, 0, "D-2", "2026-05-05", 200),
			deal(2, 0, "D-3", "2026-05-06", 300), deal(3, 1, "D-4", "2026-05-06", 400),
		}, importing.Options{})
		o.must(err)
		o.settle()
	})
	run := func(ctx context.Context, o *office) error {
		_, err := importRows(ctx, o, importing.Importer.Deals, []imports.Deal{
			deal(0, 0, "D-1", "2026-05-04", 150), deal(1, 1, "D-2", "2026-05-05", 200),
			deal(2, 0, "D-4", "2026-05-07", 400), deal(3, 1, "D-5", "2026-05-08", 500),
		}, importing.Options{ReplacePeriod: true})
		return err
	}
	o, calm := killable(t, copies)
	calls := o.calls(func() { o.must(run(t.Context(), o)) })
	writes := calm.writes
	o.settle()
	o.month(0, "revenue", 550)
	o.month(1, "revenue", 700)
	want := o.export()
	for _, at := range points(calls.Drive+calls.SheetsRead+calls.SheetsWrite, writes) {
		t.Run(at.String(), func(t *testing.T) {
			t.Parallel()
			o, k := killable(t, copies)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			k.left, k.after, k.end = at.n, at.after, cancel
			if err := run(ctx, o); err == nil {
				t.Error("the killed import reports no error")
			}
			k.revive()
			o.restart(false)
			o.must(run(t.Context(), o))
			o.settle()
			if got := o.export(); got != want {
				t.Error("the export differs")
			}
		})
	}
}
