package templates_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/kpi"
	templates "svodka/sheets-templates"
)

// The keys are fixed: figures are stored under them.
func TestEmbeddedTemplates(t *testing.T) {
	roles, err := templates.Load(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range roles {
		var keys []string
		typed := 0
		for _, k := range r.KPIs {
			keys = append(keys, k.Key)
			if k.Source == "" {
				typed++
			}
			if k.Plan == "" {
				t.Errorf("%s %s has no plan", r.Key, k.Key)
			}
		}
		got[r.Key] = strings.Join(keys, " ")
		if typed > kpi.MaxTyped {
			t.Errorf("%s has %d typed KPIs", r.Key, typed)
		}
	}
	want := map[string]string{
		"cold-caller":      "calls talks talk_time avg_talk_time leads talk_rate lead_rate",
		"account-manager":  "repeat_share repeat_sum repeat_check retention",
		"telephony-caller": "calls talks talk_time avg_talk_time leads talk_rate lead_rate",
		"sales-rep":        "deals revenue avg_check",
		"sales-rep-deals":  "deals revenue avg_check",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Templates of one department must measure the same thing under one key.
func TestSalesRepTemplatesAgree(t *testing.T) {
	byKey := map[string]templates.Role{}
	for _, r := range templates.Builtin() {
		byKey[r.Key] = r
	}
	typed, listed := byKey["sales-rep"], byKey["sales-rep-deals"]
	for i, k := range typed.KPIs {
		l := listed.KPIs[i]
		if k.Key != l.Key || k.Unit != l.Unit || k.Title != l.Title || k.Plan != l.Plan {
			t.Errorf("%s: %v and %v differ", k.Key, k, l)
		}
	}
}

func TestLoadReportsEveryMistakeWithItsLine(t *testing.T) {
	dir := fstest.MapFS{
		"bad.yaml": {Data: []byte(`key: Bad Role
title: {ru: Роль}
colour: red
kpis:
  - key: calls
    title: {ru: Звонки, en: Calls}
    unit: pieces
    planned: "5"
  - key: rate
    title: {ru: Доля, en: Rate}
    unit: percent
    source: formula
    formula: calls / talkz +
    plan: many
    lights: 0:blue
    weight: heavy
    funnel: 1.5
    required: maybe
    period: year
  - key: rate
    key: rate2
`)},
		"broken.yaml": {Data: []byte("key: x\n  title: [\n")},
		"empty.yaml":  {Data: []byte("")},
		"list.yaml":   {Data: []byte("- a\n- b\n")},
		"nokpis.yaml": {Data: []byte("key: nokpis\ntitle: {ru: Без, en: None}\n")},
	}
	_, err := templates.Load(dir)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`bad.yaml:1: key "Bad Role" of a role`,
		`bad.yaml:2: both languages are needed`,
		`bad.yaml:3: unknown field "colour" of a role; known are key, kpis, title`,
		`bad.yaml:8: unknown field "planned" of a KPI`,
		`bad.yaml:13: the formula is not understood`,
		`bad.yaml:14: plan "many" is no figure`,
		`bad.yaml:15: the colour "blue" is not known`,
		`bad.yaml:16: weight "heavy"`,
		`bad.yaml:17: funnel "1.5"`,
		`bad.yaml:18: required "maybe"`,
		`bad.yaml:19: period "year"`,
		`bad.yaml:21: `,
		`broken.yaml:`,
		`empty.yaml:1: one YAML document is expected`,
		`list.yaml:1: a role is written as fields`,
		`nokpis.yaml:1: the role has no kpis`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
}

// Mistakes that only a whole role shows: keys, units, references.
func TestLoadChecksTheRoleAsAWhole(t *testing.T) {
	head := "key: r\ntitle: {ru: Роль, en: Role}\nkpis:\n"
	kpiOf := func(key, rest string) string {
		return "  - key: " + key + "\n    title: {ru: " + key + ", en: " + key + "}\n" + rest
	}
	for name, tc := range map[string]struct{ body, want string }{
		"unknown unit": {kpiOf("a", "    unit: pieces\n"), `r.yaml:6: the unit "pieces" is not known`},
		"same key": {kpiOf("a", "    unit: count\n") + kpiOf("a", "    unit: count\n"),
			`r.yaml:7: the key "a" is taken`},
		"unknown operand": {kpiOf("calls", "    unit: count\n") +
			kpiOf("b", "    unit: percent\n    source: formula\n    formula: calls / call\n"),
			`r.yaml:11: the role has no KPI with the key "call"; did you mean "calls"?`},
		"unit": {kpiOf("sum", "    unit: money\n") + kpiOf("n", "    unit: count\n") +
			kpiOf("b", "    unit: percent\n    source: formula\n    formula: sum / n\n"),
			`r.yaml:12: the formula gives the unit "money"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := templates.Load(fstest.MapFS{"r.yaml": {Data: []byte(head + tc.body)}})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestLoadRefusesOneRoleInTwoFiles(t *testing.T) {
	role := []byte("key: r\ntitle: {ru: Роль, en: Role}\nkpis:\n  - {key: a, title: {ru: А, en: A}, unit: count}\n")
	_, err := templates.Load(fstest.MapFS{"a.yaml": {Data: role}, "b.yaml": {Data: role}})
	if err == nil || !strings.Contains(err.Error(), `b.yaml:1: the role "r" is already in a.yaml`) {
		t.Error(err)
	}
}

func TestLoadOfAnEmptyFolder(t *testing.T) {
	if _, err := templates.Load(fstest.MapFS{"settings.yaml": {Data: []byte("[]")}}); err == nil {
		t.Error("no error")
	}
}

func TestSettingsOfAFolderLieOverTheEmbeddedOnes(t *testing.T) {
	dir := fstest.MapFS{"settings.yaml": {
		Data: []byte("- {key: deadline, value: \"18:30\"}\n- {key: rating, value: {ru: по темпу, en: pace}}\n")}}
	got, err := templates.LoadSettings(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := append([]templates.Setting(nil), templates.BuiltinSettings()...)
	for i, s := range want {
		switch s.Key {
		case "deadline":
			want[i].Value = templates.Text{RU: "18:30", EN: "18:30"}
		case "rating":
			want[i].Value = templates.Text{RU: "по темпу", EN: "pace"}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}

	plain, err := templates.LoadSettings(fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(templates.BuiltinSettings(), plain); d != "" {
		t.Error(d)
	}

	_, err = templates.LoadSettings(fstest.MapFS{"settings.yaml": {Data: []byte("- {key: dedline, value: \"1\"}\n" +
		"- {key: cap, value: 1}\n- {key: cap, value: 2, note: 3}\n")}})
	for _, want := range []string{
		`settings.yaml:1: there is no setting "dedline"`,
		`settings.yaml:3: the setting "cap" stands twice`,
		`settings.yaml:3: unknown field "note" of a setting`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

func TestFigure(t *testing.T) {
	for _, tc := range []struct {
		text string
		unit kpi.Unit
		want kpi.Num
		ok   bool
	}{
		{"1900", kpi.Count, kpi.Some(1900), true},
		{"1 200 000", kpi.Money, kpi.Some(1200000), true},
		{"25%", kpi.Percent, kpi.Some(0.25), true},
		{"0:03:00", kpi.Duration, kpi.Some(180), true},
		{"38:00:00", kpi.Duration, kpi.Some(38 * 3600), true},
		{"38:30", kpi.Duration, kpi.Some(38*3600 + 1800), true},
		{"", kpi.Count, kpi.Num{}, true},
		{"many", kpi.Count, kpi.Num{}, false},
		{"1:75:00", kpi.Duration, kpi.Num{}, false},
	} {
		got, ok := templates.Figure(tc.text, tc.unit)
		if got != tc.want || ok != tc.ok {
			t.Errorf("Figure(%q, %s) = %v, %v; want %v, %v", tc.text, tc.unit, got, ok, tc.want, tc.ok)
		}
	}
}
