package summary

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// lit is the look of a share with the sign of its light; spoken are the same in words.
var (
	lit    = regexp.MustCompile(`^"([▼●▲]) "0\.0%$`)
	spoken = regexp.MustCompile(`([▼●▲])[^▼●▲\n]*?(?:темп |^[▼●▲]\x{a0})([\d\x{a0}]+(?:,\d)?)\x{a0}%`)
	// signed is the look of a difference; nothing of the kind is shown as zero.
	signed = regexp.MustCompile(`^"[^"]*[+↑][^"]*"[^;]*?0(\.0+)?[^;]*;`)
)

// shownShares holds every share with a sign, and every difference, against what it says:
// in all tabs, the picture, the digest and «Данные». It returns how many it has met.
func shownShares(t *testing.T, in Input, lights func(*kpi.KPI) kpi.Thresholds) (shares, differences int) {
	t.Helper()
	above := in.Dep.Settings.AboveFrom
	var all []kpi.Thresholds
	for _, r := range in.Dep.Roles {
		for i := range r.KPIs {
			all = append(all, lights(&r.KPIs[i]))
		}
	}
	// Roles have the same lights here: a cell does not say of which KPI it is.
	agree := func(where, sign string, share float64) {
		shares++
		if want := terms.LightSign(all[0].Light(kpi.Some(share), above)); sign != want {
			t.Errorf("%s: %s beside %.1f %%, which is %s", where, sign, share*100, want)
		}
	}
	tabs := Layout(in).Tabs
	rows := Rows(in.Dep, in.Engine, in.Closed, calendar.Month, calendar.MonthOf(in.At.Today).Span)
	tabs = append(tabs, Data(rows, in.Dep, in.Lang))
	for _, tab := range tabs {
		for r, row := range tab.Cells {
			for c, cell := range row {
				where := fmt.Sprintf("%s, %s", tab.Title, workbook.A1(r, c))
				if cell.Kind != workbook.Number || cell.Style == nil {
					continue
				}
				if m := lit.FindStringSubmatch(cell.Style.Format.Pattern); m != nil {
					agree(where, m[1], math.Round(cell.Num*1000)/1000)
				}
				// A share without a sign, of which another cell has the light in words.
				at := -1
				switch {
				case cell.Style.Format.Pattern != "0.0%":
				case tab.Key == TabHistory && c == histLight-1:
					at = histLight
				case tab.Key == TabData && c == dataTexts+4: // the pace
					at = dataTexts + len(dataColumns)
				}
				for _, l := range terms.Lights() {
					if at >= 0 && row[at].Str == terms.LightText(l, in.Lang) {
						agree(where, terms.LightSign(l), math.Round(cell.Num*1000)/1000)
					}
				}
				if m := signed.FindStringSubmatch(cell.Style.Format.Pattern); m != nil && cell.Num != 0 {
					differences++
					places := max(0, len(m[1])-1)
					if v := cell.Num * math.Pow10(places); math.Round(v) == 0 && cell.Style.Format.Type != "TIME" {
						t.Errorf("%s: %v is shown as zero by %s", where, cell.Num, cell.Style.Format.Pattern)
					}
				}
			}
		}
	}
	said := func(text string) {
		for _, m := range spoken.FindAllStringSubmatch(text, -1) {
			v, err := strconv.ParseFloat(strings.NewReplacer(",", ".", words.NBSP, "").Replace(m[2]), 64)
			if err != nil {
				t.Fatal(err)
			}
			agree(text, m[1], v/100)
		}
		if strings.Contains(text, "на 0"+words.NBSP) || strings.Contains(text, "−0"+words.NBSP) {
			t.Errorf("%q is by nothing", text)
		}
		if m := regexp.MustCompile(`([\d\x{a0},]+\S*) вместо ([\d\x{a0},]+\S*)`).FindStringSubmatch(text); m != nil &&
			strings.Trim(m[1], words.NBSP+":") == strings.Trim(m[2], words.NBSP+":") {
			t.Errorf("%q tells nothing apart", text)
		}
	}
	message := Digest(in, "")
	for line := range strings.SplitSeq(message.Text, "\n") {
		said(line)
	}
	for _, k := range message.Glance.KPIs {
		said(k.Pace.Text)
	}
	for _, p := range message.Glance.Behind {
		said(p.Pace.Text)
		said(p.Cause)
		if p.Deviation.Text == "0"+words.NBSP+"₽" || strings.HasPrefix(p.Deviation.Text, "−0"+words.NBSP) {
			t.Errorf("%s deviates by %s", p.Name, p.Deviation.Text)
		}
	}
	return shares, differences
}

// A pace near each bound of the lights, at random distances: wherever a share stands, its
// number has the light beside it, and nobody is behind by zero.
func TestSharesAreShownWithTheirLights(t *testing.T) {
	rnd := rand.New(rand.NewPCG(99, 97))
	shares, differences := 0, 0
	for n := range 60 {
		lights := kpi.Thresholds(nil)
		if n%3 == 0 {
			lights = kpi.Thresholds{{From: 0, Light: kpi.Red}, {From: 85.5, Light: kpi.Yellow},
				{From: 99.9, Light: kpi.Green}}
		}
		bounds := lights.Bounds(1.05)
		near := func() float64 {
			return bounds[rnd.IntN(len(bounds))] *
				(1 + (2*rnd.Float64()-1)*math.Pow(10, -3-6*rnd.Float64()))
		}
		in := golden(words.RU, func(dep *department.Department, _ *planfact.AsOf) {
			dep.Roles = slices.Clone(dep.Roles)
			for r := range dep.Roles {
				for i := range dep.Roles[r].KPIs {
					dep.Roles[r].KPIs[i].Lights = lights
				}
			}
			// In nine of nineteen days Pyotr has 909 000 ₽, Anna 380 calls and 36 leads.
			dep.Roles[1].KPIs[0].Plan = kpi.Some(909_000 * 19 / 9.0 / near())
			dep.Roles[0].KPIs[0].Plan = kpi.Some(380 * 19 / 9.0 / near())
			dep.Roles[0].KPIs[2].Plan = kpi.Some(36 / 380.0 / near())
		})
		closeSome(&in, near())
		s, d := shownShares(t, in, func(k *kpi.KPI) kpi.Thresholds { return k.Lights })
		shares, differences = shares+s, differences+d
	}
	if shares < 2000 || differences < 2000 {
		t.Errorf("only %d shares and %d differences", shares, differences)
	}
}

// closeSome adds a closed month whose light was decided by bounds in whole percents that
// are no longer in force.
func closeSome(in *Input, attained float64) {
	then := kpi.DefaultThresholds()
	if in.Dep.Roles[0].KPIs[0].Lights != nil { // lights of then cannot be told from others
		return
	}
	in.First = day("2026-04-01")
	p := in.Dep.People[0]
	c := department.Closed{Period: calendar.MonthOf(day("2026-04-10")), Person: p.ID, Name: p.Name, Role: p.Role,
		RoleTitle: "Холодные звонки", At: in.Now}
	c.KPIs = []department.ClosedKPI{{Key: "calls", Title: "Звонки", Unit: kpi.Count, Plan: kpi.Some(1e6),
		Fact: kpi.Some(1e6 * attained), Attainment: kpi.Some(attained),
		Light: then.Light(kpi.Some(attained), in.Dep.Settings.AboveFrom), Working: 22, Reported: 22}}
	in.Closed = append(in.Closed, c)
}
