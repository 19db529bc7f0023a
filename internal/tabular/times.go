package tabular

import (
	"math"
	"strconv"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
	"svodka/internal/lazyregexp"
	"svodka/internal/words"
)

// dayOrder is the order of day and month that a column's dates with slashes or dashes
// show.
type dayOrder uint8

const (
	untold   dayOrder = iota // 05/06/2026: ambiguous
	dayFirst                 // 15/05/2026
	american                 // 05/15/2026: months come first, and so they may in the others
)

type orderVotes struct{ day, month bool }

var slashed = lazyregexp.New(`^(\d{1,2})[/-](\d{1,2})[/-](\d{4})\b`)

func (v *orderVotes) add(s string) {
	if m := slashed.FindStringSubmatch(s); m != nil {
		v.day = v.day || number(m[1]) > 12
		v.month = v.month || number(m[2]) > 12
	}
}

func (v orderVotes) order() dayOrder {
	switch {
	case v.month:
		return american
	case v.day:
		return dayFirst
	}
	return untold
}

// number reads digits; any other text is 0.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// stamp is a day, a time of day and a zone, as far as a text gives them.
type stamp struct {
	at    time.Time // in the zone, else in UTC
	clock bool      // the text has a time of day
	zoned bool      // the text has a zone
}

// fault says why a text is not a day or moment.
type fault uint8

const (
	fine    fault = iota
	noDate        // not a date at all
	noDay         // 30.02.2026
	unclear       // 05/06/2026
	monthUS       // 05/15/2026
	tooOld        // before 2000
	tooFar        // more than a year ahead
)

var (
	isoDay   = lazyregexp.New(`^(\d{4})[-./](\d{1,2})[-./](\d{1,2})`)
	dotDay   = lazyregexp.New(`^(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})(?:\D|$)`)
	tightDay = lazyregexp.New(`^(\d{4})(\d{2})(\d{2})(?:T|$)`)
	wordDay  = lazyregexp.New(`^(\d{1,2}) ([а-яёa-z]{3,9})\.? (\d{4})`)
	clock    = lazyregexp.New(`^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:\s?([aApP])[mM])?`)
	tight    = lazyregexp.New(`^(\d{2})(\d{2})(\d{2})`)
	offset   = lazyregexp.New(`^([+-])(\d{2})(?::?(\d{2}))?$`)
	plainNum = lazyregexp.New(`^\d+(?:[.,]\d+)?$`)
)

// parseStamp reads a text. It knows the zones Z, UTC, GMT, МСК and offsets: other names
// are ambiguous.
func parseStamp(s string, order dayOrder) (stamp, fault) {
	s = tidy(s)
	var y, m, d int
	rest := ""
	switch low := strings.ToLower(s); {
	case isoDay.MatchString(s):
		g := isoDay.FindStringSubmatch(s)
		y, m, d, rest = number(g[1]), number(g[2]), number(g[3]), s[len(g[0]):]
	case dotDay.MatchString(s):
		g := dotDay.FindStringSubmatch(s)
		y, m, d, rest = number(g[3]), number(g[2]), number(g[1]), s[len(g[1])+len(g[2])+len(g[3])+2:]
		if y < 100 {
			y += 2000
		}
	case slashed.MatchString(s):
		g := slashed.FindStringSubmatch(s)
		y, m, d, rest = number(g[3]), number(g[2]), number(g[1]), s[len(g[0]):]
		switch {
		case order == american:
			return stamp{}, monthUS
		case order == untold && m != d:
			return stamp{}, unclear
		}
	case tightDay.MatchString(s):
		g := tightDay.FindStringSubmatch(s)
		y, m, d, rest = number(g[1]), number(g[2]), number(g[3]), s[8:]
	case wordDay.MatchString(low):
		g := wordDay.FindStringSubmatch(low)
		month, ok := words.MonthOfStem(string([]rune(g[2])[:3]))
		if !ok {
			return stamp{}, noDate
		}
		y, m, d = number(g[3]), int(month), number(g[1])
		rest = low[len(g[0]):]
	default:
		return stamp{}, noDate
	}
	day := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if day.Day() != d || int(day.Month()) != m {
		return stamp{}, noDay
	}
	return withClock(day, rest)
}

