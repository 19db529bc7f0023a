package summary

import (
	"math"
	"strconv"
	"strings"

	"svodka/internal/kpi"
	"svodka/internal/words"
)

// dash means "no value" everywhere: blank is not zero.
const dash = "—"

// figure returns a value with its unit, for sentences: «570», «7 %», «45 000 ₽». Roubles
// are whole and counts have at most one decimal: more would be noise here.
func figure(v float64, u kpi.Unit, lang words.Lang) string {
	return kpi.FormatNum(kpi.Some(coarse(v, u)), u, lang)
}

// difference returns the size of a difference of two values, for sentences: like figure,
// but percentages differ in points.
func difference(v float64, u kpi.Unit, lang words.Lang) string {
	v = math.Abs(coarse(v, u))
	return strings.TrimPrefix(kpi.FormatDelta(kpi.Some(v), u, lang), "+")
}

// noTenths is the count from which sentences leave out tenths: «9 501 вместо 18 421».
const noTenths = 1000

func coarse(v float64, u kpi.Unit) float64 {
	short := v
	switch u {
	case kpi.Money:
		short = math.Round(v)
	case kpi.Count:
		if math.Abs(v) >= noTenths {
			return math.Round(v)
		}
		short = math.Round(v*10) / 10
	}
	if short == 0 { // what is not nothing is not called nothing
		return kpi.Least(settle(v, 9), u)
	}
	return short
}

// instead returns «7 % вместо 10 %»: a figure beside the planned one.
func instead(v, planned float64, u kpi.Unit, lang words.Lang) string {
	a, b := apart(v, planned, u, lang)
	return a + lang.T(" вместо ", " instead of ") + b
}

// apart returns two figures for a sentence that says that they differ. Where they differ
// by less than sentences show, they have more decimals: 24,97 % and 25 %.
func apart(v, planned float64, u kpi.Unit, lang words.Lang) (a, b string) {
	a, b = figure(v, u, lang), figure(planned, u, lang)
	for places := 2; a == b && places <= 9 && math.Abs(v-planned) > 1e-9*max(1, math.Abs(planned)); places++ {
		a, b = kpi.FormatTo(v, places, u, lang), kpi.FormatTo(planned, places, u, lang)
	}
	return a, b
}

// nouns are the nouns for the KPIs of the shipped templates, so that a sentence can say
// «на 70 звонков». Other KPIs have none.
var nouns = map[string]words.Noun{
	"calls": words.Calls,
	"talks": {One: "разговор", Few: "разговора", Many: "разговоров", EN: "conversation", ENs: "conversations"},
	"leads": {One: "лид", Few: "лида", Many: "лидов", EN: "lead", ENs: "leads"},
	"deals": {One: "сделку", Few: "сделки", Many: "сделок", EN: "deal", ENs: "deals"},
}

// amount returns a difference with its noun if there is one: «70 звонков».
func amount(v float64, k kpi.KPI, lang words.Lang) string {
	s := difference(v, k.Unit, lang)
	n, ok := nouns[k.Key]
	if !ok || k.Unit != kpi.Count {
		return s
	}
	whole, part := math.Modf(math.Abs(coarse(v, k.Unit)))
	if part != 0 { // «1,5 звонка»
		return s + words.NBSP + lang.T(n.Few, n.ENs)
	}
	return s + words.NBSP + n.Form(int(whole), lang)
}

// loss returns an amount after its sign, by itself: «−1 сделка», where «отстаёт на» would
// take «1 сделку».
func loss(v float64, k kpi.KPI, lang words.Lang) string {
	s := amount(v, k, lang)
	if rest, ok := strings.CutSuffix(s, "сделку"); ok && k.Key == "deals" {
		return rest + "сделка"
	}
	return s
}

// grouped returns a number of people or the like as other figures stand: «4 785».
func grouped(n int, lang words.Lang) string { return figure(float64(n), kpi.Count, lang) }

// counted is grouped with a noun: «4 785 человек».
func counted(of words.Noun, n int, lang words.Lang) string {
	return grouped(n, lang) + words.NBSP + of.Form(n, lang)
}

func itoa(n int) string { return strconv.Itoa(n) }
