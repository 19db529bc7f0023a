package control

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/lazyregexp"
	"svodka/internal/words"
)

// statusKey is the column of the status.
const statusKey = "status"

// statusFits is the minimum number of letters of a status that its column shows.
const statusFits = 24

// statusColumn shows the status of each row. In tabs wider than a screen it is left of
// the name, so that it is in view and a list pasted from the name on does not overwrite
// it. In the others it is behind what is typed.
func statusColumn(width int) column {
	return column{
		key: statusKey, title: ruEN{"Состояние", "Status"}, width: width, owned: true,
		help: ruEN{
			"Заполняет программа: действует ли строка и что в ней поправить. Длинное — целиком в примечании.",
			"Written by the program: whether the row is in force and what to mend in it. What is long stands in " +
				"the note."},
	}
}

// The beginnings of statuses.
var (
	saysNote    = ruEN{"Внимание: ", "Note: "}
	saysMistake = ruEN{"Ошибка: ", "Mistake: "}
	saysOut     = ruEN{"строка не действует", "the row is not in force"}
	saysInForce = ruEN{"действует", "in force"}
	saysTaken   = ruEN{"принято: таблица появится при сверке", "taken: the spreadsheet comes with the next sync"}
)

// The beginnings of PersonStatus.Status.
var (
	saysReady      = ruEN{"отчёт готов", "report is ready"}
	saysOutOfReach = ruEN{"таблица недоступна: ", "spreadsheet is out of reach: "}
	saysArchived   = ruEN{"в архиве", "archived"}
)

// ReportReady begins the status of a person whose report can be filled in.
func ReportReady(lang words.Lang) string { return saysReady.in(lang) }

// OutOfReach begins the status of a person whose spreadsheet cannot be read or written;
// the reason follows.
func OutOfReach(lang words.Lang) string { return saysOutOfReach.in(lang) }

// Archived begins the status of a person who has left.
func Archived(lang words.Lang) string { return saysArchived.in(lang) }

// statusBegins are the beginnings of all statuses.
var statusBegins = []ruEN{saysNote, saysMistake, saysOut, saysInForce, saysTaken, saysReady, saysOutOfReach,
	saysArchived}

// fromDayForm is the form of since's texts.
var fromDayForm = lazyregexp.New(`^(?:со? \d{1,2} [а-я]+|from [A-Z][a-z]+ \d{1,2})(?:;|$)`)

// IsStatus reports whether a text in «Состояние», in either language, was written by the
// program and not typed or pasted.
func IsStatus(text string) bool {
	return fromDayForm.MatchString(text) || slices.ContainsFunc(statusBegins, func(b ruEN) bool {
		return slices.ContainsFunc(b[:], func(s string) bool {
			return strings.HasPrefix(text, s) || strings.HasPrefix(text, words.Capital(s))
		})
	})
}

// strayText reports that a text of ops is in the place of the status, most likely because
// a list was pasted one column too far left. It stays there until they move it.
func (l *line) strayText() {
	text := textOf(l.Cells[statusKey])
	if text == "" {
		return
	}
	own, name := l.tab.column(statusKey), textOf(l.Cells["name"])
	if l.tab.key == TabPeople && (name == "" || emailForm.MatchString(mailOf(name))) {
		l.fail(statusKey, "«%s» стоит в колонке «%s»: строка вставлена левее, чем нужно, перенесите её на колонку "+
			"вправо, к колонке «%s»", "“%s” stands in the column “%s”: the row was pasted too far left, move it one "+
			"column to the right, to the column “%s”", text, own.title.in(l.lang),
			l.tab.column("name").title.in(l.lang))
		return
	}
	l.warn(statusKey, "«%s» стоит в колонке «%s», которую заполняет программа: перенесите в другую",
		"“%s” stands in the column “%s”, which the program writes: move it to another one", text,
		own.title.in(l.lang))
}

// behindStatus returns the column to the right of the status; empty if the status is
// behind all visible ones.
func (t *tab) behindStatus() string {
	i := slices.IndexFunc(t.columns, func(c column) bool { return c.key == statusKey })
	if i+1 == len(t.columns) || t.columns[i+1].hidden {
		return ""
	}
	return t.columns[i+1].key
}

