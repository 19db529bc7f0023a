package summary

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"svodka/internal/calendar"
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

// Rows lists a line per period of the kind that touches the span, person and
// KPI, in the order: period, person (as in control), KPI (as in the role). The
// span is widened to whole periods. Everybody employed in a period is in it,
// people who left later too.
func Rows(dep *department.Department, e *planfact.Engine, kind calendar.Kind, span calendar.Span) []Row {
	var out []Row
	for _, per := range calendar.Periods(kind, span) {
		for _, p := range dep.People {
			for _, l := range e.Person(p, per) {
				out = append(out, Row{Period: per, Manager: p.Name, Line: l})
			}
		}
	}
	return out
}

// columns are the names of an exported row, in their order. Others read files
// with them: they may not change.
var columns = []string{
	"period", "from", "to", "manager", "role", "kpi", "unit",
	"plan", "fact", "plan_to_date", "attainment", "pace", "deviation", "forecast",
	"left", "needed_per_day", "light", "reported_days", "missing_days",
}

// WriteCSV writes the rows with a heading, empty where there is no value.
// Percentages are fractions, durations seconds, money roubles.
func WriteCSV(w io.Writer, rows []Row) error {
	out := csv.NewWriter(w)
	if err := out.Write(columns); err != nil {
		return fmt.Errorf("write the heading of the export: %w", err)
	}
	record := make([]string, 0, len(columns))
	for _, r := range rows {
		l := r.Line
		record = append(record[:0], r.Period.String(), r.Period.From.String(), r.Period.To.String(),
			r.Manager, l.Role, l.KPI.Key, string(l.KPI.Unit))
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

// WriteJSON writes the rows as an array of objects, a line each, with the names
// and values of WriteCSV and null where there is no value.
func WriteJSON(w io.Writer, rows []Row) error {
	out := bufio.NewWriter(w)
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	before := "[\n"
	for _, r := range rows {
		line.Reset()
		if err := enc.Encode(objectOf(r)); err != nil {
			return fmt.Errorf("write %s of %q to the export: %w", r.Period, r.Manager, err)
		}
		// A bufio.Writer keeps its first error and gives it from Flush.
		out.WriteString(before)
		out.Write(bytes.TrimRight(line.Bytes(), "\n"))
		before = ",\n"
	}
	if len(rows) == 0 {
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

// exported are the figures of a line in the order of columns.
func exported(l planfact.Line) [9]kpi.Num {
	return [...]kpi.Num{
		l.Plan, l.Fact, l.PlanToDate, l.Attainment, l.Pace, l.Deviation, l.Forecast, l.Left, l.NeededPerDay,
	}
}

// number is the shortest decimal form of a figure rounded to six places,
// without exponent; empty when there is none.
func number(n kpi.Num) string {
	if !n.OK || math.IsNaN(n.V) || math.IsInf(n.V, 0) {
		return ""
	}
	s := strings.TrimRight(strings.TrimRight(strconv.FormatFloat(n.V, 'f', 6, 64), "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}
