package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"svodka/internal/departments"
	"svodka/internal/lazyregexp"
	"svodka/internal/postgres"
)

var departmentCommand = command{
	name:  "department",
	args:  "list | add NAME [SETTING=VALUE …] | set NAME SETTING=VALUE … | remove NAME [--drop]",
	short: "several departments in one database, each with its settings",
	long: `
  list      the departments, and what differs between them; --format json for programs
  add       add a department; NAME is also the schema of its ledger in the database,
            its folder in SVODKA_DATA_DIR and the mark of its files at Google
  set       change its settings; an empty VALUE takes back what holds for all
  remove    forget it and its settings; nothing else is deleted, and adding it again with
            the same settings goes on with it. --drop deletes its ledger in the database,
            too; spreadsheets stay at Google

A SETTING is one of svodka help, with or without SVODKA_ before it:

  svodka department add north ZONE=Asia/Omsk GOOGLE_FOLDER=https://drive.google.com/…

What is not set for a department is that of the environment. Secrets are not kept in
the database: set them in the environment of every process, or name files there, with
the name of the department: SVODKA_DEPARTMENT_NORTH_NOTIFY_URLS. Those go before what
is in the database.

From the first department on every command needs to know which one it works for:
svodka sync --department north. Needs SVODKA_DATABASE_URL.
`,
	run: runDepartment,
}

func runDepartment(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
	drop := fs.Bool("drop", false, "")
	format := fs.String("format", "", "")
	rest, err := parse(fs, args, 1, 1000)
	if err != nil {
		return err
	}
	if a.department != "" {
		return usagef("department: name the department after the command, without --department")
	}
	what, rest := rest[0], rest[1:]
	least, most := 1, 1
	switch what {
	case "list":
		least, most = 0, 0
	case "add":
		most = 1000
	case "set":
		least, most = 2, 1000
	case "remove":
	default:
		return usagef("department: %q is none of list, add, set, remove", what)
	}
	switch {
	case len(rest) < least:
		return usagef("department %s: something is missing (see: svodka department --help)", what)
	case len(rest) > most:
		return usagef("department %s: %q is too much (see: svodka department --help)", what, rest[most])
	case *drop && what != "remove":
		return usagef("department %s: --drop goes with remove", what)
	case *format != "" && (what != "list" || *format != "json"):
		return usagef("department %s: --format is json, and goes with list", what)
	}
	r, err := a.registry(ctx)
	if err != nil {
		return err
	}
	if r == nil {
		return errors.New("department: no database is set (set SVODKA_DATABASE_URL, such as " +
			"postgres://svodka@host/svodka)")
	}
	defer r.Close()
	switch what {
	case "add":
		return a.addDepartment(ctx, r, rest[0], rest[1:])
	case "set":
		return a.setDepartment(ctx, r, rest[0], rest[1:])
	case "remove":
		return a.removeDepartment(ctx, r, rest[0], *drop)
	}
	return a.listDepartments(ctx, r, *format == "json")
}

func (a *app) addDepartment(ctx context.Context, r *departments.Registry, name string, args []string) error {
	if err := departments.CheckName(name); err != nil {
		return fmt.Errorf("department: %w", err)
	}
	d := departments.Department{Name: name, Settings: map[string]string{}}
	if err := a.change(&d, args); err != nil {
		return err
	}
	if err := a.ours(ctx, name); err != nil {
		return err
	}
	before, err := r.All(ctx)
	if err != nil {
		return err
	}
	switch err := r.Add(ctx, name, d.Settings); {
	case errors.Is(err, departments.ErrExists):
		return fmt.Errorf("department %s: %w (to change it: svodka department set)", name, err)
	case err != nil:
		return err
	}
	fmt.Fprintf(a.stdout, "department %s: added\n", name)
	fmt.Fprintln(a.stdout, a.typeable("next: svodka init --department "+name))
	if len(before) == 0 {
		return a.tellUnnamed(ctx, name)
	}
	return nil
}

// ours fails if another program has the schema of a department's name.
func (a *app) ours(ctx context.Context, name string) error {
	_, d, err := a.ledgers(ctx)
	if err != nil {
		return err
	}
	foreign, err := d.Foreign(ctx, name)
	if err = errors.Join(err, d.Close()); err != nil || !foreign {
		return err
	}
	return fmt.Errorf("department %s: the schema %[1]s of the database belongs to another program (choose another "+
		"name)", name)
}

// tellUnnamed says, when the first department is added, how to take along the one that
// has worked without a name.
func (a *app) tellUnnamed(ctx context.Context, first string) error {
	s, err := a.settings()
	if err != nil || s.DatabaseSchema == first {
		return err
	}
	d, err := s.connect(ctx)
	if err != nil {
		return err
	}
	empty, err := d.Empty(ctx, s.DatabaseSchema) // so whoever ran without a department leaves it
	if err = errors.Join(err, d.Close()); err != nil || empty {
		return err
	}
	fmt.Fprintln(a.stdout, a.typeable(fmt.Sprintf("the department in the schema %[1]s needs a name, too, from now on: "+
		"svodka department add %[1]s SPACE=%[2]s DATA_DIR=%[3]s", s.DatabaseSchema, s.Space, s.DataDir)))
	return nil
}

func (a *app) setDepartment(ctx context.Context, r *departments.Registry, name string, args []string) error {
	d, err := findDepartment(ctx, r, name)
	if err != nil {
		return err
	}
	if err := a.change(&d, args); err != nil {
		return err
	}
	if err := r.Set(ctx, d); err != nil {
		return fmt.Errorf("department: %w", err)
	}
	fmt.Fprintf(a.stdout, "department %s: %s\n", name, ownSettings(d))
	return nil
}

