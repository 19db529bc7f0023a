package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"svodka/internal/control"
	"svodka/internal/jobs"
	"svodka/internal/worker"
)

var initCommand = command{
	name:  "init",
	args:  "[--anew]",
	short: "make the control and the summary spreadsheet",
	long: `
  --anew   after many spreadsheets vanished at once: do not wait until they are restored
           from the trash, but make all of them again, with what was typed in reports

The control spreadsheet is filled from the role templates (SVODKA_TEMPLATES_DIR,
else the built-in ones). What exists already is left as it is, so that running
it again does no harm.
`,
	run: func(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
		var anew bool
		fs.BoolVar(&anew, "anew", false, "")
		if _, err := parse(fs, args, 0, 0); err != nil {
			return err
		}
		// Its cycle is no sync of the schedule's: people may be typed in only then.
		return a.with(ctx, orMake, func(ctx context.Context, x *session) error {
			links, err := x.worker.Init(ctx, anew)
			if err != nil {
				return err
			}
			word := "found"
			if links.Made {
				word = "made"
			}
			fmt.Fprintf(a.stdout, "control spreadsheet (%s): %s\nsummary spreadsheet: %s\n", word, links.Control,
				links.Summary)
			if x.server != nil { // nobody answers at these addresses yet
				fmt.Fprintln(a.stdout, a.typeable("to open them in a browser: svodka local (or svodka run)"))
			}
			if links.Made {
				fmt.Fprintln(a.stdout, a.typeable("next: type people into "+
					x.settings.Language.T("«Сотрудники»", "“People”")+
					" (or: svodka import people FILE.csv), then: svodka sync"))
			}
			return nil
		})
	},
}

var syncCommand = command{
	name:  "sync",
	args:  "[--as-of DATE]",
	short: "run one cycle: read what was typed, write reports and the summary",
	long: `
  --as-of DATE   as if it were the end of that day (2026-05-15): figures of later
                 days are not counted

Beside svodka run it counts as a sync of the schedule's (svodka status), and it closes
what is due; with --as-of it does not count, since the next one writes today's figures.
`,
	run: func(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
		var asOf dateFlag
		fs.Var(&asOf, "as-of", "")
		if _, err := parse(fs, args, 0, 0); err != nil {
			return err
		}
		sync := func(ctx context.Context, x *session) (bad, err error) {
			out, err := x.worker.Sync(ctx, asOf.Date)
			if err != nil {
				return err, err
			}
			fmt.Fprintln(a.stdout, outcome(out))
			return badOf(out), errors.Join(out.Failures...)
		}
		if !asOf.IsZero() {
			return a.with(ctx, whatIs, func(ctx context.Context, x *session) error {
				_, err := sync(ctx, x)
				return err
			})
		}
		return a.byHand(ctx, sync, bySync...)
	},
}

// bySync are the jobs that a sync does which closes what is due, as all but those of
// svodka run do.
var bySync = []string{jobs.Sync, jobs.Close}

// badOf returns why a cycle failed: nobody could be served. Else it went well, and the
// next one tries again those that could not.
func badOf(out worker.Outcome) error {
	if out.States.Served > 0 {
		return nil
	}
	return errors.Join(out.Failures...)
}

// outcome describes in a line what a cycle did.
func outcome(o worker.Outcome) string {
	s := fmt.Sprintf("%s: %s", o.AsOf.Today, count(o.People, "person"))
	if o.Settled {
		s += ", nothing has changed"
	} else {
		s += fmt.Sprintf("; %s read, %d made, %d changed", count(o.Read, "report"), o.Made, o.Written)
		if o.Summary {
			s += "; summary written"
		} else {
			s += "; summary as it was"
		}
	}
	if o.BadCells > 0 {
		s += fmt.Sprintf("; %s could not be read (marked in the reports)", count(o.BadCells, "cell"))
	}
	if n := control.Errors(o.Problems); n > 0 {
		s += fmt.Sprintf("; %s in the control spreadsheet (see: svodka check)", count(n, "mistake"))
	}
	return s
}
