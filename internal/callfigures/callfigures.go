// Package callfigures turns call logs into figures of people's days.
//
// An Intake takes calls in: from a file, or from a telephony, together with the moment
// from which to ask it next. Count turns the days whose calls or rules changed into
// figures like those that people type. Unattributed names the operators whose calls count
// for nobody, and Compare sets what people typed beside what the log says.
//
// Everything is in the ledger, including which tabs do not show the counted figures yet,
// for the package that writes tabs. This one reads and writes no spreadsheet.
package callfigures

import (
	"context"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/calls"
	"svodka/internal/department"
	"svodka/internal/ledger"
)

// Days lists the days that call logs cover.
type Days interface {
	CallDays(ctx context.Context, span calendar.Span, f func(source calls.Source, d calendar.Date, stale bool)) error
}

// Operators lists the operators of the calls in the ledger.
type Operators interface {
	CallOperators(ctx context.Context) ([]ledger.CallOperator, error)
}

// Logs reads the call logs in the ledger.
type Logs interface {
	Days
	Operators
	CallTotals(ctx context.Context, from, to time.Time, threshold float64) (map[int64]calls.Totals, error)
}

// everyDay spans all days that a call log may cover.
var everyDay = calendar.Span{From: calendar.Of(2000, time.January, 1), To: calendar.Of(2099, time.December, 31)}

// dayIn returns a function that gives the day of a moment in the department's zone.
func dayIn(dep *department.Department) func(time.Time) calendar.Date {
	return func(t time.Time) calendar.Date { return calendar.FromTime(t.In(dep.Settings.Zone)) }
}

// midnight returns the beginning of a day in the department's zone.
func midnight(dep *department.Department, d calendar.Date) time.Time {
	y, m, day := d.Time().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, dep.Settings.Zone)
}

// extend returns the span that covers both spans.
func extend(s, by calendar.Span) calendar.Span {
	if s.Days() == 0 {
		return by
	}
	return calendar.Span{From: min(s.From, by.From), To: max(s.To, by.To)}
}

// Restore adds to a reading the figures of call logs that a spreadsheet shows, for days
// of which the ledger has no log: after a loss of the ledger only the spreadsheets have
// them. Figures of days with a log are counted from it.
func Restore(ctx context.Context, l Days, r *ledger.Reading, logged []department.Entry) error {
	if len(logged) == 0 {
		return nil
	}
	var span calendar.Span
	for i, e := range logged {
		if i == 0 {
			span = calendar.Span{From: e.Date, To: e.Date}
		}
		span = extend(span, calendar.Span{From: e.Date, To: e.Date})
	}
	covered := map[calendar.Date]bool{}
	if err := l.CallDays(ctx, span, func(_ calls.Source, d calendar.Date, _ bool) { covered[d] = true }); err != nil {
		return err
	}
	for _, e := range logged {
		if !covered[e.Date] {
			r.Entries = append(r.Entries, e)
			r.Scopes = append(r.Scopes, ledger.Scope{Span: calendar.Span{From: e.Date, To: e.Date},
				KPIs: []string{e.KPI}})
		}
	}
	return nil
}

// Months are the months, by person, whose tabs do not show the counted figures yet.
type Months map[department.PersonID][]calendar.Period

// MonthsLedger stores Months.
type MonthsLedger interface {
	CallMonths(ctx context.Context) ([]ledger.CallMonth, error)
	CallMonthShown(ctx context.Context, m ledger.CallMonth) error
}

// ReadMonths reads the Months in the ledger.
func ReadMonths(ctx context.Context, l MonthsLedger) (Months, error) {
	list, err := l.CallMonths(ctx)
	out := Months{}
	for _, m := range list {
		out[m.Person] = append(out[m.Person], calendar.MonthOf(m.Month))
	}
	return out, err
}

// Any reports whether any of the people has such a month.
func (m Months) Any(people []department.Person) bool {
	for _, p := range people {
		if len(m[p.ID]) > 0 {
			return true
		}
	}
	return false
}

// Shown records that the tabs of these people show the counted figures.
func (m Months) Shown(ctx context.Context, l MonthsLedger, people []department.Person) error {
	for _, p := range people {
		for _, month := range m[p.ID] {
			if err := l.CallMonthShown(ctx, ledger.CallMonth{Person: p.ID, Month: month.From}); err != nil {
				return err
			}
		}
	}
	return nil
}
