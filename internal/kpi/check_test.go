package kpi

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
)

// k makes a sound KPI to spoil in tests.
func k(t *testing.T, key string, unit Unit, source Source, formula string) KPI {
	t.Helper()
	out := KPI{Role: "r", Key: key, Title: "KPI " + key, Unit: unit, Source: source, Direction: Higher}
	if formula != "" {
		out.Expr = expr(t, formula)
	}
	return out
}

func salesRep(t *testing.T) []KPI {
	return []KPI{
		k(t, "deals", Count, Manual, ""),
		k(t, "revenue", Money, Manual, ""),
		k(t, "talk_time", Duration, Manual, ""),
		k(t, "avg_check", Money, Formula, "revenue / deals"),
	}
}

func TestCheckRoleSound(t *testing.T) {
	kpis := append(salesRep(t),
		k(t, "avg_talk", Duration, Formula, "talk_time / deals"),
		k(t, "conversion", Percent, Formula, "deals / (deals + deals)"),
		k(t, "per", Count, Formula, "revenue / (1000 * (revenue + revenue))"),
		k(t, "floor", Money, Formula, "max(revenue, 0)"),
		k(t, "index", Percent, Formula, "avg_check / max(avg_check, 50000)"),
		k(t, "of_share", Money, Formula, "conversion * revenue"),
		k(t, "back", Count, Formula, "deals / conversion"),
		k(t, "rounded", Money, Formula, "round(revenue / deals, 2)"),
		k(t, "sum", Money, Deals, "sum"),
		k(t, "check", Money, Deals, "repeat_sum / repeat_count"),
		k(t, "retention", Percent, Clients, "kept_clients / start_clients"),
		k(t, "calls", Count, Calls, ""),
		k(t, "dials", Count, Calls, "outgoing + incoming - missed"),
		k(t, "talking", Duration, Calls, "talk_time"),
		k(t, "phone", Money, Calls, "cost / 2"),
	)
	kpis[2].Log = expr(t, "talk_time")
	kpis[0].Plan, kpis[0].PlanFor = Some(20), calendar.Month
	kpis[0].Min, kpis[0].Max = Some(0), Some(0)
	kpis[0].Lights = DefaultThresholds()
	if got := CheckRole(kpis); len(got) != 0 {
		t.Errorf("problems with a sound role: %v", got)
	}
}

