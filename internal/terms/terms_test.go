package terms_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/report"
	"svodka/internal/summary"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

var langs = []words.Lang{words.RU, words.EN}

func TestLights(t *testing.T) {
	for l, want := range map[kpi.Light][3]string{
		kpi.Red:     {"▼ отстаёт", "▼ behind", "красный"},
		kpi.Yellow:  {"● чуть отстаёт", "● a little behind", "жёлтый"},
		kpi.Green:   {"▲ по плану", "▲ on plan", "зелёный"},
		kpi.Above:   {"▲ перевыполнение", "▲ above plan", "голубой"},
		kpi.NoLight: {},
	} {
		if got := [3]string{terms.LightText(l, words.RU), terms.LightText(l, words.EN),
			terms.LightColor(l, words.RU)}; got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
	}
	if got := terms.LightColors(kpi.NoLight); got != (terms.Colors{}) {
		t.Errorf("no light has the colours %v", got)
	}
}

func TestStandings(t *testing.T) {
	for s, want := range map[planfact.Standing][2]string{
		planfact.NoDeals: {"○ покупок нет", "○ no deals yet"},
		planfact.Active:  {"▲ активный", "▲ active"},
		planfact.AtRisk:  {"● под угрозой", "● at risk"},
		planfact.Lost:    {"▼ потерян", "▼ lost"},
	} {
		if got := [2]string{terms.StandingText(s, words.RU), terms.StandingText(s, words.EN)}; got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestAbsences(t *testing.T) {
	if got := terms.AbsenceWord(department.Sick, words.RU); got != "больничный" {
		t.Errorf("sick leave is %q", got)
	}
	if got := terms.AbsenceWord("strike", words.EN); got != "away" {
		t.Errorf("an absence of no known kind is %q", got)
	}
}

// look is how a light looks.
type look struct{ text, ink, back string }

// TestEverybodySeesTheSameLight: the block of a manager and a row of the director show
// the same word in the same colours for each light.
func TestEverybodySeesTheSameLight(t *testing.T) {
	role := department.Role{Key: "rep", Title: "Продажи", KPIs: []kpi.KPI{
		{Role: "rep", Key: "calls", Title: "Звонки", Unit: kpi.Count, Source: kpi.Manual, Plan: kpi.Some(950),
			PlanFor: calendar.Month, Required: true},
	}}
	dep := &department.Department{Roles: []department.Role{role},
		People: []department.Person{{ID: "p", Name: "Анна", Role: "rep"}}, Settings: department.Defaults()}
	today := calendar.Of(2026, time.May, 15)
	for _, lang := range langs {
		managers := managersLights(report.Layout(report.Input{Person: dep.People[0], Role: role, Dep: dep, Lang: lang,
			Today: today, Months: []calendar.Period{calendar.MonthOf(today)}}))
		directors := directorsLights(dep, lang)
		for _, l := range terms.Lights() {
			want := look{terms.LightText(l, lang), terms.LightColors(l).Ink, terms.LightColors(l).Back}
			if !slices.Contains(managers, want) {
				t.Errorf("%s, %s: the manager's block has no %q, but %q", lang, l, want, managers)
			}
			if !slices.Contains(directors, want) {
				t.Errorf("%s, %s: the director's data has no %q, but %q", lang, l, want, directors)
			}
		}
	}
}

// managersLights returns the rules of a report that colour a text.
func managersLights(b *workbook.Book) []look {
	var out []look
	for _, tab := range b.Tabs {
		for _, r := range tab.Rules {
			if _, text, ok := strings.Cut(r.Values[0], `="`); ok {
				out = append(out, look{strings.TrimSuffix(text, `"`), r.Color, r.Back})
			}
		}
	}
	return out
}

// directorsLights returns the coloured texts in rows of each light.
func directorsLights(dep *department.Department, lang words.Lang) []look {
	rows := func(yield func(summary.Row) bool) {
		for _, l := range terms.Lights() {
			r := summary.Row{Period: calendar.MonthOf(calendar.Of(2026, time.May, 1)), Manager: "Анна"}
			r.Line = planfact.Line{KPI: dep.Roles[0].KPIs[0], Role: "rep", Light: l}
			if !yield(r) {
				return
			}
		}
	}
	var out []look
	for _, cells := range summary.Data(rows, dep, lang).Cells {
		for _, c := range cells {
			if c.Style != nil && c.Style.Background != "" {
				out = append(out, look{c.Str, c.Style.Color, c.Style.Background})
			}
		}
	}
	return out
}

// TestNobodyHasACopy: the names defined here or in words are in no other package as texts
// of its own. The local Google is another program and has its own words.
func TestNobodyHasACopy(t *testing.T) {
	own := map[string]string{}
	for _, lang := range langs {
		for _, l := range terms.Lights() {
			own[terms.LightText(l, lang)] = "the text of a light"
			own[terms.LightColors(l).Ink] = "the colour of a light"
			own[terms.LightColors(l).Back] = "the colour of a light"
		}
		for _, s := range []planfact.Standing{planfact.NoDeals, planfact.Active, planfact.AtRisk, planfact.Lost} {
			own[terms.StandingText(s, lang)] = "how a client stands"
		}
		for m := time.January; m <= time.December; m++ {
			own[lang.Month(m)], own[lang.OfMonth(m)] = "the name of a month", "the name of a month"
		}
		for d := time.Sunday; d <= time.Saturday; d++ {
			own[lang.Weekday(d)], own[lang.ShortWeekday(d)] = "the name of a day", "the name of a day"
		}
	}
	for _, l := range terms.Lights() { // the English words are too common to search for alone
		own[terms.LightWord(l, words.RU)] = "the word of a light"
	}
	for _, a := range terms.Absences {
		own[a.RU] = "a kind of absence"
	}
	seen := 0
	for _, root := range []string{"../../internal", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if e.IsDir() && (e.Name() == "localgoogle" || e.Name() == "terms" || e.Name() == "words") {
				return filepath.SkipDir
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				seen++
				s, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Error(err)
				}
				if what, copied := own[s]; copied {
					t.Errorf("%s: %s is %s: take it from terms or words", fset.Position(lit.Pos()), lit.Value, what)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 1000 {
		t.Errorf("only %d texts were looked at", seen)
	}
}
