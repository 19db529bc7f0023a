package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"svodka/internal/lazyregexp"
)

// Read reads a file, whatever its name: it recognises .xlsx by the content and takes all
// else for text. Texts may be in UTF-8, UTF-16 or Windows-1251, separated by commas,
// semicolons or tabs. It also reads HTML tables, which many programs write and call .xls.
// Errors name the file by the argument file.
func Read(file string, data []byte, o Options) (*Sheet, error) {
	s := &Sheet{file: file, o: o}
	var err error
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		err = s.readXLSX(data)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		err = fmt.Errorf("%s: %s", file, o.say("это книга Excel старого вида (.xls): сохраните её как .xlsx или CSV",
			"this is an Excel workbook of the old kind (.xls): save it as .xlsx or CSV"))
	case o.Sheet != "":
		err = fmt.Errorf("%s: %s", file, o.say("это не .xlsx: листов в нём нет, уберите --sheet",
			"this is no .xlsx: it has no sheets, drop --sheet"))
	default:
		err = s.readText(data)
	}
	if err != nil {
		return nil, err
	}
	return s, s.recall()
}

func (s *Sheet) readText(data []byte) error {
	src, err := s.decode(data)
	if err != nil {
		return err
	}
	if isHTML(src) {
		return s.readHTML(src)
	}
	first := 1
	sep := rune(0)
	// Excel's own first line: sep=;
	if head, rest, _ := strings.Cut(src, "\n"); len(head) < 12 {
		if c, ok := strings.CutPrefix(strings.ToLower(strings.Trim(head, "\" \r")), "sep="); ok &&
			utf8.RuneCountInString(c) == 1 {
			sep, _ = utf8.DecodeRuneInString(c)
			src, first = rest, 2
			s.notes = append(s.notes, Note{1, s.o.say("строка «%s» пропущена: она называет разделитель",
				"the line “%s” was passed over: it names the separator", strings.TrimSpace(head))})
		}
	}
	if sep == 0 {
		sep = separator(src)
	}
	for r := (records{src: src, line: first, sep: sep}); ; {
		rec, line, err := r.next()
		if errors.Is(err, errNoMore) {
			return nil
		}
		if err != nil {
			return Where{File: s.file, Line: line}.Errorf("", "%s",
				s.o.say("кавычка открыта и нигде не закрыта: уберите её или закройте",
					"a quote is opened and never closed: remove it or close it"))
		}
		cells := make([]Cell, len(rec))
		for i, f := range rec {
			cells[i] = text(f)
		}
		s.rows = append(s.rows, row{line, cells}.trimmed())
	}
}

// decode converts a text file to UTF-8.
func (s *Sheet) decode(data []byte) (string, error) {
	wrong := func() (string, error) {
		return "", fmt.Errorf("%s: %s", s.file,
			s.o.say("это не таблица: нужен CSV или .xlsx", "this is no table: it must be CSV or .xlsx"))
	}
	if e, ok := utf16(data); ok {
		out, err := unicode.UTF16(e, unicode.UseBOM).NewDecoder().Bytes(data)
		if err != nil || bytes.IndexByte(out, 0) >= 0 {
			return wrong()
		}
		data = out
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.IndexByte(data, 0) >= 0 {
		return wrong()
	}
	if !utf8.Valid(data) {
		if at, ok := torn(data); ok {
			return "", Where{File: s.file, Line: bytes.Count(data[:at], []byte("\n")) + 1}.Errorf("", "%s",
				s.o.say("здесь испорчен знак UTF-8: сохраните файл ещё раз как «CSV UTF-8»",
					"a sign of UTF-8 is broken here: save the file again as “CSV UTF-8”"))
		}
		out, err := charmap.Windows1251.NewDecoder().Bytes(data)
		if err != nil {
			return wrong()
		}
		data = out
	}
	out := strings.ReplaceAll(string(data), "\r\n", "\n")
	if !strings.Contains(out, "\n") {
		out = strings.ReplaceAll(out, "\r", "\n") // from an old Mac
	}
	return out, nil
}

// utf16 reports whether a text is in UTF-16: it has the mark, or every other byte is
// zero, as in texts with digits and separators.
func utf16(data []byte) (unicode.Endianness, bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return unicode.LittleEndian, true
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return unicode.BigEndian, true
	}
	var zeros [2]int
	n := min(len(data), 4000)
	for i, b := range data[:n] {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch {
	case zeros[1]*10 > n && zeros[0] == 0:
		return unicode.LittleEndian, true
	case zeros[0]*10 > n && zeros[1] == 0:
		return unicode.BigEndian, true
	}
	return unicode.LittleEndian, false
}

// torn returns where a text that is mostly UTF-8 is invalid: read as Windows-1251 it
// would be nonsense.
func torn(data []byte) (at int, ok bool) {
	at, good, bad := -1, 0, 0
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			if bad++; at < 0 {
				at = i
			}
		case n > 1:
			good++
		}
		i += n
	}
	return at, good > 2*bad
}

