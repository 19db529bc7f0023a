package calls

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"svodka/internal/kpi"
	"svodka/internal/tabular"
)

// Read reads a call log: a table with a heading in Russian or English, in any of
// the forms that package tabular reads. The preset is told by the headings, or is
// the one named. All that is wrong in the file comes in one error, joined; then
// there is no log.
//
// A call that stands several times in the file counts once, as it stands last.
func Read(file string, data []byte, named Source, o tabular.Options) (Log, error) {
	sheet, err := tabular.Read(file, data, o)
	if err != nil {
		return Log{}, err
	}
	if sheet.Empty() {
		return Log{}, fmt.Errorf("%s: %s", file, say(o, "файл пуст; первая строка должна называть столбцы, например: %s", "the file is empty; its first line must name the columns, for example: %s", example))
	}
	p, err := recognise(file, sheet, named, o)
	if err != nil {
		return Log{}, err
	}
	t, err := sheet.Match(p.fields)
	if err != nil {
		return Log{}, err
	}
	log := Log{Source: p.source}
	place := map[[2]string]int{}
	for tl := range t.Lines() {
		l := &line{tl, o}
		call := p.call(l)
		if call.Source == "" {
			call.Source = p.source
		}
		call.ID = l.Must("call_id")
		call = call.Settled()
		if l.Bad() {
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
	if err := t.Err(); err != nil {
		return Log{}, err
	}
	log.Notes, log.Heads = t.Notes(), t.Heads()
	return log, nil
}

// example is a heading of the canonical file.
const example = "call_id,started_at,operator,direction,total_sec,talk_sec,answered"

func say(o tabular.Options, ru, en string, args ...any) string {
	return fmt.Sprintf(o.Lang.T(ru, en), args...)
}

// recognise finds the preset of a file by its headings.
func recognise(file string, sheet *tabular.Sheet, named Source, o tabular.Options) (preset, error) {
	var all []tabular.Field
	for _, p := range presets {
		all = append(all, p.fields...)
	}
	var norm []string
	for _, h := range sheet.Heads(all) {
		norm = append(norm, tabular.Norm(h))
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
	switch len(found) {
	case 0:
		if named == "" {
			return presets[0], nil
		}
		return preset{}, fmt.Errorf("%s: %s", file, say(o, "столбцы телефонии «%s» неизвестны", "the columns of the telephony “%s” are not known", named))
	case 1:
		return found[0], nil
	}
	var names []string
	for _, p := range found {
		names = append(names, string(p.source))
	}
	return preset{}, tabular.Where{File: file, Line: 1}.Errorf("", "%s", say(o, "столбцы подходят к нескольким телефониям, %s: скажите, какая это: --source %s", "the columns may be those of %s (say which: --source %s)",
		strings.Join(names, o.Lang.T(" и ", " or ")), names[0]))
}

func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// line is one record with its fields by name.
type line struct {
	*tabular.Line
	o tabular.Options
}

func (l *line) fail(field, ru, en string, args ...any) {
	l.Fail(field, "%s", say(l.o, ru, en, args...))
}

// when reads the moment at which a call began; its time of day may stand in a
// column of its own.
func (l *line) when(c *Call, field string) {
	if l.Must(field) != "" {
		c.Started, c.Floating, _ = l.Moment(field, "time")
	}
}

// moment reads a moment whose zone does not matter, as seconds; 0 or empty: none.
func (l *line) moment(field string) (seconds float64, ok bool) {
	if s := l.Text(field); s == "" || s == "0" {
		return 0, false
	}
	t, _, ok := l.Moment(field, "")
	return float64(t.Unix()), ok
}

// money reads roubles.
func (l *line) money(field string) kpi.Num { return l.Number(field, kpi.Money) }

// choice reads a field with known values; what is not known is a mistake.
func choice[T any](l *line, field string, known map[string]T) (v T) {
	s := l.Text(field)
	if s == "" {
		return v
	}
	v, ok := known[tabular.Fold(s)]
	if !ok {
		list := strings.Join(slices.Sorted(maps.Keys(known)), ", ")
		l.fail(field, "«%s» непонятно (понятны: %s)", "“%s” is not understood (known: %s)", s, list)
	}
	return v
}

// ParseTime reads a moment: seconds or milliseconds since 1970, RFC 3339,
// 2026-05-15 10:20:30 or 15.05.2026 10:20:30. floating tells that no zone was
// written: then the time is given in UTC. Years are of this century.
func ParseTime(s string) (t time.Time, floating, ok bool) { return tabular.ParseMoment(s) }

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
