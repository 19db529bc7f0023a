package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"svodka/internal/control"
	"svodka/internal/google"
	"svodka/internal/words"
	"svodka/internal/worker"
)

var checkCommand = command{
	name:  "check",
	args:  "[--live [--as EMAIL] [--stranger EMAIL] [--record DIR]]",
	short: "say what is wrong, and what a sync would change",
	long: `
Looks at the settings, the access and the control spreadsheet, and writes into no
spreadsheet. At Google it proves the access step by step and says what is missing
and where to click, also before there is a department. The exit code is 1 when
something is wrong.

  --live            prove the account itself, before the first people are on it: a
                    sample department is made in a throwaway folder, written, read
                    back, edited as people edit, measured, and deleted again. It
                    takes up to 20 minutes, keeps to a lease of its own, and
                    touches nothing of the department at work. Several keys in
                    SVODKA_GOOGLE_KEY_FILES are proved to see each other
  --as EMAIL        share a report with this address, as with a manager's, and take
                    it away again
  --stranger EMAIL  an address without a Google account: what Google says to it
  --record DIR      keep the traffic, with ids, addresses and tokens masked

How late Drive tells of edits is measured on edits by the API; those by hand may
be told later.
`,
	run: func(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
		var o liveFlags
		fs.BoolVar(&o.live, "live", false, "")
		fs.StringVar(&o.manager, "as", "", "")
		fs.StringVar(&o.stranger, "stranger", "", "")
		fs.StringVar(&o.record, "record", "", "")
		if _, err := parse(fs, args, 0, 0); err != nil {
			return err
		}
		if o.live {
			return a.checkLive(ctx, o)
		}
		if o != (liveFlags{}) {
			return usagef("check: --as, --stranger and --record go with --live (see: svodka check --help)")
		}
		return a.with(ctx, looking, func(ctx context.Context, x *session) error {
			fmt.Fprintf(a.stdout, "settings: data in %s, language %s\n", x.settings.DataDir, x.settings.Language)
			if x.google {
				if err := x.showAccess(ctx); err != nil {
					return err
				}
			}
			c, err := x.worker.Check(ctx, words.EN) // in English, like all that the program says to administrators
			if x.google && errors.Is(err, worker.ErrNoControl) {
				fmt.Fprintln(a.stdout, a.typeable("nothing is wrong; there is no department yet (next: svodka init)"))
				return nil
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "control spreadsheet: %s\nsummary spreadsheet: %s\n", c.Links.Control,
				c.Links.Summary)
			fmt.Fprintf(a.stdout, "people: %d\n", c.People)
			fmt.Fprintf(a.stdout, "a sync would make %s, read %s and change %s\n",
				reports(c.ToMake), count(c.ToRead, "report"), reports(c.ToWrite))
			if len(c.Changes) > 0 {
				fmt.Fprintln(a.stdout, "edits of the control spreadsheet that a sync would carry out:")
				for _, line := range c.Changes {
					fmt.Fprintln(a.stdout, "  "+line)
				}
			}
			if err := x.showChannels(ctx); err != nil {
				return err
			}
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
				return fmt.Errorf("check: %s found (a mistake in the control spreadsheet is mended there: svodka "+
					"show control Проверка)", count(wrong, "mistake"))
			}
			fmt.Fprintln(a.stdout, "nothing is wrong")
			return nil
		})
	},
}

// showAccess prints the steps of the check of access to Google. The error holds what
// failed.
func (x *session) showAccess(ctx context.Context) error {
	s := x.settings
	fmt.Fprintf(x.stdout, "google: signed in as %s, %s\n", s.GoogleWay, s.access().Scopes()[0])
	for _, f := range slices.Concat(s.GoogleKeys, []string{s.GoogleClient, s.GoogleToken}) {
		if i, err := os.Stat(f); err == nil && i.Mode().Perm()&0o007 != 0 && runtime.GOOS != "windows" {
			fmt.Fprintf(x.stderr, "svodka: warning: everybody on this machine can read %s (chmod 600 %s)\n", f, f)
		}
	}
	steps := x.client.CheckAccess(ctx)
	for _, st := range steps {
		switch st.State {
		case google.Passed:
			found := ""
			if st.Found != "" && st.Found != who(st) {
				found = " (" + st.Found + ")"
			}
			fmt.Fprintf(x.stdout, "access of %s: %s: yes%s\n", who(st), st.Name, found)
		case google.Skipped:
			fmt.Fprintf(x.stdout, "access of %s: %s: not checked\n", who(st), st.Name)
		}
	}
	return failures(steps)
}

// problem formats a mistake in the control spreadsheet as one line.
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
