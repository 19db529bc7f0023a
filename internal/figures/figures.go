// Package figures makes of what the ledger has an engine to compute with.
//
// It only reads the ledger, and says nothing about how anything is computed.
package figures

import (
	"context"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
)

// Ledger has the figures that count.
type Ledger interface {
	Span(ctx context.Context) (calendar.Span, error)
	Counted(ctx context.Context, s calendar.Span, f func(ledger.Figure)) error
	FirstCounted(ctx context.Context, before calendar.Date, kpis []string, asked []ledger.PersonSince,
		f func(department.PersonID, calendar.Date)) error
	CallCosts(ctx context.Context, s calendar.Span, f func(ledger.CallCost)) error
	CountedDeals(ctx context.Context, f func(department.Deal)) error
	Clients(ctx context.Context, f func(department.Client)) error
}

// Load gives an engine at a moment, with everything that was reported, and the first
// day on which anybody counts. Whoever was entered after the moment counts in its
// month all the same: see department.LookingBack.
func Load(ctx context.Context, l Ledger, dep *department.Department, at planfact.AsOf) (*planfact.Engine, calendar.Date,
	error) {
	return load(ctx, l, dep.LookingBack(at.Today), at, 0)
}

// load is Load of figures from about a day on; zero: of all.
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
	// Whole periods on both sides: the trend looks one period back, the next
	// month's tab one ahead.
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

// keys are those of everything that is measured.
func keys(dep *department.Department) []string {
	var out []string
	for _, r := range dep.Roles {
		for _, k := range r.KPIs {
			out = append(out, k.Key)
		}
	}
	return out
}

// starts are the days since which planfact.Facts.Earlier wants everybody's first
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

// Source gives engines of one department at one moment. It keeps the last one, since to
// make one reads the ledger: it may not be used by two goroutines at once, and nor may
// its engines.
type Source struct {
	Ledger Ledger
	Dep    *department.Department
	At     planfact.AsOf
	// Strict has nobody count before their time, see department.LookingBack.
	Strict bool

	engine *planfact.Engine
	first  calendar.Date // on which anybody counts
	from   calendar.Date // from which the engine's figures are sure to be whole; zero: all are
}

// recentWeeks is how far back the summary looks, and some more: it shows twelve weeks,
// each beside the one before.
const recentWeeks = 13

// recent is the day from which figures are shown every day: the weeks of the summary,
// the months that can still be mended, and the days that a reverse plan goes by.
func (s *Source) recent() calendar.Date {
	set := &s.Dep.Settings
	return min(
		calendar.WeekOf(s.At.Today).From-7*recentWeeks,
		calendar.MonthOf(s.At.Today.Add(-set.GraceDays)).Prev().From,
		planfact.ReverseSpan(s.At.Today, set.ReverseDays).From,
	)
}

// Recent gives an engine with the figures that are shown every day, and the first day
// on which anybody counts. What lies before must not be computed with it: where it was,
// planfact.Engine.Short tells so, and Whole gives the right one.
func (s *Source) Recent(ctx context.Context) (*planfact.Engine, calendar.Date, error) {
	return s.Since(ctx, s.recent())
}

// Since is Recent with figures from at least a day on.
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

// Outdate has the next engine made anew, since the ledger has changed.
func (s *Source) Outdate() { s.engine = nil }
