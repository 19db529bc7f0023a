package control

import (
	"errors"
	"fmt"

	"svodka/internal/calendar"
)

// schedulesRead returns the rows of people whose schedule had a date without a year when
// they were last read, by id: few have, so that nobody looks through thousands.
func (r *reader) schedulesRead() map[string][]Row {
	out := map[string][]Row{}
	for _, row := range r.prev[TabPeople] {
		if !row.Read.IsZero() {
			out[row.ID] = append(out[row.ID], row)
		}
	}
	return out
}

// scheduleRead returns the day by which a date without a year is understood in the
// schedule of a person's row: the day on which it was first read.
func (r *reader) scheduleRead(ln *line, before map[string][]Row) calendar.Date {
	if len(before) == 0 {
		return r.day
	}
	for _, row := range before[personID(ln.Cells)] {
		if row.Cells["schedule"] == ln.Cells["schedule"] {
			return row.Read
		}
	}
	return r.day
}

// schedule reads «График». guessed means that a date in it has no year.
func (l *line) schedule(near calendar.Date) (s calendar.Schedule, guessed bool) {
	text, dated := l.scheduleText(l.value("schedule"))
	if len([]rune(text)) > maxText {
		l.fail("schedule", "слишком длинно: не больше %d знаков", "too long: at most %d characters", maxText)
		return nil, false
	}
	s, guessed, err := calendar.ParseSchedule(text, near)
	switch wrong, ok := errors.AsType[*calendar.ScheduleError](err); {
	case ok:
		l.failText("schedule", wrong.Text(l.lang))
	case dated:
		l.warn("schedule", "таблица превратила график в дату, он понят как %s: впишите его так ещё раз",
			"the spreadsheet made a date of the schedule, it is read as %s: type it so once more", s.Text(l.lang))
	case guessed:
		l.warn("schedule", "год не указан, понято как %s: впишите дату целиком",
			"there is no year, it is read as %s: type the whole date", s.Text(l.lang))
	}
	return s, guessed
}

// scheduleText returns what was typed: in a cell that is not formatted as text, a
// spreadsheet turns 5/2 into a date and 0,5 into a number. dated means the first.
func (l *line) scheduleText(v any) (text string, dated bool) {
	n, ok := v.(float64)
	if !ok {
		return rawText(v), false
	}
	if d, ok := dateOf(n); ok {
		first, second := d.Day(), int(d.Month())
		return fmt.Sprintf(l.lang.T("%[1]d/%[2]d", "%[2]d/%[1]d"), first, second), true
	}
	return numberText(n, l.lang), false
}
