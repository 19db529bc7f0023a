package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// English texts name tabs and headings as an English spreadsheet has them: a Russian name
// would send people to what is not there.
func TestEnglishHasNoRussianNames(t *testing.T) {
	texts := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && d.Name() != ".."):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || sel.Sel.Name != "T" {
				return true
			}
			texts++
			if russian := cyrillic(call.Args[1]); russian != "" {
				t.Errorf("%s: the English text says %q", fset.Position(call.Pos()), russian)
			}
			return true
		})
		return nil
	})
	if err != nil || texts < 500 {
		t.Fatalf("%d texts in two languages, %v", texts, err)
	}
}

// cyrillic returns a literal within an expression that has a Cyrillic letter. What is
// only put into the text, such as the name of a person, is no literal of it.
func cyrillic(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		if s := cyrillic(e.X); s != "" {
			return s
		}
		return cyrillic(e.Y)
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		if err == nil && strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
			return s
		}
	}
	return ""
}