// statusLast reports whether the status is behind all other visible columns, where
// earlier versions put it.
func (g *grid) statusLast() bool {
	at, ok := g.cols[statusKey]
	if _, next := g.cols[g.tab.behindStatus()]; !ok || !next {
		return false
	}
	return !slices.ContainsFunc(g.tab.columns, func(c column) bool {
		other, there := g.cols[c.key]
		return there && !c.hidden && other > at
	})
}

// ahead returns Snapshot.Ahead.
func (r *reader) ahead() []string {
	var out []string
	for i := range schema {
		g := r.grids[schema[i].key]
		_, there := g.cols[statusKey]
		if g.tab.behindStatus() == "" {
			continue
		}
		if slices.Contains(r.prevAhead, g.tab.key) || there && !g.statusLast() {
			out = append(out, g.tab.key)
		}
	}
	return out
}

// bringsStatus reports whether the status of a tab is still where earlier versions put
// it, so that it must move.
func (l *layout) bringsStatus(g *grid) bool {
	return g.found && g.statusLast() && !slices.Contains(l.Result.Snapshot.Ahead, g.tab.key)
}

// bringStatus moves the status to its place among the columns, if it must move.
func (l *layout) bringStatus(g *grid, cols []*column) []*column {
	if !l.bringsStatus(g) {
		return cols
	}
	i := slices.IndexFunc(cols, func(c *column) bool { return c.key == statusKey })
	status := cols[i]
	cols = slices.Delete(cols, i, i+1)
	next := slices.IndexFunc(cols, func(c *column) bool { return c.key == g.tab.behindStatus() })
	return slices.Insert(cols, next, status)
}

// place returns where an existing column is once the layout is written.
func (l *layout) place(g *grid, key string) int {
	at := g.cols[key]
	if !l.bringsStatus(g) {
		return at
	}
	next, status := g.cols[g.tab.behindStatus()], g.cols[statusKey]
	switch {
	case key == statusKey:
		return next
	case next <= at && at < status:
		return at + 1
	}
	return at
}

// status returns the state of the row in one line.
func (l *layout) status(t *tab, at int, marks []Problem) string {
	proposed := l.proposal(t, at).text(l.Lang)
	if proposed != "" {
		proposed = l.Lang.T("; предложено: ", "; proposed: ") + proposed
	}
	if len(marks) > 0 {
		head, inForce := saysNote.in(l.Lang), marks[0].InForce
		if marks[0].Severity == Error {
			head = saysMistake.in(l.Lang)
			if out := saysOut.in(l.Lang); inForce == out {
				head, inForce = words.Capital(out)+": ", ""
			}
		}
		text := head + marks[0].Message
		if inForce != "" {
			text += "; " + inForce
		}
		if len(marks) > 1 {
			text += fmt.Sprintf(l.Lang.T(" (и ещё %d)", " (and %d more)"), len(marks)-1)
		}
		return tidy(text + proposed)
	}
	switch t.key {
	case TabPeople:
		return tidy(l.personStatus(l.id(at)))
	case TabTeams:
		return cmp.Or(l.Teams[l.team(at).ID].Status, saysInForce.in(l.Lang))
	}
	return saysInForce.in(l.Lang) + proposed
}

// personStatus returns the state of a person's report; for a person who starts later,
// from when on.
func (l *layout) personStatus(id department.PersonID) string {
	status := l.Status[id].Status
	if l.Result != nil {
		for _, p := range l.Result.Department.People {
			if p.ID == id && l.Result.Snapshot.Day != 0 && p.Hired > l.Result.Snapshot.Day {
				from := since(p.Hired, l.Lang)
				return strings.TrimSuffix(from+"; "+status, "; ")
			}
		}
	}
	return cmp.Or(status, saysTaken.in(l.Lang))
}

// since returns from which day on: «со 2 декабря».
func since(d calendar.Date, lang words.Lang) string {
	if lang == words.EN {
		return fmt.Sprintf("from %s %d", lang.OfMonth(d.Month()), d.Day())
	}
	with := "с"
	if d.Day() == 2 { // со второго
		with = "со"
	}
	return fmt.Sprintf("%s %d %s", with, d.Day(), lang.OfMonth(d.Month()))
}
