package calls

import (
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/roster"
	"svodka/internal/tabular"
)

// Directory finds the person behind an operator.
type Directory struct {
	roster                        *roster.Roster
	aliases, mails, names, former map[string][]department.Person
}

// NewDirectory returns a directory of the people in «Сотрудники».
func NewDirectory(people []department.Person) *Directory {
	d := &Directory{roster.New(people), map[string][]department.Person{}, map[string][]department.Person{},
		map[string][]department.Person{}, map[string][]department.Person{}}
	add := func(m map[string][]department.Person, key string, p department.Person) {
		key = tabular.Fold(key)
		if key != "" && !slices.ContainsFunc(m[key], func(o department.Person) bool { return o.ID == p.ID }) {
			m[key] = append(m[key], p)
		}
	}
	for _, p := range people {
		for _, a := range p.Aliases {
			add(d.aliases, a, p)
		}
		add(d.mails, p.Email, p)
		add(d.names, p.Name, p)
		for _, name := range p.Former {
			add(d.former, name, p)
		}
	}
	return d
}

// Candidates returns the people that an operator may be: those with its id, extension or
// name among their aliases; if none, those whose e-mail or name it is, or was before its
// spelling was corrected; if none, those whose name it is another spelling of (package
// roster). An alias may name its telephony, "mango:105", and then takes precedence.
// Several candidates may have followed each other, see On.
func (d *Directory) Candidates(source Source, op Operator) []department.Person {
	if found := d.exact(source, op); found != nil {
		return found
	}
	return d.spelt(op)
}

// exact returns the candidates by what «Сотрудники» says literally.
func (d *Directory) exact(source Source, op Operator) []department.Person {
	idents := []string{op.ID, op.Ext, op.Name}
	var own []string
	for _, s := range idents {
		if s != "" {
			own = append(own, string(source)+":"+s)
		}
	}
	for _, try := range []struct {
		in   map[string][]department.Person
		keys []string
	}{{d.aliases, own}, {d.aliases, idents}, {d.mails, idents}, {d.names, idents}, {d.former, idents}} {
		var found []department.Person
		for _, k := range try.keys {
			for _, p := range try.in[tabular.Fold(k)] {
				if !slices.ContainsFunc(found, func(o department.Person) bool { return o.ID == p.ID }) {
					found = append(found, p)
				}
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// spelt returns the people whose name the operator's is another spelling of.
func (d *Directory) spelt(op Operator) []department.Person {
	if op.Name == "" {
		return nil
	}
	if f := d.roster.Spelt(op.Name); f.How != roster.Nobody {
		return f.People
	}
	return nil
}

// Spelling reports whether candidates for an operator were found only by another spelling
// of the name, which people should know.
func (d *Directory) Spelling(source Source, op Operator) bool {
	return d.exact(source, op) == nil && d.spelt(op) != nil
}

// Near returns people whose names resemble that of the operator, who is none of them.
func (d *Directory) Near(op Operator) []department.Person {
	if op.Name == "" {
		return nil
	}
	return d.roster.Near(op.Name)
}

// On returns the one candidate who is employed on the day. Of several it takes the one
// who was entered by then, so that a later namesake takes nobody's calls. ok is false if
// none remain, or several.
func On(candidates []department.Person, day calendar.Date) (p department.Person, ok bool) {
	entered := func(c department.Person) bool { return c.Employed(day) && c.Entered <= day }
	if slices.ContainsFunc(candidates, entered) {
		candidates = slices.DeleteFunc(slices.Clone(candidates), func(c department.Person) bool { return !entered(c) })
	}
	for _, c := range candidates {
		if !c.Employed(day) {
			continue
		}
		if ok {
			return department.Person{}, false
		}
		p, ok = c, true
	}
	return p, ok
}