func (a *app) removeDepartment(ctx context.Context, r *departments.Registry, name string, drop bool) error {
	d, err := findDepartment(ctx, r, name)
	if err != nil {
		return err
	}
	if drop {
		if err := a.ours(ctx, name); err != nil {
			return err
		}
	}
	if err := r.Migrate(ctx); err != nil {
		return err
	}
	s, err := a.settings()
	if err != nil {
		return err
	}
	// Nobody works on it meanwhile.
	c, err := r.Take(ctx, departments.Claimant{Department: name, Holder: me(), Doing: "removing it"}, a.logger(s))
	if err != nil {
		return err
	}
	_, stop := c.Hold(ctx)
	defer stop(nil)
	if err := r.Remove(ctx, name, drop); err != nil {
		return fmt.Errorf("department: %w", err)
	}
	kept := fmt.Sprintf("its ledger stays in the schema %s", name)
	if drop {
		kept = fmt.Sprintf("and its ledger with it (schema %s)", name)
	}
	fmt.Fprintf(a.stdout, "department %s: removed, %s; its spreadsheets stay\n", name, kept)
	if !drop && len(d.Settings) > 0 { // without them it would go on as another one, such as in another zone
		fmt.Fprintln(a.stdout, a.typeable(fmt.Sprintf("to go on with it as it was: svodka department add %s %s", name,
			typedSettings(d))))
	}
	return nil
}

// change changes a department's settings by arguments SETTING=VALUE, and checks what
// comes of it.
func (a *app) change(d *departments.Department, args []string) error {
	var changed []string
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			return usagef("department: %q is no setting (write ZONE=Asia/Omsk)", arg)
		}
		name = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(name)), prefix)
		if err := settable(d.Name, name); err != nil {
			return err
		}
		if u, err := url.Parse(value); err == nil && u.User != nil {
			return usagef("department: the address of %s%s holds a user or password, which is not kept in the "+
				"database: set %s%s_%s in the environment", prefix, name, ownPrefix, strings.ToUpper(d.Name), name)
		}
		if changed = append(changed, prefix+name); value == "" {
			delete(d.Settings, name)
			continue
		}
		d.Settings[name] = value
	}
	_, err := a.of(*d).settings()
	if err == nil {
		return nil
	}
	// What else is wrong may be right where the department is served.
	var errs []error
	for _, e := range flatten(err) {
		if slices.ContainsFunc(changed, func(name string) bool { return strings.Contains(e.Error(), name+" ") }) {
			errs = append(errs, e)
		}
	}
	return errors.Join(errs...)
}

// settable fails if a department has no such setting in the database.
func settable(department, name string) error {
	var known []string
	for _, s := range settingNames() {
		if s.name != name {
			known = append(known, s.name)
			continue
		}
		switch s.scope {
		case ofDeployment:
			return usagef("department: %s%s holds for all departments: set it in the environment", prefix, name)
		case ofSecrets:
			return usagef("department: %s%s is a secret, and is not kept in the database: set %s%s_%s in the "+
				"environment, or here %s_FILE, a file that holds it", prefix, name, ownPrefix,
				strings.ToUpper(department), name, name)
		}
		return nil
	}
	guess := ""
	if s := closest(name, known); s != "" {
		guess = "; did you mean " + s + "?"
	}
	return usagef("department: %s%s is no setting%s (all settings: svodka help)", prefix, name, guess)
}

// ownSettings lists a department's settings in a line.
func ownSettings(d departments.Department) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(d.Settings)) {
		all = append(all, name+"="+d.Settings[name])
	}
	if len(all) == 0 {
		return "no settings of its own"
	}
	return strings.Join(all, " ")
}

// typedSettings returns them as they are typed in a shell.
func typedSettings(d departments.Department) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(d.Settings)) {
		value := d.Settings[name]
		if plain.FindString(value) != value {
			value = "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
		}
		all = append(all, name+"="+value)
	}
	return strings.Join(all, " ")
}

// plain matches what needs no quotes in a shell.
var plain = lazyregexp.New(`[\w./:@%+,-]*`)

// departmentJSON is a department in the output of list --format json.
type departmentJSON struct {
	Name     string            `json:"department"`
	Settings map[string]string `json:"settings"`
	Added    string            `json:"added"`
}

func (a *app) listDepartments(ctx context.Context, r *departments.Registry, asJSON bool) error {
	all, err := r.All(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		out := []departmentJSON{}
		for _, d := range all {
			out = append(out, departmentJSON{d.Name, d.Settings, d.Added.UTC().Format("2006-01-02T15:04:05Z")})
		}
		return printJSON(a, out)
	}
	if len(all) == 0 {
		fmt.Fprintln(a.stdout, a.typeable("no departments yet (svodka department add NAME)"))
		return nil
	}
	rows := [][]cell{{{text: "department"}, {text: "settings of its own"}}}
	for _, d := range all {
		rows = append(rows, []cell{{text: d.Name}, {text: ownSettings(d)}})
	}
	printTable(a.stdout, rows, 0)
	return nil
}

// printJSON prints a value for programs.
func printJSON(a *app, value any) error {
	e := json.NewEncoder(a.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	return nil
}

// unreachable adds to the error of a database which setting it comes from, unless the
// server has answered with what is to be done about it.
func unreachable(err error) error {
	if postgres.Hint(err) != "" {
		return err
	}
	return fmt.Errorf("%w (set SVODKA_DATABASE_URL to a server that is running, such as "+
		"postgres://svodka@host/svodka)", err)
}
