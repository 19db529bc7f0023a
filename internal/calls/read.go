package calls

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"svodka/internal/kpi"
	"svodka/internal/lazyregexp"
	"svodka/internal/tabular"
)

// Read reads a call log: a table with a heading in Russian or English, in any of the
// forms that package tabular reads, or a telephony's file without a heading. The headings
// decide the preset, unless it is named. If anything is wrong, Read returns all errors
// joined and no log.
//
// Several lines with one id are legs of one call. Of one operator's legs the answered one
// counts; of several the longest, of equals the last; see also counting.
func Read(file string, data []byte, named Source, o tabular.Options) (Log, error) {
	sheet, err := tabular.Read(file, data, o)
	if err != nil {
		return Log{}, err
	}
	if sheet.Empty() {
		return Log{}, fmt.Errorf("%s: %s", file,
			say(o, "файл пуст; первая строка должна называть столбцы, например: %s",
				"the file is empty; its first line must name the columns, for example: %s", example))
	}
	p, bare, err := recognise(file, sheet, named, o)
	if err != nil {
		return Log{}, err
	}
	if bare {
		// The last columns depend on settings.
		sheet = sheet.Headless(p.bare[:min(len(p.bare), len(sheet.FirstLine()))])
	}
	t, err := sheet.Match(tabular.Inner(p.fields))
	if err != nil {
		return Log{}, err
	}
	withIDs := slices.ContainsFunc(p.ids, t.Has)
	if !withIDs {
		if t, err = sheet.Match(tabular.Inner(withNumbers(p.fields))); err != nil {
			return Log{}, err
		}
	}
	var read []Call
	var numbers []string
	for tl := range t.Lines() {
		l := &line{tl, t, o}
		call := p.call(l)
		if call.Source == "" {
			call.Source = p.source
		}
		if withIDs {
			if call.ID = l.First(p.ids...); call.ID == "" {
				l.Must(p.ids[slices.IndexFunc(p.ids, t.Has)])
			}
		}
		if call = call.Settled(); l.Bad() {
			continue
		}
		read = append(read, call)
		if !withIDs {
			numbers = append(numbers, l.number())
		}
	}
	if err := t.Err(); err != nil {
		return Log{}, err
	}
	log := Log{Source: p.source, Lines: len(read), Notes: t.Notes(), Heads: t.Heads()}
	if bare {
		log.Notes = append(log.Notes, tabular.Note{Text: say(o, "заголовка нет; столбцы прочитаны как у %s",
			"there is no heading; the columns were read as those of %s", p.source.Title())})
	}
	if !withIDs {
		log.Notes = append(log.Notes, tabular.Note{
			Text: say(o, "столбца с id звонка нет: звонки различаются по времени, оператору и номеру",
				"there is no column with the id of a call: calls are told apart by time, operator and number")})
	}
	log.merge(read, numbers)
	return log, nil
}

// example is a heading of the canonical file.
const example = "call_id,started_at,operator,direction,total_sec,talk_sec,answered"

func say(o tabular.Options, ru, en string, args ...any) string {
	return fmt.Sprintf(o.Lang.T(ru, en), args...)
}

// recognise finds the preset of a file by its headings or, if it has none (bare), by its
// first line.
func recognise(file string, sheet *tabular.Sheet, named Source, o tabular.Options) (p preset, bare bool, err error) {
	may := slices.DeleteFunc(slices.Clone(presets), func(p preset) bool { return named != "" && p.source != named })
	if len(may) == 0 {
		return preset{}, false, fmt.Errorf("%s: %s", file,
			say(o, "столбцы телефонии «%s» неизвестны", "the columns of the telephony “%s” are not known", named))
	}
	first := sheet.FirstLine()
	for _, p := range may {
		if p.isBare != nil && p.isBare(first) {
			return p, true, nil
		}
	}
	var all []tabular.Field
	for _, p := range presets {
		all = append(all, p.fields...)
	}
	var norm []string
	for _, h := range sheet.Heads(all) {
		norm = append(norm, tabular.Norm(h))
	}
	var found []preset
	for _, p := range may {
		there := func(mark []string) bool {
			return !slices.ContainsFunc(mark, func(h string) bool { return !slices.Contains(norm, h) })
		}
		if slices.ContainsFunc(p.marks, there) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return may[0], false, nil
	case 1:
		return found[0], false, nil
	}
	var names []string
	for _, p := range found {
		if !slices.Contains(names, string(p.source)) {
			names = append(names, string(p.source))
		}
	}
	if len(names) == 1 {
		return found[0], false, nil
	}
	return preset{}, false, tabular.Where{File: file, Line: 1}.Errorf("", "%s",
		say(o, "столбцы подходят к нескольким телефониям, %s: скажите, какая это: --source %s",
			"the columns may be those of %s (say which: --source %s)",
			strings.Join(names, o.Lang.T(" и ", " or ")), names[0]))
}

