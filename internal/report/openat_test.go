package report_test

import (
	"fmt"
	"testing"

	"svodka/internal/report"
	"svodka/internal/workbook"
)

// A link leads to the cell that a person types into first on the day, or to the first row
// below the existing deals, and never to a missing tab.
func TestOpenAt(t *testing.T) {
	month := workbook.SheetID("month:2026-05")
	for _, c := range []struct {
		name string
		in   report.Input
		want string
	}{
		{"typed by hand", input(salesRep(t), mayDay(15)), fmt.Sprintf("#gid=%d&range=B28", month)},
		{"below a reverse plan", reversed(t), fmt.Sprintf("#gid=%d&range=B", month)},
		{"counted from deals", input(salesRepDeals(t), mayDay(15)),
			fmt.Sprintf("#gid=%d&range=A9", workbook.SheetID("deals"))},
	} {
		b := report.Layout(c.in)
		_, state, err := workbook.Diff(workbook.Fresh(), b)
		if err != nil {
			t.Fatal(err)
		}
		if row := rowOf(b.Tabs[0], c.in.Today.String()); rowOf(b.Tabs[0], "reverse") >= 0 {
			c.want += fmt.Sprint(row + 1)
		}
		if got := report.OpenAt(state, "", c.in.Role, c.in.Today, 7); got != c.want {
			t.Errorf("%s: %q instead of %q", c.name, got, c.want)
		}
		if got := report.OpenAt(workbook.Fresh(), "", c.in.Role, c.in.Today, 7); got != "" {
			t.Errorf("%s, nothing laid out: %q", c.name, got)
		}
	}
}
