package worker_test

import (
	"fmt"
	"testing"

	"svodka/internal/google"
)

// What a cycle costs in calls, in departments of all sizes.
func TestCalls(t *testing.T) {
	for _, n := range []int{5, 50, 500} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			o := newOffice(t).init()
			o.hire(n, "sales-rep")
			out := o.expect("provisioning", google.Calls{Drive: n + 1, SheetsRead: 1, SheetsWrite: n + 2})
			if out.Made != n || out.People != n {
				t.Errorf("made %d of %d", out.Made, out.People)
			}
			o.expect("nothing changed since", google.Calls{Drive: 1})
			o.open()
			o.expect("nothing changed", google.Calls{Drive: 1})

			for i := range 3 {
				o.types(i, "2026-05-14", "deals", 2+i)
			}
			if out := o.expect("three people typed", google.Calls{Drive: 1, SheetsRead: 3, SheetsWrite: 1}); out.Read != 3 || !out.Summary {
				t.Errorf("%+v", out)
			}
			o.month(2, "deals", 4)
			o.expect("settled again", google.Calls{Drive: 1})
		})
	}
}
