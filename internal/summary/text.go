package summary

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/kpi"
	"svodka/internal/words"
)

// dash stands for "no value" everywhere: blank is not zero.
const dash = "—"

// nbsp keeps a number and its unit on one line.
const nbsp = "\u00a0"

var (
	monthsRU   = [...]string{"Январь", "Февраль", "Март", "Апрель", "Май", "Июнь", "Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь"}
	ofMonthRU  = [...]string{"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"}
	weekdaysRU = [...]string{"Воскресенье", "Понедельник", "Вторник", "Среда", "Четверг", "Пятница", "Суббота"}
	daysRU     = [...]string{"вс", "пн", "вт", "ср", "чт", "пт", "сб"}
)

// dayMonth is «23 ноября», "23 November".
func dayMonth(d calendar.Date, lang words.Lang) string {
	return strconv.Itoa(d.Day()) + nbsp + lang.T(ofMonthRU[d.Month()-1], d.Month().String())
}

// longDate is «Понедельник, 23 ноября 2026», "Monday, 23 November 2026".
func longDate(d calendar.Date, lang words.Lang) string {
	return lang.T(weekdaysRU[d.Weekday()], d.Weekday().String()) + ", " + dayMonth(d, lang) + " " + strconv.Itoa(d.Year())
}

// spanText is «23–29 ноября 2026», «28 сентября – 4 октября 2026».
func spanText(s calendar.Span, lang words.Lang) string {
	from := dayMonth(s.From, lang) + " – "
	switch {
	case s.From.Year() != s.To.Year():
		from = dayMonth(s.From, lang) + " " + strconv.Itoa(s.From.Year()) + " – "
	case s.From.Month() == s.To.Month():
		from = strconv.Itoa(s.From.Day()) + "–"
	}
	return from + dayMonth(s.To, lang) + " " + strconv.Itoa(s.To.Year())
}

// periodName is the name of a period on its own: «Ноябрь 2026», «Неделя 48,
// 2026». The year of a week is its ISO year.
func periodName(p calendar.Period, lang words.Lang) string {
	switch p.Kind {
	case calendar.Month:
		return lang.T(monthsRU[p.From.Month()-1], p.From.Month().String()) + " " + strconv.Itoa(p.From.Year())
	case calendar.Week:
		y, w := p.From.Time().ISOWeek()
		return fmt.Sprintf("%s %02d, %d", lang.T("Неделя", "Week"), w, y)
	}
	return longDate(p.From, lang)
}

// plural picks the Russian form for a count: 1 звонок, 2 звонка, 5 звонков.
func plural(n int, one, few, many string) string {
	n = max(n, -n) % 100
	switch {
	case n >= 11 && n <= 14:
		return many
	case n%10 == 1:
		return one
	case n%10 >= 2 && n%10 <= 4:
		return few
	}
	return many
}

// counted is a count with its noun in the language: «2 отчёта», "2 reports".
func counted(n int, lang words.Lang, one, few, many, en, ens string) string {
	noun := plural(n, one, few, many)
	if lang == words.EN {
		if noun = ens; n == 1 {
			noun = en
		}
	}
	return strconv.Itoa(n) + nbsp + noun
}

// figure is a value with its unit, for sentences: «570», «7 %», «45 000 ₽».
// Roubles are whole and counts have at most one decimal: finer is noise here.
func figure(v float64, u kpi.Unit, lang words.Lang) string {
	return kpi.FormatNum(kpi.Some(coarse(v, u)), u, string(lang))
}

// difference is the size of a difference of two values, for sentences: like
// figure, but percentages differ in points.
func difference(v float64, u kpi.Unit, lang words.Lang) string {
	v = math.Abs(coarse(v, u))
	return strings.TrimPrefix(kpi.FormatDelta(kpi.Some(v), u, string(lang)), "+")
}

func coarse(v float64, u kpi.Unit) float64 {
	switch u {
	case kpi.Money:
		return math.Round(v)
	case kpi.Count:
		return math.Round(v*10) / 10
	}
	return v
}

// nouns are what the KPIs of the shipped templates count, so that a sentence
// can say «на 70 звонков». Other KPIs go without a noun.
var nouns = map[string][5]string{
	"calls": {"звонок", "звонка", "звонков", "call", "calls"},
	"talks": {"разговор", "разговора", "разговоров", "conversation", "conversations"},
	"leads": {"лид", "лида", "лидов", "lead", "leads"},
	"deals": {"сделку", "сделки", "сделок", "deal", "deals"},
}

// amount is a difference with its noun where there is one: «70 звонков».
func amount(v float64, k kpi.KPI, lang words.Lang) string {
	s := difference(v, k.Unit, lang)
	n, ok := nouns[k.Key]
	if !ok || k.Unit != kpi.Count {
		return s
	}
	tenths := int(math.Round(math.Abs(v) * 10))
	if tenths%10 != 0 { // «1,5 звонка»
		return s + nbsp + lang.T(n[1], n[4])
	}
	if lang == words.EN && tenths == 10 {
		return s + nbsp + n[3]
	}
	return s + nbsp + lang.T(plural(tenths/10, n[0], n[1], n[2]), n[4])
}

// loss is an amount after its sign, on its own: «−1 сделка», where «отстаёт на»
// would have «1 сделку».
func loss(v float64, k kpi.KPI, lang words.Lang) string {
	s := amount(v, k, lang)
	if rest, ok := strings.CutSuffix(s, "сделку"); ok && k.Key == "deals" {
		return rest + "сделка"
	}
	return s
}

// hhmm is the time of day as 19:00.
func hhmm(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

func itoa(n int) string { return strconv.Itoa(n) }
