package tabular

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"svodka/internal/lazyregexp"
)

// Field is a column that a reader wants.
type Field struct {
	Name string // its name in --map and the help
	// Titles are the known headings besides the name, in any spelling that Norm makes
	// equal.
	Titles []string
	Must   bool // without it the file is useless
	// Inner says that the name is the reader's own word, which the titles do not contain:
	// a column with that name gives way to one with a title.
	Inner bool
}

// Inner marks the names of all fields as the reader's own.
func Inner(fields []Field) []Field {
	out := slices.Clone(fields)
	for i := range out {
		out[i].Inner = true
	}
	return out
}

// column is a column of a file.
type column struct {
	title string  // as in the file
	scale float64 // factor for plain numbers: Сумма, тыс. руб.
	rule  *rule   // how to read its texts; nil: not determined yet
}

// Table is a file with its heading found and its columns identified.
type Table struct {
	file  string
	o     Options
	cols  []column
	at    map[string]int    // columns by field
	heads map[string]string // headings by field
	rows  []row
	notes []Note
	top   int   // line of the heading
	rest  []int // columns that are not fields
	errs  []error
	bad   map[string]bool // fields refused as a whole: reported once
}

// scales maps what may follow a heading, in brackets or after a comma, to the factor for
// plain numbers.
var scales = map[string]float64{
	"сек": 1, "с": 1, "sec": 1, "s": 1, "seconds": 1, "секунд": 1, "мин": 60, "min": 60, "минут": 60, "minutes": 60,
	"ч": 3600, "час": 3600, "h": 3600,
	"руб": 1, "р": 1, "₽": 1, "rub": 1, "rur": 1, "рублей": 1, "руб в месяц": 1, "руб/мес": 1, "тыс": 1e3,
	"тыс руб": 1e3, "тыс ₽": 1e3, "тыс рублей": 1e3, "млн руб": 1e6, "млн ₽": 1e6, "млн": 1e6,
	"шт": 1, "штук": 1, "pcs": 1, "%": 1, "мм:сс": 1, "мин:сек": 1, "чч:мм:сс": 1, "mm:ss": 1, "hh:mm:ss": 1,
	"h:mm:ss": 1,
}

// unit splits the unit off a heading.
func unit(title string) (base string, scale float64) {
	t := strings.TrimSpace(title)
	var tail string
	switch i := strings.LastIndexAny(t, "(,"); {
	case i < 0:
		return title, 1
	case t[i] == '(':
		if !strings.HasSuffix(t, ")") {
			return title, 1
		}
		base, tail = t[:i], t[i+1:len(t)-1]
	default:
		base, tail = t[:i], t[i+1:]
	}
	tail = strings.TrimSpace(strings.ReplaceAll(Fold(tail), ".", ""))
	if f, ok := scales[tail]; ok && strings.TrimSpace(base) != "" {
		return base, f
	}
	return title, 1
}

// Norm makes headings comparable: it ignores case, ё, signs between words, and a unit
// after a comma or in brackets.
func Norm(title string) string {
	base, _ := unit(title)
	return strings.Join(strings.FieldsFunc(Fold(base), func(r rune) bool {
		return strings.ContainsRune(" _.,-–/\u00a0\"«»:*", r)
	}), "_")
}

// known maps each normalised heading to its field.
func known(fields []Field) map[string]string {
	m := map[string]string{}
	for _, f := range fields {
		m[Norm(f.Name)] = f.Name
		for _, t := range f.Titles {
			m[Norm(t)] = f.Name
		}
	}
	return m
}

// headRows is how far down to look for a heading.
const headRows = 50

// head returns the index of the row that most resembles a heading of the fields; below 0:
// the sheet has no rows. Of equals it takes the upper one; and if none has two of the
// fields, the first row, since a single word may be anything.
func (s *Sheet) head(fields []Field) int {
	names := known(fields)
	for _, h := range s.o.Map {
		names[Norm(h)] = h
	}
	best, most := -1, 0
	for i, r := range s.rows[:min(len(s.rows), headRows)] {
		if r.blank() {
			continue
		}
		found := map[string]bool{}
		for _, c := range r.cells {
			if f, ok := names[Norm(c.Text)]; ok && c.Kind == Text {
				found[f] = true
			}
		}
		if best < 0 || len(found) > max(most, 1) {
			best, most = i, len(found)
		}
	}
	return best
}

