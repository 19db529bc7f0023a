package control

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

// reader reads one spreadsheet.
type reader struct {
	lang     words.Lang
	known    []templates.Role
	prev     map[string][]Row // valid before
	next     map[string][]Row // valid now
	grids    map[string]*grid
	problems []Problem
	dir      *directory // once people are known

	// names of teams in «Команды», by what ops may call them: now, and before
	teamNames, formerTeams map[string]string

	day                calendar.Date // of the reading
	since              map[department.PersonID]calendar.Date
	prevGone, nextGone []Gone            // people without a row: before, and now
	prevAhead          []string          // the previous Snapshot.Ahead
	titles             map[string]string // keys of the known roles, by what ops may call them
	prevRoles, renamed map[string]string // former key of a role by that of its title now: before, and now
	gone               map[string]bool   // roles that are missing from the sheet, but people have them
	proposed           map[int]proposal  // what rows of KPIs left out, by row
}

// t returns a text for ops.
func (r *reader) t(ru, en string, args ...any) string {
	return fmt.Sprintf(r.lang.T(ru, en), args...)
}

func (r *reader) say(p Problem) { r.problems = append(r.problems, p) }

// line is a row being parsed, with its problems.
type line struct {
	*reader
	Row
	tab      *tab
	lost     map[string]bool // missing columns: not the row's fault
	problems []Problem
	bad      bool
	ifOut    string              // what is in force if the row is not; empty: nothing
	meant    department.PersonID // the person that the row named at the last reading
	who      department.PersonID // the person that it names
}

// fail reports that a cell is wrong; the row does not hold.
func (l *line) fail(col, ru, en string, args ...any) { l.failText(col, l.t(ru, en, args...)) }

func (l *line) failText(col, text string) {
	l.bad = true
	if !l.lost[col] {
		l.problems = append(l.problems, Problem{Severity: Error, Tab: l.tab.key, Row: l.At, Column: col, Message: text})
	}
}

// note reports that a cell is wrong, and what is in force; the row holds.
func (l *line) note(col, text, inForce string) {
	l.problems = append(l.problems, Problem{Severity: Error, Tab: l.tab.key, Row: l.At, Column: col, Message: text,
		InForce: inForce})
}

// warn reports something about a cell; the row holds.
func (l *line) warn(col, ru, en string, args ...any) { l.warnText(col, l.t(ru, en, args...)) }

func (l *line) warnText(col, text string) {
	l.problems = append(l.problems, Problem{Severity: Warning, Tab: l.tab.key, Row: l.At, Column: col, Message: text})
}

// entry is a row in force.
type entry[T any] struct {
	line  *line // the row of the sheet
	cells map[string]any
	id    string
	val   T
	old   bool    // a former version, because the row of the sheet is wrong
	was   string  // of a KPI whose key seems to have been renamed: the former key
	moved *string // of a person whose role changed: Row.Moved
	// of a person whose team changed: Row.MovedTeams
	movedTeams *string
	ended      calendar.Date       // of a person with a last day: Row.Ended
	meant      department.PersonID // Row.Meant
}

// list collects the rows in force of a tab.
type list[T any] struct {
	r       *reader
	tab     *tab
	parse   func(*line) T
	lines   []*line // of the sheet, all
	entries []*entry[T]
	byID    map[string]Row // valid before
}

// rowsOf returns the rows of a tab as they are or, if the tab is missing, as they were.
// It fills in missing columns from before.
func (r *reader) rowsOf(key string, identity func(map[string]any) string) []Row {
	g := r.grids[key]
	if !g.found {
		rows := slices.Clone(r.prev[key])
		for i := range rows {
			rows[i].Cells = maps.Clone(rows[i].Cells)
		}
		return rows
	}
	rows := g.rows()
	if len(g.lost) == 0 {
		return rows
	}
	free := slices.Clone(r.prev[key])
	for i := range rows {
		j := former(rows[i], free, identity)
		if j < 0 {
			continue
		}
		for col := range g.lost {
			if v, ok := free[j].Cells[col]; ok {
				rows[i].Cells[col] = v
			}
		}
		free = slices.Delete(free, j, j+1)
	}
	return rows
}

// former finds the earlier version of a row some of whose columns are missing: the one
// with the same identity, else the one that agrees in all cells that are still there,
// else the one on the same line that agrees in some. -1: none.
func former(row Row, prev []Row, identity func(map[string]any) string) int {
	id := identity(row.Cells)
	if j := slices.IndexFunc(prev, func(p Row) bool { return p.ID == id }); j >= 0 {
		return j
	}
	near := -1
	for j, p := range prev {
		same, differ := 0, 0
		for key, v := range row.Cells {
			if p.Cells[key] == v {
				same++
			} else {
				differ++
			}
		}
		if same > 0 && differ == 0 {
			return j
		}
		if same > 0 && p.At == row.At {
			near = j
		}
	}
	return near
}

