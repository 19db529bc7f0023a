package roster_test

import (
	"strings"
	"testing"

	"svodka/internal/department"
	"svodka/internal/roster"
)

var office = []department.Person{
	{ID: "anna", Name: "Иванова Анна", Email: "Anna@example.com", Aliases: []string{"101"}},
	{ID: "boris", Name: "Петров Борис", Aliases: []string{"102", "борисп"}},
	{ID: "oleg", Name: "Сидоров Олег", Aliases: []string{"103"}},
	{ID: "vera", Name: "Козлова Вера", Aliases: []string{"104"}},
	{ID: "petr", Name: "Семёнов Пётр Ильич", Aliases: []string{"105"}},
	{ID: "k1", Name: "Котова Мария"},
	{ID: "k2", Name: "Котова Марина"},
	{ID: "k3", Name: "Котова М."},
	{ID: "john", Name: "John Smith"},
	{ID: "lena", Name: "Орлова Елена", Former: []string{"Соколова Елена", "Иванова Анна Петровна"}},
	{ID: "dima", Name: "Соколова Дарья", Former: []string{"Орлова Елена"}},
	{ID: "d1", Name: "Двойной Иван"}, {ID: "d2", Name: "Двойной Иван", Email: "d2@example.com"},
}

// A name is taken if exactly one person fits; otherwise those who might be meant are
// suggested.
func TestFind(t *testing.T) {
	r := roster.New(office)
	for who, want := range map[string]string{
		"Иванова Анна":                "anna",
		" иванова   анна ":            "anna",
		"anna@EXAMPLE.com":            "anna",
		"101":                         "anna",
		"Анна Иванова":                "anna spelt",
		"Иванова А.":                  "anna spelt",
		"А. Иванова":                  "anna spelt",
		"иванова а":                   "anna spelt",
		"Иванова А.С.":                "anna spelt",
		"Иванова Анна Сергеевна":      "anna spelt",
		"Анна Сергеевна Иванова":      "anna spelt",
		"Петров Борис Иванович (102)": "boris spelt",
		"Петров Борис (102)":          "boris spelt",
		"Петров (102)":                "boris spelt",
		"Петров Борис [борисп]":       "boris spelt",
		"Петров Борис <b@example.ru>": "boris spelt",
		"Петр Семенов":                "petr spelt",
		"Семенов П. И.":               "petr spelt",
		"Семёнов Пётр":                "petr spelt",
		"Smith John":                  "john spelt",
		"d2@example.com":              "d2",
		"Котова М.":                   "k3",
		"Соколова Елена":              "lena spelt", // her former name
		"соколова елена (7)":          "lena spelt",
		"Орлова Елена":                "lena", // a present name takes precedence over former ones
		"Иванова Анна Петровна":       "several anna lena",

		"Иванов И.": "near anna",
		"Иванова Анна Петровна Мария": "near anna",
		"Иванова":      "near anna",
		"Анна":         "near anna",
		"Анна И.":      "anna spelt",
		"Ивонова Анна": "near anna",
		"Семёнов Пётр Петрович": "near petr",
		"Семёнов П. К.":         "near petr",
		"Петров Борис (103)":    "several boris oleg",
		"Робот (103)":           "nobody",
		"Двойной Иван":          "several d1 d2",
		"Иван Двойной":          "several d1 d2",
		"Робот":                 "nobody",
		"":                      "nobody",
	} {
		f := r.Find(who)
		var got []string
		for _, p := range f.People {
			got = append(got, string(p.ID))
		}
		var said string
		switch f.How {
		case roster.Exact:
			said = strings.Join(got, " ")
		case roster.Spelt:
			said = strings.Join(got, " ") + " spelt"
		case roster.Several:
			said = "several " + strings.Join(got, " ")
		default:
			said = "nobody"
			if near := r.Near(who); len(near) > 0 {
				said = "near " + string(near[0].ID)
			}
		}
		if said != want {
			t.Errorf("%q: %s, want %s", who, said, want)
		}
	}
}

// The nearest are suggested first, and no more than three.
func TestOffers(t *testing.T) {
	r := roster.New(office)
	if f, near := r.Find("Катова Марея"), r.Near("Катова Марея"); len(near) != 3 || near[0].ID != "k1" ||
		f.How != roster.Nobody {
		t.Errorf("%+v, near %+v", f, near)
	}
}
