package calls

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"svodka/internal/imports"
	"svodka/internal/kpi"
)

// Read reads a call log: a CSV file with a heading in Russian or English,
// columns in any order, separated by a comma, a semicolon or a tab, in UTF-8 or
// Windows-1251. The preset is told by the headings, or is the one named. All that
// is wrong in the file comes in one error, joined; then there is no log.
//
// A call that stands several times in the file counts once, as it stands last.
func Read(file string, r io.Reader, named Source) (Log, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return Log{}, fmt.Errorf("reading %s: %w", file, err)
	}
	if data, err = decode(file, data); err != nil {
		return Log{}, err
	}
	c := csv.NewReader(bytes.NewReader(data))
	c.FieldsPerRecord = -1
	c.TrimLeadingSpace = true
	c.Comma = separator(data)
	head, err := c.Read()
	if errors.Is(err, io.EOF) {
		return Log{}, fmt.Errorf("%s is empty; its first line must name the columns, for example: %s", file, example)
	}
	if err != nil {
		return Log{}, lineError(file, err)
	}
	p, at, err := recognise(file, head, named)
	if err != nil {
		return Log{}, err
	}
	log := Log{Source: p.source}
	place := map[[2]string]int{}
	var errs []error
	for {
		rec, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Log{}, errors.Join(append(errs, lineError(file, err))...)
		}
		if len(rec) == 1 && strings.TrimSpace(rec[0]) == "" {
			continue
		}
		n, _ := c.FieldPos(0)
		l := &line{Where: imports.Where{File: file, Line: n}, heads: head, at: at, rec: rec}
		if len(rec) > len(head) {
			l.fail("", "%d fields, but the first line names %d", len(rec), len(head))
		}
		call := p.call(l)
		if call.Source == "" {
			call.Source = p.source
		}
		call.ID = l.must("call_id")
		call = call.Settled()
		if len(l.errs) > 0 {
			errs = append(errs, l.errs...)
			continue
		}
		log.Lines++
		key := [2]string{string(call.Source), call.ID}
		if i, twice := place[key]; twice {
			log.Calls[i] = call
			continue
		}
		place[key] = len(log.Calls)
		log.Calls = append(log.Calls, call)
	}
	if len(errs) > 0 {
		return Log{}, errors.Join(errs...)
	}
	return log, nil
}

// example is a heading of the canonical file.
const example = "call_id,started_at,operator,direction,total_sec,talk_sec,answered"

func lineError(file string, err error) error {
	at := imports.Where{File: file, Line: 1}
	if pe, ok := errors.AsType[*csv.ParseError](err); ok {
		at.Line, err = pe.Line, pe.Err
	}
	return at.Errorf("", "%v", err)
}

// decode makes UTF-8 of a file.
func decode(file string, data []byte) ([]byte, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, fmt.Errorf("%s is no CSV in UTF-8 or Windows-1251 (save it as “CSV UTF-8”)", file)
	}
	if utf8.Valid(data) {
		return data, nil
	}
	out, err := charmap.Windows1251.NewDecoder().Bytes(data)
	if err != nil {
		return nil, fmt.Errorf("%s is no CSV in UTF-8 or Windows-1251 (save it as “CSV UTF-8”): %w", file, err)
	}
	return out, nil
}

// separator is the sign that stands most often in the first line.
func separator(data []byte) rune {
	head, _, _ := bytes.Cut(bytes.TrimLeft(data, "\r\n"), []byte("\n"))
	best, most := ',', bytes.Count(head, []byte(","))
	for _, c := range []rune{';', '\t'} {
		if n := bytes.Count(head, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// normHead makes a heading comparable: case, separators of words and units in
// brackets or after a comma do not tell columns apart.
func normHead(s string) string {
	s = Fold(s)
	if before, _, ok := strings.Cut(s, "("); ok {
		s = before
	}
	for _, unit := range []string{"сек.", "сек", "с", "sec", "s", "seconds", "руб.", "руб", "₽"} {
		if before, ok := strings.CutSuffix(s, ", "+unit); ok {
			s = before
		}
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" _.-/\u00a0", r) }), "_")
}

