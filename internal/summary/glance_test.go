package summary

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// The picture shows what «Главное» and the digest show: the same figures, rounded alike,
// and the same words.
func TestGlance(t *testing.T) {
	for name, in := range map[string]Input{"Russian": golden(words.RU), "English": golden(words.EN),
		"crowd": crowd(60, 40)} {
		t.Run(name, func(t *testing.T) { checkGlance(t, in) })
	}
}

func checkGlance(t *testing.T, in Input) {
	message := Digest(in, "")
	g, tab := message.Glance, Layout(in).Tabs[0]
	digest := strings.Split(message.Text, "\n")
	if len(g.KPIs) == 0 || len(g.Behind) == 0 || len(g.Reports) == 0 && g.ReportsNote.Text == "" {
		t.Fatalf("an empty picture: %+v", g)
	}
	says := func(text string) {
		t.Helper()
		if !slices.ContainsFunc(tab.Cells, func(row []workbook.Cell) bool {
			return slices.ContainsFunc(row, func(c workbook.Cell) bool { return strings.Contains(c.Str, text) })
		}) {
			t.Errorf("%q is not in «Главное»", text)
		}
	}
	rowOf := func(first string) []workbook.Cell {
		t.Helper()
		i := slices.IndexFunc(tab.Cells, func(row []workbook.Cell) bool { return len(row) > 0 && row[0].Str == first })
		if i < 0 {
			t.Fatalf("no row %q in «Главное»", first)
		}
		return tab.Cells[i]
	}
	same := func(what, text string, cell workbook.Cell) {
		t.Helper()
		if want := onScreen(t, cell); figureOnly(text) != figureOnly(want) {
			t.Errorf("%s: %q in the picture, %q in «Главное»", what, text, want)
		}
	}

	for _, s := range []string{g.Day, g.Progress, g.Freshness, g.Month, g.ReportsHead, g.BehindHead} {
		says(s)
	}
	for _, k := range g.KPIs {
		row := rowOf(k.Title)
		same(k.Title+", pace", k.Pace.Text, row[colPace])
		same(k.Title+", fact", k.Fact.Text, row[colFact])
		same(k.Title+", plan", k.Plan.Text, row[colPlan])
		for i, col := range []int{colAhead, colLeft, colNeed} {
			same(k.Title+", "+k.More[i].Head, k.More[i].Text, row[col])
			says(k.More[i].Head)
		}
		want := fmt.Sprintf("%s: %s", k.Title, k.Fact.Text)
		if !slices.ContainsFunc(digest, func(line string) bool {
			return strings.Contains(line, want) && strings.Contains(line, k.Plan.Text) &&
				strings.Contains(line, strings.TrimLeft(k.Pace.Text, "▼●▲"+words.NBSP)) &&
				strings.Contains(line, k.More[0].Text)
		}) {
			t.Errorf("no line of the digest says %q, %q, %q, %q:\n%s", want, k.Plan.Text, k.Pace.Text, k.More[0].Text,
				message.Text)
		}
	}
	for _, r := range g.Reports {
		says(r.Head)
		for _, name := range r.Names {
			says(name)
		}
	}
	for _, p := range g.Behind {
		row := rowOf(p.Name)
		// The name may also be among those who have not reported.
		for i := range tab.Cells {
			if r := tab.Cells[i]; len(r) > colBar && r[0].Str == p.Name && r[colBar].Str == p.KPI {
				row = r
			}
		}
		same(p.Name+", pace", p.Pace.Text, row[colPace])
		same(p.Name+", deviation", p.Deviation.Text, row[colFact])
		says(p.Cause)
	}
	// The heading counts people by their worst light.
	all := 0
	for _, w := range strings.Fields(strings.ReplaceAll(g.BehindHead, words.NBSP, " ")) {
		if n, err := strconv.Atoi(w); err == nil {
			all += n
		}
	}
	if n := len(g.Behind) + g.BehindMore; n != all || len(g.Behind) > mostBehind {
		t.Errorf("%d people behind, %d of them not named, the heading says %q", n, g.BehindMore, g.BehindHead)
	}
}

