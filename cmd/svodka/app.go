package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"svodka/internal/calendar"
)

// app is what a command works with besides its arguments.
type app struct {
	stdout, stderr io.Writer
	env            []string
	now            func() time.Time
}

// command is a subcommand.
type command struct {
	name  string
	args  string // after the name, in the usage line
	short string // one line
	long  string // the rest of its help
	run   func(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error
}

// commands are in the order of the help.
func commands() []command {
	return []command{demoCommand, localCommand, initCommand, checkCommand, syncCommand, importCommand, exportCommand, showCommand, versionCommand}
}

// usageError is a command that was typed wrongly.
type usageError struct{ msg string }

func (e *usageError) Error() string { return e.msg }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// errHelp tells that help was asked for and given.
var errHelp = errors.New("help")

func (a *app) run(ctx context.Context, args []string) error {
	name := ""
	if len(args) > 0 {
		name = args[0]
	}
	switch name {
	case "":
		a.help()
		return usagef("no command given")
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
		fs := flag.NewFlagSet("svodka "+c.name, flag.ContinueOnError)
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
	if guess := closest(name); guess != "" {
		return usagef("there is no command %q; did you mean %q? (all commands: svodka help)", name, guess)
	}
	return usagef("there is no command %q (all commands: svodka help)", name)
}

// parse reads flags that may stand before, between and after the arguments, and
// checks how many arguments there are.
func parse(fs *flag.FlagSet, args []string, least, most int) ([]string, error) {
	var rest []string
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usagef("%s: %v (see: %s --help)", fs.Name(), err, fs.Name())
		}
		args = fs.Args()
		if len(args) == 0 {
			break
		}
		rest = append(rest, args[0])
		args = args[1:]
	}
	switch {
	case len(rest) < least:
		return nil, usagef("%s: something is missing (see: %s --help)", fs.Name(), fs.Name())
	case len(rest) > most:
		return nil, usagef("%s: %q is too much (see: %s --help)", fs.Name(), rest[most], fs.Name())
	}
	return rest, nil
}

// dateFlag is a flag that holds a day.
type dateFlag struct{ calendar.Date }

// Set reads 2026-05-15.
func (d *dateFlag) Set(s string) error {
	v, err := calendar.ParseDate(s)
	d.Date = v
	return err
}

func (a *app) help() {
	var b strings.Builder
	b.WriteString(`svodka: daily sales reports in Google Sheets, plan against fact

usage: svodka COMMAND [ARGUMENTS]

`)
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-9s %s\n", c.name, c.short)
	}
	b.WriteString(`
svodka COMMAND --help tells more. To see it work, with no account and nothing to
set up: svodka demo

Settings come from the environment:
`)
	for _, s := range settingsHelp {
		fmt.Fprintf(&b, "  %-22s %s\n", s[0], s[1])
	}
	fmt.Fprint(a.stdout, b.String())
}

func (a *app) commandHelp(c command) {
	fmt.Fprintf(a.stdout, "usage: svodka %s\n\n%s.\n%s", strings.TrimSpace(c.name+" "+c.args), strings.ToUpper(c.short[:1])+c.short[1:], c.long)
}

// closest is the command that differs from name by a letter or two.
func closest(name string) string {
	best, least := "", 3
	for _, c := range commands() {
		if d := distance(name, c.name); d < least {
			best, least = c.name, d
		}
	}
	return best
}

// distance is the number of letters to add, drop or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diag
			if a[i-1] != b[j-1] {
				cost = 1 + min(diag, row[j], row[j-1])
			}
			diag, row[j] = row[j], cost
		}
	}
	return row[len(b)]
}
