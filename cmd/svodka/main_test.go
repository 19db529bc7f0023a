package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/google"
)

// The help and docs/settings.md name exactly the existing settings, with their defaults.
func TestSettingsAreDocumented(t *testing.T) {
	type setting struct{ name, value string }
	var want []setting
	for f := range reflect.TypeFor[settings]().Fields() {
		want = append(want, setting{"SVODKA_" + f.Tag.Get("env"), f.Tag.Get("envDefault")})
	}
	var help []setting
	byDefault := regexp.MustCompile(`\(([^()]+)\)$`)
	for _, s := range settingsHelp {
		value := ""
		if m := byDefault.FindStringSubmatch(s[1]); m != nil {
			value = m[1]
		}
		help = append(help, setting{s[0], value})
	}
	opts := cmp.AllowUnexported(setting{})
	if d := cmp.Diff(want, help, opts); d != "" {
		t.Errorf("the help differs from the settings (-settings +help):\n%s", d)
	}

	page, err := os.ReadFile("../../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	var table []setting
	for _, m := range regexp.MustCompile("(?m)^\\| `(SVODKA_\\w+)` \\| (?:`([^`]+)`)? ?\\|").
		FindAllStringSubmatch(string(page), -1) {
		table = append(table, setting{m[1], m[2]})
	}
	if d := cmp.Diff(want, table, opts); d != "" {
		t.Errorf("docs/settings.md differs from the settings (-settings +page):\n%s", d)
	}
}

// Every command that any text of the program, the README or the docs names exists.
func TestCommandsThatAreNamedExist(t *testing.T) {
	known := map[string]bool{"help": true, "COMMAND": true}
	var texts []string
	a := &app{}
	var out bytes.Buffer
	a.stdout = &out
	a.help()
	for _, c := range commands() {
		known[c.name] = true
		a.commandHelp(c)
	}
	texts = append(texts, out.String())
	listed := regexp.MustCompile(`(?m)^  ([a-z]+) {2,}\S`).FindAllStringSubmatch(texts[0], len(commands()))
	for i, c := range commands() {
		if listed[i][1] != c.name {
			t.Errorf("the help lists %s where %s belongs", listed[i][1], c.name)
		}
	}
	for _, text := range pages(t) {
		texts = append(texts, text)
	}
	named := regexp.MustCompile(`(?m)(?:^|[(:,] |cmd/|\x60)svodka ([a-zA-Z]+)`)
	n := 0
	for _, text := range texts {
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if n++; !known[m[1]] {
				t.Errorf("%q is named, but there is no such command", m[0])
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d names of commands were found", n)
	}
}

// pages returns the README and the docs, by their path from the top.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"README.md", "docs/*.md", ".github/*.md"} {
		names, err := filepath.Glob(filepath.Join("..", "..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			rel, err := filepath.Rel(filepath.Join("..", ".."), name)
			if err != nil {
				t.Fatal(err)
			}
			out[filepath.ToSlash(rel)] = string(b)
		}
	}
	return out
}

// The commands in the README and in the page on imports are run by a script, so they
// work; the README is short.
func TestShownCommandsAreScripted(t *testing.T) {
	scripts := ""
	names, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		scripts += string(b)
	}
	all := pages(t)
	for page, least := range map[string]int{"README.md": 6, "docs/imports.md": 8} {
		n := 0
		for _, m := range regexp.MustCompile(`(?m)^(?:go run \./cmd/svodka|svodka) (.+?)(?: {2,}.*)?$`).
			FindAllStringSubmatch(all[page], -1) {
			n++
			if !regexp.MustCompile(`(?m)^exec (sh -c 'exec )?svodka ` + regexp.QuoteMeta(m[1]) + `($| )`).
				MatchString(scripts) {
				t.Errorf("%s shows svodka %s, but no script runs it", page, m[1])
			}
		}
		if n < least {
			t.Errorf("only %d commands were found in %s", n, page)
		}
	}
	if lines := strings.Count(all["README.md"], "\n"); lines > 130 {
		t.Errorf("the README has %d lines: what is more than 130 belongs into docs", lines)
	}
}

