// Package tabular reads tables as people have them: CSV with any usual separator and
// encoding, .xlsx, and HTML tables, with title lines above the heading, empty lines, and
// totals below. It finds the heading, and identifies columns by their usual names or by a
// map. It reads numbers, days, moments and lengths; what could mean two things is decided
// by the whole column or refused, never guessed.
//
// It is the only reader of files that come from outside: packages imports and calls say
// which columns they want and what rows mean. Typical use:
//
//	sheet, err := tabular.Read(name, data, options)
//	table, err := sheet.Match(fields)
//	for line := range table.Lines() {
//		row := Row{Where: line.Where, Day: line.Day("date"), Sum: line.Number("amount", kpi.Money)}
//		...
//	}
//	err = table.Err() // everything that is wrong, joined: then do not use the rows
//	table.Notes()     // what was skipped, for the person to know
//
// It is pure: bytes and values in, values out.
package tabular

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/csvtext"
	"svodka/internal/words"
)

// Options say how to read a file. The zero value reads the first sheet, with messages in
// Russian and columns found by their names.
type Options struct {
	Lang  words.Lang // of messages
	Sheet string     // of an .xlsx; empty: the first with content
	// Map maps fields to headings, as the file has them, where the usual names do not
	// help.
	Map map[string]string
	// Kept returns the stored map for a heading with the given Print; nil: there is none.
	// Map takes precedence over it.
	Kept func(print string) (map[string]string, error)
	// Decimal is the decimal sign, '.' or ','; 0: the column decides.
	Decimal rune
	// Today limits dates: days more than a year later are refused. Zero: the limit is
	// 2100.
	Today calendar.Date
}

// Where is the place of a row, for errors found now or later.
type Where struct {
	File string
	Line int // from 1; for an .xlsx or HTML the row
	// Heads are the headings of the fields as the person wrote them. Errors call a field
	// without one by its own name.
	Heads map[string]string
}

// Errorf returns an error about a field of that row; an empty field means the whole row.
func (w Where) Errorf(field, format string, args ...any) error {
	return &Error{w, w.heading(field), fmt.Sprintf(format, args...)}
}

// heading returns what errors call a field.
func (w Where) heading(field string) string {
	if h, ok := w.Heads[field]; ok {
		return h
	}
	return field
}

// Error is one thing that is wrong in a file.
type Error struct {
	Where
	Heading string // of the column as the person wrote it; empty: the whole row
	Problem string // what is wrong and what to do
}

func (e *Error) Error() string {
	if e.Heading == "" {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Problem)
	}
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Heading, e.Problem)
}

// Kind is what a cell holds.
type Kind uint8

// The kinds of cells. A CSV file has only empty cells and texts; the others are typed
// cells of an .xlsx.
const (
	Empty  Kind = iota
	Text        // Cell.Text
	Number      // Cell.Value
	Date        // a day, maybe with a time of day: Cell.Value is a spreadsheet's serial number
	Clock       // a time or a length: Cell.Value is a fraction of a day, maybe above 1
)

// Cell is a cell of a file.
type Cell struct {
	Kind  Kind
	Text  string // without spaces around it; for typed cells as a person would write them
	Value float64
}

// row is a row of a file.
type row struct {
	line  int
	cells []Cell
}

// maxBlank is how many cells a row may have before empty ones at its end are dropped:
// some programs write all 16,384 columns of a sheet.
const maxBlank = 256

// trimmed returns the row without many empty cells at its end.
func (r row) trimmed() row {
	n := len(r.cells)
	for n > maxBlank && r.cells[n-1].Kind == Empty {
		n--
	}
	if n < len(r.cells) {
		r.cells = slices.Clone(r.cells[:n])
	}
	return r
}

func (r row) blank() bool {
	for _, c := range r.cells {
		if c.Kind != Empty {
			return false
		}
	}
	return true
}

// first returns the first cell that is not empty.
func (r row) first() Cell {
	for _, c := range r.cells {
		if c.Kind != Empty {
			return c
		}
	}
	return Cell{}
}

// Sheet holds the cells of a file before their meaning is known.
type Sheet struct {
	file  string
	o     Options
	rows  []row
	notes []Note
}

// Print returns a fingerprint of a heading: the same for the same headings in the same
// order, in any spelling that Fold makes equal.
func Print(heads []string) string {
	h := sha256.New()
	for _, s := range heads {
		fmt.Fprintf(h, "%s\n", Fold(s))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// recall adds the stored map for the sheet's heading.
func (s *Sheet) recall() error {
	if s.o.Kept == nil {
		return nil
	}
	for _, r := range s.rows[:min(len(s.rows), headRows)] {
		kept, err := s.o.Kept(Print(titles(r)))
		if err != nil {
			return err
		}
		if kept == nil {
			continue
		}
		kept = maps.Clone(kept)
		maps.Copy(kept, s.o.Map)
		s.o.Map = kept
		return nil
	}
	return nil
}

// ParseMap reads a map of columns from lines of field = heading; it ignores empty lines
// and those that begin with #.
func ParseMap(text string) (map[string]string, error) {
	out := map[string]string{}
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		field, heading, ok := strings.Cut(line, "=")
		field, heading = strings.TrimSpace(field), strings.Trim(strings.TrimSpace(heading), "\"")
		if !ok || field == "" || heading == "" {
			return nil, fmt.Errorf("line %d: %q is not field = heading", i+1, line)
		}
		if was, twice := out[field]; twice && was != heading {
			return nil, fmt.Errorf("line %d: %s is mapped twice, to %q and %q", i+1, field, was, heading)
		}
		out[field] = heading
	}
	return out, nil
}

// FormatMap formats a map for ParseMap.
func FormatMap(m map[string]string) string {
	var b strings.Builder
	for _, f := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, "%s = %s\n", f, m[f])
	}
	return b.String()
}

// Note is something that a person should know about a file.
type Note struct {
	Line int // 0: it concerns the whole file
	Text string
}

// say picks a text in the language of the options and formats it.
func (o Options) say(ru, en string, args ...any) string {
	return fmt.Sprintf(o.Lang.T(ru, en), args...)
}

// At returns the note with its place in the named file.
func (n Note) At(file string) string {
	if n.Line == 0 {
		return file + ": " + n.Text
	}
	return fmt.Sprintf("%s:%d: %s", file, n.Line, n.Text)
}

// text returns a text cell, without the apostrophe that keeps programs from running it.
func text(s string) Cell {
	s = csvtext.Unguard(strings.TrimSpace(strings.Trim(s, "\ufeff\u200b")))
	if s == "" {
		return Cell{}
	}
	return Cell{Kind: Text, Text: s}
}

// tidy joins a text into one line with single spaces.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// short shortens a text for quoting in an error.
func short(s string) string {
	if r := []rune(tidy(s)); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return tidy(s)
}

// Fold makes spellings equal: it ignores case, ё and extra spaces.
func Fold(s string) string {
	return strings.ReplaceAll(strings.ToLower(tidy(s)), "ё", "е")
}
