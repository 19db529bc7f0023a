package importing

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"svodka/internal/department"
	"svodka/internal/imports"
	"svodka/internal/kpi"
	"svodka/internal/roster"
	"svodka/internal/words"
)

// reader interprets the rows of a file. It collects notes about names that were not
// plain.
type reader struct {
	dep         *department.Department
	lang        words.Lang
	roster      *roster.Roster
	skipUnknown bool
	spelt       tally // other spellings of a name: the text and whose name it is
	left        tally // names that match nobody, with skipUnknown
}

func newReader(dep *department.Department, lang words.Lang, o Options) *reader {
	return &reader{dep: dep, lang: lang, roster: roster.New(dep.People), skipUnknown: o.SkipUnknown}
}

// tally counts texts, in the order of first occurrence.
type tally struct {
	texts []string
	count map[string]int
}

func (t *tally) add(text string) {
	if t.count == nil {
		t.count = map[string]int{}
	}
	if t.count[text] == 0 {
		t.texts = append(t.texts, text)
	}
	t.count[text]++
}

// lines returns the texts with their counts.
func (t *tally) lines(lang words.Lang) []string {
	var out []string
	for _, s := range t.texts {
		out = append(out, fmt.Sprintf(lang.T("%s (строк: %d)", "%s (lines: %d)"), s, t.count[s]))
	}
	return out
}

func (t *tally) sum() int {
	n := 0
	for _, c := range t.count {
		n += c
	}
	return n
}

// errLeftOut marks a row that is left out, as requested.
var errLeftOut = errors.New("left out")

// gather collects errors, except those of rows left out.
func gather(errs []error, err error) []error {
	if errors.Is(err, errLeftOut) {
		return errs
	}
	return append(errs, err)
}

// person finds the person of a row.
func (r *reader) person(at imports.Where, who string) (department.Person, error) {
	f := r.roster.Find(who)
	if f.OK() {
		p := f.Person()
		if f.How == roster.Spelt {
			r.spelt.add(fmt.Sprintf(r.lang.T("«%s» — это %s", "“%s” is %s"), who, p.Name))
		}
		return p, nil
	}
	switch {
	case f.How == roster.Several:
		return department.Person{}, at.Errorf("manager", r.lang.T(
			"«%s» может быть несколькими: %s (напишите e-mail)",
			"“%s” may be several people: %s (write the e-mail)"), who, withMails(f.People))
	case r.skipUnknown:
		r.left.add(who)
		return department.Person{}, errLeftOut
	}
	if near := r.roster.Near(who); len(near) > 0 {
		return department.Person{}, at.Errorf("manager", r.lang.T(
			"нет «%s»; похожи: %s (исправьте имя, добавьте человека в «Сотрудники» или пропустите таких: "+
				"--skip-unknown)",
			"there is no “%s”; near: %s (correct the name, add the person to “People”, or leave such rows out: "+
				"--skip-unknown)"),
			who, joinNames(near, ", "))
	}
	return department.Person{}, at.Errorf("manager", r.lang.T(
		"нет «%s» в «Сотрудники» (добавьте человека, загрузите сначала сотрудников или пропустите таких: "+
			"--skip-unknown)",
		"there is no “%s” in “People” (add the person, import people first, or leave such rows out: "+
			"--skip-unknown)"), who)
}

// withMails names people so that namesakes can be told apart.
func withMails(people []department.Person) string {
	var names []string
	for _, p := range people {
		name := p.Name
		if p.Email != "" {
			name += " <" + p.Email + ">"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// hasList checks that a person's role has a tab for rows from one of the sources.
func (r *reader) hasList(p department.Person, at imports.Where, sources ...kpi.Source) error {
	role, _ := r.dep.RoleOver(p)
	if slices.ContainsFunc(sources, role.Uses) {
		return nil
	}
	return at.Errorf("manager", r.lang.T(
		"%s: у роли %s такого списка нет (её показатели берутся не из него)",
		"%s is of the role %s, which keeps no such list (its KPIs come from elsewhere)"), p.Name, role.Key)
}

// mostLeftOut limits how many of the names that match nobody are listed.
const mostLeftOut = 20

// notes returns what people should know about the names.
func (r *reader) notes() []string {
	out := r.spelt.lines(r.lang)
	n := r.left.sum()
	if n == 0 {
		return out
	}
	var who []string
	for _, s := range r.left.texts {
		who = append(who, fmt.Sprintf("%s (%d)", s, r.left.count[s]))
	}
	slices.Sort(who)
	more := ""
	if len(who) > mostLeftOut {
		more = fmt.Sprintf(r.lang.T(" и ещё %d", " and %d more"), len(who)-mostLeftOut)
		who = who[:mostLeftOut]
	}
	return append(out, fmt.Sprintf(r.lang.T(
		"пропущено строк: %d, этих людей нет в «Сотрудники»: %s%s",
		"lines left out: %d, these people are not in “People”: %s%s"), n, strings.Join(who, ", "), more))
}
