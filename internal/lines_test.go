package internal_test

import (
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// The most columns of a line of code, and of a comment alone; a tab counts as four.
const (
	widest        = 120
	widestComment = 90
)

// Lines fit half a screen, so that two files can be read side by side. A text without a
// place to break, and a raw one, may be longer.
func TestLinesAreNotTooWide(t *testing.T) {
	for _, root := range []string{"../cmd", "../internal", "../sheets-templates"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && d.Name() == "node_modules" {
				return skip(err)
			}
			if filepath.Ext(path) != ".go" {
				return nil
			}
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			unbroken := unbreakable(src)
			for i, line := range strings.Split(string(src), "\n") {
				columns := utf8.RuneCountInString(line) + 3*strings.Count(line, "\t")
				fit := widest
				if c, ok := strings.CutPrefix(strings.TrimLeft(line, "\t"), "// "); ok && strings.Contains(c, " ") {
					fit = widestComment
				}
				if columns > fit && !unbroken[i+1] {
					t.Errorf("%s:%d has %d columns, %d fit: break the line", path, i+1, columns, fit)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// skip returns what a walk answers for a folder without code of ours.
func skip(err error) error {
	if err != nil {
		return err
	}
	return filepath.SkipDir
}

// unbreakable returns the lines, counted from one, with a raw text, a long one without a
// space, or one that is a line of a file.
func unbreakable(src []byte) map[int]bool {
	file := token.NewFileSet().AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, 0)
	lines := map[int]bool{}
	for {
		pos, tok, text := s.Scan()
		switch {
		case tok == token.EOF:
			return lines
		case tok == token.STRING && (text[0] == '`' || strings.HasSuffix(text, `\n"`) ||
			len(text) > widest/2 && !strings.Contains(text, " ")):
			first := file.Line(pos)
			for i := range strings.Count(text, "\n") + 1 {
				lines[first+i] = true
			}
		}
	}
}
