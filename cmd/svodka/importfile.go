package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/tabular"
	"svodka/internal/words"
)

// howToRead holds the flags about reading a file.
type howToRead struct {
	columns mapFlag
	decimal string
	sheet   string
}

func (h *howToRead) flags(fs *flag.FlagSet) {
	h.columns = mapFlag{}
	fs.Var(h.columns, "map", "")
	fs.StringVar(&h.decimal, "decimal", "", "")
	fs.StringVar(&h.sheet, "sheet", "", "")
}

// plain reports whether none of the flags was given.
func (h howToRead) plain() bool { return len(h.columns) == 0 && h.decimal == "" && h.sheet == "" }

// mapFlag maps fields to headings.
type mapFlag map[string]string

func (m mapFlag) String() string { return tabular.FormatMap(m) }

// Set parses amount=Сумма, руб.
func (m mapFlag) Set(s string) error {
	one, err := tabular.ParseMap(s)
	if err != nil || len(one) != 1 {
		return errors.New(`write it as amount="Сумма, руб"`)
	}
	for f, h := range one {
		if was, twice := m[f]; twice && was != h {
			return fmt.Errorf("%s is mapped twice", f)
		}
		m[f] = h
	}
	return nil
}

// input is a file to import, how to read it and, afterwards, what people should know
// about it.
type input struct {
	name    string
	data    []byte
	lang    words.Lang
	options tabular.Options
	heads   []string
	notes   []tabular.Note
	kept    string // prefix of the stored maps: folder and kind
	keep    bool   // the given map is worth storing
}

// open reads the bytes of a file, and the stored maps for its kind.
func (h howToRead) open(a *app, kind, file string) (*input, error) {
	s, err := a.settings()
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return nil, err
	}
	in := &input{name: file, lang: s.Language, kept: filepath.Join(s.DataDir, "columns", kind+"-"),
		keep: len(h.columns) > 0}
	in.options = tabular.Options{Lang: s.Language, Sheet: h.sheet, Map: map[string]string{},
		Today: calendar.FromTime(a.now().In(zone))}
	switch h.decimal {
	case "":
	case ".", ",":
		in.options.Decimal = rune(h.decimal[0])
	default:
		return nil, usagef("import: --decimal %q is neither . nor ,", h.decimal)
	}
	if in.data, err = readFile(file, in.lang); err != nil {
		return nil, err
	}
	beside, err := in.readMap(file + ".map")
	if err != nil {
		return nil, err
	}
	maps.Copy(in.options.Map, beside)
	maps.Copy(in.options.Map, h.columns)
	in.options.Kept = func(print string) (map[string]string, error) { return in.readMap(in.kept + print + ".map") }
	return in, nil
}

// readFile reads a file to import; it words common mistakes in the name in the person's
// language.
func readFile(file string, lang words.Lang) ([]byte, error) {
	data, err := os.ReadFile(file)
	switch {
	case err == nil:
		return data, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf(lang.T("%s: такого файла нет (проверьте имя и папку)",
			"%s: there is no such file (check its name and its folder)"), file)
	}
	if info, statErr := os.Stat(file); statErr == nil && info.IsDir() {
		return nil, fmt.Errorf(lang.T("%s: это папка (назовите файл в ней)",
			"%s: this is a folder (name a file in it)"), file)
	}
	return nil, fmt.Errorf("import: %w", err)
}

// readMap reads a map of columns; nil if there is none.
func (in *input) readMap(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("import: %w", err)
	}
	m, err := tabular.ParseMap(string(text))
	if err != nil {
		return nil, fmt.Errorf("import: %s: %w", path, err)
	}
	in.notes = append(in.notes, tabular.Note{
		Text: fmt.Sprintf(in.lang.T("столбцы названы в %s", "columns are named in %s"), path)})
	return m, nil
}

// tell prints what people should know about the file and its import.
func (in *input) tell(out io.Writer, notes []string) {
	for _, n := range in.notes {
		fmt.Fprintln(out, n.At(in.name))
	}
	in.notes = nil
	for _, n := range notes {
		fmt.Fprintln(out, in.name+": "+n)
	}
}

// keepMap stores the map of --map for files with the same headings.
func (in *input) keepMap(out io.Writer) error {
	if !in.keep {
		return nil
	}
	path := in.kept + tabular.Print(in.heads) + ".map"
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("import: keeping the map of columns: %w", err)
	}
	text := "# " + strings.Join(in.heads, " | ") + "\n" + tabular.FormatMap(in.options.Map)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return fmt.Errorf("import: keeping the map of columns: %w", err)
	}
	fmt.Fprintln(out, in.name+": "+fmt.Sprintf(in.lang.T("столбцы запомнены для файлов с такими же заголовками: %s",
		"the columns are kept for files with the same headings: %s"), path))
	return nil
}