// Heads returns the headings as the file has them, from the row that has most of the
// fields. It is for a reader that knows several kinds of files and tells them apart by
// their headings before it calls Match.
func (s *Sheet) Heads(fields []Field) []string {
	i := s.head(fields)
	if i < 0 {
		return nil
	}
	return titles(s.rows[i])
}

func titles(r row) []string {
	var out []string
	for _, c := range r.cells {
		out = append(out, tidy(c.Text))
	}
	return out
}

// Headless returns the sheet with the given heading added, for a file that has none.
func (s *Sheet) Headless(titles []string) *Sheet {
	top := row{}
	for _, t := range titles {
		top.cells = append(top.cells, text(t))
	}
	return &Sheet{file: s.file, o: s.o, rows: append([]row{top}, s.rows...), notes: s.notes}
}

// Empty reports whether the sheet has no content.
func (s *Sheet) Empty() bool {
	return !slices.ContainsFunc(s.rows, func(r row) bool { return !r.blank() })
}

// FirstLine returns the texts of the first line that is not empty, for files without a
// heading.
func (s *Sheet) FirstLine() []string {
	for _, r := range s.rows {
		if !r.blank() {
			return titles(r)
		}
	}
	return nil
}

// Match finds the heading and the column of each field. It fails if two columns could be
// a field's, or if a required one is missing. A field in the map takes only the column
// that the map names.
func (s *Sheet) Match(fields []Field) (*Table, error) {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	head := s.head(fields)
	if head < 0 {
		return nil, fmt.Errorf("%s: %s", s.file, s.o.say("файл пуст; первая строка должна называть столбцы: %s",
			"the file is empty; its first line must name the columns: %s", strings.Join(names, ",")))
	}
	top := s.rows[head]
	where := Where{File: s.file, Line: max(top.line, 1)}
	t := &Table{file: s.file, o: s.o, top: where.Line, at: map[string]int{}, heads: map[string]string{},
		notes: slices.Clone(s.notes), bad: map[string]bool{}}
	for _, title := range titles(top) {
		_, scale := unit(title)
		t.cols = append(t.cols, column{title: title, scale: scale})
	}
	if err := t.mapped(where, names); err != nil {
		return nil, err
	}
	taken := map[int]bool{}
	for _, i := range t.at {
		taken[i] = true
	}
	byName := known(fields)
	for i, c := range t.cols {
		f, ok := byName[Norm(c.title)]
		if _, fixed := s.o.Map[f]; !ok || c.title == "" || fixed || taken[i] {
			continue
		}
		if before, twice := t.at[f]; twice {
			if inner(fields, f) {
				switch {
				case Norm(c.title) == Norm(f): // the reader's word, and the title came first
					continue
				case Norm(t.cols[before].title) == Norm(f):
					delete(taken, before)
					t.at[f], taken[i] = i, true
					continue
				}
			}
			return nil, where.Errorf(f, "%s",
				s.o.say("подходят два столбца, «%s» и «%s» (скажите, который нужен: --map %s=\"%s\")",
					"two columns may be meant, “%s” and “%s” (say which: --map %s=\"%s\")",
					t.cols[before].title, c.title, f, c.title))
		}
		t.at[f], taken[i] = i, true
	}
	for f, i := range t.at {
		t.heads[f] = t.cols[i].title
	}
	if err := t.missing(where, fields); err != nil {
		return nil, err
	}
	for i, c := range t.cols {
		if !taken[i] && c.title != "" {
			t.rest = append(t.rest, i)
		}
	}
	t.take(s.rows[:head], top, s.rows[head+1:], fields)
	return t, nil
}

// inner reports whether a field's name is the reader's own word and none of its titles.
func inner(fields []Field, name string) bool {
	return slices.ContainsFunc(fields, func(f Field) bool {
		return f.Name == name && f.Inner && !slices.ContainsFunc(f.Titles, func(t string) bool {
			return Norm(t) == Norm(name)
		})
	})
}