// recognise finds the preset of a file, and the column of each of its fields.
func recognise(file string, head []string, named Source) (preset, map[string]int, error) {
	where := imports.Where{File: file, Line: 1}
	norm := make([]string, len(head))
	for i, h := range head {
		norm[i] = normHead(h)
	}
	var found []preset
	for _, p := range presets {
		switch {
		case named != "":
			if p.source == named {
				found = append(found, p)
			}
		case slices.ContainsFunc(p.marks, func(m string) bool { return slices.Contains(norm, m) }):
			found = append(found, p)
		}
	}
	switch {
	case len(found) == 0 && named == "":
		found = append(found, presets[0])
	case len(found) > 1:
		var names []string
		for _, p := range found {
			names = append(names, string(p.source))
		}
		return preset{}, nil, where.Errorf("", "the columns may be those of %s (say which: --source %s)", strings.Join(names, " or "), names[0])
	}
	p := found[0]
	at, fields := map[string]int{}, p.fields()
	for i, n := range norm {
		field, ok := fields[n]
		if !ok || n == "" {
			continue
		}
		if before, twice := at[field]; twice {
			return preset{}, nil, where.Errorf(field, "two columns may be meant, “%s” and “%s” (remove or rename one)", tidy(head[before]), tidy(head[i]))
		}
		at[field] = i
	}
	for _, must := range p.needs {
		if _, ok := at[must]; !ok {
			names := p.names[must]
			return preset{}, nil, where.Errorf(must, "this column is missing in a log of %s; its heading may be: %s", p.source.Title(), strings.Join(names, ", "))
		}
	}
	return p, at, nil
}

func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// line is one record with its fields by name.
type line struct {
	imports.Where
	heads []string
	at    map[string]int
	rec   []string
	errs  []error
}

func (l *line) fail(field, format string, args ...any) {
	if i, ok := l.at[field]; ok {
		field = tidy(l.heads[i]) // as the file calls it
	}
	l.errs = append(l.errs, l.Errorf(field, format, args...))
}

// get is a field, empty if there is none.
func (l *line) get(field string) string {
	if i, ok := l.at[field]; ok && i < len(l.rec) {
		return strings.TrimSpace(l.rec[i])
	}
	return ""
}

// first is the first of the fields that is not empty.
func (l *line) first(fields ...string) string {
	for _, f := range fields {
		if s := l.get(f); s != "" {
			return s
		}
	}
	return ""
}

// must is a field that may not be empty.
func (l *line) must(field string) string {
	s := l.get(field)
	if s == "" {
		l.fail(field, "is empty")
	}
	return s
}

// when reads the moment at which a call began.
func (l *line) when(c *Call, field string) {
	s := l.must(field)
	if s == "" {
		return
	}
	t, floating, ok := ParseTime(s)
	if !ok {
		l.fail(field, "%q is no time (write 2026-05-15 10:20:30, 15.05.2026 10:20:30 or seconds since 1970)", s)
	}
	c.Started, c.Floating = t, floating
}

// moment reads a moment whose zone does not matter, as seconds; 0 or empty: none.
func (l *line) moment(field string) (seconds float64, ok bool) {
	s := l.get(field)
	if s == "" || s == "0" {
		return 0, false
	}
	t, _, ok := ParseTime(s)
	if !ok {
		l.fail(field, "%q is no time", s)
		return 0, false
	}
	return float64(t.Unix()), true
}

// seconds reads a length.
func (l *line) seconds(field string) kpi.Num {
	s := l.get(field)
	if s == "" {
		return kpi.Num{}
	}
	v, ok := ParseLength(s)
	if !ok {
		l.fail(field, "%q is no length (write seconds, 75, or 0:01:15)", s)
		return kpi.Num{}
	}
	return kpi.Some(v)
}

