package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"svodka/internal/calls"
	"svodka/internal/imports"
	"svodka/internal/worker"
)

var importCommand = command{
	name:  "import",
	args:  "people|entries|deals|clients|calls FILE.csv [--dry-run] [--replace] [--source NAME] [--zone ZONE]\n       svodka import calls --from-skorozvon [--since DATE]",
	short: "put history into the spreadsheets",
	long: `
The first line of the file names its columns:

  people    name,email,role,team,hired,left[,aliases,cost,notify]
  entries   date,manager,kpi,value
  deals     date,manager,client,amount
  clients   manager,client,handed_over

  calls     a call log: call_id,started_at,operator[,operator_id,operator_ext,
            direction,total_sec,talk_sec,wait_sec,answered,result_group,cost,source]
            or the columns of Скорозвон, Mango Office, UIS (CoMagic, Novofon),
            МегаФон ВАТС or Битрикс24, in English or Russian, also in Windows-1251

Dates are 2026-05-15 or 15.05.2026, the separator is a comma or a semicolon,
columns may stand in any order and others are passed over. A manager is a name or
an e-mail of «Сотрудники», a role its key or its title, a kpi its key. Values of
durations are seconds or 1:30:00, of percentages fractions or 25%.

People go into the control spreadsheet; the rest goes into the managers'
spreadsheets, with the month tabs that it needs. The same file a second time
changes nothing. One bad line stops the import before anything is written. The
next sync reads what was imported.

Calls go into the ledger; the next sync writes the figures of their days into the
spreadsheets of those whose role has KPIs with the source calls. A log tells of all
days from its first call to its last: import whole days. Operators are found by
«Имена в телефонии», e-mail or name in «Сотрудники»; calls of others are kept, told
in «Проверка», and count once it is clear whose they are. Phone numbers are not
read.

  --dry-run   check the file and say what would be written
  --replace   entries: write over other figures that stand in the cells
  --source    calls: whose columns they are: canonical, skorozvon, mango, uis,
              megafon, bitrix24 (told by the columns themselves as a rule)
  --from-skorozvon
              calls: ask Скорозвон (SVODKA_SKOROZVON_…) for those since it was last
              asked, or since the day of --since; svodka run does it on schedule
  --zone      calls: the zone of times that name none, such as Europe/Moscow (as a
              rule that of «Параметры»)
`,
	run: runImport,
}

func runImport(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
	var o worker.ImportOptions
	fs.BoolVar(&o.DryRun, "dry-run", false, "")
	fs.BoolVar(&o.Replace, "replace", false, "")
	source := fs.String("source", "", "")
	zone := fs.String("zone", "", "")
	pull := fs.Bool("from-skorozvon", false, "")
	var since dateFlag
	fs.Var(&since, "since", "")
	rest, err := parse(fs, args, 1, 2)
	switch {
	case err != nil:
		return err
	case *pull && len(rest) == 1 && rest[0] == "calls" && *source == "" && *zone == "" && o == (worker.ImportOptions{}):
		return pullCalls(a, ctx, since)
	case *pull:
		return usagef("import: --from-skorozvon is for calls, without a file and other flags but --since")
	case !since.IsZero():
		return usagef("import: --since is for --from-skorozvon")
	case len(rest) == 1:
		return usagef("import: something is missing (see: svodka import --help)")
	}
	if rest[0] == "calls" {
		return importCalls(a, ctx, rest[1], *source, *zone, o)
	}
	if *source != "" || *zone != "" {
		return usagef("import: --source and --zone are for calls")
	}
	// The file is read whole before anything is opened: a bad one leaves no trace.
	var write func(*worker.Worker) (worker.Imported, error)
	switch name := rest[1]; rest[0] {
	case "people":
		write, err = reading(name, imports.People, func(w *worker.Worker, rows []imports.Person) (worker.Imported, error) {
			return w.ImportPeople(ctx, rows, o)
		})
	case "entries":
		write, err = reading(name, imports.Entries, func(w *worker.Worker, rows []imports.Entry) (worker.Imported, error) {
			return w.ImportEntries(ctx, rows, o)
		})
	case "deals":
		write, err = reading(name, imports.Deals, func(w *worker.Worker, rows []imports.Deal) (worker.Imported, error) {
			return w.ImportDeals(ctx, rows, o)
		})
	case "clients":
		write, err = reading(name, imports.Clients, func(w *worker.Worker, rows []imports.Client) (worker.Imported, error) {
			return w.ImportClients(ctx, rows, o)
		})
	default:
		return usagef("import: %q is none of people, entries, deals, clients, calls", rest[0])
	}
	if err != nil {
		return err
	}
	return a.with(ctx, whatIs, func(x *session) error {
		got, err := write(x.worker)
		if err != nil {
			return err
		}
		fmt.Fprintln(a.stdout, rest[1]+": "+imported(got, o.DryRun))
		return nil
	})
}