func TestCheckRole(t *testing.T) {
	type found struct {
		Key   string
		Field Field
		Code  Code
	}
	spoil := func(i int, f func(*KPI)) func([]KPI) []KPI {
		return func(ks []KPI) []KPI { f(&ks[i]); return ks }
	}
	with := func(more ...KPI) func([]KPI) []KPI {
		return func(ks []KPI) []KPI { return append(ks, more...) }
	}
	formula := func(unit Unit, src string) func([]KPI) []KPI { return with(k(t, "x", unit, Formula, src)) }
	tests := []struct {
		name string
		make func([]KPI) []KPI
		want []found
	}{
		{"no key", spoil(2, func(k *KPI) { k.Key = "" }), []found{{"", FieldKey, CodeKeyEmpty}}},
		{"russian key", spoil(2, func(k *KPI) { k.Key = "время" }), []found{{"время", FieldKey, CodeKeyForm}}},
		{"reserved key", spoil(2, func(k *KPI) { k.Key = "not" }), []found{{"not", FieldKey, CodeKeyReserved}}},
		{"key twice", spoil(2, func(k *KPI) { k.Key = "deals" }), []found{{"deals", FieldKey, CodeKeyTwice}}},
		{"no title", spoil(0, func(k *KPI) { k.Title = " \u00a0" }), []found{{"deals", FieldTitle, CodeTitleEmpty}}},
		{"look-alike titles", func(ks []KPI) []KPI {
			ks[0].Title, ks[1].Title = "Объём  сделок", " объем\u00a0СДЕЛОК "
			return ks
		}, []found{{"revenue", FieldTitle, CodeTitleTwice}}},
		{"unit", spoil(2, func(k *KPI) { k.Unit = "pieces" }), []found{{"talk_time", FieldUnit, CodeUnitUnknown}}},
		{"source", spoil(2, func(k *KPI) {
			k.Source = "guess"
		}), []found{{"talk_time", FieldSource, CodeSourceUnknown}}},
		{"direction", spoil(2, func(k *KPI) {
			k.Direction = ""
		}), []found{{"talk_time", FieldDirection, CodeDirection}}},
		{"period", spoil(2, func(k *KPI) { k.Plan = Some(1) }), []found{{"talk_time", FieldPeriod, CodePeriodUnknown}}},
		{"ratio needs no period", spoil(3, func(k *KPI) { k.Plan = Some(1) }), nil},
		{"negative plan", spoil(0, func(k *KPI) {
			k.Plan, k.PlanFor = Some(-1), calendar.Day
		}), []found{{"deals", FieldPlan, CodePlanNegative}}},
		{"plan is no number", spoil(0, func(k *KPI) {
			k.Plan, k.PlanFor = Some(math.NaN()), calendar.Day
		}), []found{{"deals", FieldPlan, CodeNotNumber}}},
		{"lights", spoil(0, func(k *KPI) {
			k.Lights = Thresholds{{10, Red}}
		}), []found{{"deals", FieldLights, CodeLightsZero}}},
		{"weight", spoil(0, func(k *KPI) { k.Weight = -1 }), []found{{"deals", FieldWeight, CodeWeightNegative}}},
		{"funnel", spoil(0, func(k *KPI) { k.Funnel = -1 }), []found{{"deals", FieldFunnel, CodeFunnelNegative}}},
		{"funnel twice", func(ks []KPI) []KPI {
			ks[0].Funnel, ks[1].Funnel = 2, 2
			return ks
		}, []found{{"revenue", FieldFunnel, CodeFunnelTwice}}},
		{"a share in the funnel", with(func() KPI {
			x := k(t, "x", Percent, Formula, "deals / (deals + deals)")
			x.Funnel = 3
			return x
		}()),
			[]found{{"x", FieldFunnel, CodeFunnelStage}}},
		{"what should be low in the funnel", spoil(0, func(k *KPI) {
			k.Funnel, k.Direction = 3, Lower
		}), []found{{"deals", FieldFunnel, CodeFunnelStage}}},
		{"time in the funnel", spoil(2, func(k *KPI) {
			k.Funnel = 3
		}), []found{{"talk_time", FieldFunnel, CodeFunnelStage}}},
		{"min above max", spoil(0, func(k *KPI) {
			k.Min, k.Max = Some(5), Some(3)
		}), []found{{"deals", FieldMin, CodeMinMax}}},
		{"from after to", spoil(0, func(k *KPI) {
			k.From, k.To = calendar.Of(2026, 5, 2), calendar.Of(2026, 5, 1)
		}), []found{{"deals", FieldTo, CodeFromTo}}},
		{"no formula", spoil(3, func(k *KPI) {
			k.Expr = Expr{}
		}), []found{{"avg_check", FieldFormula, CodeFormulaMissing}}},
		{"needless formula", spoil(0, func(k *KPI) {
			k.Expr = expr(t, "revenue")
		}), []found{{"deals", FieldFormula, CodeFormulaExtra}}},
		{"constant", formula(Count, "2 + 2"), []found{{"x", FieldFormula, CodeFormulaConst}}},
		{"itself", formula(Count, "x + deals"), []found{{"x", FieldFormula, CodeFormulaSelf}}},
		{"unknown key", formula(Count, "meetings / deals"), []found{{"x", FieldFormula, CodeNameUnknown}}},
		{"nearly a key", formula(Money, "Revenu / deals"), []found{{"x", FieldFormula, CodeNameNear}}},
		{"not a measure", with(k(t, "x", Count, Deals, "deals")), []found{{"x", FieldFormula, CodeMeasureUnknown}}},
		{"not a measure of calls", with(k(t, "x", Count, Calls, "call")),
			[]found{{"x", FieldFormula, CodeCallsUnknown}}},
		{"a mean of calls", with(k(t, "x", Duration, Calls, "talk_time / talks")),
			[]found{{"x", FieldFormula, CodeCallsRatio}}},
		{"a share of calls", with(k(t, "x", Percent, Calls, "")), []found{{"x", FieldFormula, CodeCallsRatio}}},
		{"calls of another unit", with(k(t, "x", Count, Calls, "talk_time")),
			[]found{{"x", FieldUnit, CodeUnitsOther}}},
		{"compared with no measure", spoil(0, func(k *KPI) {
			k.Log = expr(t, "revenue")
		}), []found{{"deals", FieldFormula, CodeCallsUnknown}}},
		{"compared with another unit", spoil(0, func(k *KPI) {
			k.Log = expr(t, "talk_time")
		}), []found{{"deals", FieldUnit, CodeUnitsOther}}},
		{"circle", with(k(t, "x", Count, Formula, "y + deals"), k(t, "y", Count, Formula, "z + deals"),
			k(t, "z", Count, Formula, "x + deals")),
			[]found{{"x", FieldFormula, CodeFormulaCycle}, {"y", FieldFormula, CodeFormulaCycle},
				{"z", FieldFormula, CodeFormulaCycle}}},
		{"beside a circle", with(k(t, "x", Count, Formula, "y + deals"), k(t, "y", Count, Formula, "z + deals"),
			k(t, "z", Count, Formula, "y + deals")),
			[]found{{"y", FieldFormula, CodeFormulaCycle}, {"z", FieldFormula, CodeFormulaCycle}}},
		{"money and count added", formula(Money, "revenue + deals"), []found{{"x", FieldFormula, CodeUnitsMixed}}},
		{"share and count compared", formula(Count, "max(deals, revenue / revenue)"),
			[]found{{"x", FieldFormula, CodeUnitsMixed}}},
		{"mixed deep inside", formula(Money, "2 * (revenue + talk_time) / deals"),
			[]found{{"x", FieldFormula, CodeUnitsMixed}}},
		{"money times money", formula(Money, "revenue * revenue"), []found{{"x", FieldFormula, CodeUnitsNone}}},
		{"per hour", formula(Count, "deals / talk_time"), []found{{"x", FieldFormula, CodeUnitsNone}}},
		{"money as count", formula(Count, "revenue / deals"), []found{{"x", FieldUnit, CodeUnitsOther}}},
		{"count as money", formula(Money, "deals / deals"), []found{{"x", FieldUnit, CodeUnitsOther}}},
		{"percent of a sum", formula(Percent, "deals + deals"), []found{{"x", FieldFormula, CodePercentSum}}},
		{"percent times 100", formula(Percent, "100 * deals / (deals + deals)"),
			[]found{{"x", FieldFormula, CodePercentHundred}}},
		{"sum of a ratio", formula(Money, "2 * avg_check"), []found{{"x", FieldFormula, CodeRatioOperand}}},
		{"typed percent", with(k(t, "x", Percent, Manual, "")), []found{{"x", FieldSource, CodePercentTyped}}},
		{"six to type", with(k(t, "x", Count, Manual, ""), k(t, "y", Count, Manual, ""), k(t, "z", Count, Manual, "")),
			[]found{{"z", FieldRole, CodeTypedMany}}},
	}
	warnings := map[Code]bool{CodeTypedMany: true, CodePercentTyped: true, CodeFunnelTwice: true, CodeFunnelStage: true}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kpis := tt.make(salesRep(t))
			if tt.name == "no key" || tt.name == "russian key" || tt.name == "reserved key" || tt.name == "key twice" {
				kpis = kpis[:3]
			}
			var got []found
			for _, p := range CheckRole(kpis) {
				got = append(got, found{p.Key, p.Field, p.Code})
				if kpis[p.Index].Key != p.Key || p.Role != "r" {
					t.Errorf("%v points at KPI %d of role %q", p, p.Index, p.Role)
				}
				if p.Warning != warnings[p.Code] {
					t.Errorf("%v: warning %v", p, p.Warning)
				}
				checkTexts(t, p.Message)
				if !strings.Contains(p.Error(), string(p.Field)) {
					t.Errorf("the error does not name the field: %v", p)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOrder(t *testing.T) {
	kpis := []KPI{
		k(t, "a", Count, Formula, "b + c"),
		k(t, "b", Count, Formula, "c"),
		k(t, "c", Count, Manual, ""),
		k(t, "x", Count, Formula, "y"),
		k(t, "y", Count, Formula, "x"),
		k(t, "after", Count, Formula, "x + c"),
		k(t, "alone", Count, Formula, "alone"),
		k(t, "deals", Count, Deals, "count"),
	}
	if diff := cmp.Diff([]int{2, 1, 0, 7}, Order(kpis)); diff != "" {
		t.Error(diff)
	}
}

func TestEveryCodeHasTexts(t *testing.T) {
	for code, text := range texts {
		if text.ru == "" || text.en == "" {
			t.Errorf("%s lacks a text", code)
		}
		if strings.Count(text.ru, "%[") != strings.Count(text.en, "%[") {
			t.Errorf("%s: the texts use different arguments", code)
		}
	}
	if got := (Message{}).Text("ru"); got != "" {
		t.Errorf("nothing to tell reads %q", got)
	}
}
