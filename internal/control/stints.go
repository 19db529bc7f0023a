package control

import (
	"cmp"
	"slices"
	"strings"

	"svodka/internal/department"
	"svodka/internal/lazyregexp"
)

// stintForm is an earlier role with its last day.
var stintForm = lazyregexp.New(`(?i)^(.+?)\s+(?:по|до|to|until)\s+(\S+)$`)

// parseStints reads earlier roles: «Специалист по холодным звонкам по 14.11.2026; …». If
// it does not understand the cell, the row fails.
func (l *line) parseStints(d *department.Department, text string) []department.Stint {
	var out []department.Stint
	for part := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == ';' || c == '\n' }) {
		if part = tidy(part); part == "" {
			continue
		}
		m := stintForm.FindStringSubmatch(part)
		if m == nil {
			l.fail("before", "«%s» не понято: введите роль и её последний день, например, Специалист по холодным "+
				"звонкам по 14.11.2026", "“%s” is not understood: type the role and its last day, for example, Cold "+
				"caller to 2026-11-14", part)
			return nil
		}
		role, ok := d.Role(l.roleKey(m[1]))
		if !ok {
			l.fail("before", "роли «%s» нет на вкладке «Роли и KPI»: исправьте название или сотрите",
				"the role “%s” is not on the tab Roles and KPIs: correct or delete it", m[1])
			return nil
		}
		day, ok := parseDate(m[2])
		if !ok {
			l.fail("before", "«%s» — не дата: введите, например, 14.11.2026",
				"“%s” is no date: type, for example, 2026-11-14", m[2])
			return nil
		}
		out = append(out, department.Stint{Role: role.Key, To: day})
	}
	slices.SortStableFunc(out, func(a, b department.Stint) int { return cmp.Compare(a.To, b.To) })
	return slices.CompactFunc(out, func(a, b department.Stint) bool { return a.To == b.To })
}

// stintsText returns earlier roles as a cell shows them.
func (r *reader) stintsText(d *department.Department, stints []department.Stint) string {
	var out []string
	for _, s := range stints {
		role, _ := d.Role(s.Role)
		out = append(out, role.Title+r.t(" по ", " to ")+s.To.Text(r.lang))
	}
	return strings.Join(out, "; ")
}

// stints finds a person's earlier roles. When ops type another role, the previous one
// stays in force for the days until then, and the worker writes it beside the role, where
// ops can correct it: so it survives a loss of the ledger.
func (r *reader) stints(d *department.Department, l *list[department.Person], e *entry[department.Person]) {
	was, known := l.byID[e.id]
	if !known || textOf(e.cells["before"]) != textOf(was.Cells["before"]) {
		return // as typed
	}
	if was.Moved != nil { // not written yet
		quiet := &line{reader: r, Row: Row{At: e.line.At, ID: e.id}, tab: l.tab}
		e.val.Before, e.moved = quiet.parseStints(d, *was.Moved), was.Moved
	}
	old := r.roleKey(textOf(was.Cells["role"]))
	if _, there := d.Role(old); e.old || r.day.IsZero() || !there || old == e.val.Role {
		return
	}
	last := r.day - 1
	if !e.val.Hired.IsZero() && last < e.val.Hired {
		return
	}
	before := slices.Clone(e.val.Before)
	n := len(before)
	switch {
	case n == 0 || before[n-1].To < last:
		before = append(before, department.Stint{Role: old, To: last})
	case before[n-1].Role == e.val.Role: // changed back on the day itself
		before = before[:n-1]
	}
	text := r.stintsText(d, before)
	e.val.Before, e.moved = before, &text
}
