package main

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"svodka/internal/control"
)

var checkCommand = command{
	name:  "check",
	short: "say what is wrong, and what a sync would change",
	long: `
Looks at the settings, the access and the control spreadsheet, and writes into no
spreadsheet. The exit code is 1 when something is wrong.
`,
	run: func(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
		if _, err := parse(fs, args, 0, 0); err != nil {
			return err
		}
		return a.with(ctx, func(x *session) error {
			c, err := x.worker.Check(ctx)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "settings: data in %s, language %s\n", x.settings.DataDir, x.settings.Language)
			fmt.Fprintf(a.stdout, "control spreadsheet: %s\nsummary spreadsheet: %s\n", c.Links.Control, c.Links.Summary)
			fmt.Fprintf(a.stdout, "people: %d\n", c.People)
			drive, reads, writes := c.Calls()
			fmt.Fprintf(a.stdout, "a sync would make %s and change %s; about %d Drive calls, %d reads, %d writes\n",
				reports(c.ToMake), reports(c.ToWrite), drive, reads, writes)
			wrong := len(c.Troubles)
			for _, t := range c.Troubles {
				fmt.Fprintln(a.stderr, "svodka: "+t)
			}
			for _, p := range c.Problems {
				if p.Severity == control.Error {
					wrong++
				}
				fmt.Fprintln(a.stderr, "svodka: "+problem(p))
			}
			if wrong > 0 {
				return fmt.Errorf("check: %d found wrong", wrong)
			}
			fmt.Fprintln(a.stdout, "nothing is wrong")
			return nil
		})
	},
}

// problem is a mistake in the control spreadsheet, on one line.
func problem(p control.Problem) string {
	at := p.Tab
	if p.Row >= 0 {
		at += fmt.Sprintf(" row %d", p.Row+1)
	}
	if p.Column != "" {
		at += " " + p.Column
	}
	s := fmt.Sprintf("%s: %s: %s", p.Severity, at, p.Message)
	if p.InForce != "" {
		s += " (" + p.InForce + ")"
	}
	return s
}

// reports names a few people and counts the rest.
func reports(names []string) string {
	const few = 3
	switch n := len(names); {
	case n == 0:
		return "no report"
	case n <= few:
		return fmt.Sprintf("%d (%s)", n, strings.Join(names, ", "))
	default:
		return fmt.Sprintf("%d reports (%s and %d more)", n, strings.Join(names[:few], ", "), n-few)
	}
}
