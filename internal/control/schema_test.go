package control

import (
	"slices"
	"strings"
	"testing"

	"svodka/internal/department"
	"svodka/internal/words"
	templates "svodka/sheets-templates"
)

// Read finds columns by their headers if tags are lost: no two may be alike, and each has
// its help, in both languages.
func TestSchema(t *testing.T) {
	for _, tab := range schema {
		for _, lang := range []words.Lang{words.RU, words.EN} {
			seen := map[string]string{}
			for _, c := range tab.columns {
				h := norm(c.title.in(lang))
				if other, ok := seen[h]; ok || h == "" {
					t.Errorf("%s: header %q of %s is that of %s", tab.key, h, c.key, other)
				}
				seen[h] = c.key
				if c.help.in(lang) == "" || c.width < 60 {
					t.Errorf("%s/%s has no help or no width", tab.key, c.key)
				}
				if c.from != "" && (&layout{LayoutInput: LayoutInput{Lang: lang}}).column(c.from) == "" {
					t.Errorf("%s/%s chooses from %s, which is not there", tab.key, c.key, c.from)
				}
			}
		}
	}
}

// Settings of the templates and of the program are the same, and so are their
// defaults.
func TestSettingsMatchTheTemplates(t *testing.T) {
	var want, got []string
	for _, s := range settingsTable {
		want = append(want, s.key)
	}
	for _, s := range templates.BuiltinSettings() {
		got = append(got, s.Key)
	}
	if !slices.Equal(want, got) {
		t.Errorf("templates have %v, the program has %v", got, want)
	}
}

func TestVocabulariesAreUnambiguous(t *testing.T) {
	for _, v := range []vocabulary{units, sources, periods, directions, absenceKinds, dayKinds, ratings, countries} {
		for _, w := range v {
			for _, s := range append([]string{w.ru, w.en}, strings.Split(w.also, "|")...) {
				if s == "" {
					continue
				}
				if code, ok := v.code(s); !ok || code != w.code {
					t.Errorf("%q means %q, not %q", s, code, w.code)
				}
				if strings.Contains(w.also, s) && s != norm(s) {
					t.Errorf("%q is not normalised", s)
				}
			}
		}
	}
	for _, k := range []department.AbsenceKind{department.Vacation, department.Sick, department.DayOff, department.Trip,
		department.Training} {
		if absenceKinds.word(string(k), words.RU) == string(k) {
			t.Errorf("%s has no word", k)
		}
	}
}

func TestReadersOfValues(t *testing.T) {
	for _, tc := range []struct {
		text string
		want string
	}{
		{"15.05.2026", "2026-05-15"}, {"5.5.26", "2026-05-05"}, {"2026-05-15", "2026-05-15"},
		{"15/05/2026", "2026-05-15"},
		{"15.05.2026 г.", "2026-05-15"}, {"29.02.2026", ""}, {"2026-13-01", ""}, {"15 мая", ""}, {"1.1.1900", ""},
	} {
		d, ok := parseDate(tc.text)
		if ok != (tc.want != "") || ok && d.String() != tc.want {
			t.Errorf("parseDate(%q) = %v, %v", tc.text, d, ok)
		}
	}
	for _, tc := range []struct {
		v    any
		want float64
		ok   bool
	}{
		{19.0 / 24, 19, true}, {"19:30", 19.5, true}, {"9.15", 9.25, true}, {19.0, 19, true}, {"24:00", 0, false}, {
			"19:75", 0, false}, {0.0, 0, false}, {true, 0, false},
	} {
		if h, ok := clockOf(tc.v); ok != tc.ok || ok && h != tc.want {
			t.Errorf("clockOf(%v) = %v, %v", tc.v, h, ok)
		}
	}
	for _, tc := range []struct {
		v           any
		least, most float64
		want        float64
		ok          bool
	}{
		{0.2, 0, 1, 0.2, true}, {20.0, 0, 1, 0.2, true}, {"20 %", 0, 1, 0.2, true}, {"0,2", 0, 1, 0.2, true},
		{"150%", 1, 10, 1.5, true},
		{1.5, 1, 10, 1.5, true}, {150.0, 1, 10, 1.5, true}, {"1%", 0, 1, 0.01, true}, {500.0, 0, 1, 0, false},
		{"?", 0, 1, 0, false}, {nil, 0, 1, 0, false},
	} {
		if x, ok := shareOf(tc.v, tc.least, tc.most); ok != tc.ok || ok && x != tc.want {
			t.Errorf("shareOf(%v) = %v, %v", tc.v, x, ok)
		}
	}
}

// Two people whose ids begin alike still get different ones.
func TestNewIDGrowsOnCollision(t *testing.T) {
	who := identity{name: "анна", email: "anna@example.ru"}
	id := newID(who, func(string) bool { return false })
	longer := newID(who, func(s string) bool { return s == id })
	if len(id) != 8 || len(longer) != 9 || !strings.HasPrefix(longer, id) {
		t.Errorf("%q, %q", id, longer)
	}
}
