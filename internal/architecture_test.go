// Package internal_test keeps the architecture in its one direction: pure packages know
// no edge, edges do not know each other, and only worker, demo and cmd wire.
package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// floors lists the product's packages; each may import only the packages of lower floors
// in its row.
var floors = map[string][]string{
	// pure
	"calendar":    {"words"},
	"words":       {},
	"lazyregexp":  {},
	"fingerprint": {},
	"csvtext":     {},
	"clock":       {"calendar"},
	"kpi":         {"calendar", "words"},
	"department":  {"calendar", "kpi"},
	"tabular":     {"csvtext", "calendar", "words", "kpi"},
	"imports":     {"calendar", "words", "kpi", "tabular"},
	"roster":      {"department", "words"},
	"calls":       {"calendar", "kpi", "department", "tabular", "roster"},
	"planfact":    {"calendar", "words", "kpi", "department", "fingerprint"},
	"terms":       {"words", "kpi", "department", "planfact"},
	"apijson":     {},
	"workbook":    {"apijson"},
	"files":       {"calendar", "department"},
	"control":     {"calendar", "kpi", "calls", "department", "terms", "workbook", "words", "sheets-templates"},
	"crm":         {"calendar", "department"},
	"report": {"calendar", "kpi", "department", "planfact", "crm", "terms", "workbook", "words",
		"fingerprint"},
	"summary": {"calendar", "csvtext", "kpi", "department", "planfact", "terms", "workbook", "words",
		"fingerprint"},
	"picture": {"kpi", "summary", "terms", "words"},
	// edges
	"google":           {"apijson", "workbook"},
	"telephony":        {"calls", "kpi"},
	"secretfile":       {},
	"google/access":    {"google", "secretfile"},
	"google/discovery": {},
	"workbook/legible": {"workbook"},
	"google/lease":     {"google"},
	"postgres":         {},
	"ledger":           {"calendar", "kpi", "calls", "department", "files", "postgres"},
	"ledger/pgtest":    {},
	"departments":      {"schedule", "postgres"},
	"jobs":             {"departments", "schedule"},
	"localgoogle": {"localgoogle/calc", "localgoogle/cellfmt", "localgoogle/cellfmt/numfmt",
		"localgoogle/export", "localgoogle/page", "localgoogle/upload", "localgoogle/wire"},
	"localgoogle/calc":           {"localgoogle/cellfmt/numfmt"},
	"localgoogle/cellfmt":        {"localgoogle/calc", "localgoogle/cellfmt/numfmt"},
	"localgoogle/cellfmt/numfmt": {},
	"localgoogle/export":         {"localgoogle/calc", "localgoogle/cellfmt", "localgoogle/cellfmt/numfmt"},
	"localgoogle/upload":         {},
	"localgoogle/wire":           {},
	"sheets-templates":           {"calendar", "kpi"},
	"quotas":                     {"postgres"},
	"schedule":                   {},
	"monitor":                    {},
	"notify":                     {},
	"localgoogle/page":           {},
	// writing
	"publish": {"workbook", "google", "files"},
	// the rooms of a cycle
	"changes":     {"department", "files", "google", "ledger"},
	"callfigures": {"calendar", "kpi", "calls", "department", "planfact", "summary", "ledger", "words"},
	"closing":     {"calendar", "clock", "words", "department", "planfact", "control", "summary", "ledger"},
	"importing": {"calendar", "words", "kpi", "department", "tabular", "imports", "roster", "calls", "crm",
		"workbook", "control", "report", "ledger", "callfigures", "sheets-templates"},
	"marks":   {"calendar", "words", "kpi", "department", "report", "ledger"},
	"sharing": {"calendar", "words", "department", "control", "files", "google", "ledger"},
	"notices": {"calendar", "words", "department", "planfact", "control", "report", "summary", "ledger",
		"notify", "picture"},
	"configuration": {"calendar", "clock", "words", "department", "workbook", "control", "files", "fingerprint",
		"ledger", "publish", "preview", "sheets-templates"},
	"archive":   {"calendar", "words", "department", "workbook", "summary", "files", "google", "ledger", "publish"},
	"figures":   {"calendar", "department", "planfact", "fingerprint", "ledger"},
	"analytics": {"calendar", "department", "planfact", "summary", "ledger", "closing"},
	"preview":   {"calendar", "words", "department", "control", "ledger", "sheets-templates"},
	"worker": {"calendar", "words", "kpi", "department", "tabular", "imports", "roster", "calls", "planfact", "crm",
		"workbook", "control", "report", "summary",
		"files", "google", "ledger", "sheets-templates",
		"publish", "changes",
		"callfigures",
		"analytics", "archive",
		"closing", "clock",
		"configuration",
		"figures", "fingerprint",
		"preview",
		"importing",
		"marks",
		"notices",
		"sharing"},
	"livecheck": {"calendar", "calls", "department", "importing", "imports", "kpi", "workbook", "words", "files",
		"google", "google/lease", "ledger", "localgoogle", "publish", "report", "worker",
		"sheets-templates"},
	"demo": {"calendar", "calls", "department", "importing", "imports", "workbook", "control", "report", "files",
		"google", "ledger", "terms", "worker", "words", "kpi"},
}

// everywhere lists packages that any other may import.
var everywhere = []string{"lazyregexp"}

