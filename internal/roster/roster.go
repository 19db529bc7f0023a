// Package roster finds the person in «Сотрудники» whom a file means by a name, as CRMs,
// telephonies and people write names.
//
// Exact spellings come first: a name, an e-mail, an alias. Then come the ways to write
// one name: first and last name swapped, with or without a patronymic, with initials,
// with something in brackets after it, as it was before it was corrected or changed. Such
// a spelling counts only if exactly one person fits, and people are told; a name that is
// merely near is suggested and never taken.
//
// It is pure.
package roster

import (
	"slices"
	"strings"
	"unicode/utf8"

	"svodka/internal/department"
	"svodka/internal/words"
)

// Roster finds people.
type Roster struct {
	people []department.Person
	exact  map[string][]int // names and e-mails
	alias  map[string][]int
	former map[string][]int // names before a correction or change
	words  [][]string       // words of the people's names
	tails  map[string][]int
}

// How says how a name was understood.
type How uint8

// The ways. For Several, People are the ones to suggest.
const (
	Nobody  How = iota // nobody fits: see Near
	Several            // several people fit equally well
	Exact              // a name, e-mail or alias exactly as in «Сотрудники»
	Spelt              // another spelling of one person's name, or a former name: people must be told
)

// Found is the possible meaning of a name.
type Found struct {
	How    How
	People []department.Person // one for Exact and Spelt
}

// OK reports whether the name means one person.
func (f Found) OK() bool { return f.How == Exact || f.How == Spelt }

// Person returns the person whom the name means, if OK.
func (f Found) Person() department.Person { return f.People[0] }

// New returns a roster of people.
func New(people []department.Person) *Roster {
	r := &Roster{people: people, exact: map[string][]int{}, alias: map[string][]int{}, former: map[string][]int{},
		tails: map[string][]int{}}
	add := func(m map[string][]int, key string, i int) {
		if key = fold(key); key != "" && !slices.Contains(m[key], i) {
			m[key] = append(m[key], i)
		}
	}
	for i, p := range people {
		add(r.exact, p.Name, i)
		add(r.exact, p.Email, i)
		for _, a := range p.Aliases {
			add(r.alias, a, i)
		}
		for _, name := range p.Former {
			add(r.former, name, i)
		}
		words := split(p.Name)
		r.words = append(r.words, words)
		for _, w := range words {
			add(r.tails, w, i)
		}
	}
	return r
}

// Find finds the person whom a name means.
func (r *Roster) Find(who string) Found {
	for _, m := range []map[string][]int{r.exact, r.alias} {
		if f := r.found(m[fold(who)], Exact); f.How != Nobody {
			return f
		}
	}
	return r.Spelt(who)
}

// Spelt is Find without the exact spellings, for callers that look those up in their own
// order.
func (r *Roster) Spelt(who string) Found {
	name, inside, bracketed := brackets(who)
	if bracketed {
		byName, byTail := r.fit(name), r.alias[fold(inside)]
		if len(byTail) == 0 {
			byTail = r.exact[fold(inside)]
		}
		// Both must mean one person, or one of them nobody.
		switch {
		case len(byName) == 0 && !slices.ContainsFunc(byTail, func(i int) bool { return r.akin(i, name) }):
			return Found{}
		case len(byTail) == 0:
			return r.found(byName, Spelt)
		case len(byName) == 0:
			return r.found(byTail, Spelt)
		}
		var both []int
		for _, i := range byName {
			if slices.Contains(byTail, i) {
				both = append(both, i)
			}
		}
		if len(both) == 0 {
			return r.found(union(byName, byTail), Spelt)
		}
		return r.found(both, Spelt)
	}
	return r.found(r.fit(who), Spelt)
}

func (r *Roster) found(at []int, one How) Found {
	var f Found
	for _, i := range at {
		f.People = append(f.People, r.people[i])
	}
	switch len(at) {
	case 0:
		return Found{}
	case 1:
		f.How = one
	default:
		f.How = Several
	}
	return f
}

// fit returns the people whose name who is a spelling of, and those who had that name
// before.
func (r *Roster) fit(who string) []int {
	if same := r.exact[fold(who)]; len(same) > 0 {
		return same
	}
	return union(r.similar(who), r.former[fold(who)])
}

// similar returns the people whose names, spelt differently, are who.
func (r *Roster) similar(who string) []int {
	words := split(who)
	if len(words) < 2 || len(words) > 3 {
		return nil
	}
	// They must share a whole word: look only at people who do.
	seen := map[int]bool{}
	var whole, short []int
	for _, w := range words {
		for _, i := range r.tails[w] {
			if seen[i] {
				continue
			}
			seen[i] = true
			switch same, initials := spelling(words, r.words[i]); {
			case same && !initials:
				whole = append(whole, i)
			case same:
				short = append(short, i)
			}
		}
	}
	if len(whole) > 0 { // Иванова Анна Сергеевна takes precedence over Иванова А.
		return whole
	}
	slices.Sort(short)
	return short
}