// withClock adds the time of day and the zone that a text gives.
func withClock(day time.Time, s string) (stamp, fault) {
	s = strings.TrimSpace(strings.TrimLeft(s, ",Tt "))
	if year, ok := strings.CutPrefix(s, "г"); ok { // 15.05.2026 г.
		s = strings.TrimSpace(strings.TrimLeft(year, "., "))
	}
	if s == "" {
		return stamp{at: day}, fine
	}
	var h, m, sec, nano int
	switch {
	case clock.MatchString(s):
		g := clock.FindStringSubmatch(s)
		h, m, sec = number(g[1]), number(g[2]), number(g[3])
		nano = number((g[4] + "000000000")[:9])
		if g[5] != "" {
			if h < 1 || h > 12 {
				return stamp{}, noDate
			}
			h %= 12
			if strings.EqualFold(g[5], "p") {
				h += 12
			}
		}
		s = s[len(g[0]):]
	case tight.MatchString(s):
		h, m, sec, s = number(s[:2]), number(s[2:4]), number(s[4:6]), s[6:]
	default:
		return stamp{}, noDate
	}
	if h > 23 || m > 59 || sec > 59 {
		return stamp{}, noDate
	}
	out := stamp{clock: true}
	zone := time.UTC
	switch z := strings.TrimSpace(s); {
	case z == "":
	case z == "Z" || z == "z" || z == "UTC" || z == "GMT":
		out.zoned = true
	case strings.EqualFold(z, "мск") || strings.EqualFold(z, "msk"):
		out.zoned, zone = true, time.FixedZone("", 3*3600)
	case offset.MatchString(z):
		g := offset.FindStringSubmatch(z)
		secs := number(g[2])*3600 + number(g[3])*60
		if secs > 14*3600 || number(g[3]) > 59 {
			return stamp{}, noDate
		}
		if g[1] == "-" {
			secs = -secs
		}
		out.zoned, zone = true, time.FixedZone("", secs)
	default:
		return stamp{}, noDate
	}
	out.at = time.Date(day.Year(), day.Month(), day.Day(), h, m, sec, nano, zone)
	return out, fine
}

// The range of serial numbers that count as days, and of seconds since 1970 that count as
// moments.
const (
	firstSerial = 36526 // 2000-01-01
	lastSerial  = 73051 // 2100-01-01
	firstUnix   = 946684800
	lastUnix    = 4102444800
)

// numberStamp reads a number as a moment: a spreadsheet's serial number, or seconds or
// milliseconds since 1970.
func numberStamp(v float64) (stamp, fault) {
	switch {
	case v >= firstSerial && v < lastSerial:
		at, _ := ofSerial(v)
		return stamp{at: at, clock: v != math.Trunc(v)}, fine
	case v >= firstUnix*1000 && v < lastUnix*1000:
		v /= 1000
		fallthrough
	case v >= firstUnix && v < lastUnix:
		return stamp{at: time.Unix(int64(v), 0).UTC(), clock: true, zoned: true}, fine
	}
	return stamp{}, noDate
}

// stampOf reads a cell.
func stampOf(c Cell, order dayOrder) (stamp, fault) {
	switch c.Kind {
	case Date:
		at, ok := ofSerial(c.Value)
		if !ok {
			return stamp{}, noDate
		}
		return stamp{at: at, clock: c.Value != math.Trunc(c.Value)}, fine
	case Number:
		return numberStamp(c.Value)
	case Text:
		if s := tidy(c.Text); plainNum.MatchString(s) && !tightDay.MatchString(s) {
			v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
			if err != nil {
				return stamp{}, noDate
			}
			return numberStamp(v)
		}
		return parseStamp(c.Text, order)
	}
	return stamp{}, noDate
}

// bounds checks that a figure can be of this moment: not before 2000, and not more than a
// year ahead.
func (o Options) bounds(t time.Time) fault {
	switch day := calendar.FromTime(t); {
	case t.Year() < 2000:
		return tooOld
	case !o.Today.IsZero() && day > o.Today+366, t.Year() >= 2100:
		return tooFar
	}
	return fine
}