// read parses the rows of a tab, and replaces wrong ones by their last valid version.
func read[T any](r *reader, key string, identity func(map[string]any) string, parse func(*line) T) *list[T] {
	return readRows(r, key, r.rowsOf(key, identity), identity, parse)
}

// readRows is read for rows that were already taken from the tab.
func readRows[T any](r *reader, key string, rows []Row, identity func(map[string]any) string,
	parse func(*line) T) *list[T] {
	t := tabOf(key)
	l := &list[T]{r: r, tab: t, parse: parse, byID: map[string]Row{}}
	for _, p := range r.prev[key] {
		l.byID[p.ID] = p
	}
	type parsed struct {
		*entry[T]
		unchanged bool
	}
	var all []parsed
	first := map[string]int{} // id → index in all
	present := map[string]bool{}
	for _, row := range rows {
		ln := &line{reader: r, Row: row, tab: t, lost: r.grids[key].lost}
		id := identity(row.Cells)
		ln.meant = l.meant(row, id)
		ln.strayText()
		e := &entry[T]{line: ln, cells: row.Cells, id: id, val: parse(ln)}
		e.meant = ln.who
		l.lines = append(l.lines, ln)
		present[e.id] = true
		p, known := l.byID[e.id]
		all = append(all, parsed{e, known && sameCells(p.Cells, row.Cells)})
		if ln.bad {
			continue
		}
		i := len(all) - 1
		if j, twice := first[e.id]; twice {
			// The one that was there before stays; the copy is refused.
			if all[i].unchanged && !all[j].unchanged {
				i, j = j, i
			}
			l.refuseCopy(all[i].line, all[j].line)
			first[e.id] = j
			continue
		}
		first[e.id] = i
	}
	// A wrong row keeps its last valid version: that with the same identity or, if the
	// identity itself was broken, the one that was on this line and is now nowhere.
	for _, p := range all {
		if !p.line.bad {
			l.entries = append(l.entries, p.entry)
		}
	}
	used := map[string]bool{}
	for _, e := range l.entries {
		used[e.id] = true
	}
	for _, p := range all {
		if !p.line.bad {
			continue
		}
		if used[p.id] {
			i := slices.IndexFunc(l.entries, func(e *entry[T]) bool { return e.id == p.id })
			p.line.inForce(r.rowInForce(l.entries[i].line))
			continue
		}
		old, ok := l.byID[p.id]
		if !ok {
			old, ok = l.vanished(p.line.At, present, used)
		}
		if ok && l.fallBack(p.entry, old) {
			used[old.ID] = true
		} else if !ok {
			l.drop(p.entry)
		}
	}
	l.order()
	return l
}

// meant returns the person that a row named before: the same row, or one that said the
// same of the person on the same line.
func (l *list[T]) meant(row Row, id string) department.PersonID {
	if p, ok := l.byID[id]; ok {
		return p.Meant
	}
	i := slices.IndexFunc(l.r.prev[l.tab.key], func(p Row) bool {
		return p.At == row.At && p.Meant != "" && norm(textOf(p.Cells["person"])) == norm(textOf(row.Cells["person"]))
	})
	if i < 0 {
		return ""
	}
	return l.r.prev[l.tab.key][i].Meant
}

// vanished finds the row that was on a line and whose identity is gone.
func (l *list[T]) vanished(at int, present, used map[string]bool) (Row, bool) {
	for _, p := range l.r.prev[l.tab.key] {
		if p.At == at && !present[p.ID] && !used[p.ID] {
			return p, true
		}
	}
	return Row{}, false
}

func (l *list[T]) refuseCopy(copied, first *line) {
	copied.fail("", "такая строка уже есть, строка %d: уберите одну из двух или исправьте её",
		"this row repeats row %d: remove or change one of the two", first.At+1)
	copied.inForce(l.r.rowInForce(first))
}

func (r *reader) rowInForce(l *line) string {
	return r.t("действует строка %d", "row %d is in force", l.At+1)
}

// fallBack puts the last valid version of a row in force, if it is still valid.
func (l *list[T]) fallBack(e *entry[T], old Row) bool {
	quiet := &line{reader: l.r, Row: Row{At: e.line.At, ID: old.ID, Cells: old.Cells}, tab: l.tab, meant: old.Meant}
	val := l.parse(quiet)
	if quiet.bad {
		l.drop(e)
		return false
	}
	e.line.inForce(l.r.inForce(l.tab, old.Cells, e.line.Cells))
	e.val, e.cells, e.id, e.old, e.meant = val, old.Cells, old.ID, true, quiet.who
	if !slices.Contains(l.entries, e) {
		l.entries = append(l.entries, e)
	}
	return true
}

// drop takes a row out of force.
func (l *list[T]) drop(e *entry[T]) {
	e.line.inForce(cmp.Or(e.line.ifOut, notInForce(l.r.lang)))
	l.entries = slices.DeleteFunc(l.entries, func(o *entry[T]) bool { return o == e })
}

