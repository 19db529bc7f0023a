package worker_test

import (
	"net/http"
	"strings"
	"testing"
)

// ahead runs a function once, before the next write of a spreadsheet.
type ahead struct {
	base http.RoundTripper
	file string
	do   func()
}

func (a *ahead) RoundTrip(r *http.Request) (*http.Response, error) {
	if do := a.do; do != nil && strings.HasSuffix(r.URL.Path, a.file+":batchUpdate") {
		a.do = nil
		do()
	}
	return a.base.RoundTrip(r)
}

// What ops type while the control spreadsheet is being written is in force after the next
// run, although the last change of the file is the worker's.
func TestOpsTypeDuringTheWrite(t *testing.T) {
	t.Parallel()
	a := &ahead{}
	o := newOffice(t, func(o *office) {
		o.wire = func(base http.RoundTripper) http.RoundTripper { a.base = base; return a }
	}).init().hire(2, "sales-rep")
	o.settle()
	o.open()
	plan := func() float64 { return o.line(0, "month", "2026-05-14", "deals").Plan.V }
	typed := false
	a.file = o.control()
	a.do = func() { typed = true; o.config("kpis", salesRep+"key=deals", "plan", 38) }
	o.config("kpis", salesRep+"key=revenue", "plan", "много") // so that «Проверка» is written
	o.sync()
	if !typed {
		t.Fatal("the control spreadsheet was not written")
	}
	o.sync()
	if got := plan(); got != 38 {
		t.Errorf("the plan in force is %v, want 38", got)
	}
	if g := o.tab(o.report(0), may); g.cell(g.row("date", "План месяца"), "kpi:deals").FormattedValue != "38" {
		t.Error("the report has the former plan")
	}
	o.settle()
}
