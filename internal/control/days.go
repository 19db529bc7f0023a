package control

import (
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/words"
)

// companyDay is a row of «Календарь».
type companyDay struct {
	date calendar.Date
	kind calendar.DayKind
}

var dayKindOf = map[string]calendar.DayKind{dayOff: calendar.Off, dayWorking: calendar.Working, dayShort: calendar.Short}

// calendar reads «Календарь».
func (r *reader) calendar() map[calendar.Date]calendar.DayKind {
	l := read(r, TabCalendar, func(cells map[string]any) string { return dayKey(cells["date"]) }, func(ln *line) companyDay {
		if ln.Cells["date"] == nil {
			ln.fail("date", "не указана дата: впишите, например, 30.12.2026", "no date: type, for example, 2026-12-30")
		}
		if ln.Cells["kind"] == nil {
			ln.fail("kind", "не указано, какой это день: выберите выходной, рабочий или короткий", "no kind of day: choose day off, working or short")
		}
		return companyDay{ln.date("date"), dayKindOf[ln.choice("kind", "")]}
	})
	var days map[calendar.Date]calendar.DayKind
	for _, e := range l.finish() {
		if days == nil {
			days = map[calendar.Date]calendar.DayKind{}
		}
		days[e.val.date] = e.val.kind
	}
	return days
}

// maxAbsence is the longest absence that is no slip of the hand: a parental
// leave of three years.
const maxAbsence = 3*366 + 1

// absences reads «Отсутствия».
func (r *reader) absences(d *department.Department) []department.Absence {
	identity := func(cells map[string]any) string { return norm(textOf(cells["person"])) + "|" + dayKey(cells["from"]) }
	l := read(r, TabAbsences, identity, func(ln *line) department.Absence { return parseAbsence(ln, d) })
	// Days away twice: harmless when both say the same, else not to be told.
	for {
		all := overlaps(l.entries)
		i := slices.IndexFunc(all, func(p overlap) bool { return p.a.val.Kind != p.b.val.Kind })
		if i < 0 {
			break
		}
		p := all[i]
		p.b.line.fail("from", "дни %s в строке %d отмечены иначе (%s): исправьте даты одной из строк", "the days %s are of another kind in row %d (%s): correct the dates of one of the rows",
			p.days(r.lang), p.a.line.At+1, absenceKinds.word(string(p.a.val.Kind), r.lang))
		l.demote(p.b)
		l.order()
	}
	for _, p := range overlaps(l.entries) {
		p.b.line.warn("from", "дни %s уже есть в строке %d: достаточно одной", "the days %s stand in row %d already: one is enough", p.days(r.lang), p.a.line.At+1)
	}
	var out []department.Absence
	for _, e := range l.finish() {
		out = append(out, e.val)
	}
	return out
}

// overlap is two rows of one person that have days in common; b is the lower.
type overlap struct{ a, b *entry[department.Absence] }

// days are those in common.
func (o overlap) days(lang words.Lang) string {
	meet := o.a.val.Meet(o.b.val.Span)
	return dateText(meet.From, lang) + "–" + dateText(meet.To, lang)
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
	if l.Cells["to"] == nil {
		l.fail("to", "не указан последний день отсутствия: впишите дату, её потом можно исправить", "no last day: type a date, it may be corrected later")
	}
	if !a.From.IsZero() && !a.To.IsZero() {
		switch n := a.Days(); {
		case n == 0:
			l.fail("to", "последний день %s раньше первого %s: исправьте одну из дат", "the last day %s is before the first, %s: correct one of the dates", dateText(a.To, l.lang), dateText(a.From, l.lang))
		case n > maxAbsence:
			l.fail("to", "отсутствие длиннее трёх лет: проверьте даты", "longer than three years: check the dates")
		}
	}
	if l.Cells["kind"] == nil {
		l.fail("kind", "не указан вид отсутствия: выберите из списка", "no kind of absence: choose one from the list")
	}
	a.Kind = department.AbsenceKind(l.choice("kind", ""))
	return a
}