// tell records why a cell is not a day or moment.
func (l *Line) tell(field, shown string, why fault, moment bool) {
	shown = short(shown)
	switch why {
	case unclear, monthUS:
		if l.bad = true; l.t.bad[field] {
			return
		}
		l.t.bad[field] = true
		if why == monthUS {
			l.fail(field, "«%s»: в столбце месяц стоит и перед днём, день и месяц не различить: запишите даты как "+
				"2026-05-15 или 15.05.2026",
				"“%s”: months stand before days in this column, so day and month cannot be told apart: write dates "+
					"as 2026-05-15 or 15.05.2026", shown)
			return
		}
		l.fail(field, "«%s»: день и месяц не различить: запишите даты как 2026-05-15 или 15.05.2026",
			"“%s”: day and month cannot be told apart: write dates as 2026-05-15 or 15.05.2026", shown)
	case tooOld:
		l.fail(field, "«%s»: раньше 2000 года, проверьте год", "“%s” is before the year 2000: check the year", shown)
	case tooFar:
		l.fail(field, "«%s»: больше чем на год вперёд, проверьте год", "“%s” is more than a year ahead: check the year",
			shown)
	case noDay:
		l.fail(field, "«%s»: такого дня нет в календаре", "“%s”: there is no such day", shown)
	default:
		if moment {
			l.fail(field, "«%s» — не дата со временем (напишите 2026-05-15 10:20:30 или 15.05.2026 10:20)",
				"“%s” is no date with a time (write 2026-05-15 10:20:30 or 15.05.2026 10:20)", shown)
			return
		}
		l.fail(field, "«%s» — не дата (напишите 2026-05-15 или 15.05.2026)",
			"“%s” is no date (write 2026-05-15 or 15.05.2026)", shown)
	}
}

// Day returns the day of a field on which something happened, so within the bounds of
// figures; zero if the field is empty. It drops a time of day; with a zone it returns the
// day as written.
func (l *Line) Day(field string) calendar.Date {
	d, _ := l.DayAt(field)
	return d
}

// DayAt is Day with the moment, if a zone was written: in another zone it may be another
// day.
func (l *Line) DayAt(field string) (calendar.Date, time.Time) {
	s, ok := l.stamp(field, true)
	switch {
	case !ok:
		return 0, time.Time{}
	case s.zoned:
		return calendar.FromTime(s.at), s.at
	}
	return calendar.FromTime(s.at), time.Time{}
}

// AnyDay is Day without bounds, for days such as that of hiring.
func (l *Line) AnyDay(field string) calendar.Date {
	s, ok := l.stamp(field, false)
	if !ok {
		return 0
	}
	return calendar.FromTime(s.at)
}

// MustDay is Day that fails if the field is empty.
func (l *Line) MustDay(field string) calendar.Date {
	if l.Must(field) == "" {
		return 0
	}
	return l.Day(field)
}

func (l *Line) stamp(field string, bounded bool) (stamp, bool) {
	c := l.Cell(field)
	if c.Kind == Empty {
		return stamp{}, false
	}
	s, why := stampOf(c, l.t.ruleOf(field).order)
	if why == fine && bounded {
		why = l.t.o.bounds(s.at)
	}
	if why != fine {
		l.tell(field, c.Text, why, false)
		return stamp{}, false
	}
	return s, true
}