// separator returns the sign that splits the first records into equally many fields; of
// several, the one that gives more fields.
func separator(src string) rune {
	best, most := ',', 0
	for _, sep := range []rune{',', ';', '\t'} {
		lines := map[int]int{} // count by number of fields
		r := records{src: src, line: 1, sep: sep}
		for range 50 {
			rec, _, err := r.next()
			if err != nil {
				break
			}
			if len(rec) > 1 {
				lines[len(rec)]++
			}
		}
		for fields, n := range lines {
			if score := (fields - 1) * n; score > most {
				best, most = sep, score
			}
		}
	}
	return best
}

var (
	errNoMore   = errors.New("no more records")
	errUnclosed = errors.New("a quote is not closed")
)

// records splits a text into records. Besides RFC 4180 it reads what people have: quotes
// inside a field that are not doubled belong to the text, as in ООО "Ромашка", and so do
// those of a field that does not end with a quote.
type records struct {
	src  string
	pos  int
	line int
	sep  rune
}

// next returns the next record and the line where it starts.
func (r *records) next() (rec []string, line int, err error) {
	if r.pos >= len(r.src) {
		return nil, r.line, errNoMore
	}
	line = r.line
	for {
		field, end, err := r.field()
		if err != nil {
			return nil, r.line, err
		}
		rec = append(rec, field)
		if end {
			return rec, line, nil
		}
	}
}

// field reads one field and its end; end says that the record ends too.
func (r *records) field() (field string, end bool, err error) {
	rest := r.src[r.pos:]
	start := strings.TrimLeft(rest, " ")
	if strings.HasPrefix(start, `"`) {
		field, n, ok := quoted(start[1:], r.sep)
		if !ok && n < 0 {
			return "", true, errUnclosed
		}
		if ok {
			n += len(rest) - len(start) + 1
			r.line += strings.Count(rest[:n], "\n")
			return field, r.after(rest, n), nil
		}
	}
	n := strings.IndexFunc(rest, func(c rune) bool { return c == r.sep || c == '\n' })
	if n < 0 {
		n = len(rest)
	}
	field = strings.TrimSuffix(rest[:n], "\r")
	// "ООО "Ромашка"": the outer quotes are the file's, the inner ones the text's.
	if t := strings.TrimSpace(field); strings.Count(t, `"`) > 2 && strings.HasPrefix(t, `"`) &&
		strings.HasSuffix(t, `"`) {
		field = t[1 : len(t)-1]
	}
	return field, r.after(rest, n), nil
}

// after moves past the separator or the end of the line at n.
func (r *records) after(rest string, n int) (end bool) {
	r.pos += n
	if n >= len(rest) {
		return true
	}
	if rest[n] == '\n' {
		r.pos++
		r.line++
		return true
	}
	r.pos += utf8.RuneLen(r.sep)
	return false
}

// quoted reads a field after its opening quote. n is the length that it takes of s, with
// the closing quote and spaces after it. ok is false if something else follows a quote,
// so that the field is not a quoted one; n is then below 0 if there is no closing quote.
func quoted(s string, sep rune) (field string, n int, ok bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s[n:], '"')
		if i < 0 {
			return "", -1, false
		}
		b.WriteString(s[n : n+i])
		n += i + 1
		if strings.HasPrefix(s[n:], `"`) {
			b.WriteByte('"')
			n++
			continue
		}
		end := strings.TrimLeft(s[n:], " \r")
		n = len(s) - len(end)
		c, _ := utf8.DecodeRuneInString(end)
		return b.String(), n, end == "" || c == sep || c == '\n'
	}
}

// totals matches the beginning of a line of totals.
var totals = lazyregexp.New(
	`^(?:(?:общий |общие |промежуточный |промежуточные )?итог[оиа]?|всего|в сумме|общая сумма|sum total|totals?|grand totals?|sub-?totals?)(?:[ :.,=–—-].*)?$`)

// isTotal reports whether a cell begins a line of totals.
func isTotal(c Cell) bool { return c.Kind == Text && totals.MatchString(Fold(c.Text)) }