// reading reads a file of rows, and gives what writes them.
func reading[T any](name string, read func(string, io.Reader) ([]T, error), write func(*worker.Worker, []T) (worker.Imported, error)) (func(*worker.Worker) (worker.Imported, error), error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	rows, err := read(name, f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return func(w *worker.Worker) (worker.Imported, error) { return write(w, rows) }, nil
}

// imported says in a line what an import did.
func imported(got worker.Imported, dry bool) string {
	s := fmt.Sprintf("%s, %d there already", count(got.Lines, "line"), got.Same)
	switch {
	case got.Written == 0:
		return s + "; nothing to write"
	case dry:
		return s + fmt.Sprintf("; %d would be written into %s (nothing was: --dry-run)", got.Written, count(got.Files, "spreadsheet"))
	}
	return s + fmt.Sprintf("; %d written into %s (next: svodka sync)", got.Written, count(got.Files, "spreadsheet"))
}

// importCalls stores a call log.
func importCalls(a *app, ctx context.Context, name, source, zone string, o worker.ImportOptions) error {
	var named calls.Source
	if source != "" {
		var ok bool
		if named, ok = calls.ParseSource(source); !ok {
			return usagef("import: --source %q is none of %s", source, join(calls.Sources()))
		}
	}
	var in *time.Location
	if zone != "" {
		var err error
		if in, err = time.LoadLocation(zone); err != nil || zone == "Local" {
			return usagef("import: --zone %q is no time zone (write it as Europe/Moscow or UTC)", zone)
		}
	}
	if o.Replace {
		return usagef("import: calls need no --replace: a call that is known is brought up to date")
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	log, err := calls.Read(name, f, named)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return a.with(ctx, whatIs, func(x *session) error {
		got, err := x.worker.ImportCalls(ctx, log, in, o)
		if err != nil {
			return err
		}
		fmt.Fprintln(a.stdout, "calls: "+callsImported(got, log.Source.Title(), o.DryRun))
		return nil
	})
}

func join(sources []calls.Source) string {
	var names []string
	for _, s := range sources {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

// callsImported says in a line or two what an import of calls did.
func callsImported(got worker.CallsImported, title string, dry bool) string {
	s := fmt.Sprintf("%s, %d there already", count(got.Lines, "line")+" of "+title, got.Same)
	switch n := got.New + got.Changed; {
	case n == 0:
		s += "; nothing to write"
	case dry:
		s += fmt.Sprintf("; %d new and %d changed (nothing was written: --dry-run)", got.New, got.Changed)
	default:
		s += fmt.Sprintf("; %d new, %d changed (next: svodka sync)", got.New, got.Changed)
	}
	if got.Span.Days() > 0 {
		s += fmt.Sprintf("\n       days %s to %s, calls of %s", got.Span.From, got.Span.To, people(got.People))
	}
	if got.Strangers > 0 {
		s += fmt.Sprintf("\n       %s of operators who are nobody in «Сотрудники», or several: «Проверка» lists them", count(got.Strangers, "call"))
	}
	if got.NoTalk > 0 {
		s += fmt.Sprintf("\n       %s without the length of the talk: conversations of those days stay empty", count(got.NoTalk, "call"))
	}
	return s
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}