// onScreen returns a cell as a spreadsheet shows it, by the patterns of this package.
func onScreen(t *testing.T, c workbook.Cell) string {
	t.Helper()
	if c.Kind == workbook.Text {
		return c.Str
	}
	pattern := c.Style.Format.Pattern
	if parts := strings.Split(pattern, ";"); len(parts) == 3 {
		switch {
		case c.Num > 0:
			pattern = parts[0]
		case c.Num < 0:
			pattern = parts[1]
		default:
			pattern = parts[2]
		}
	}
	pattern = strings.ReplaceAll(pattern, `"`, "")
	v := math.Abs(c.Num)
	for _, p := range []struct {
		pattern string
		text    string
	}{
		{"[h]:mm:ss", fmt.Sprintf("%d:%02d:%02d", int(math.Round(v*86400))/3600, int(math.Round(v*86400))/60%60,
			int(math.Round(v*86400))%60)},
		{"0.0%", strconv.FormatFloat(100*v, 'f', 1, 64) + "%"},
		{"0%", strconv.FormatFloat(100*v, 'f', 0, 64) + "%"},
		{"#,##0.00", strconv.FormatFloat(v, 'f', 2, 64)},
		{"#,##0.0", strconv.FormatFloat(v, 'f', 1, 64)},
		{"#,##0", strconv.FormatFloat(v, 'f', 0, 64)},
		{"0.0", strconv.FormatFloat(v, 'f', 1, 64)},
	} {
		if strings.Contains(pattern, p.pattern) {
			return strings.Replace(pattern, p.pattern, p.text, 1)
		}
	}
	t.Fatalf("the pattern %q is not known here", pattern)
	return ""
}

// figureOnly removes the differences between a spreadsheet's notation of a number and
// ours: spaces, the thousands and decimal separators, trailing zeros.
func figureOnly(s string) string {
	s = strings.NewReplacer(" ", "", words.NBSP, "", "\u202f", "", ",", ".").Replace(s)
	s = strings.ReplaceAll(s, ".0%", "%")
	digits := strings.IndexFunc(s, func(r rune) bool { return r >= '0' && r <= '9' })
	if digits < 0 {
		return s
	}
	whole, frac, found := strings.Cut(s, ".")
	if !found {
		return s
	}
	end := strings.IndexFunc(frac, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(frac)
	}
	if end == 3 && frac[:end] != "" { // English thousands
		return figureOnly(whole + frac)
	}
	if kept := strings.TrimRight(frac[:end], "0"); kept != "" {
		return whole + "." + kept + frac[end:]
	}
	return whole + frac[end:]
}

// If all is well the picture says so, as the tab does.
func TestGlanceOfAGoodDay(t *testing.T) {
	in := golden(words.RU, func(d *department.Department, at *planfact.AsOf) {
		d.People = d.People[2:3]
		d.Roles[1].KPIs = d.Roles[1].KPIs[:1]
	})
	g := Digest(in, "").Glance
	if g.ReportsNote != (GlanceNote{"✓ Все отчёты сданы.", true}) || g.Reports != nil {
		t.Errorf("reports: %+v, %+v", g.ReportsNote, g.Reports)
	}
	if g.BehindNote != (GlanceNote{"✓ Всё по плану: красных и жёлтых показателей нет.", true}) || g.Behind != nil {
		t.Errorf("behind: %+v, %+v", g.BehindNote, g.Behind)
	}
	if k := g.KPIs[0]; k.Bar.Fact != 909_000.0/1_900_000 || k.Bar.ToDate != 900_000.0/1_900_000 ||
		k.Bar.Colors.Ink != barColors[kpi.Green].Ink || k.Pace.Text != "▲"+words.NBSP+"101"+words.NBSP+"%" ||
		k.PlanToDate.Text != "900"+words.NBSP+"000"+words.NBSP+"₽" || terms.LightSign(k.Pace.Light) != "▲" {
		t.Errorf("%+v", k)
	}
}

// A figure above the call log appears as in the tab.
func TestGlanceOfAnOverstatement(t *testing.T) {
	in := golden(words.RU)
	m := newBuilder(&in)
	o := &compared{Compared: Compared{KPI: kpi.KPI{Title: "Звонки", Unit: kpi.Count}, Log: 200}, difference: 26}
	p := m.glancePerson("Анна", concern{light: kpi.Red, overstated: o})
	if p.KPI != "Звонки: завышено" || p.Pace.Text != "▼"+words.NBSP+"+13"+words.NBSP+"%" ||
		p.Deviation.Text != "+26" {
		t.Errorf("%+v", p)
	}
	s := newSheet(m.in, m.st, TabMain, "", "")
	r := s.row(bandPlain, 4)
	m.concernFigures(r, concern{light: kpi.Red, overstated: o}, false)
	if got := onScreen(t, r.cells[0]); figureOnly(got) != figureOnly(p.Pace.Text) {
		t.Errorf("%q in the tab", got)
	}
}
