package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"svodka/internal/lazyregexp"
	"svodka/internal/words"
)

// ScheduleError says what is wrong with the text of a schedule and what to type instead.
type ScheduleError struct{ ru, en string }

// Error returns the text in English.
func (e *ScheduleError) Error() string { return e.en }

// Text returns the text for a person.
func (e *ScheduleError) Text(lang words.Lang) string { return lang.T(e.ru, e.en) }

func scheduleError(ru, en string, args ...any) error {
	return &ScheduleError{fmt.Sprintf(ru, args...), fmt.Sprintf(en, args...)}
}

// ParseSchedule parses a schedule as people write it, in Russian or English: 5/2, 6/1,
// 2/2 с 01.05.2026, «пн, ср, пт», «пн-чт 0,5», «через день с 1 мая», with changes in time
// after semicolons: 5/2; 2/2 с 01.05.2026. An empty text is the nil Schedule. Numbers of
// days other than 5/2, 6/1 and 7/0 are cycles and need the first day of a shift, which is
// also the day from which a change applies. The first schedule applies from the
// beginning.
//
// A day without a year is the nearest to the day near; guessed says that there was one.
// With a zero near it is an error. Errors are *ScheduleError.
func ParseSchedule(text string, near Date) (s Schedule, guessed bool, err error) {
	typed := strings.Join(strings.Fields(text), " ")
	if text = plain(text); text == "" {
		return nil, false, nil
	}
	for part := range strings.SplitSeq(changes.ReplaceAllString(strings.ReplaceAll(text, "\n", ";"), "; $1"), ";") {
		if part = strings.Trim(part, " ,."); part == "" {
			continue
		}
		shift, g, err := parseShift(part, typed, near)
		if err != nil {
			return nil, false, err
		}
		s, guessed = append(s, shift), guessed || g
	}
	if len(s) == 0 {
		return nil, false, nil
	}
	slices.SortStableFunc(s, func(a, b Shift) int { return cmp.Compare(a.From, b.From) })
	if !s[0].From.IsZero() && s[0].Rest == 0 { // not the start of a cycle: a change
		s = slices.Insert(s, 0, Shift{})
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i].From.IsZero():
			return nil, false, scheduleError(
				"у каждого нового графика должна быть дата, с которой он действует: 5/2; 2/2 с 01.05.2026",
				"every new schedule needs the day from which it holds: 5/2; 2/2 from 2026-05-01")
		case s[i].From == s[i-1].From:
			return nil, false, &ScheduleError{"с " + s[i].From.Text(words.RU) + " указаны два графика: оставьте один",
				"two schedules hold from " + s[i].From.Text(words.EN) + ": keep one"}
		}
	}
	s[0].From = 0
	if slices.Equal(s, Schedule{{}}) {
		return nil, guessed, nil
	}
	return s, guessed, nil
}

// changes matches what people put between two schedules in place of a semicolon.
var changes = lazyregexp.New(`(?:,|,? then|,? потом|,? затем)\s*(\d{1,2}\s*/\s*\d)`)

var alike = strings.NewReplacer("ё", "е", "\u00a0", " ", "\u202f", " ", "\t", " ", "\r", "\n", "–", "-", "—", "-", "−",
	"-", "‑", "-", "\\", "/", "×", "x", "∕", "/", "：", ":")

// plain returns a text in the form in which it is compared.
func plain(text string) string {
	lines := strings.Split(alike.Replace(strings.ToLower(text)), "\n")
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	return strings.Trim(strings.Join(lines, "\n"), " \n;,.")
}

