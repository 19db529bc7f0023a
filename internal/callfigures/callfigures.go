// Package callfigures makes figures of people's days out of call logs.
//
// Calls come in through an Intake: from a file, or from a telephony that is asked for
// them, together with the moment from which to ask next. Count turns the days whose
// calls or whose rules changed into figures like those that people type. Unattributed
// names the operators whose calls count for nobody, and Compare sets what people typed
// beside what the log says.
//
// All of it stands in the ledger. The package reads and writes no spreadsheet: which
// tabs do not show yet what was counted is kept in the ledger, for whoever writes them.
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

// Logs are the call logs of the ledger.
type Logs interface {
	Days
	Operators
	CallTotals(ctx context.Context, from, to time.Time, threshold float64) (map[int64]calls.Totals, error)
}

// everyDay is every day that a call log may cover.
var everyDay = calendar.Span{From: calendar.Of(2000, time.January, 1), To: calendar.Of(2099, time.December, 31)}

// dayIn gives the day of a moment where the department is.
func dayIn(dep *department.Department) func(time.Time) calendar.Date {
	return func(t time.Time) calendar.Date { return calendar.FromTime(t.In(dep.Settings.Zone)) }
}

// midnight is the beginning of a day where the department is.
func midnight(dep *department.Department, d calendar.Date) time.Time {
	y, m, day := d.Time().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, dep.Settings.Zone)
}

// extend is the span that also holds another one.
func extend(s, by calendar.Span) calendar.Span {
	if s.Days() == 0 {
		return by
	}
	return calendar.Span{From: min(s.From, by.From), To: max(s.To, by.To)}
}

// Restore adds to a reading the figures of call logs that stand in a spreadsheet, of
// days of which the ledger has no log: after its loss the spreadsheets are what is
// left. Figures of days with a log are counted from it.
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

// Months are people's months whose tabs do not show yet what was counted.
type Months map[department.PersonID][]calendar.Period

// MonthsLedger keeps Months.
type MonthsLedger interface {
	CallMonths(ctx context.Context) ([]ledger.CallMonth, error)
	CallMonthShown(ctx context.Context, m ledger.CallMonth) error
}

// ReadMonths reads them from the ledger.
func ReadMonths(ctx context.Context, l MonthsLedger) (Months, error) {
	list, err := l.CallMonths(ctx)
	out := Months{}
	for _, m := range list {
		out[m.Person] = append(out[m.Person], calendar.MonthOf(m.Month))
	}
	return out, err
}

// Any tells whether any of the people has such a month.
func (m Months) Any(people []department.Person) bool {
	for _, p := range people {
		if len(m[p.ID]) > 0 {
			return true
		}
	}
	return false
}

// Shown records that the tabs of these people show what was counted.
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
