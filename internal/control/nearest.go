package control

import (
	"slices"
	"strings"
	"unicode/utf8"

	"svodka/internal/words"
)

// maxSlips is how many letters of a name may be wrong.
const maxSlips = 3

// nearest returns the one name of which a text may be a misspelling: a few letters
// differ, the first of each word are the same. ok is false if none is near or several are
// equally near. The name is only suggested, never used.
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

// beginAlike reports whether two texts have as many words, which begin with the same
// letters: Анна is not a slip of Нина.
func beginAlike(a, b string) bool {
	return slices.EqualFunc(strings.Fields(a), strings.Fields(b), func(x, y string) bool {
		first, _ := utf8.DecodeRuneInString(x)
		return strings.HasPrefix(y, string(first))
	})
}

// perhaps ends a message about an unknown name: with the nearest one, else with what to
// do instead.
func (r *reader) perhaps(text string, names []string, ru, en string, args ...any) string {
	if name, ok := nearest(text, names); ok {
		return r.t("возможно, «%s»?", "perhaps “%s”?", name)
	}
	return r.t(ru, en, args...)
}
