package report_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"svodka/internal/report"
	"svodka/internal/workbook"
)

// A reference with rows, as the layouts write them: the tab before it, its first cell,
// and the last one of a range, whose row may be open.
var reference = regexp.MustCompile(`(?:'([^']*)'!)?\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d*))?`)

// Cutting a cell moves the references to it, and to a range whose first or last cell it
// is. So no formula names a cell into which people type, but finds it by its position.
func TestNoFormulaNamesAnEntryCell(t *testing.T) {
	_, accounts := accountBook(t)
	for name, b := range map[string]*workbook.Book{
		"counts": report.Layout(goldenMay(t)), "deals": report.Layout(plans(input(salesRepDeals(t), mayDay(15)))),
		"clients": accounts,
	} {
		open := map[string]bool{}
		for _, tab := range b.Tabs {
			for r, row := range tab.Cells {
				for c := range row {
					if row[c].Open {
						open[tab.Title+"!"+workbook.A1(r, c)] = true
					}
				}
			}
		}
		named := 0
		for _, tab := range b.Tabs {
			for r, row := range tab.Cells {
				for c := range row {
					if row[c].Kind != workbook.Formula {
						continue
					}
					for _, ref := range references(tab.Title, row[c].Str) {
						named++
						if open[ref] {
							t.Errorf("%s, %s!%s names %s: %s", name, tab.Title, workbook.A1(r, c), ref, row[c].Str)
						}
					}
				}
			}
		}
		if len(open) == 0 || named == 0 {
			t.Errorf("%s: %d cells are typed into, formulas name %d", name, len(open), named)
		}
	}
}

// references returns the cells that a formula of a tab names, and the first and last ones
// of its ranges, as Title!A1.
func references(title, formula string) (out []string) {
	outside := ""
	for i, part := range strings.Split(formula, `"`) {
		if i%2 == 0 {
			outside += part + " "
		}
	}
	for _, m := range reference.FindAllStringSubmatch(outside, -1) {
		tab := title
		if m[1] != "" {
			tab = m[1]
		}
		out = append(out, tab+"!"+m[2]+m[3])
		if _, err := strconv.Atoi(m[5]); err == nil {
			out = append(out, tab+"!"+m[4]+m[5])
		}
	}
	return out
}
