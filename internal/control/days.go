package control

import (
	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/words"
)

// ownDay is a row of «Календарь».
type ownDay struct {
	date calendar.Date
	dayMeaning
}

// dayMeaning is the meaning of a kind of day: a day of the company, for everybody, or one
// of the production calendar, for people who keep holidays.
type dayMeaning struct {
	kind       calendar.DayKind
	production bool
}

var dayMeanings = map[string]dayMeaning{
	dayOff: {calendar.Off, false}, dayWorking: {calendar.Working, false}, dayShort: {calendar.Short, false},
	dayHoliday: {calendar.Off, true}, dayTransferred: {calendar.Working, true}, dayEve: {calendar.Short, true},
}

// calendar reads «Календарь»: the company's days, and those of the production
// calendar.
func (r *reader) calendar() (company, production map[calendar.Date]calendar.DayKind) {
	l := read(r, TabCalendar, func(cells map[string]any) string {
		return dayKey(cells["date"])
	}, func(ln *line) ownDay {
		if ln.Cells["date"] == nil {
			ln.fail("date", "не указана дата: впишите, например, 30.12.2026", "no date: type, for example, 2026-12-30")
		}
		if ln.Cells["kind"] == nil {
			ln.fail("kind", "не указано, какой это день: выберите из списка",
				"no kind of day: choose one from the list")
		}
		return ownDay{ln.date("date"), dayMeanings[ln.choice("kind", "")]}
	})
	for _, e := range l.finish() {
		days := &company
		if e.val.production {
			days = &production
		}
		if *days == nil {
			*days = map[calendar.Date]calendar.DayKind{}
		}
		(*days)[e.val.date] = e.val.kind
	}
	return company, production
}

// transfers warns that the days off that the government transfers in a year are not
// known, and says how to add them.
func (r *reader) transfers(d *department.Department) {
	if r.day.IsZero() {
		return
	}
	year := d.Untransferred(r.day)
	if year == 0 {
		return
	}
	ru, en := d.Settings.Country.Moving()
	if ru != "" {
		ru, en = ", "+ru, ", "+en
	}
	r.say(Problem{Severity: Warning, Tab: TabCalendar, Row: -1, Column: "date",
		Message: r.t("переносы выходных %d года не известны%s: загрузите календарь (svodka import calendar ФАЙЛ) или "+
			"впишите сюда даты видов «праздник», «рабочая суббота», «предпраздничный»; если переносов нет, впишите "+
			"01.01.%[1]d — праздник",
			"the transferred days off of %d are not known%s: import a calendar (svodka import calendar FILE) or type "+
				"the dates here as holiday, working Saturday, pre-holiday; if none are transferred, type "+
				"%[1]d-01-01, holiday", year, r.lang.T(ru, en)),
		InForce: r.t("праздники по закону, остальные дни с понедельника по пятницу",
			"holidays by law, else Monday to Friday")})
}

// maxAbsence is the longest absence that is not a typing mistake: a parental leave of
// three years.
const maxAbsence = 3*366 + 1

// absences reads «Отсутствия».
func (r *reader) absences(d *department.Department) []department.Absence {
	identity := func(cells map[string]any) string { return norm(textOf(cells["person"])) + "|" + dayKey(cells["from"]) }
	l := read(r, TabAbsences, identity, func(ln *line) department.Absence { return parseAbsence(ln, d) })
	// A day belongs to the first row that has it, the remaining days to the later one
	// (domain 2.21).
	for _, p := range overlaps(l.entries) {
		days, row, kind := p.days(r.lang), p.a.line.At+1, absenceKinds.word(string(p.a.val.Kind), r.lang)
		if p.a.val.Kind == p.b.val.Kind {
			p.b.line.warn("from", "дни %s уже есть в строке %d: достаточно одной",
				"the days %s stand in row %d already: one is enough", days, row)
			continue
		}
		p.b.line.warn("from", "дни %s уже отмечены в строке %d (%s) и считаются по ней, по этой строке — остальные: "+
			"если это не так, исправьте даты", "the days %s stand in row %d already (%s) and count by it, by this "+
			"row the others: if that is wrong, correct the dates", days, row, kind)
	}
	var out []department.Absence
	for _, e := range l.finish() {
		out = append(out, e.val)
	}
	return out
}

// overlap is two rows of one person that share days; b is the lower.
type overlap struct{ a, b *entry[department.Absence] }

// days returns the shared days.
func (o overlap) days(lang words.Lang) string {
	meet := o.a.val.Meet(o.b.val.Span)
	if meet.To == department.NoEnd {
		return lang.T("с ", "from ") + meet.From.Text(lang)
	}
	return meet.From.Text(lang) + "–" + meet.To.Text(lang)
}

func overlaps(es []*entry[department.Absence]) []overlap {
	var out []overlap
	of := map[department.PersonID][]*entry[department.Absence]{}
	for _, b := range es {
		for _, a := range of[b.val.Person] {
			if a.val.Meet(b.val.Span).Days() > 0 {
				out = append(out, overlap{a, b})
			}
		}
		of[b.val.Person] = append(of[b.val.Person], b)
	}
	return out
}

func parseAbsence(l *line, d *department.Department) department.Absence {
	a := department.Absence{Span: calendar.Span{From: l.date("from"), To: l.date("to")}}
	if name := l.text("person"); name == "" {
		l.fail("person", "не указан сотрудник: выберите из списка", "no person: choose one from the list")
	} else if p, ok := l.person("person", name, d); ok {
		a.Person = p.ID
	}
	if l.Cells["from"] == nil {
		l.fail("from", "не указан первый день отсутствия: впишите дату", "no first day: type a date")
	}
	if l.Cells["kind"] == nil {
		l.fail("kind", "не указан вид отсутствия: выберите из списка", "no kind of absence: choose one from the list")
	}
	a.Kind = department.AbsenceKind(l.choice("kind", ""))
	switch {
	case l.Cells["to"] != nil:
	case a.Kind == department.Sick: // not known yet
		a.To = department.NoEnd
	default:
		l.fail("to", "не указан последний день отсутствия: впишите дату, её потом можно исправить (без даты может "+
			"быть только больничный)",
			"no last day: type a date, it may be corrected later (only sick leave may have none)")
	}
	if !a.From.IsZero() && !a.To.IsZero() && a.To != department.NoEnd {
		switch n := a.Days(); {
		case n == 0:
			l.fail("to", "последний день %s раньше первого %s: исправьте одну из дат",
				"the last day %s is before the first, %s: correct one of the dates", a.To.Text(l.lang),
				a.From.Text(l.lang))
		case n > maxAbsence:
			l.fail("to", "отсутствие длиннее трёх лет: проверьте даты", "longer than three years: check the dates")
		}
	}
	return a
}
