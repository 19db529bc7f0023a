package summary

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strconv"

	"svodka/internal/calendar"
	"svodka/internal/csvtext"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/planfact"
)

// Row is one line of `svodka export summary`.
type Row struct {
	Period  calendar.Period
	Manager string
	Line    planfact.Line
}

// Rows returns a line per period of the kind that touches the span, person and KPI, in
// the order: period, person (as in control), KPI (as in the role). It extends the span to
// whole periods. It includes everybody employed in a period, even people who left later.
// Closed periods are as they were when they closed, with people who have left the
// department at their end.
//
// It computes rows one by one on demand: a year of a thousand people is two million of
// them.
func Rows(dep *department.Department, e *planfact.Engine, closed []department.Closed, kind calendar.Kind,
	span calendar.Span) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		frozen := freeze(closed, kind)
		for _, per := range calendar.Periods(kind, span) {
			if !periodRows(dep, e, frozen[per.From], per, yield) {
				return
			}
		}
	}
}

// frozen holds the people whose figures of a period are those from when it closed.
type frozen struct {
	person department.PersonID
	role   string
	again  int
}

// freeze sorts the closes of a kind by the first day of their period.
func freeze(closed []department.Closed, kind calendar.Kind) map[calendar.Date]map[frozen]department.Closed {
	out := map[calendar.Date]map[frozen]department.Closed{}
	for _, c := range closed {
		if c.Kind != kind {
			continue
		}
		if out[c.From] == nil {
			out[c.From] = map[frozen]department.Closed{}
		}
		out[c.From][frozen{c.Person, c.Role, c.Again}] = c
	}
	return out
}

// periodRows yields the rows of one period. It returns whether more are wanted.
func periodRows(dep *department.Department, e *planfact.Engine, closed map[frozen]department.Closed,
	per calendar.Period, yield func(Row) bool) bool {
	asClosed := func(c department.Closed) bool {
		for _, l := range ClosedLines(dep, c) {
			if !yield(Row{Period: per, Manager: c.Name, Line: l}) {
				return false
			}
		}
		return true
	}
	shown := map[frozen]bool{}
	var lines []planfact.Line // of one person
	for _, p := range dep.Stints() {
		id := frozen{p.ID, p.Role, p.Again}
		if c, ok := closed[id]; ok && !shown[id] {
			shown[id] = true
			c.Name = p.Name // by which others know the person now
			if !asClosed(c) {
				return false
			}
			continue
		}
		lines = e.AppendPerson(lines[:0], p, per)
		for _, l := range lines {
			if !yield(Row{Period: per, Manager: p.Name, Line: l}) {
				return false
			}
		}
	}
	var gone []department.Closed
	for id, c := range closed {
		if !shown[id] {
			gone = append(gone, c)
		}
	}
	slices.SortFunc(gone, func(a, b department.Closed) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Person, b.Person), cmp.Compare(a.Role, b.Role),
			cmp.Compare(a.Again, b.Again))
	})
	for _, c := range gone {
		if !asClosed(c) {
			return false
		}
	}
	return true
}

// ClosedLines returns the exported lines of a person's closed period.
func ClosedLines(dep *department.Department, c department.Closed) []planfact.Line {
	role, _ := dep.Role(c.Role)
	lines := make([]planfact.Line, 0, len(c.KPIs))
	for _, k := range c.KPIs {
		as, _ := role.KPI(k.Key)
		lines = append(lines, closedRow(c, k, as))
	}
	return lines
}

// closedRow returns a KPI of a closed period with what follows from its figures.
func closedRow(c department.Closed, k department.ClosedKPI, as kpi.KPI) planfact.Line {
	l := closedLine(c, k, as)
	if k.Working == 0 && as.Additive() { // the period had no day to work
		l.PlanToDate.V, l.Pace, l.DeviationToDate = 0, kpi.Num{}, kpi.Num{}
		if l.PlanToDate.OK && k.Fact.OK {
			l.DeviationToDate = k.Fact
		}
	}
	if k.Working > 0 && k.Fact.OK {
		l.Forecast = k.Fact
	}
	if k.Plan.OK && k.Fact.OK && as.Additive() {
		l.Left = kpi.Some(settle(max(0, k.Plan.V-k.Fact.V), 9))
	}
	return l
}

// columns are the names of an exported row, in their order. Other programs depend on
// them: they must not change.
var columns = []string{
	"period", "from", "to", "manager", "role", "kpi", "unit",
	"plan", "fact", "plan_to_date", "attainment", "pace", "deviation", "forecast",
	"left", "needed_per_day", "light", "reported_days", "missing_days",
}

