package control

import (
	"svodka/internal/calendar"
	"svodka/internal/department"
)

// unlocks reads «Разблокировки».
func (r *reader) unlocks(d *department.Department) []department.Unlock {
	identity := func(cells map[string]any) string { return norm(textOf(cells["person"])) + "|" + dayKey(cells["from"]) }
	l := read(r, TabUnlocks, identity, func(ln *line) department.Unlock { return parseUnlock(ln, d) })
	var out []department.Unlock
	for _, e := range l.finish() {
		out = append(out, e.val)
	}
	return out
}

func parseUnlock(l *line, d *department.Department) department.Unlock {
	u := department.Unlock{Days: calendar.Span{From: l.date("from"), To: l.date("to")}, Until: l.date("until")}
	if name := l.text("person"); name == "" {
		l.fail("person", "не указан сотрудник: выберите из списка", "no person: choose one from the list")
	} else if p, ok := l.person("person", name, d); ok {
		u.Person = p.ID
	}
	for _, c := range []struct{ col, ru, en string }{
		{"from", "не указан первый день, который можно исправить: впишите дату",
			"no first day that may be corrected: type a date"},
		{"to", "не указан последний день, который можно исправить: впишите дату",
			"no last day that may be corrected: type a date"},
		{"until", "не указано, до какого дня открыто: впишите дату", "no day until which it is open: type a date"},
	} {
		if l.Cells[c.col] == nil {
			l.fail(c.col, c.ru, c.en)
		}
	}
	if !u.Days.From.IsZero() && !u.Days.To.IsZero() && u.Days.Days() == 0 {
		l.fail("to", "последний день %s раньше первого %s: исправьте одну из дат",
			"the last day %s is before the first, %s: correct one of the dates", u.Days.To.Text(l.lang),
			u.Days.From.Text(l.lang))
	}
	return u
}
