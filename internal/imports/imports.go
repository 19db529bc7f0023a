// Package imports reads the CSV files that history comes in: people, entries,
// deals and clients.
//
// It is pure: it turns bytes into rows and says, with file, line and field,
// what is wrong with them. Whether a person or a KPI exists is not its business.
package imports

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"svodka/internal/calendar"
)

// Where is the place of a row: for errors found out later.
type Where struct {
	File string
	Line int // from 1, the heading included
}

// Errorf makes the error of a field in that row.
func (w Where) Errorf(field, format string, args ...any) error {
	return &Error{w, field, fmt.Sprintf(format, args...)}
}

// Error is one thing that is wrong in a file.
type Error struct {
	Where
	Field   string
	Problem string
}

func (e *Error) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Problem)
	}
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Field, e.Problem)
}

// Person is a line of a file of people.
type Person struct {
	Where
	Name, Email, Role, Team string
	Hired, Left             calendar.Date
	Aliases                 []string
	Cost                    float64 // roubles a month; 0: not said
	Notify                  string  // where to remind; empty: not said
}

// Entry is a line of a file of entries.
type Entry struct {
	Where
	Date         calendar.Date
	Manager, KPI string
	Value        string
}

// Deal is a line of a file of deals.
type Deal struct {
	Where
	Date            calendar.Date
	Manager, Client string
	Amount          float64
}

// Client is a line of a file of clients.
type Client struct {
	Where
	Manager, Client string
	HandedOver      calendar.Date
}

// People reads `name,email,role,team,hired,left[,aliases,cost,notify]`.
func People(file string, r io.Reader) ([]Person, error) {
	return read(file, r, []string{"name", "role"}, []string{"email", "team", "hired", "left", "aliases", "cost", "notify"}, func(l *line) Person {
		p := Person{
			Where: l.Where, Name: l.text("name"), Email: l.get("email"), Role: l.text("role"), Team: l.get("team"),
			Hired: l.date("hired", false), Left: l.date("left", false),
			Notify: l.get("notify"),
		}
		if strings.ContainsAny(p.Notify, " ,;") {
			l.fail("notify", "%q is not one address (write the number of a chat, an e-mail, or no)", p.Notify)
		}
		for a := range strings.FieldsFuncSeq(l.get("aliases"), func(r rune) bool { return r == ';' || r == '|' }) {
			p.Aliases = append(p.Aliases, strings.TrimSpace(a))
		}
		if l.get("cost") != "" {
			if p.Cost = l.number("cost"); p.Cost < 0 {
				l.fail("cost", "%s is below zero", l.get("cost"))
			}
		}
		if !p.Hired.IsZero() && !p.Left.IsZero() && p.Left < p.Hired {
			l.fail("left", "%s is before hired, %s", p.Left, p.Hired)
		}
		return p
	})
}

// Entries reads `date,manager,kpi,value`.
func Entries(file string, r io.Reader) ([]Entry, error) {
	return read(file, r, []string{"date", "manager", "kpi", "value"}, nil, func(l *line) Entry {
		return Entry{l.Where, l.date("date", true), l.text("manager"), l.text("kpi"), l.text("value")}
	})
}

// Deals reads `date,manager,client,amount`.
func Deals(file string, r io.Reader) ([]Deal, error) {
	return read(file, r, []string{"date", "manager", "client", "amount"}, nil, func(l *line) Deal {
		return Deal{l.Where, l.date("date", true), l.text("manager"), l.text("client"), l.number("amount")}
	})
}

// Clients reads `manager,client,handed_over`.
func Clients(file string, r io.Reader) ([]Client, error) {
	return read(file, r, []string{"manager", "client"}, []string{"handed_over"}, func(l *line) Client {
		return Client{l.Where, l.text("manager"), l.text("client"), l.date("handed_over", false)}
	})
}

// line is one record with its fields by name.
type line struct {
	Where
	fields map[string]string
	errs   []error
}