// pure are the packages that do no I/O: prefixes of what they may not import.
var pure = []string{"calendar", "words", "clock", "csvtext", "kpi", "department", "roster", "tabular", "imports",
	"calls", "planfact", "terms", "crm", "apijson", "workbook", "files", "control", "report", "summary",
	"picture", "fingerprint"}

var impure = []string{"os", "net", "net/http", "database/sql", "log", "syscall", "os/exec", "os/signal", "context",
	"modernc.org/", "google.golang.org/api/drive", "google.golang.org/api/option"}

func TestImportsRunOneWay(t *testing.T) {
	seen := map[string]bool{}
	each(t, func(dir, file string, f *ast.File) {
		name := strings.TrimPrefix(dir, "internal/")
		allowed, known := floors[name]
		if !known {
			t.Errorf("%s: this package is on no floor: add it to the picture", file)
			return
		}
		seen[name] = true
		for _, im := range f.Imports {
			path, err := strconv.Unquote(im.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if own, ok := strings.CutPrefix(path, "svodka/"); ok {
				if own = strings.TrimPrefix(own, "internal/"); !slices.Contains(allowed, own) &&
					!slices.Contains(everywhere, own) {
					t.Errorf("%s imports %s: the direction of the architecture forbids it", file, own)
				}
				continue
			}
			if !slices.Contains(pure, name) {
				continue
			}
			for _, bad := range impure {
				if path == bad || strings.HasSuffix(bad, "/") && strings.HasPrefix(path, bad) ||
					strings.HasPrefix(path, bad+"/") {
					t.Errorf("%s imports %s: a pure package does no I/O", file, path)
				}
			}
		}
	})
	for name := range floors {
		if !seen[name] {
			t.Errorf("%s is in the picture, but has no code", name)
		}
	}
}

// steps are the files of worker below worker.go: each takes only what it needs.
var steps = []string{"collector", "cyclerecord", "layouter", "opsreporter", "outcome", "pool", "run", "share",
	"summariser", "teamsummaries", "units"}

// The steps of a cycle do not know the worker that orders them.
func TestStepsOfACycleTakeNotTheWholeWorker(t *testing.T) {
	seen := 0
	each(t, func(dir, file string, f *ast.File) {
		if dir != "internal/worker" || !slices.Contains(steps, strings.TrimSuffix(filepath.Base(file), ".go")) {
			return
		}
		seen++
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && (id.Name == "Worker" || id.Name == "Options") {
				t.Errorf("%s takes the whole %s: give it the few things that it needs", file, id.Name)
			}
			return true
		})
	})
	if seen != len(steps) {
		t.Errorf("%d of %d steps are there", seen, len(steps))
	}
}

// The local Google has one door: the packages in its folder are its own.
func TestNobodyReachesIntoTheLocalGoogle(t *testing.T) {
	each(t, func(dir, file string, f *ast.File) {
		if strings.HasPrefix(dir, "internal/localgoogle") {
			return
		}
		for _, im := range f.Imports {
			if strings.HasPrefix(im.Path.Value, `"svodka/internal/localgoogle/`) {
				t.Errorf("%s imports %s: go by what package localgoogle exports", file, im.Path.Value)
			}
		}
	}, "cmd")
}

// A pure package gets the time from its caller.
func TestPurePackagesReadNoClock(t *testing.T) {
	each(t, func(dir, file string, f *ast.File) {
		if !slices.Contains(pure, strings.TrimPrefix(dir, "internal/")) {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" &&
					slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "Tick"}, s.Sel.Name) {
					t.Errorf("%s reads the clock: time.%s", file, s.Sel.Name)
				}
			}
			return true
		})
	})
}

// A pattern costs nothing at the start of the program before somebody needs it.
func TestPatternsAreCompiledWhenNeeded(t *testing.T) {
	each(t, func(dir, file string, f *ast.File) {
		if dir == "internal/lazyregexp" {
			return
		}
		for _, decl := range f.Decls {
			vars, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			ast.Inspect(vars, func(n ast.Node) bool {
				if _, ok := n.(*ast.FuncLit); ok {
					return false
				}
				if s, ok := n.(*ast.SelectorExpr); ok {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == "regexp" && strings.Contains(s.Sel.Name, "ompile") {
						t.Errorf("%s compiles a pattern at each start: take lazyregexp.New", file)
					}
				}
				return true
			})
		}
	}, "cmd")
}

// Every package says what it is for.
func TestPackagesAreDocumented(t *testing.T) {
	doc := map[string]bool{}
	each(t, func(dir, _ string, f *ast.File) {
		doc[dir] = doc[dir] || f.Doc != nil && len(f.Doc.Text()) > 60
	})
	for dir, ok := range doc {
		if !ok {
			t.Errorf("%s has no package comment worth the name", dir)
		}
	}
}

// source is a Go file of the product; tests are none.
type source struct {
	root, path string
	file       *ast.File
}

// sources are all of them, parsed once for all tests.
var sources = sync.OnceValues(func() (all []source, err error) {
	fset := token.NewFileSet()
	for _, root := range []string{"internal", "sheets-templates", "cmd"} {
		err := filepath.WalkDir(filepath.Join("..", root), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			rel := filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator)))
			all = append(all, source{root, rel, f})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
})

// each visits every Go file of the product except tests. It leaves out cmd unless that is
// named as well.
func each(t *testing.T, visit func(dir, file string, f *ast.File), more ...string) {
	t.Helper()
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.root != "cmd" || slices.Contains(more, s.root) {
			visit(path.Dir(s.path), s.path, s.file)
		}
	}
}
