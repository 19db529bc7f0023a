package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/google"
	"svodka/internal/lazyregexp"
	"svodka/internal/quotas"
	"svodka/internal/words"
)

// app is what a command needs besides its arguments.
type app struct {
	stdout, stderr io.Writer
	env            []string
	department     string           // whose settings env holds; empty: there is one, without a name
	quotas         *quotas.Database // of the accounts, that others use, too; nil: each access opens its own
	called         string           // how the program was started: what people type before a command; empty: svodka
	now            func() time.Time
	// real is the time where now is that of a demo, on an earlier day; nil: now is.
	real        func() time.Time
	claim       time.Duration                              // how long a claim to a department lasts; 0: as usual
	observe     func(google.Call)                          // called for every call to Google; may be nil
	sleep       func(context.Context, time.Duration) error // nil: real time
	saidUnknown bool                                       // unknown settings have been reported
}

// command is a subcommand.
type command struct {
	name  string
	args  string // after the name, in the usage line
	short string // one line
	long  string // the rest of its help
	run   func(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error
}

// commands returns the commands in the order of the help.
func commands() []command {
	return []command{demoCommand, localCommand, initCommand, authCommand, checkCommand, syncCommand, runCommand,
		statusCommand, healthyCommand, notifyCommand, backupCommand, ledgerCommand, departmentCommand, importCommand,
		exportCommand,
		showCommand, versionCommand}
}

// usageError reports a command that was typed wrongly.
type usageError struct{ msg string }

func (e *usageError) Error() string { return e.msg }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// errHelp means that help was asked for and printed.
var errHelp = errors.New("help")

func (a *app) run(ctx context.Context, args []string) error {
	department, args, err := departmentFlag(args)
	if err != nil {
		return err
	}
	name := ""
	if len(args) > 0 {
		name = args[0]
	}
	switch name {
	case "":
		return usagef("no command given (to see it work: svodka demo; all commands: svodka help)")
	case "help", "-h", "-help", "--help":
		if len(args) > 1 && name == "help" {
			return a.run(ctx, []string{args[1], "--help"})
		}
		a.help()
		return nil
	}
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		if department != "" && !helpMeant(args) {
			if err := a.enterDepartment(ctx, department); err != nil {
				return err
			}
		}
		fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
		fs.SetOutput(io.Discard)
		err := c.run(a, ctx, fs, args[1:])
		switch {
		case errors.Is(err, flag.ErrHelp):
			a.commandHelp(c)
			return nil
		case errors.Is(err, errHelp):
			return nil
		}
		return err
	}
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	if guess := closest(name, names); guess != "" {
		return usagef("there is no command %q; did you mean %q? (all commands: svodka help)", name, guess)
	}
	return usagef("there is no command %q (all commands: svodka help)", name)
}

// helpMeant reports whether arguments ask for help.
func helpMeant(args []string) bool {
	return slices.Contains(args, "--help") || slices.Contains(args, "-help") || slices.Contains(args, "-h")
}

var belowZero = lazyregexp.New(`^-[0-9]+$`)

// parse parses flags before, between and after the arguments, and checks the number of
// arguments. A negative number is an argument, such as the chat of a Telegram group: no
// flag has such a name.
func parse(fs *flag.FlagSet, args []string, least, most int) ([]string, error) {
	var rest []string
	for len(args) > 0 {
		if belowZero.MatchString(args[0]) {
			rest, args = append(rest, args[0]), args[1:]
			continue
		}
		n := slices.IndexFunc(args, belowZero.MatchString)
		if n < 0 {
			n = len(args)
		}
		if err := fs.Parse(args[:n]); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usagef("%s: %s (see: svodka %s --help)", fs.Name(), flagProblem(fs, err), fs.Name())
		}
		after := fs.Args() // the last of those that were parsed
		args = args[n-len(after):]
		if len(after) > 0 {
			rest, args = append(rest, args[0]), args[1:]
		}
	}
	switch {
	case len(rest) < least:
		return nil, usagef("%s: something is missing (see: svodka %s --help)", fs.Name(), fs.Name())
	case len(rest) > most:
		return nil, usagef("%s: %q is too much (see: svodka %s --help)", fs.Name(), rest[most], fs.Name())
	}
	return rest, nil
}

// flagProblem words an error of package flag with flags as the help writes them.
func flagProblem(fs *flag.FlagSet, err error) string {
	s := strings.NewReplacer("flag provided but not defined: -", "there is no flag --", "flag needs an argument: -",
		"a value is missing after --",
		" for flag -", " for --", " for -", " for --").Replace(err.Error())
	if name, ok := strings.CutPrefix(s, "there is no flag --"); ok {
		var names []string
		fs.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
		if guess := closest(name, names); guess != "" {
			s += "; did you mean --" + guess + "?"
		}
	}
	return s
}

// dateFlag is a flag with a day.
type dateFlag struct{ calendar.Date }

// Set parses 2026-05-15.
func (d *dateFlag) Set(s string) error {
	v, err := calendar.ParseDate(s)
	if err != nil {
		return errors.New("write a day as 2026-05-15")
	}
	d.Date = v
	return nil
}

func (a *app) help() {
	var b strings.Builder
	b.WriteString(`svodka: daily sales reports in Google Sheets, plan against fact

usage: svodka COMMAND [ARGUMENTS]

`)
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-11s %s\n", c.name, c.short)
	}
	b.WriteString(`
svodka COMMAND --help tells more. To see it work, with no account and nothing to
set up: svodka demo

Where there are several departments, each command takes --department NAME.

Settings come from the environment:
`)
	width := 22
	for _, s := range settingsHelp {
		switch s[0] {
		case "SVODKA_NOTIFY_URLS":
			b.WriteString("\nTo tell people outside the spreadsheets (svodka notify --help):\n")
			width = 24
		case "SVODKA_DATABASE_URL":
			b.WriteString("\nTo keep the ledger in PostgreSQL (svodka ledger --help):\n")
			width = 25
		case "SVODKA_SKOROZVON_URL":
			b.WriteString("\nTo pull calls from Скорозвон (svodka import --help):\n")
			width = 35
		case "SVODKA_BACKEND":
			b.WriteString("\nFor real Google Sheets (svodka check says what is missing):\n")
			width = 32
		}
		fmt.Fprintf(&b, "  %-*s %s\n", width, s[0], s[1])
	}
	b.WriteString(`
The exit code is 0 when done, 1 when something is wrong (said on stderr, a line
each, with what to do), 2 for wrong usage.
`)
	fmt.Fprint(a.stdout, a.typeable(b.String()))
}

func (a *app) commandHelp(c command) {
	fmt.Fprintf(a.stdout, "usage: svodka %s\n\n%s.\n%s", strings.TrimSpace(c.name+" "+c.args),
		strings.ToUpper(c.short[:1])+c.short[1:], c.long)
}

// closest returns the known word that differs from name by a letter or two; empty: none.
func closest(name string, known []string) string {
	best, least := "", 3
	for _, w := range known {
		if d := words.Distance(name, w); d < least && d < len(name) {
			best, least = w, d
		}
	}
	return best
}

// count returns a number with its noun: 1 report, 2 reports.
func count(n int, one string) string {
	switch {
	case n == 1:
		return "1 " + one
	case one == "person":
		return fmt.Sprintf("%d people", n)
	}
	return fmt.Sprintf("%d %ss", n, one)
}
