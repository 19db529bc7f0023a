package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"svodka/internal/imports"
	"svodka/internal/worker"
)

var importCommand = command{
	name:  "import",
	args:  "people|entries|deals|clients FILE.csv [--dry-run] [--replace]",
	short: "put history into the spreadsheets",
	long: `
The first line of the file names its columns:

  people    name,email,role,team,hired,left[,aliases,cost]
  entries   date,manager,kpi,value
  deals     date,manager,client,amount
  clients   manager,client,handed_over

Dates are 2026-05-15 or 15.05.2026, the separator is a comma or a semicolon,
columns may stand in any order and others are passed over. A manager is a name or
an e-mail of «Сотрудники», a role its key or its title, a kpi its key. Values of
durations are seconds or 1:30:00, of percentages fractions or 25%.

People go into the control spreadsheet; the rest goes into the managers'
spreadsheets, with the month tabs that it needs. The same file a second time
changes nothing. One bad line stops the import before anything is written. The
next sync reads what was imported.

  --dry-run   check the file and say what would be written
  --replace   entries: write over other figures that stand in the cells
`,
	run: runImport,
}

func runImport(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
	var o worker.ImportOptions
	fs.BoolVar(&o.DryRun, "dry-run", false, "")
	fs.BoolVar(&o.Replace, "replace", false, "")
	rest, err := parse(fs, args, 2, 2)
	if err != nil {
		return err
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
		return usagef("import: %q is none of people, entries, deals, clients", rest[0])
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
