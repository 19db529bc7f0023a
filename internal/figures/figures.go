// Package figures turns the ledger's figures into an engine to compute with.
//
// It only reads the ledger, and knows nothing of how things are computed.
package figures

import (
	"context"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
)

// Ledger reads the figures that count.
type Ledger interface {
	Span(ctx context.Context) (calendar.Span, error)
	Counted(ctx context.Context, s calendar.Span, f func(ledger.Figure), of ...department.PersonID) error
	FirstCounted(ctx context.Context, before calendar.Date, kpis []string, asked []ledger.PersonSince,
		f func(department.PersonID, calendar.Date)) error
	CallCosts(ctx context.Context, s calendar.Span, f func(ledger.CallCost), of ...department.PersonID) error
	CountedDeals(ctx context.Context, f func(department.Deal), of ...department.PersonID) error
	Clients(ctx context.Context, f func(department.Client), of ...department.PersonID) error
	FigureVersions(ctx context.Context) (ledger.FigureVersions, error)
}

// Load returns an engine at a moment, with everything that was reported, and the first
// day on which anybody counts. People entered after the moment count from its month all
// the same: see department.LookingBack.
func Load(ctx context.Context, l Ledger, dep *department.Department, at planfact.AsOf) (*planfact.Engine, calendar.Date,
	error) {
	return load(ctx, l, dep.LookingBack(at.Today), at, 0, nil)
}

// load is Load of figures from about a day on; zero: of all. With a cache it reads those
// that have changed.
func load(ctx context.Context, l Ledger, dep *department.Department, at planfact.AsOf, from calendar.Date,
	cache *Cache) (*planfact.Engine, calendar.Date, error) {
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
	s := source{l, dep, span, first}
	var facts *planfact.Facts
	if cache == nil {
		facts, err = s.all(ctx)
	} else {
		facts, err = cache.read(ctx, s)
	}
	if err != nil {
		return nil, 0, err
	}
	engine := planfact.New(dep, facts, at)
	return engine, engine.First(), nil
}

// source is what facts are read from: the figures of a span, where there are some from
// first on.
type source struct {
	ledger Ledger
	dep    *department.Department
	span   calendar.Span
	first  calendar.Date
}

// all reads everybody's.
func (s source) all(ctx context.Context) (*planfact.Facts, error) {
	facts := planfact.NewFacts(s.dep, s.span)
	return facts, s.add(ctx, facts)
}

// add adds what some people have reported; of everybody if there are none.
func (s source) add(ctx context.Context, facts *planfact.Facts, of ...department.PersonID) error {
	if err := s.ledger.Counted(ctx, s.span, func(x ledger.Figure) {
		facts.Add(x.Entry)
		if x.Late {
			facts.AddLate(x.Person, x.KPI, x.Date)
		}
	}, of...); err != nil {
		return err
	}
	if s.span.From > s.first {
		asked := slices.DeleteFunc(starts(s.dep), func(p ledger.PersonSince) bool {
			return len(of) > 0 && !slices.Contains(of, p.Person)
		})
		if err := s.ledger.FirstCounted(ctx, s.span.From, keys(s.dep), asked, facts.Earlier); err != nil {
			return err
		}
	}
	if err := s.ledger.CallCosts(ctx, s.span, func(c ledger.CallCost) {
		facts.AddCallCost(c.Person, c.Date, c.Cost)
	}, of...); err != nil {
		return err
	}
	if err := s.ledger.CountedDeals(ctx, facts.AddDeal, of...); err != nil {
		return err
	}
	return s.ledger.Clients(ctx, facts.AddClient, of...)
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
	// Cache, if not nil, keeps the figures that are shown every day for the next Source.
	Cache *Cache

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
	cache := s.Cache
	if from != s.recent() {
		cache = nil // what is seldom asked for may not take its place
	}
	engine, first, err := load(ctx, s.Ledger, dep, s.At, from, cache)
	if err != nil {
		return nil, 0, err
	}
	s.engine, s.first, s.from = engine, first, from
	return engine, first, nil
}

// Outdate makes the next call read the ledger anew, because it has changed.
func (s *Source) Outdate() { s.engine = nil }