// WriteCSV writes the rows with a heading; cells without a value are empty. Percentages
// are fractions, durations seconds, money roubles. Names of people are safe to open in a
// spreadsheet program (see csvtext).
func WriteCSV(w io.Writer, rows iter.Seq[Row]) error {
	out := csv.NewWriter(w)
	if err := out.Write(columns); err != nil {
		return fmt.Errorf("write the heading of the export: %w", err)
	}
	record := make([]string, 0, len(columns))
	for r := range rows {
		l := r.Line
		record = append(record[:0], r.Period.String(), r.Period.From.String(), r.Period.To.String(),
			csvtext.Guard(r.Manager), csvtext.Guard(l.Role), csvtext.Guard(l.KPI.Key), string(l.KPI.Unit))
		for _, n := range exported(l) {
			record = append(record, number(n))
		}
		record = append(record, string(l.Light), strconv.Itoa(l.Reported), strconv.Itoa(l.Missing))
		if err := out.Write(record); err != nil {
			return fmt.Errorf("write %s of %q to the export: %w", r.Period, r.Manager, err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	return nil
}

// WriteJSON writes the rows as an array of objects, one per line, with the names and
// values of WriteCSV and null if there is no value.
func WriteJSON(w io.Writer, rows iter.Seq[Row]) error {
	out := bufio.NewWriter(w)
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	const first = "[\n"
	before := first
	for r := range rows {
		line.Reset()
		if err := enc.Encode(objectOf(r)); err != nil {
			return fmt.Errorf("write %s of %q to the export: %w", r.Period, r.Manager, err)
		}
		// A bufio.Writer keeps its first error and returns it from Flush.
		out.WriteString(before)
		out.Write(bytes.TrimRight(line.Bytes(), "\n"))
		before = ",\n"
	}
	if before == first { // there were none
		out.WriteString(before)
	}
	out.WriteString("\n]\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	return nil
}

// object is a Row as JSON; its names are those of columns.
type object struct {
	Period       string       `json:"period"`
	From         string       `json:"from"`
	To           string       `json:"to"`
	Manager      string       `json:"manager"`
	Role         string       `json:"role"`
	KPI          string       `json:"kpi"`
	Unit         string       `json:"unit"`
	Plan         *json.Number `json:"plan"`
	Fact         *json.Number `json:"fact"`
	PlanToDate   *json.Number `json:"plan_to_date"`
	Attainment   *json.Number `json:"attainment"`
	Pace         *json.Number `json:"pace"`
	Deviation    *json.Number `json:"deviation"`
	Forecast     *json.Number `json:"forecast"`
	Left         *json.Number `json:"left"`
	NeededPerDay *json.Number `json:"needed_per_day"`
	Light        *kpi.Light   `json:"light"`
	ReportedDays int          `json:"reported_days"`
	MissingDays  int          `json:"missing_days"`
}

func objectOf(r Row) object {
	l := r.Line
	o := object{
		Period: r.Period.String(), From: r.Period.From.String(), To: r.Period.To.String(),
		Manager: r.Manager, Role: l.Role, KPI: l.KPI.Key, Unit: string(l.KPI.Unit),
		ReportedDays: l.Reported, MissingDays: l.Missing,
	}
	if l.Light != kpi.NoLight {
		o.Light = &l.Light
	}
	fields := [...]**json.Number{
		&o.Plan, &o.Fact, &o.PlanToDate, &o.Attainment, &o.Pace, &o.Deviation, &o.Forecast, &o.Left, &o.NeededPerDay,
	}
	for i, n := range exported(l) {
		if s := number(n); s != "" {
			v := json.Number(s)
			*fields[i] = &v
		}
	}
	return o
}

// exported returns the figures of a line in the order of columns.
func exported(l planfact.Line) [9]kpi.Num {
	return [...]kpi.Num{
		l.Plan, l.Fact, l.PlanToDate, l.Attainment, l.Pace, l.Deviation, l.Forecast, l.Left, l.NeededPerDay,
	}
}

// Exported rounds a figure to the six decimal places that an export has; infinite ones
// have no value.
func Exported(n kpi.Num) kpi.Num {
	const places = 1e6
	switch v := n.V * places; {
	case !n.OK || math.IsNaN(v) || math.IsInf(v, 0):
		return kpi.Num{}
	case math.Abs(v) < 1<<53: // larger ones have no more places
		n.V = math.Round(v)/places + 0 // no −0
	}
	return n
}

// number returns the shortest decimal form of an exported figure, without exponent; empty
// if there is none.
func number(n kpi.Num) string {
	if n = Exported(n); !n.OK {
		return ""
	}
	return strconv.FormatFloat(n.V, 'f', -1, 64)
}
