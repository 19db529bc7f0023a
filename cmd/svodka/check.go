package main

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"svodka/internal/control"
	"svodka/internal/words"
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
		return a.with(ctx, whatIs, func(x *session) error {
			c, err := x.worker.Check(ctx)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "settings: data in %s, language %s\n", x.settings.DataDir, x.settings.Language)
			fmt.Fprintf(a.stdout, "control spreadsheet: %s\nsummary spreadsheet: %s\n", c.Links.Control, c.Links.Summary)
			fmt.Fprintf(a.stdout, "people: %d\n", c.People)
			fmt.Fprintf(a.stdout, "a sync would make %s, read %s and change %s\n",
				reports(c.ToMake), count(c.ToRead, "report"), reports(c.ToWrite))
			wrong := len(c.Troubles)
			for _, t := range c.Troubles {
				fmt.Fprintln(a.stderr, "svodka: "+t)
			}
			for _, p := range c.Problems {
				if p.Severity == control.Error {
					wrong++
				}
				fmt.Fprintln(a.stderr, "svodka: "+problem(p, x.settings.Language))
			}
			if wrong > 0 {
				return fmt.Errorf("check: %s found (a mistake in the control spreadsheet is mended there: svodka show control Проверка)", count(wrong, "mistake"))
			}
			fmt.Fprintln(a.stdout, "nothing is wrong")
			return nil
		})
	},
}

// problem is a mistake in the control spreadsheet, on one line.
func problem(p control.Problem, lang words.Lang) string {
	s := fmt.Sprintf("%s: %s: %s", p.Severity, p.Where(lang), p.Message)
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
		return count(n, "report")
	case n <= few:
		return fmt.Sprintf("%s (%s)", count(n, "report"), strings.Join(names, ", "))
	default:
		return fmt.Sprintf("%s (%s and %d more)", count(n, "report"), strings.Join(names[:few], ", "), n-few)
	}
}