var (
	since      = `(?:(?:действует |начиная )?(?:с|c|со|от)|from|since|starting(?: on)?)`
	numberDate = lazyregexp.New(`(?:^|[ ,(])(?:` + since +
		` )?(\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})|\d{4}-\d{1,2}-\d{1,2})(?: ?г(?:ода)?\.?)?\)?`)
	shortDate = lazyregexp.New(`(?:^|[ ,(])` + since + ` (\d{1,2}\.\d{1,2})\.?\)?(?:$|[ ,])`)
	wordDate  = lazyregexp.New(`(?:^|[ ,(])(?:` + since + ` )?(\d{1,2})(?:-?го)? (` + monthNames +
		`)[а-я]*(?:[ ,]+(\d{4}))?(?: ?г(?:ода)?\.?)?\)?`)
	dateWord = lazyregexp.New(`(?:^|[ ,(])(?:` + since + ` )?(` + monthNames +
		`)[a-z]* (\d{1,2})(?:st|nd|rd|th)?(?:[ ,]+(\d{4}))?\)?`)
	until = lazyregexp.New(`(?:^| )(?:до|по|until|till|to) \d{1,4}(?:[./-]\d| (?:` + monthNames + `))`)

	percentPart = lazyregexp.New(`(?:^|[ ,(]|[x*] ?)(\d{1,3}(?:[.,]\d+)?) ?%(?: ставки| доли)?\)?`)
	decimalPart = lazyregexp.New(
		`(?:^|[ ,(]|[x*] ?)(?:на )?([01][.,]\d{1,3})(?: ?(?:ставки|ставка|ставку|доли|доля|fte))?\)?(?:$|[ ,])`)
	halfPart = lazyregexp.New(`(?:на )?(?:пол[- ]?ставки|половин[аыу](?: ставки)?|1/2 ставки)|half[- ]time`)

	cycleForm = lazyregexp.New(`^(\d{1,3}) ?(?:/|:|-|x|х|\*|на|по|через|on)? ?(\d{1,3})(?: ?off)?$`)
	filler    = lazyregexp.New(
		`(?:^| )(?:рабочий график:?|график работы:?|график:?|режим работы|режим|сменный|сменная|сменами|смены|смена|посменно|скользящий|скользящая|посменный|работает|работа|дни|дней|дня|рабочих|выходных|раб|вых|schedule:?|shifts?|rotating|working|works|days?|неделя|рабочая|week)(?:$| )`)
	rotating = lazyregexp.New(`сменн|скольз|посмен|rotat|shift`)
)

// monthNames matches the stem of a month.
var monthNames = strings.Join(words.MonthStems(), "|")

// parseShift parses one schedule, made plain; whole is what was typed.
func parseShift(text, whole string, near Date) (s Shift, guessed bool, err error) {
	turning := rotating.MatchString(text)
	rest, from, guessed, err := cutDate(text, near)
	if err != nil {
		return s, false, err
	}
	if _, second, _, err := cutDate(rest, near); err != nil || !second.IsZero() || until.MatchString(text) {
		return s, false, scheduleError(
			"в «%s» две даты: впишите, с какого дня какой график, например 2/2 с 01.05.2026; 5/2 с 01.06.2026",
			"“%s” has two dates: type which schedule holds from which day, such as 2/2 from 2026-05-01; 5/2 "+
				"from 2026-06-01", whole)
	}
	rest, s.Part, err = cutPart(rest)
	if err != nil {
		return s, false, err
	}
	s.From = from
	for filler.MatchString(rest) {
		rest = strings.TrimSpace(filler.ReplaceAllString(rest, " "))
	}
	rest = strings.Trim(strings.Join(strings.Fields(rest), " "), " ,.()")
	switch on, off, ok := cycle(rest); {
	case ok && named(on, off) && !turning, rest == "" && s.Part > 0, slices.Contains(standard, rest):
		if on == 6 || rest == "шестидневка" || rest == "шестидневная" || rest == "six-day" {
			s.Days = MondayToSaturday
		}
		return s, guessed, nil
	case ok && on == 0 || ok && (on > maxShift || off > maxShift):
		return s, false, scheduleError("«%s» — не график: впишите, сколько дней работы и сколько отдыха, от 1 до %d",
			"“%s” is no schedule: type how many days of work and of rest, 1 to %d", whole, maxShift)
	case ok:
		if off > 0 && from.IsZero() {
			return s, false,
				scheduleError("у графика %d/%d нет даты: впишите первый день смены, например %d/%d с 01.05.2026",
					"the schedule %d/%d has no date: type the first day of a shift, such as %d/%d from 2026-05-01",
					on, off,
					on, off)
		}
		s.On, s.Rest, s.Start = on, off, from
		return s, guessed, nil
	}
	days, ok := weekdays(rest)
	if !ok {
		return s, false, scheduleError("график «%s» не понят: впишите 5/2, 6/1, 2/2 с 01.05.2026 или дни: пн, ср, пт",
			"the schedule “%s” is not understood: type 5/2, 6/1, 2/2 from 2026-05-01 or days: Mon, Wed, Fri", whole)
	}
	s.Days = days
	return s, guessed, nil
}

