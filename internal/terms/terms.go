// Package terms defines the names and the looks of a department's states: lights,
// absences, clients. A person's report, the director's summary, the control spreadsheet
// and messages take words, signs and colours from here, so that everybody sees the same
// word and the same colour for the same state.
//
// It is pure. A light always has a sign and a word besides its colour, for people who do
// not see colours (domain 2.18).
package terms

import (
	"slices"
	"strings"

	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/words"
)

// Colors are the colours of a text and its background, as #RRGGBB.
type Colors struct{ Ink, Back string }

// shown says how a light is shown.
type shown struct {
	light            kpi.Light
	sign             string
	ru, en           string
	colors           Colors
	colorRU, colorEN string // name of the colour
}

// lights are the lights, worst first.
var lights = []shown{
	{kpi.Red, "▼", "отстаёт", "behind", Colors{"#8B1E2D", "#F8D7DA"}, "красный", "red"},
	{kpi.Yellow, "●", "чуть отстаёт", "a little behind", Colors{"#7A5B00", "#FFF3CD"}, "жёлтый", "yellow"},
	{kpi.Green, "▲", "по плану", "on plan", Colors{"#1E6B3A", "#D9EFDF"}, "зелёный", "green"},
	{kpi.Above, "▲", "перевыполнение", "above plan", Colors{"#0B4F6C", "#CFE8F3"}, "голубой", "blue"},
}

// Lights returns the lights, worst first.
func Lights() []kpi.Light {
	var out []kpi.Light
	for _, l := range lights {
		out = append(out, l.light)
	}
	return out
}

// LightSign returns the sign of a light; empty for none.
func LightSign(l kpi.Light) string { return of(l).sign }

// LightWord returns the word for a light: «отстаёт», "behind"; empty for none.
func LightWord(l kpi.Light, lang words.Lang) string { return lang.T(of(l).ru, of(l).en) }

// LightText returns the sign and the word of a light: «▼ отстаёт»; empty for none.
func LightText(l kpi.Light, lang words.Lang) string {
	return strings.TrimSpace(LightSign(l) + " " + LightWord(l, lang))
}

// LightColor names the colour of a light: «красный», "red"; empty for none.
func LightColor(l kpi.Light, lang words.Lang) string { return lang.T(of(l).colorRU, of(l).colorEN) }

// LightColors returns the colours of a light; the zero Colors for none.
func LightColors(l kpi.Light) Colors { return of(l).colors }

// of returns how a light is shown; zero for none.
func of(l kpi.Light) shown {
	for _, s := range lights {
		if s.light == l {
			return s
		}
	}
	return shown{}
}

// Absence is a kind of absence in words, in lower case.
type Absence struct {
	Kind   department.AbsenceKind
	RU, EN string
}

// Absences are the kinds of absence that ops may choose.
var Absences = []Absence{
	{department.Vacation, "отпуск", "vacation"},
	{department.Sick, "больничный", "sick leave"},
	{department.DayOff, "отгул", "day off"},
	{department.Trip, "командировка", "business trip"},
	{department.Training, "обучение", "training"},
}

// AbsenceWord names a kind of absence in lower case; an unknown one is «отсутствует»,
// "away".
func AbsenceWord(k department.AbsenceKind, lang words.Lang) string {
	if i := slices.IndexFunc(Absences, func(a Absence) bool { return a.Kind == k }); i >= 0 {
		return lang.T(Absences[i].RU, Absences[i].EN)
	}
	return lang.T("отсутствует", "away")
}

// FreeDay is the word for a day on which somebody does not work by their schedule, in
// small letters.
func FreeDay(lang words.Lang) string { return lang.T("выходной", "day off") }

// standings say how clients stand, with the light whose sign and colours they have; a
// client without deals yet is neither better nor worse than others.
var standings = []struct {
	standing planfact.Standing
	light    kpi.Light
	ru, en   string
}{
	{planfact.NoDeals, kpi.NoLight, "покупок нет", "no deals yet"},
	{planfact.Active, kpi.Green, "активный", "active"},
	{planfact.AtRisk, kpi.Yellow, "под угрозой", "at risk"},
	{planfact.Lost, kpi.Red, "потерян", "lost"},
}

// StandingText returns how a client stands, with its sign: «● под угрозой».
func StandingText(s planfact.Standing, lang words.Lang) string {
	for _, x := range standings {
		if x.standing == s {
			sign := LightSign(x.light)
			if sign == "" {
				sign = "○"
			}
			return sign + " " + lang.T(x.ru, x.en)
		}
	}
	return ""
}

// StandingLight returns the light whose colours a client's standing has.
func StandingLight(s planfact.Standing) kpi.Light {
	for _, x := range standings {
		if x.standing == s {
			return x.light
		}
	}
	return kpi.NoLight
}
