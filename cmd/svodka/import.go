package main

import (
	"context"
	"flag"
	"fmt"
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

  people    name,email,role,team,hired,left[,aliases]
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
	what, name := rest[0], rest[1]
	var read func(*session, *os.File) (worker.Imported, error)
	switch what {
	case "people":
		read = func(x *session, f *os.File) (worker.Imported, error) {
			rows, err := imports.People(name, f)
			if err != nil {
				return worker.Imported{}, err
			}
			return x.worker.ImportPeople(ctx, rows, o)
		}
	case "entries":
		read = func(x *session, f *os.File) (worker.Imported, error) {
			rows, err := imports.Entries(name, f)
			if err != nil {
				return worker.Imported{}, err
			}
			return x.worker.ImportEntries(ctx, rows, o)
		}
	case "deals":
		read = func(x *session, f *os.File) (worker.Imported, error) {
			rows, err := imports.Deals(name, f)
			if err != nil {
				return worker.Imported{}, err
			}
			return x.worker.ImportDeals(ctx, rows, o)
		}
	case "clients":
		read = func(x *session, f *os.File) (worker.Imported, error) {
			rows, err := imports.Clients(name, f)
			if err != nil {
				return worker.Imported{}, err
			}
			return x.worker.ImportClients(ctx, rows, o)
		}
	default:
		return usagef("svodka import: %q is none of people, entries, deals, clients", what)
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer f.Close() // read only: nothing can be lost
	return a.with(ctx, func(x *session) error {
		got, err := read(x, f)
		if err != nil {
			return err
		}
		verb := "written"
		if o.DryRun {
			verb = "to be written (nothing was: --dry-run)"
		}
		fmt.Fprintf(a.stdout, "%s: %d lines; %d %s, %d there already; %d spreadsheets\n", name, got.Lines, got.Written, verb, got.Same, got.Files)
		return nil
	})
}
