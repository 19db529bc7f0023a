package control

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/terms"
	"svodka/internal/words"
)

// word is a choice in a column: its code in the program, the text that ops see, and other
// texts that they may write.
type word struct {
	code, ru, en string
	also         string // separated by |
}

// vocabulary lists the choices of a column.
type vocabulary []word

var units = vocabulary{
	{string(kpi.Count), "количество", "count", "шт|шт.|штуки|число|штук"},
	{kpi.KPI{Unit: kpi.Count, Fractions: true}.UnitName(), "количество с долями", "count with fractions",
		"дробное|с долями|половинки|fraction|fractions|halves"},
	{string(kpi.Money), "деньги", "money", "руб|руб.|рубли|₽|сумма"},
	{string(kpi.Duration), "время", "time", "duration|часы|длительность"},
	{string(kpi.Percent), "процент", "percent", "%|проценты|доля"},
}

var sources = vocabulary{
	{string(kpi.Manual), "ввод", "typed", "manual|вручную|ручной ввод|ручной"},
	{string(kpi.Formula), "формула", "formula", ""},
	{string(kpi.Deals), "сделки", "deals", ""},
	{string(kpi.Clients), "клиенты", "clients", ""},
	{string(kpi.Calls), "звонки", "calls", "телефония"},
}

var periods = vocabulary{
	{string(calendar.Day), "день", "day", "в день|на день"},
	{string(calendar.Week), "неделя", "week", "в неделю|на неделю"},
	{string(calendar.Month), "месяц", "month", "в месяц|на месяц"},
}

var directions = vocabulary{
	{string(kpi.Higher), "больше — лучше", "higher is better", "higher|больше|больше лучше|выше"},
	{string(kpi.Lower), "меньше — лучше", "lower is better", "lower|меньше|меньше лучше|ниже"},
}

// absenceKinds are the kinds of terms.Absences, with other texts that ops may write.
var absenceKinds = func() vocabulary {
	also := map[department.AbsenceKind]string{
		department.Sick: "sick|болезнь", department.DayOff: "dayoff|отпуск за свой счет|за свой счет",
		department.Trip: "trip", department.Training: "учеба",
	}
	var out vocabulary
	for _, a := range terms.Absences {
		out = append(out, word{string(a.Kind), a.RU, a.EN, also[a.Kind]})
	}
	return out
}()

const (
	dayOff     = "off"
	dayWorking = "working"
	dayShort   = "short"
	// Days of the production calendar.
	dayHoliday     = "holiday"
	dayTransferred = "transferred"
	dayEve         = "eve"
)

var dayKinds = vocabulary{
	{dayOff, "выходной", "day off", "off|нерабочий|выходной день"},
	{dayWorking, "рабочий", "working", "рабочий день"},
	{dayShort, "короткий", "short", "сокращенный|короткий день|сокращенный день"},
	{dayHoliday, "праздник", "holiday",
		"праздничный|праздничный день|перенос|перенесенный выходной|нерабочий праздничный|public holiday"},
	{dayTransferred, "рабочая суббота", "working Saturday",
		"рабочее воскресенье|перенесенный рабочий день|working sunday"},
	{dayEve, "предпраздничный", "pre-holiday", "предпраздничный день|holiday eve"},
}

var ratings = vocabulary{
	{string(department.ByPoints), "по баллам", "points", "баллы"},
	{string(department.BySum), "по сумме", "sum", "сумма"},
	{string(department.ByCount), "по количеству", "count", "количество"},
	{string(department.ByPace), "по темпу", "pace", "темп"},
}

var countries = vocabulary{
	{string(calendar.Russia), "Россия", "Russia", "рф|российский|russian"},
	{string(calendar.Belarus), "Беларусь", "Belarus", "рб|белоруссия|белорусский|belarusian"},
	{string(calendar.Kazakhstan), "Казахстан", "Kazakhstan", "рк|казахстанский|kazakh"},
	{"", "нет", "none", "no|-|пн-пт"},
}

// code finds the choice that a text means.
func (v vocabulary) code(text string) (string, bool) {
	text = norm(text)
	for _, w := range v {
		if text == normOwn(w.code) && w.code != "" || text == normOwn(w.ru) || text == normOwn(w.en) ||
			w.also != "" && slices.Contains(strings.Split(w.also, "|"), text) {
			return w.code, true
		}
	}
	return "", false
}

// word returns the text that ops see for a choice; the code itself if there is none.
func (v vocabulary) word(code string, lang words.Lang) string {
	for _, w := range v {
		if w.code == code {
			return lang.T(w.ru, w.en)
		}
	}
	return code
}

// list returns the texts that ops may choose from.
func (v vocabulary) list(lang words.Lang) []string {
	out := make([]string, len(v))
	for i, w := range v {
		out[i] = lang.T(w.ru, w.en)
	}
	return out
}

// norm makes texts comparable: what a person would not distinguish is equal. It makes one
// pass, since every cell of the configuration is compared by it.
func norm(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	last, space := '-', false // it drops spaces at the beginning and after a hyphen
	for _, r := range s {
		switch r = unicode.ToLower(r); r {
		case '\ufeff', '\u200b':
			continue
		case '—', '–', '−', '‑':
			r = '-'
		case 'ё':
			r = 'е'
		}
		if unicode.IsSpace(r) {
			space = true
			continue
		}
		if space && last != '-' && r != '-' {
			out.WriteByte(' ')
		}
		out.WriteRune(r)
		last, space = r, false
	}
	return out.String()
}

// ownNorms caches the norms of the program's own titles and choices: every cell is
// compared with them, and there are a few hundred.
var ownNorms sync.Map

// normOwn is norm of a title or choice of the program's own.
func normOwn(s string) string {
	if known, ok := ownNorms.Load(s); ok {
		return known.(string)
	}
	n := norm(s)
	ownNorms.Store(s, n)
	return n
}

// plain replaces odd spaces by plain ones.
var plain = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\ufeff", "", "\u200b", "")

// tidy removes needless spaces from a text that people see.
func tidy(s string) string {
	if isTidy(s) {
		return s
	}
	return strings.Join(strings.Fields(plain.Replace(s)), " ")
}

// isTidy reports whether tidy would leave a text as it is, as it does with nearly all.
func isTidy(s string) bool {
	space := true // none at the beginning
	for _, r := range s {
		switch {
		case r == ' ' && !space:
			space = true
		case unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b':
			return false
		default:
			space = false
		}
	}
	return s == "" || !space
}
