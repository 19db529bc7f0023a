package report_test

import (
	"math"
	"strconv"
	"testing"

	"svodka/internal/department"
	"svodka/internal/report"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// Every look that a cell can have, by its own style or by a rule, is legible: at least
// 4.5 : 1 of text on background (WCAG 2.1, 1.4.3) and no type under 9 points.
func TestLegible(t *testing.T) {
	for _, role := range []department.Role{coldCaller(t), salesRepDeals(t), salesRep(t), accountManager(t)} {
		in := input(role, mayDay(15))
		in.Person.Hired = mayDay(4)
		in.Dep.Absences = []department.Absence{{Person: in.Person.ID,
			Span: may.Span, Kind: "vacation"}}
		in.Typed.Deals = []department.Deal{{Date: mayDay(5), Client: "ООО «Вектор»", Amount: 5000, Key: "r1"}}
		in.Flags = []report.Flag{{Tab: "deals", Column: "amount", Row: 3, Text: "много", Note: "?"},
			{Tab: "deals", Column: "date", Row: 4, Text: "5 мая", Note: "?", Soft: true}}
		legible(t, role.Key, plans(in))
		in.Dep.Absences, in.Lang = nil, words.EN
		legible(t, role.Key, plans(in))
	}
	legible(t, "reverse plan", reversed(t))
}

func legible(t *testing.T, name string, in report.Input) {
	t.Helper()
	type look struct {
		ink, back string
		size      int
	}
	seen := map[look]bool{}
	check := func(tab *workbook.Tab, r, c int, l look) {
		if seen[l] {
			return
		}
		seen[l] = true
		if got := contrast(t, l.ink, l.back); got < 4.5 {
			t.Errorf("%s, %s!%s%d: %s on %s is %.2f : 1", name, tab.Title, workbook.ColumnName(c), r+1, l.ink, l.back, got)
		}
		if l.size != 0 && l.size < 9 {
			t.Errorf("%s, %s!%s%d: type of %d points", name, tab.Title, workbook.ColumnName(c), r+1, l.size)
		}
	}
	for _, tab := range report.Layout(in).Tabs {
		if tab.Hidden {
			continue
		}
		for r, row := range tab.Cells {
			for c, cell := range row {
				if cell.Style == nil || c < len(tab.Columns) && tab.Columns[c].Hidden {
					continue
				}
				own := look{cell.Style.Color, cell.Style.Background, int(cell.Style.Size)}
				check(tab, r, c, own)
				for _, rule := range tab.Rules {
					for _, a := range rule.Areas {
						if r < a.R0 || r >= a.R1 || c < a.C0 || c >= a.C1 {
							continue
						}
						l := own
						if rule.Color != "" {
							l.ink = rule.Color
						}
						if rule.Back != "" {
							l.back = rule.Back
						}
						check(tab, r, c, l)
					}
				}
			}
		}
	}
	if len(seen) < 5 {
		t.Errorf("%s: only %d looks were found", name, len(seen))
	}
}

// contrast is the ratio of WCAG 2.1 of two colours #RRGGBB; none: black on white.
func contrast(t *testing.T, ink, back string) float64 {
	t.Helper()
	luminance := func(color, none string) float64 {
		if color == "" {
			color = none
		}
		n, err := strconv.ParseUint(color[1:], 16, 32)
		if err != nil || len(color) != 7 {
			t.Fatalf("%q is no colour: %v", color, err)
		}
		sum := 0.0
		for i, weight := range []float64{0.0722, 0.7152, 0.2126} { // blue, green, red
			v := float64(n>>(8*i)&255) / 255
			if v <= 0.04045 {
				v /= 12.92
			} else {
				v = math.Pow((v+0.055)/1.055, 2.4)
			}
			sum += weight * v
		}
		return sum
	}
	a, b := luminance(ink, "#000000"), luminance(back, "#FFFFFF")
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}