// missing reports the required columns that are missing, and once which columns there
// are.
func (t *Table) missing(where Where, fields []Field) error {
	var errs []error
	for _, f := range fields {
		if _, ok := t.at[f.Name]; !f.Must || ok {
			continue
		}
		called := []string{f.Name}
		for _, n := range f.Titles {
			if n = tidy(n); len(called) < 6 && !slices.Contains(called, n) {
				called = append(called, n)
			}
		}
		errs = append(errs, where.Errorf(f.Name, "%s",
			t.o.say("этого столбца нет; он может называться: %s; или назовите его: --map %s=\"…\"",
				"this column is missing; it may be called: %s; or name it: --map %s=\"…\"", strings.Join(called, ", "),
				f.Name)))
	}
	if len(errs) == 0 {
		return nil
	}
	var there []string
	for _, c := range t.cols {
		if c.title != "" {
			there = append(there, "«"+short(c.title)+"»")
		}
	}
	if more := len(there) - maxListed; more > 0 {
		there = append(there[:maxListed], t.o.say("и ещё %d", "%d more", more))
	}
	return errors.Join(append(errs, where.Errorf("", "%s",
		t.o.say("столбцы файла: %s", "the columns of the file: %s", strings.Join(there, ", "))))...)
}

// mapped assigns columns to the fields of the map.
func (t *Table) mapped(where Where, names []string) error {
	for _, f := range slices.Sorted(maps.Keys(t.o.Map)) {
		if !slices.Contains(names, f) {
			return fmt.Errorf("%s: %s", t.file, t.o.say("--map %s: такого столбца не бывает; есть: %s",
				"--map %s: there is no such column; there are: %s", f, strings.Join(names, ", ")))
		}
		want := t.o.Map[f]
		var found []int
		for i, c := range t.cols {
			if Fold(c.title) == Fold(want) {
				found = append(found, i)
			}
		}
		if len(found) != 1 {
			return where.Errorf("", "%s", t.o.say("--map %s: столбцов с заголовком «%s» здесь %d",
				"--map %s: there are %[3]d columns with the heading “%[2]s”", f, want, len(found)))
		}
		t.at[f] = found[0]
	}
	return nil
}

// take separates the rows that count from those that are skipped.
func (t *Table) take(above []row, top row, below []row, fields []Field) {
	for _, r := range above {
		if !r.blank() {
			t.note(r.line, t.o.say("строка над заголовком пропущена: «%s»",
				"the line above the heading was passed over: “%s”", shown(r)))
		}
	}
	whole := func(r row) bool { // has all required fields
		for _, f := range fields {
			if i, ok := t.at[f.Name]; f.Must && ok && (i >= len(r.cells) || r.cells[i].Kind == Empty) {
				return false
			}
		}
		return true
	}
	last := -1
	for i, r := range below {
		if !r.blank() && whole(r) {
			last = i
		}
	}
	filled := len(below)
	for filled > 0 && below[filled-1].blank() && len(below[filled-1].cells) <= 1 {
		filled-- // do not report empty lines at the end of a file
	}
	blanks := 0
	flush := func(before int) {
		switch {
		case blanks == 1:
			t.note(below[before-1].line, t.o.say("пустая строка пропущена", "an empty line was passed over"))
		case blanks > 1:
			t.note(below[before-blanks].line, t.o.say("пустые строки по %d пропущены",
				"empty lines to %d were passed over", below[before-1].line))
		}
		blanks = 0
	}
	for i, r := range below[:filled] {
		if r.blank() {
			blanks++
			continue
		}
		flush(i)
		single := 0
		for _, c := range r.cells {
			if c.Kind != Empty {
				single++
			}
		}
		switch {
		case isTotal(r.first()) && !whole(r):
			t.note(r.line, t.o.say("строка итогов пропущена: «%s»", "the line of totals was passed over: “%s”",
				shown(r)))
		case i > last && last >= 0 && single == 1 && len(t.cols) > 2:
			t.note(r.line, t.o.say("строка под таблицей пропущена: «%s»",
				"the line below the table was passed over: “%s”", shown(r)))
		case slices.EqualFunc(titles(r), titles(top), func(a, b string) bool { return Fold(a) == Fold(b) }):
			t.note(r.line, t.o.say("заголовок повторяется, строка пропущена",
				"the heading stands again, the line was passed over"))
		default:
			t.rows = append(t.rows, r)
		}
	}
	flush(filled)
}

// longDigits may be a phone number, which must not be shown.
var longDigits = lazyregexp.New(`\d{6,}`)

// shown describes a skipped row by its first text.
func shown(r row) string { return longDigits.ReplaceAllString(short(r.first().Text), "…") }

func (t *Table) note(line int, text string) { t.notes = append(t.notes, Note{line, text}) }

// Has reports whether the file has a column of the field.
func (t *Table) Has(field string) bool { _, ok := t.at[field]; return ok }

// Heading returns the heading of a field as the file has it.
func (t *Table) Heading(field string) string { return t.heads[field] }