func (l *line) money(field string) kpi.Num {
	s := strings.TrimSpace(strings.TrimRight(l.get(field), "₽рубRUB. "))
	if s == "" {
		return kpi.Num{}
	}
	v, err := imports.Number(s)
	if err != nil {
		l.fail(field, "%q is no number", l.get(field))
		return kpi.Num{}
	}
	return kpi.Some(v)
}

// choice reads a field with known values; what is not known is a mistake.
func choice[T any](l *line, field string, known map[string]T) (v T) {
	s := l.get(field)
	if s == "" {
		return v
	}
	v, ok := known[Fold(s)]
	if !ok {
		l.fail(field, "%q is not understood (known: %s)", s, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
	}
	return v
}

// layouts are the ways in which times are written.
var layouts = []struct {
	layout   string
	floating bool
}{
	{time.RFC3339, false},
	{"2006-01-02 15:04:05Z07:00", false},
	{"2006-01-02 15:04:05 -0700", false},
	{"2006-01-02 15:04:05 MST", false},
	{"20060102T150405Z07:00", false},
	{"2006-01-02 15:04:05", true},
	{"2006-01-02T15:04:05", true},
	{"2006-01-02 15:04", true},
	{"02.01.2006 15:04:05", true},
	{"02.01.2006 15:04", true},
	{"02.01.2006, 15:04:05", true},
	{"02.01.2006, 15:04", true},
	{"02.01.06 15:04:05", true},
	{"20060102T150405", true},
}

// ParseTime reads a moment: seconds or milliseconds since 1970, RFC 3339,
// 2026-05-15 10:20:30 or 15.05.2026 10:20:30. floating tells that no zone was
// written: then the time is given in UTC. Years are of this century.
func ParseTime(s string) (t time.Time, floating, ok bool) {
	s = tidy(s)
	if n, err := strconv.ParseFloat(s, 64); err == nil && n >= 0 {
		if n >= 1e12 {
			n /= 1000
		}
		if n > 1e11 {
			return t, false, false
		}
		t = time.Unix(int64(n), 0).UTC()
		return t, false, century(t)
	}
	for _, l := range layouts {
		if l.layout == "2006-01-02 15:04:05 MST" && !strings.HasSuffix(s, " UTC") && !strings.HasSuffix(s, " GMT") {
			continue // other names of zones are ambiguous
		}
		if t, err := time.Parse(l.layout, s); err == nil {
			return t.UTC(), l.floating, century(t)
		}
	}
	return t, false, false
}

func century(t time.Time) bool { return t.Year() >= 2000 && t.Year() < 2100 }

// ParseLength reads a length in seconds: 75, 75.4, 01:15 (minutes and seconds)
// or 0:01:15. At most a day.
func ParseLength(s string) (float64, bool) {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(s), "сек."), "сек"))
	parts := strings.Split(s, ":")
	if len(parts) == 1 {
		v, err := imports.Number(s)
		return v, err == nil && v >= 0 && v <= 86400
	}
	if len(parts) > 3 {
		return 0, false
	}
	total := 0
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 || n > 1440 || i > 0 && n > 59 || p[0] == '+' || p[0] == '-' {
			return 0, false
		}
		total = total*60 + n
	}
	return float64(total), total <= 86400
}

// employees reads UIS's list: JSON as its API gives it, or plain names. Of
// several the one counts who talked, else the last, who had the call in the end.
func employees(s string) (Operator, bool) {
	if !strings.HasPrefix(s, "[") {
		return Operator{Name: s}, true
	}
	var list []struct {
		ID     json.Number `json:"employee_id"`
		Name   string      `json:"employee_full_name"`
		Talked bool        `json:"is_talked"`
	}
	if err := json.Unmarshal([]byte(s), &list); err != nil {
		return Operator{}, false
	}
	var op Operator
	for _, e := range list {
		op = Operator{ID: e.ID.String(), Name: tidy(e.Name)}
		if e.Talked {
			break
		}
	}
	return op, true
}