// spelling reports whether two names can be one: each word of the shorter is in the
// longer, whole or as its initial; at least one shared whole word is a surname, as far as
// one can tell; and what is left over is a patronymic or its initial. initials says that
// an initial stood for a word.
func spelling(a, b []string) (same, initials bool) {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < 2 || len(b) > 3 {
		return false, false
	}
	left := slices.Clone(b)
	var open []string
	shared := 0
	for _, w := range a {
		if i := slices.Index(left, w); i >= 0 && !initial(w) {
			left = slices.Delete(left, i, i+1)
			shared++
			continue
		}
		open = append(open, w)
	}
	if shared == 0 {
		return false, false
	}
	for _, w := range open {
		i := slices.IndexFunc(left, func(o string) bool {
			return (initial(w) || initial(o)) && firstRune(w) == firstRune(o)
		})
		if i < 0 {
			return false, false
		}
		left = slices.Delete(left, i, i+1)
		initials = true
	}
	// A patronymic and an initial do not make a name.
	if initials && shared == 1 && slices.ContainsFunc(a, func(w string) bool {
		return !initial(w) && patronymic(w) && slices.Contains(b, w)
	}) {
		return false, false
	}
	for _, w := range left {
		if !patronymic(w) && !initial(w) {
			return false, false
		}
		initials = initials || initial(w)
	}
	return true, initials
}

// patronymic reports whether a word ends as patronymics do.
func patronymic(w string) bool {
	for _, end := range []string{"ович", "евич", "ьич", "мич", "кич", "тич", "овна", "евна", "ична", "инична", "оглы",
		"кызы"} {
		if strings.HasSuffix(w, end) && utf8.RuneCountInString(w) > utf8.RuneCountInString(end) {
			return true
		}
	}
	return false
}

func initial(w string) bool { return utf8.RuneCountInString(w) == 1 }

func firstRune(w string) rune { r, _ := utf8.DecodeRuneInString(w); return r }

// maxNear limits how many names are suggested.
const maxNear = 3

// Near returns at most three people whose names are almost who or share a word with it,
// nearest first: as suggestions only.
func (r *Roster) Near(who string) []department.Person {
	name, _, _ := brackets(who)
	asked := split(name)
	if len(asked) == 0 {
		return nil
	}
	type offer struct{ at, score int }
	var offers []offer
	for i, name := range r.words {
		// The sum of the distances of the words, each to its nearest: 0 is a shared word.
		best, shared := 0, false
		for _, w := range asked {
			least := 99
			for _, n := range name {
				d := words.Distance(w, n)
				if initial(w) && firstRune(w) == firstRune(n) {
					d = 1
				}
				least = min(least, d)
				shared = shared || !initial(w) && d <= 1+utf8.RuneCountInString(n)/6
			}
			best += min(least, 6)
		}
		if shared {
			offers = append(offers, offer{i, best})
		}
	}
	slices.SortStableFunc(offers, func(a, b offer) int { return a.score - b.score })
	var out []department.Person
	for _, o := range offers[:min(len(offers), maxNear)] {
		out = append(out, r.people[o.at])
	}
	return out
}

// akin reports whether a person's name has a word of who: then there is no need to doubt
// what is in brackets.
func (r *Roster) akin(i int, who string) bool {
	words := split(who)
	return len(words) == 0 || slices.ContainsFunc(words, func(w string) bool {
		return !initial(w) && slices.Contains(r.words[i], w)
	})
}

// brackets cuts off brackets at the end: Петров Борис (102), Петров Борис
// [b.petrov@example.com], Петров Борис <102>.
func brackets(who string) (name, inside string, ok bool) {
	who = strings.TrimSpace(who)
	for _, b := range []string{"()", "[]", "<>"} {
		if i := strings.IndexByte(who, b[0]); i > 0 && who[len(who)-1] == b[1] {
			return strings.TrimSpace(who[:i]), strings.TrimSpace(who[i+1 : len(who)-1]), true
		}
	}
	return who, "", false
}

// split returns the words of a name; А.С. is two.
func split(name string) []string {
	return strings.FieldsFunc(fold(name), func(r rune) bool { return r == ' ' || r == '.' || r == ',' })
}

// fold makes spellings equal: it ignores case, ё and extra spaces.
func fold(s string) string {
	return strings.ReplaceAll(strings.ToLower(strings.Join(strings.Fields(s), " ")), "ё", "е")
}

func union(a, b []int) []int {
	out := slices.Clone(a)
	for _, i := range b {
		if !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	return out
}
