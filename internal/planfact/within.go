package planfact

import "svodka/internal/department"

// Within returns the engine of a part of the department, as Department.Within returns it:
// it has only the part's people, and for a person who changed teams only the days in it.
// It shares people's data with e, so that nothing is computed twice; two goroutines must
// not use the two at once.
func (e *Engine) Within(dep *department.Department) *Engine {
	w := &Engine{dep: dep, facts: e.facts, at: e.at, cal: e.cal, usual: e.usual, others: e.others, months: e.months,
		first: e.first, tick: e.tick, totals: map[totalKey][]Line{}, roles: make(map[string]*role, len(e.roles)),
		byID: make(map[department.PersonID][]*person, len(dep.People))}
	for key, r := range e.roles {
		own := *r
		own.members, own.parts = nil, nil
		w.roles[key] = &own
	}
	for _, p := range stints(dep) {
		q, ok := e.find(*p)
		if !ok || q.employed.Days() <= 0 {
			continue
		}
		r := w.roles[p.Role]
		r.members = append(r.members, q)
		w.people = append(w.people, q)
		w.byID[p.ID] = append(w.byID[p.ID], q)
	}
	return w
}