// Heads returns all headings of the file in their order.
func (t *Table) Heads() []string {
	var out []string
	for _, c := range t.cols {
		out = append(out, c.title)
	}
	return out
}

// Top returns the place of the heading.
func (t *Table) Top() Where { return Where{t.file, t.top, t.heads} }

// Rest returns the headings of the columns that are not fields, in their order.
func (t *Table) Rest() []string {
	var out []string
	for _, i := range t.rest {
		out = append(out, t.cols[i].title)
	}
	return out
}

// Base returns a heading without its unit: «Выручка, тыс. руб.» gives «Выручка».
func Base(title string) string { base, _ := unit(title); return tidy(base) }

// Use makes the column with the heading, one of Rest, a field with the heading as its
// name. It reports whether there is exactly one such column.
func (t *Table) Use(heading string) bool {
	var found []int
	for i, at := range t.rest {
		if t.cols[at].title == heading {
			found = append(found, i)
		}
	}
	if _, taken := t.at[heading]; len(found) != 1 || taken {
		return false
	}
	t.at[heading], t.heads[heading] = t.rest[found[0]], heading
	t.rest = slices.Delete(t.rest, found[0], found[0]+1)
	return true
}

// maxListed limits how many headings are listed.
const maxListed = 30

// Notes returns what a person must know: skipped rows and, once, the columns that were
// not used.
func (t *Table) Notes() []Note {
	out := slices.Clone(t.notes)
	if len(t.rows) == 0 {
		out = append(out, Note{t.top, t.o.say("под заголовком нет ни одной строки",
			"no line stands below the heading")})
	}
	var unused []string
	for _, h := range t.Rest() {
		unused = append(unused, "«"+short(h)+"»")
	}
	if more := len(unused) - maxListed; more > 0 {
		unused = append(unused[:maxListed], t.o.say("и ещё %d", "%d more", more))
	}
	if len(unused) > 0 {
		out = append(out, Note{0, t.o.say("столбцы не использованы: %s", "columns that were not used: %s",
			strings.Join(unused, ", "))})
	}
	return out
}

// Lines ranges over the rows that count. Err returns what is wrong in them.
func (t *Table) Lines() iter.Seq[*Line] {
	return func(yield func(*Line) bool) {
		for _, r := range t.rows {
			l := &Line{Where: Where{t.file, r.line, t.heads}, t: t, row: r}
			for i := len(t.cols); i < len(r.cells); i++ {
				if r.cells[i].Kind != Empty {
					l.fail("", "полей %d, а заголовков %d: лишний разделитель, или текст с разделителем стоит без "+
						"кавычек", "%d fields, but there are %d headings: a separator too many, or a text "+
						"without quotes", len(r.cells), len(t.cols))
					break
				}
			}
			if !yield(l) {
				return
			}
		}
	}
}

// Err returns everything that is wrong in the lines read so far, joined.
func (t *Table) Err() error { return Join(t.errs) }

// Line is a row with its cells by field.
type Line struct {
	Where
	t   *Table
	row row
	bad bool
}

// Fail records an error in a field; an empty field means the whole row.
func (l *Line) Fail(field, format string, args ...any) {
	l.bad = true
	l.t.errs = append(l.t.errs, l.Errorf(field, format, args...))
}

// Bad reports whether the line has had an error so far.
func (l *Line) Bad() bool { return l.bad }

// fail is Fail with a text in the language of the options.
func (l *Line) fail(field, ru, en string, args ...any) {
	l.Fail(field, "%s", l.t.o.say(ru, en, args...))
}

// Cell returns the cell of a field; empty if there is none.
func (l *Line) Cell(field string) Cell {
	if i, ok := l.t.at[field]; ok && i < len(l.row.cells) {
		return l.row.cells[i]
	}
	return Cell{}
}

// Text returns the text of a field, without spaces around it; empty if there is none. A
// typed number or date comes as a person would write it.
func (l *Line) Text(field string) string { return l.Cell(field).Text }

// First returns the first of the fields that is not empty.
func (l *Line) First(fields ...string) string {
	for _, f := range fields {
		if s := l.Text(f); s != "" {
			return s
		}
	}
	return ""
}

// Must returns the text of a field and fails if it is empty.
func (l *Line) Must(field string) string {
	s := l.Text(field)
	if s == "" {
		l.fail(field, "пусто", "is empty")
	}
	return s
}