// maxShift is the most days of work or rest in a row: more are a slip of the hand.
const maxShift = 90

// standard are the words for 5/2 and 6/1.
var standard = []string{"стандартный", "стандарт", "обычный", "обычная", "пятидневка", "пятидневная", "standard",
	"five-day", "шестидневка", "шестидневная", "six-day"}

// cutDate cuts the date out of a shift's text; the zero Date if there is none.
func cutDate(text string, near Date) (rest string, d Date, guessed bool, err error) {
	cut := func(at []int) string { return strings.TrimSpace(text[:at[0]] + " " + text[at[1]:]) }
	group := func(at []int, n int) string {
		if at[2*n] < 0 {
			return ""
		}
		return text[at[2*n]:at[2*n+1]]
	}
	day, month, year := "", 0, ""
	var at []int
	switch {
	case match(numberDate, text, &at):
		parts := strings.FieldsFunc(group(at, 1), func(r rune) bool { return r == '.' || r == '/' || r == '-' })
		if len(parts[0]) == 4 {
			parts[0], parts[2] = parts[2], parts[0]
		}
		day, month, year = parts[0], atoi(parts[1]), parts[2]
	case match(wordDate, text, &at):
		day, month, year = group(at, 1), monthOf(group(at, 2)), group(at, 3)
	case match(dateWord, text, &at):
		day, month, year = group(at, 2), monthOf(group(at, 1)), group(at, 3)
	case match(shortDate, text, &at):
		day, year = group(at, 1), ""
		dd, mm, _ := strings.Cut(day, ".")
		day, month = dd, atoi(mm)
	default:
		return text, 0, false, nil
	}
	bad := scheduleError("«%s» — не дата: впишите, например, 01.05.2026",
		"“%s” is no date: type, for example, 2026-05-01", strings.Trim(text[at[0]:at[1]], " ,()"))
	of := func(y int) (Date, bool) {
		d := Of(y, time.Month(month), atoi(day))
		return d, d.Year() == y && int(d.Month()) == month && d.Day() == atoi(day)
	}
	if year != "" {
		y := atoi(year)
		if len(year) == 2 {
			y += 2000
		}
		d, ok := of(y)
		if !ok || y < firstYear || y > lastYear {
			return "", 0, false, bad
		}
		return cut(at), d, false, nil
	}
	if near.IsZero() {
		return "", 0, false, scheduleError("в дате «%s» нет года: впишите её полностью, например 01.05.2026",
			"the date “%s” has no year: type it in full, such as 2026-05-01", strings.Trim(text[at[0]:at[1]], " ,()"))
	}
	found := false
	for y := near.Year() - 1; y <= near.Year()+1; y++ {
		if c, ok := of(y); ok && (!found || max(c-near, near-c) < max(d-near, near-d)) {
			d, found = c, true
		}
	}
	if !found {
		return "", 0, false, bad
	}
	return cut(at), d, true, nil
}

// ParseDay reads a day as people write it, 01.12.2026, 01.12 or 1 декабря; without a year
// it is the nearest to the day near.
func ParseDay(text string, near Date) (d Date, ok bool) {
	rest, d, _, err := cutDate("с "+plain(text), near)
	return d, err == nil && rest == "" && !d.IsZero()
}

