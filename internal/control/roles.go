package control

import (
	"cmp"
	"slices"
	"strings"

	"svodka/internal/department"
)

// goneAt is the line of a row that is not on the sheet any more and stays in
// force all the same: behind all others.
const goneAt = 1 << 20

// plainRoleKey is the key of a role that ops call so, if it was never renamed.
func (r *reader) plainRoleKey(text string) string {
	if r.titles == nil {
		r.titles = map[string]string{}
		for _, t := range slices.Backward(r.known) { // of two called alike the first counts
			r.titles[norm(t.Title.EN)], r.titles[norm(t.Title.RU)], r.titles[norm(t.Key)] = t.Key, t.Key, t.Key
		}
	}
	n := norm(text)
	return cmp.Or(r.titles[n], n)
}

// roleKey is the key of a role that ops call so: a role that was renamed keeps
// the key that it had.
func (r *reader) roleKey(text string) string {
	key := r.plainRoleKey(text)
	if was, ok := r.renamed[key]; ok {
		return was
	}
	return key
}

// keepRoles finds out which roles were renamed on «Роли и KPI», and gives the rows
// of the tab with those of roles that are gone while somebody still has them: what
// people report must not vanish with a title or a row.
func (r *reader) keepRoles(rows []Row) []Row {
	r.renamed = map[string]string{}
	var roles, had []string                                     // now and before, in their order
	now, before := map[string][]string{}, map[string][]string{} // keys of their KPIs, by the titles as they stand
	for _, row := range rows {
		role := r.plainRoleKey(textOf(row.Cells["role"]))
		if now[role] == nil {
			roles = append(roles, role)
		}
		now[role] = append(now[role], strings.ToLower(textOf(row.Cells["key"])))
	}
	for _, row := range r.prev[TabKPIs] {
		role, key, _ := strings.Cut(row.ID, "/")
		if before[role] == nil {
			had = append(had, role)
		}
		before[role] = append(before[role], key)
	}
	asked := map[string]bool{} // roles that somebody has, by the titles as they stand
	for _, row := range r.rowsOf(TabPeople, personID) {
		if text := textOf(row.Cells["role"]); text != "" {
			asked[r.plainRoleKey(text)] = true
		}
	}
	for _, role := range roles {
		was, known := r.prevRoles[role]
		switch {
		case role == "":
		case known:
			if now[was] == nil || !asked[role] && moved(now[role], now[was], before[was]) {
				r.renamed[role] = was
			}
		case before[role] == nil && !asked[role]:
			// Its rows stood under another title, where others still do.
			i := slices.IndexFunc(had, func(was string) bool {
				return now[was] != nil && moved(now[role], now[was], before[was])
			})
			if i >= 0 {
				r.renamed[role] = had[i]
			}
		}
	}
	taken := map[string]bool{}
	for _, was := range r.renamed {
		taken[was] = true
	}
	for _, was := range had {
		if now[was] != nil || taken[was] {
			continue
		}
		best, most := "", 0
		for _, role := range roles { // the one with the most of its KPIs, but half of them at least
			same := 0
			for _, key := range before[was] {
				if slices.Contains(now[role], key) {
					same++
				}
			}
			fresh := role != "" && r.renamed[role] == "" && before[role] == nil
			if fresh && 2*same >= len(before[was]) && same > most {
				best, most = role, same
			}
		}
		if best != "" {
			r.renamed[best] = was
			continue
		}
		if !asked[was] && !r.askedAs(asked, was) {
			continue
		}
		r.gone[was] = true
		for _, row := range r.prev[TabKPIs] {
			if role, _, _ := strings.Cut(row.ID, "/"); role == was {
				row.At = goneAt
				rows = append(rows, row)
				// Its title stood for it, if it had been renamed.
				if title := r.plainRoleKey(textOf(row.Cells["role"])); title != was {
					r.renamed[title] = was
				}
			}
		}
	}
	return rows
}

// moved tells that rows of a role that ops are renaming one by one stand under its
// new title, and the rest under the old one.
func moved(now, rest, before []string) bool {
	for _, key := range now {
		if slices.Contains(rest, key) || !slices.Contains(before, key) {
			return false
		}
	}
	return !slices.ContainsFunc(rest, func(key string) bool { return !slices.Contains(before, key) })
}

// askedAs tells whether somebody has the role by a title that it was given later.
func (r *reader) askedAs(asked map[string]bool, role string) bool {
	for title, was := range r.prevRoles {
		if was == role && asked[title] {
			return true
		}
	}
	return false
}

// noteKeys warns where the key of a KPI was changed: its figures stay under the
// former one.
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
				back := p.Was == e.val.Key // what it was before
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

// askedRoles puts the roles that a setting names right, and warns of those that
// are not there.
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
