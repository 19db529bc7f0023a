package control

import (
	"slices"
	"strings"
	"unicode/utf8"

	"svodka/internal/words"
)

// maxSlips is how many letters of a name may be wrong for it to be taken for another.
const maxSlips = 3

// nearest is the one name that a text may be a slip of: a few letters differ, the first
// of each word are alike. ok is false if none is near or several are equally near. It
// is offered, never taken.
func nearest(text string, names []string) (name string, ok bool) {
	want := norm(text)
	least := min(maxSlips, utf8.RuneCountInString(want)/4) + 1
	for _, n := range names {
		if !beginAlike(want, norm(n)) {
			continue
		}
		switch d := words.Distance(want, norm(n)); {
		case d < least:
			name, ok, least = n, true, d
		case d == least && ok && norm(n) != norm(name):
			ok = false
		}
	}
	return name, ok
}

// beginAlike tells that two texts have as many words, which begin with the same
// letters: Анна is no slip of Нина.
func beginAlike(a, b string) bool {
	return slices.EqualFunc(strings.Fields(a), strings.Fields(b), func(x, y string) bool {
		first, _ := utf8.DecodeRuneInString(x)
		return strings.HasPrefix(y, string(first))
	})
}

// perhaps ends a message about a name that is not there: with the nearest one, else
// with what can be done instead.
func (r *reader) perhaps(text string, names []string, ru, en string, args ...any) string {
	if name, ok := nearest(text, names); ok {
		return r.t("возможно, «%s»?", "perhaps “%s”?", name)
	}
	return r.t(ru, en, args...)
}
