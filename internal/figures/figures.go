// Package figures turns the ledger's figures into an engine to compute with.
//
// It only reads the ledger, and knows nothing of how things are computed.
package figures

import (
	"context"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
)

// Ledger reads the figures that count.
type Ledger interface {
	Span(ctx context.Context) (calendar.Span, error)
	Counted(ctx context.Context, s calendar.Span, f func(ledger.Figure)) error
	FirstCounted(ctx context.Context, before calendar.Date, kpis []string, asked []ledger.PersonSince,
		f func(department.PersonID, calendar.Date)) error
	CallCosts(ctx context.Context, s calendar.Span, f func(ledger.CallCost)) error
	CountedDeals(ctx context.Context, f func(department.Deal)) error
	Clients(ctx context.Context, f func(department.Client)) error
}

// Load returns an engine at a moment, with everything that was reported, and the first
// day on which anybody counts. People entered after the moment count from its month all
// the same: see department.LookingBack.
func Load(ctx context.Context, l Ledger, dep *department.Department, at planfact.AsOf) (*planfact.Engine, calendar.Date,
	error) {
	return load(ctx, l, dep.LookingBack(at.Today), at, 0)
}

// load is Load with figures from about a day on; zero: with all.
func load(ctx context.Context, l Ledger, dep *department.Department, at planfact.AsOf,
	from calendar.Date) (*planfact.Engine, calendar.Date, error) {
	known, err := l.Span(ctx)
	if err != nil {
		return nil, 0, err
	}
	first := known.From
	if known.Days() == 0 || first > at.Today {
		first = at.Today
	}
	// Whole periods on both sides: the trend looks one period back, the next month's tab
	// one ahead.
	span := calendar.Span{From: calendar.MonthOf(max(first, from)).Prev().From,
		To: calendar.MonthOf(at.Today).Next().To}
	facts := planfact.NewFacts(dep, span)
	if err := l.Counted(ctx, span, func(x ledger.Figure) {
		facts.Add(x.Entry)
		if x.Late {
			facts.AddLate(x.Person, x.KPI, x.Date)
		}
	}); err != nil {
		return nil, 0, err
	}
	if span.From > first {
		if err := l.FirstCounted(ctx, span.From, keys(dep), starts(dep), facts.Earlier); err != nil {
			return nil, 0, err
		}
	}
	if err := l.CallCosts(ctx, span, func(c ledger.CallCost) {
		facts.AddCallCost(c.Person, c.Date, c.Cost)
	}); err != nil {
		return nil, 0, err
	}
	if err := l.CountedDeals(ctx, facts.AddDeal); err != nil {
		return nil, 0, err
	}
	if err := l.Clients(ctx, facts.AddClient); err != nil {
		return nil, 0, err
	}
	engine := planfact.New(dep, facts, at)
	return engine, engine.First(), nil
}

// keys returns the keys of all KPIs.
func keys(dep *department.Department) []string {
	var out []string
	for _, r := range dep.Roles {
		for _, k := range r.KPIs {
			out = append(out, k.Key)
		}
	}
	return out
}

// starts returns the days since which planfact.Facts.Earlier needs everybody's first
// figure.
func starts(dep *department.Department) []ledger.PersonSince {
	out := make([]ledger.PersonSince, 0, len(dep.People))
	for _, p := range dep.People {
		out = append(out, ledger.PersonSince{Person: p.ID})
		if !p.Hired.IsZero() {
			out = append(out, ledger.PersonSince{Person: p.ID, Since: p.Hired})
		}
	}
	return out
}

// Source makes engines of one department at one moment. It keeps the last one, because
// making one reads the ledger. Neither it nor its engines are safe for concurrent use.
type Source struct {
	Ledger Ledger
	Dep    *department.Department
	At     planfact.AsOf
	// Strict lets nobody count before their time, see department.LookingBack.
	Strict bool

	engine *planfact.Engine
	first  calendar.Date // first day on which anybody counts
	from   calendar.Date // day from which the engine's figures are complete; zero: all are
}

// recentWeeks is a little more than the summary needs: it shows twelve weeks, each beside
// the one before.
const recentWeeks = 13

// recent returns the day from which figures are shown every day: the weeks of the
// summary, the months that can still be corrected, and the days that a reverse plan uses.
func (s *Source) recent() calendar.Date {
	set := &s.Dep.Settings
	return min(
		calendar.WeekOf(s.At.Today).From-7*recentWeeks,
		calendar.MonthOf(s.At.Today.Add(-set.GraceDays)).Prev().From,
		planfact.ReverseSpan(s.At.Today, set.ReverseDays).From,
	)
}

// Recent returns an engine with the figures that are shown every day, and the first day
// on which anybody counts. Do not compute earlier days with it: if it was asked for them,
// planfact.Engine.Short reports so, and Whole returns the right engine.
func (s *Source) Recent(ctx context.Context) (*planfact.Engine, calendar.Date, error) {
	return s.Since(ctx, s.recent())
}

// Since is Recent with figures from at least the given day on.
func (s *Source) Since(ctx context.Context, from calendar.Date) (*planfact.Engine, calendar.Date, error) {
	return s.reach(ctx, min(from, s.recent()))
}

// Whole is Load.
func (s *Source) Whole(ctx context.Context) (*planfact.Engine, calendar.Date, error) {
	return s.reach(ctx, 0)
}

func (s *Source) reach(ctx context.Context, from calendar.Date) (*planfact.Engine, calendar.Date, error) {
	if s.engine != nil && s.from <= from && !s.engine.Short() {
		return s.engine, s.first, nil
	}
	dep := s.Dep
	if !s.Strict {
		dep = dep.LookingBack(s.At.Today)
	}
	engine, first, err := load(ctx, s.Ledger, dep, s.At, from)
	if err != nil {
		return nil, 0, err
	}
	s.engine, s.first, s.from = engine, first, from
	return engine, first, nil
}

// Outdate makes the next call read the ledger anew, because it has changed.
func (s *Source) Outdate() { s.engine = nil }