func match(re *lazyregexp.Regexp, text string, at *[]int) bool {
	*at = re.FindStringSubmatchIndex(text)
	return *at != nil
}

// cutPart cuts the share of a full plan out of a shift's text.
func cutPart(text string) (rest string, part float64, err error) {
	var at []int
	scale := 1.0
	switch {
	case match(halfPart, text, &at):
		return strings.TrimSpace(text[:at[0]] + " " + text[at[1]:]), 0.5, nil
	case match(percentPart, text, &at):
		scale = 100
	case match(decimalPart, text, &at):
	default:
		return text, 0, nil
	}
	number := strings.Replace(text[at[2]:at[3]], ",", ".", 1)
	part, err = strconv.ParseFloat(number, 64)
	if part /= scale; err != nil || part <= 0 || part > 1 {
		return "", 0, scheduleError("доля ставки «%s» — не от 0 до 1: впишите, например, 0,5",
			"the share “%s” is not between 0 and 1: type, for example, 0.5", text[at[2]:at[3]])
	}
	if part == 1 {
		part = 0
	}
	return strings.TrimSpace(text[:at[0]] + " " + text[at[1]:]), part, nil
}

// said are the cycles with words of their own.
var said = map[string][2]int{
	"через день": {1, 1}, "день через день": {1, 1}, "every other day": {1, 1}, "every other": {1, 1},
	"сутки через сутки": {1, 1},
	"день через два":    {1, 2}, "сутки через двое": {1, 2}, "сутки через трое": {1, 3}, "день через три": {1, 3},
	"два через два": {2, 2}, "два на два": {2, 2}, "три через три": {3, 3}, "три на три": {3, 3},
	"неделя через неделю": {7, 7}, "через неделю": {7, 7},
	"ежедневно": {1, 0}, "каждый": {1, 0}, "каждый день": {1, 0}, "без выходных": {1, 0}, "без": {1, 0},
	"daily": {1, 0}, "every day": {1, 0}, "every": {1, 0},
}

// cycle parses how many days are worked and rested in turn.
func cycle(text string) (on, rest int, ok bool) {
	if c, ok := said[text]; ok {
		return c[0], c[1], true
	}
	m := cycleForm.FindStringSubmatch(text)
	if m == nil || len(m[0]) == len(m[1])+len(m[2]) { // one number is not a pair
		return 0, 0, false
	}
	on, rest = atoi(m[1]), atoi(m[2])
	if on > 0 && rest == 0 {
		on = 1
	}
	return on, rest, true
}

// weekdays parses a list of days of the week, with ranges.
func weekdays(text string) (Weekdays, bool) {
	switch text {
	case "будни", "будние", "по будням", "будним", "weekdays":
		return MondayToFriday, true
	case "выходные", "по выходным", "weekends":
		return SaturdayToSunday, true
	}
	var out Weekdays
	last, through, wasDay := -1, false, false
	for token := range strings.FieldsFuncSeq(strings.ReplaceAll(text, "-", " - "), func(r rune) bool {
		return strings.ContainsRune(" ,./+&", r)
	}) {
		day := weekdayOf(token)
		switch {
		case day >= 0:
			out |= 1 << day
			for through && last != day {
				last = (last + 1) % 7
				out |= 1 << last
			}
			last, through = day, false
		case wasDay && slices.Contains([]string{"-", "по", "до", "to"}, token):
			through = true
		case wasDay && (token == "и" || token == "and"), !through &&
			slices.Contains([]string{"с", "по", "from", "on"}, token):
		default:
			return 0, false
		}
		wasDay = day >= 0
	}
	return out, out != 0 && !through
}

// weekdayOf returns the day of the week that a word names, 0 for Monday; -1: none.
func weekdayOf(word string) int {
	day, ok := words.WeekdayNamed(word)
	if !ok {
		return -1
	}
	return (int(day) + 6) % 7
}

// monthOf returns the number of the month of a stem that monthNames has matched.
func monthOf(stem string) int {
	m, _ := words.MonthOfStem(stem)
	return int(m)
}