// revert drops a row that contradicts others, after its problems have been reported; its
// last valid version replaces it, if there is one.
func (l *list[T]) revert(e *entry[T]) {
	e.line.bad = true
	old, ok := l.byID[e.id]
	if e.old || !ok || sameCells(old.Cells, e.cells) {
		l.drop(e)
		return
	}
	l.fallBack(e, old)
}

// inForce adds what is in force to every mistake of the row that lacks it.
func (l *line) inForce(text string) {
	for i := range l.problems {
		if l.problems[i].Severity == Error && l.problems[i].InForce == "" {
			l.problems[i].InForce = text
		}
	}
}

// notInForce is the text for a row that nothing replaces.
func notInForce(lang words.Lang) string { return saysOut.in(lang) }

func (l *list[T]) order() {
	slices.SortStableFunc(l.entries, func(a, b *entry[T]) int { return cmp.Compare(a.line.At, b.line.At) })
}

// finish reports the problems of the tab's rows, stores those in force, and returns them
// in order.
func (l *list[T]) finish() []*entry[T] {
	l.order()
	for _, ln := range l.lines {
		if ln.At == goneAt {
			continue
		}
		l.r.problems = append(l.r.problems, ln.problems...)
	}
	rows := make([]Row, 0, len(l.entries))
	for _, e := range l.entries {
		rows = append(rows, Row{At: e.line.At, ID: e.id, Cells: e.cells, Moved: e.moved, MovedTeams: e.movedTeams,
			Ended: e.ended, Meant: e.meant,
			Former: l.former(e), Was: e.was})
	}
	l.r.next[l.tab.key] = rows
	return l.entries
}

// maxFormer limits the names that are stored.
const maxFormer = 5

// former returns the names that an entry had before.
func (l *list[T]) former(e *entry[T]) []string {
	col := map[string]string{TabPeople: "name", TabKPIs: "title", TabTeams: "name"}[l.tab.key]
	was, ok := l.byID[e.id]
	if col == "" || !ok {
		return nil
	}
	now := norm(textOf(e.cells[col]))
	var out []string
	for _, name := range append(slices.Clone(was.Former), textOf(was.Cells[col])) {
		if norm(name) != now && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out[max(0, len(out)-maxFormer):]
}

// formerly reports whether a row in force of a tab once had the name.
func (r *reader) formerly(tab, id, name string) bool {
	for _, row := range r.next[tab] {
		if row.ID == id {
			return slices.ContainsFunc(row.Former, func(f string) bool { return norm(f) == norm(name) })
		}
	}
	return false
}

// inForce returns in what an earlier version of a row differs.
func (r *reader) inForce(t *tab, old, now map[string]any) string {
	var diff []string
	for _, c := range t.columns {
		if c.owned || old[c.key] == now[c.key] {
			continue
		}
		what := r.t("— пусто", "— empty")
		if old[c.key] != nil {
			what = r.show(t, &c, old)
		}
		if t.key == TabSettings {
			return r.t("действует прежнее значение: %s", "the former value is in force: %s",
				strings.TrimPrefix(what, "— "))
		}
		diff = append(diff, strings.ToLower(c.title.in(r.lang))+" "+what)
	}
	const few = 4
	if len(diff) > few {
		diff = append(diff[:few], "…")
	}
	if len(diff) == 0 {
		return r.t("действует прежняя строка", "the row stays in force as it was")
	}
	return r.t("действует прежняя строка: %s", "the former row is in force: %s", strings.Join(diff, ", "))
}

// show returns a value as ops would write it.
func (r *reader) show(t *tab, c *column, cells map[string]any) string {
	switch v := cells[c.key].(type) {
	case float64:
		switch c.kind {
		case asDate:
			if d, ok := dateOf(v); ok {
				return d.Text(r.lang)
			}
		case asText:
			if s, ok := settingOf(settingKey(cells)); ok && t.key == TabSettings {
				return settingText(s, v, r.lang)
			}
		case asMoney:
			return figureText(v, string(kpi.Money), r.lang)
		case asFigure:
			if u, ok := units.code(textOf(cells["unit"])); ok && t.key == TabKPIs {
				unit, _ := kpi.ParseUnit(u)
				return figureText(v, string(unit), r.lang)
			}
		}
		return numberText(v, r.lang)
	case bool:
		if v {
			return r.t("да", "yes")
		}
		return r.t("нет", "no")
	}
	return textOf(cells[c.key])
}

// sameCells reports whether two versions of a row were typed alike. An unticked box
// equals an empty cell.
func sameCells(a, b map[string]any) bool {
	sub := func(a, b map[string]any) bool {
		for k, v := range a {
			if v != false && b[k] != v {
				return false
			}
		}
		return true
	}
	return sub(a, b) && sub(b, a)
}