func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// line is one record with its fields by name.
type line struct {
	*tabular.Line
	t *tabular.Table
	o tabular.Options
}

// has reports whether the file has a column of the field.
func (l *line) has(field string) bool { return l.t.Has(field) }

func (l *line) fail(field, ru, en string, args ...any) {
	l.Fail(field, "%s", say(l.o, ru, en, args...))
}

// when reads the moment at which a call began; its time of day may be in a column of its
// own.
func (l *line) when(c *Call, field string) {
	if l.Must(field) == "" {
		return
	}
	clock := "time"
	if field == clock {
		clock = ""
	}
	c.Started, c.Floating, _ = l.Moment(field, clock)
}

// moment reads a moment whose zone does not matter, as seconds; none if the field is
// empty or 0.
func (l *line) moment(field string) (seconds float64, ok bool) {
	if s := l.Text(field); s == "" || s == "0" {
		return 0, false
	}
	t, _, ok := l.Moment(field, "")
	return float64(t.Unix()), ok
}

// money reads roubles; a dash means none.
func (l *line) money(field string) kpi.Num {
	if none(l.Text(field)) {
		return kpi.Num{}
	}
	return l.Number(field, kpi.Money)
}

// none reports whether a cell means that there is no value.
func none(s string) bool { return s == "" || s == "-" || s == "—" }

// choice reads a field with known values or known beginnings of them; it fails on any
// other.
func choice[T any](l *line, field string, known map[string]T, stems []stem[T]) (v T) {
	s := l.Text(field)
	if none(s) {
		return v
	}
	v, ok := known[tabular.Fold(s)]
	for i := 0; !ok && i < len(stems); i++ {
		if strings.HasPrefix(tabular.Fold(s), stems[i].start) {
			v, ok = stems[i].value, true
		}
	}
	if !ok {
		words := slices.Collect(maps.Keys(known))
		for _, st := range stems {
			words = append(words, strings.TrimSpace(st.start)+"…")
		}
		slices.Sort(words)
		list := strings.Join(words, ", ")
		l.fail(field, "«%s» непонятно (понятны: %s)", "“%s” is not understood (known: %s)", s, list)
	}
	return v
}

// ParseTime reads a moment: seconds or milliseconds since 1970, RFC 3339, 2026-05-15
// 10:20:30 or 15.05.2026 10:20:30. floating says that there was no zone, so the time is
// given in UTC. Years are of this century.
func ParseTime(s string) (t time.Time, floating, ok bool) { return tabular.ParseMoment(s) }

// employees reads UIS's list: JSON from its API, or plain names. Of several employees it
// takes the one who talked, else the last, who had the call in the end.
func employees(s string) (Operator, bool) {
	if !strings.HasPrefix(s, "[") {
		return called("", "", s), true
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

var extInName = lazyregexp.New(`^(.+?)\s*\((\d{2,6})\)$`)

// called makes an operator from the columns of a file; the name may contain the
// extension: «Иванова Анна (105)».
func called(id, ext, name string) Operator {
	name = tidy(name)
	if none(name) {
		name = ""
	}
	if m := extInName.FindStringSubmatch(name); m != nil && ext == "" {
		name, ext = m[1], m[2]
	}
	return Operator{ID: id, Ext: ext, Name: name}
}

// isMoment reports whether a text is a moment.
func isMoment(s string) bool {
	_, _, ok := tabular.ParseMoment(s)
	return ok
}