// Every link within the docs leads somewhere: to a file, and to a heading in it.
func TestLinksLeadSomewhere(t *testing.T) {
	all := pages(t)
	anchors := func(page string) map[string]bool {
		out := map[string]bool{}
		for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(all[page], -1) {
			s := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
			out[strings.ReplaceAll(s, " ", "-")] = true
		}
		return out
	}
	n := 0
	for page, text := range all {
		for _, m := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			n++
			file, anchor, _ := strings.Cut(m[1], "#")
			target := page
			if file != "" {
				target = path.Join(path.Dir(page), file)
				if _, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(target))); err != nil {
					t.Errorf("%s links to %s, which is not there", page, m[1])
					continue
				}
			}
			if anchor != "" && !anchors(target)[anchor] {
				t.Errorf("%s links to %s, but %s has no such heading", page, m[1], target)
			}
		}
	}
	if n < 25 {
		t.Errorf("only %d links were found", n)
	}
}

func TestClosest(t *testing.T) {
	words := []string{"demo", "init", "sync", "show"}
	for name, want := range map[string]string{"sycn": "sync", "shwo": "show", "dem": "demo", "frobnicate": "", "x": "",
		"синк": "", "inti": "init"} {
		if got := closest(name, words); got != want {
			t.Errorf("closest(%q) is %q, want %q", name, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for want, got := range map[string]string{
		"0 reports": count(0, "report"), "1 report": count(1, "report"), "2 reports": count(2, "report"),
		"1 person": count(1, "person"), "5 people": count(5, "person"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// sqliteError is an error with SQLite's code.
type sqliteError int

func (e sqliteError) Error() string { return fmt.Sprintf("sqlite %d", int(e)) }
func (e sqliteError) Code() int     { return int(e) }

// Each error is a line that says what to do about it.
func TestComplain(t *testing.T) {
	denied := &google.Error{Op: "read spreadsheet", File: "abc", Status: 403, Reason: "forbidden", Hint: "share it",
		Err: errors.New("no access")}
	many := make([]error, 30)
	for i := range many {
		many[i] = fmt.Errorf("line %d", i)
	}
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"one": {errors.New("broken"), "svodka: broken\n"},
		"hint": {fmt.Errorf("reading: %w", denied),
			"svodka: reading: read spreadsheet abc: 403 forbidden: no access (share it)\n"},
		"joined": {errors.Join(errors.New("a"), errors.Join(errors.New("b"), denied)),
			"svodka: a\nsvodka: b\nsvodka: read spreadsheet abc: 403 forbidden: no access (share it)\n"},
		"wrapped": {fmt.Errorf("two: %w", errors.Join(errors.New("a"), errors.New("b"))),
			"svodka: two: a\nsvodka: b\n"},
		"full": {fmt.Errorf("store: %w", sqliteError(13)),
			"svodka: store: sqlite 13 (make room on the disk of the data folder, SVODKA_DATA_DIR)\n"},
		"read only": {sqliteError(1032),
			"svodka: sqlite 1032 (let this user write into the data folder, SVODKA_DATA_DIR)\n"},
		"no right": {&fs.PathError{Op: "open", Path: "/x", Err: fs.ErrPermission}, "svodka: open /x: permission " +
			"denied (let this user write there, or choose another folder: SVODKA_DATA_DIR is that of the data)\n"},
		"no room": {&fs.PathError{Op: "write", Path: "/x", Err: syscall.ENOSPC},
			"svodka: write /x: no space left on device (make room on that disk)\n"},
		"not there": {&fs.PathError{Op: "open", Path: "/x", Err: fs.ErrNotExist},
			"svodka: open /x: file does not exist (check the name: there is no such file or folder)\n"},
		"says so": {fmt.Errorf("%w (make it)", fs.ErrNotExist), "svodka: file does not exist (make it)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			(&app{stderr: &out}).complain(tc.err)
			if out.String() != tc.want {
				t.Errorf("got\n%s\nwant\n%s", out.String(), tc.want)
			}
		})
	}
	var out bytes.Buffer
	(&app{stderr: &out}).complain(errors.Join(many...))
	if n := strings.Count(out.String(), "\n"); n != most+1 ||
		!strings.HasSuffix(out.String(), "svodka: and 10 more\n") {
		t.Errorf("%d lines:\n%s", n, out.String())
	}
}

// An interruption is reported as such, whatever error it led to.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	a := &app{stdout: &out, stderr: &errs, env: []string{"SVODKA_DATA_DIR=" + t.TempDir()}, now: time.Now}
	if code := a.main(ctx, []string{"init"}); code != 1 {
		t.Errorf("the exit code is %d", code)
	}
	if errs.String() != "svodka: interrupted (nothing is lost: run the same command again)\n" || out.Len() > 0 {
		t.Errorf("stdout %q, stderr %q", out.String(), errs.String())
	}
}