// Moment returns the moment of a field, within the bounds of figures. If the field is a
// day alone, the time of day comes from the second field, if there is one. floating says
// that there was no zone, so the moment is given in UTC. ok is false if the field is
// empty or wrong; what is wrong is recorded.
func (l *Line) Moment(field, timeOfDay string) (t time.Time, floating, ok bool) {
	c := l.Cell(field)
	if c.Kind == Empty {
		return t, false, false
	}
	s, why := stampOf(c, l.t.ruleOf(field).order)
	if second := l.Cell(timeOfDay); why == fine && !s.clock && second.Kind != Empty {
		switch second.Kind {
		case Clock, Number, Date:
			sec := math.Round((second.Value - math.Floor(second.Value)) * 86400)
			s = stamp{at: s.at.Add(time.Duration(sec) * time.Second), clock: true}
		default:
			if s, why = withClock(s.at, second.Text); why != fine {
				l.fail(timeOfDay, "«%s» — не время (напишите 10:20:30)", "“%s” is no time of day (write 10:20:30)",
					short(second.Text))
				return t, false, false
			}
		}
	}
	switch {
	case why == fine && c.Kind == Date:
		s.clock = true // midnight may be meant
	case why == fine && !s.clock:
		why = noDate
	}
	if why == fine {
		why = l.t.o.bounds(s.at)
	}
	if why != fine {
		l.tell(field, c.Text, why, true)
		return t, false, false
	}
	return s.at.UTC(), !s.zoned, true
}

// ParseMoment is Line.Moment for a text alone, from an interface and not from a file.
func ParseMoment(text string) (t time.Time, floating, ok bool) {
	s, why := stampOf(Cell{Kind: Text, Text: tidy(text)}, untold)
	if why != fine || !s.clock || (Options{}).bounds(s.at) != fine {
		return t, false, false
	}
	return s.at.UTC(), !s.zoned, true
}

// Seconds returns the length in a field; no value if the field is empty or a dash.
func (l *Line) Seconds(field string) kpi.Num {
	c := l.Cell(field)
	scale := l.t.scale(field)
	v, ok := 0.0, false
	switch c.Kind {
	case Empty:
		return kpi.Num{}
	case Number:
		v = c.Value * scale
		ok = v >= 0 && v <= 86400
	case Clock:
		v = math.Round(c.Value * 86400)
		ok = v <= 86400
	case Text:
		if dash(c.Text) {
			return kpi.Num{}
		}
		v, ok = ParseSeconds(c.Text)
		if ok && plainNum.MatchString(c.Text) {
			v *= scale
			ok = v <= 86400
		}
	}
	if !ok {
		l.fail(field, "«%s» — не длительность (напишите секунды, 75, или 0:01:15)",
			"“%s” is no length (write seconds, 75, or 0:01:15)", short(c.Text))
		return kpi.Num{}
	}
	return kpi.Some(v)
}

var (
	clockLength = lazyregexp.New(`^(?:(\d{1,2}):)?(\d{1,4}):(\d{2})(?:[.,](\d{1,9}))?$`)
	wordLength  = lazyregexp.New(
		`^(?:(\d+)\s*(?:часа|часов|час|ч|hours|hour|h)\.?\s*)?(?:(\d+)\s*(?:минуты|минута|минут|мин|м|minutes|minute|min|m)\.?\s*)?(?:(\d+(?:[.,]\d+)?)\s*(?:секунды|секунда|секунд|сек|с|seconds|second|sec|s)\.?)?$`)
)

// ParseSeconds reads a length of at most a day as telephonies write it: 75, 75.4, 01:15
// (minutes and seconds), 0:01:15.250, 1 мин 15 сек.
func ParseSeconds(s string) (float64, bool) {
	s = strings.ToLower(tidy(s))
	if plainNum.MatchString(s) {
		v := decimal(s)
		return v, v <= 86400
	}
	if m := clockLength.FindStringSubmatch(s); m != nil {
		h, min, sec := decimal(m[1]), decimal(m[2]), decimal(m[3])
		if sec > 59 || m[1] != "" && min > 59 {
			return 0, false
		}
		v := h*3600 + min*60 + sec + decimal("0."+m[4]+"0")
		return v, v <= 86400
	}
	if m := wordLength.FindStringSubmatch(s); m != nil && s != "" {
		v := decimal(m[1])*3600 + decimal(m[2])*60 + decimal(m[3])
		return v, v <= 86400
	}
	return 0, false
}

// PlainSeconds reads a bare number as seconds, at most a day.
func PlainSeconds(s string) (float64, bool) {
	if !plainNum.MatchString(s) {
		return 0, false
	}
	v := decimal(s)
	return v, v <= 86400
}

// decimal reads digits with one decimal sign; a part that the patterns left empty is 0.
func decimal(s string) float64 {
	v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil {
		return 0
	}
	return v
}