func (l *line) fail(field, format string, args ...any) {
	l.errs = append(l.errs, l.Errorf(field, format, args...))
}

func (l *line) get(field string) string { return strings.TrimSpace(l.fields[field]) }

// text is a field that may not be empty.
func (l *line) text(field string) string {
	s := l.get(field)
	if s == "" {
		l.fail(field, "is empty")
	}
	return s
}

// date is a day: 2026-05-15 or 15.05.2026.
func (l *line) date(field string, must bool) calendar.Date {
	s := l.get(field)
	if s == "" {
		if must {
			l.fail(field, "is empty")
		}
		return 0
	}
	iso := s
	if p := strings.Split(s, "."); len(p) == 3 && len(p[2]) == 4 {
		iso = fmt.Sprintf("%s-%02s-%02s", p[2], p[1], p[0])
	}
	d, err := calendar.ParseDate(iso)
	if err != nil {
		l.fail(field, "%q is no date (write 2026-05-15 or 15.05.2026)", s)
	}
	return d
}

// number is a plain decimal number, with a dot or a comma.
func (l *line) number(field string) float64 {
	s := l.text(field)
	if s == "" {
		return 0
	}
	v, err := Number(s)
	if err != nil {
		l.fail(field, "%q is no number", s)
	}
	return v
}

// Number reads a plain decimal number: 1234.5, 1234,5 or 1 234,50.
func Number(s string) (float64, error) {
	plain := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(s)
	if strings.Count(plain, ",") == 1 && !strings.Contains(plain, ".") {
		plain = strings.Replace(plain, ",", ".", 1)
	}
	v, err := strconv.ParseFloat(plain, 64)
	if err != nil || v-v != 0 { // neither NaN nor infinite
		return 0, fmt.Errorf("%q is no number", s)
	}
	return v, nil
}

// read reads a file with a heading. All that is wrong in it comes in one error,
// joined; then there are no rows.
func read[T any](file string, r io.Reader, must, may []string, row func(*line) T) ([]T, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%s is not in UTF-8 (save it as “CSV UTF-8”)", file)
	}
	c := csv.NewReader(bytes.NewReader(data))
	c.FieldsPerRecord = -1
	c.TrimLeadingSpace = true
	if head, _, _ := bytes.Cut(data, []byte("\n")); bytes.Count(head, []byte(";")) > bytes.Count(head, []byte(",")) {
		c.Comma = ';'
	}
	head, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s is empty; its first line must be: %s", file, strings.Join(append(slices.Clone(must), may...), ","))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	at := map[string]int{}
	for i, h := range head {
		h = strings.ToLower(strings.TrimSpace(h))
		if _, twice := at[h]; twice && h != "" {
			return nil, &Error{Where{file, 1}, h, "this column stands twice"}
		}
		at[h] = i
	}
	for _, m := range must {
		if _, ok := at[m]; !ok {
			return nil, &Error{Where{file, 1}, m, "this column is missing; the first line must name: " + strings.Join(append(slices.Clone(must), may...), ",")}
		}
	}
	var out []T
	var errs []error
	for {
		rec, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		n, _ := c.FieldPos(0)
		l := &line{Where: Where{file, n}, fields: map[string]string{}}
		if err != nil {
			var pe *csv.ParseError
			if errors.As(err, &pe) {
				l.Line = pe.Line
				err = pe.Err
			}
			return nil, errors.Join(append(errs, l.Errorf("", "%v", err))...)
		}
		if len(rec) == 1 && strings.TrimSpace(rec[0]) == "" {
			continue
		}
		if len(rec) > len(head) {
			l.fail("", "%d fields, but the first line names %d", len(rec), len(head))
		}
		for name, i := range at {
			if i < len(rec) {
				l.fields[name] = rec[i]
			}
		}
		out = append(out, row(l))
		errs = append(errs, l.errs...)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return out, nil
}
