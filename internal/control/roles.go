package control

import (
	"cmp"
	"slices"
	"strings"

	"svodka/internal/department"
)

// goneAt is the line of a row that is no longer on the sheet but stays in force: behind
// all others.
const goneAt = 1 << 20

// plainRoleKey returns the key of a role by what ops call it, if it was never renamed.
func (r *reader) plainRoleKey(text string) string {
	if r.titles == nil {
		r.titles = map[string]string{}
		for _, t := range slices.Backward(r.known) { // of two with the same title the first counts
			r.titles[norm(t.Title.EN)], r.titles[norm(t.Title.RU)], r.titles[norm(t.Key)] = t.Key, t.Key, t.Key
		}
	}
	n := norm(text)
	return cmp.Or(r.titles[n], n)
}

// roleKey returns the key of a role by what ops call it: a renamed role keeps its key.
func (r *reader) roleKey(text string) string {
	key := r.plainRoleKey(text)
	if was, ok := r.renamed[key]; ok {
		return was
	}
	return key
}

// roleRows holds the keys of the KPIs of each role, by present titles, and the roles in
// their order.
type roleRows struct {
	order []string
	kpis  map[string][]string
}

func (r *roleRows) add(role, kpi string) {
	if r.kpis[role] == nil {
		r.order = append(r.order, role)
	}
	r.kpis[role] = append(r.kpis[role], kpi)
}

// keepRoles finds out which roles were renamed on «Роли и KPI», and returns the rows of
// the tab, with those of missing roles that somebody still has: what people report must
// not vanish with a title or a row.
func (r *reader) keepRoles(rows []Row) []Row {
	r.renamed = map[string]string{}
	now, before := roleRows{kpis: map[string][]string{}}, roleRows{kpis: map[string][]string{}}
	for _, row := range rows {
		now.add(r.plainRoleKey(textOf(row.Cells["role"])), strings.ToLower(textOf(row.Cells["key"])))
	}
	for _, row := range r.prev[TabKPIs] {
		role, key, _ := strings.Cut(row.ID, "/")
		before.add(role, key)
	}
	asked := map[string]bool{} // roles that somebody has, by present titles
	for _, row := range r.rowsOf(TabPeople, personID) {
		if text := textOf(row.Cells["role"]); text != "" {
			asked[r.plainRoleKey(text)] = true
		}
	}
	r.findMoving(now, before, asked)
	taken := map[string]bool{}
	for _, was := range r.renamed {
		taken[was] = true
	}
	for _, was := range before.order {
		if now.kpis[was] != nil || taken[was] {
			continue
		}
		if title := r.successor(was, now, before); title != "" {
			r.renamed[title] = was
		} else if asked[was] || r.askedAs(asked, was) {
			rows = r.keepRole(was, rows)
		}
	}
	return rows
}

// findMoving finds the titles of roles that ops are renaming row by row, or renamed
// before.
func (r *reader) findMoving(now, before roleRows, asked map[string]bool) {
	for _, role := range now.order {
		was, known := r.prevRoles[role]
		switch {
		case role == "":
		case known:
			if now.kpis[was] == nil || !asked[role] && moved(now.kpis[role], now.kpis[was], before.kpis[was]) {
				r.renamed[role] = was
			}
		case before.kpis[role] == nil && !asked[role]:
			// Its rows had another title, which others still have.
			i := slices.IndexFunc(before.order, func(was string) bool {
				return now.kpis[was] != nil && moved(now.kpis[role], now.kpis[was], before.kpis[was])
			})
			if i >= 0 {
				r.renamed[role] = before.order[i]
			}
		}
	}
}

// successor returns the new title of a role that is missing: the one with the most of its
// KPIs, and at least half of them; empty if there is none.
func (r *reader) successor(was string, now, before roleRows) string {
	best, most := "", 0
	for _, role := range now.order {
		if role == "" || r.renamed[role] != "" || before.kpis[role] != nil {
			continue
		}
		same := 0
		for _, key := range before.kpis[was] {
			if slices.Contains(now.kpis[role], key) {
				same++
			}
		}
		if 2*same >= len(before.kpis[was]) && same > most {
			best, most = role, same
		}
	}
	return best
}

// keepRole returns the rows, with those of a missing role that somebody has.
func (r *reader) keepRole(was string, rows []Row) []Row {
	r.gone[was] = true
	for _, row := range r.prev[TabKPIs] {
		if role, _, _ := strings.Cut(row.ID, "/"); role != was {
			continue
		}
		row.At = goneAt
		rows = append(rows, row)
		// If the role had been renamed, its rows have the later title.
		if title := r.plainRoleKey(textOf(row.Cells["role"])); title != was {
			r.renamed[title] = was
		}
	}
	return rows
}

// moved reports whether ops are renaming a role row by row, so that some of its rows have
// the new title and the rest the old one.
func moved(now, rest, before []string) bool {
	for _, key := range now {
		if slices.Contains(rest, key) || !slices.Contains(before, key) {
			return false
		}
	}
	return !slices.ContainsFunc(rest, func(key string) bool { return !slices.Contains(before, key) })
}

// askedAs reports whether somebody has the role by a title that it got later.
func (r *reader) askedAs(asked map[string]bool, role string) bool {
	for title, was := range r.prevRoles {
		if was == role && asked[title] {
			return true
		}
	}
	return false
}

// noteKeys warns if the key of a KPI was changed: its figures stay under the former one.
func noteKeys(l *list[roleKPI]) {
	present := map[string]bool{}
	for _, e := range l.entries {
		present[e.id] = true
	}
	for _, e := range l.entries {
		if e.old || e.line.At == goneAt {
			continue
		}
		if p, ok := l.byID[e.id]; ok {
			e.was = p.Was
		} else {
			for _, p := range l.r.prev[TabKPIs] {
				role, key, _ := strings.Cut(p.ID, "/")
				back := p.Was == e.val.Key // the former key again
				if role == e.val.Role && !back && !present[p.ID] &&
					norm(textOf(p.Cells["title"])) == norm(e.val.Title) {
					e.was = key
				}
			}
		}
		if e.was == "" || present[e.val.Role+"/"+e.was] || !e.val.From.IsZero() {
			e.was = ""
			continue
		}
		e.line.warn("key", "похоже, ключ «%s» переименован в «%s»: прежние цифры остались под старым ключом, их "+
			"столбец скрыт. Если показатель тот же, верните ключ «%s»; если это новый, укажите «Действует с»",
			"the key “%s” seems to be renamed to “%s”: the former figures stay under the old key, in a hidden "+
				"column. If it is the same KPI, put the key “%s” back; if it is a new one, fill in Active from", e.was,
			e.val.Key, e.was)
	}
}

// askedRoles corrects the roles that a setting names, and warns of unknown ones.
func (r *reader) askedRoles(d *department.Department) {
	for i, role := range d.Settings.ReversePlan {
		key := role
		if was, ok := r.renamed[role]; ok {
			key = was
		}
		d.Settings.ReversePlan[i] = key
		if _, ok := d.Role(key); ok || key == department.AllRoles {
			continue
		}
		for _, row := range r.next[TabSettings] {
			if row.ID == "reverse_plan" {
				r.say(Problem{Severity: Warning, Tab: TabSettings, Row: row.At, Column: "value",
					Message: r.t("роли «%s» нет на вкладке «Роли и KPI»: перечислите названия ролей через запятую, "+
						"или «все», или «нет»", "the role “%s” is not on the tab Roles and KPIs: list the titles of "+
						"roles, separated by commas, or all, or none", role)})
			}
		}
	}
}
