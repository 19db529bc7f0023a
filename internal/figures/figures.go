// Package figures makes of everything that the ledger has an engine to compute with.
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
	CallCosts(ctx context.Context, s calendar.Span, f func(ledger.CallCost)) error
	CountedDeals(ctx context.Context, f func(department.Deal)) error
	Clients(ctx context.Context, f func(department.Client)) error
}

// Load gives an engine at a moment, with everything that was reported, and the first
// day on which anybody counts. Whoever was entered after the moment counts in its
// month all the same: see department.LookingBack.
func Load(ctx context.Context, l Ledger, dep *department.Department, at planfact.AsOf) (*planfact.Engine, calendar.Date,
	error) {
	return Strict(ctx, l, dep.LookingBack(at.Today), at)
}

// Strict is Load, in which nobody counts before their time.
func Strict(ctx context.Context, l Ledger, dep *department.Department, at planfact.AsOf) (*planfact.Engine,
	calendar.Date, error) {
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
	span := calendar.Span{From: calendar.MonthOf(first).Prev().From, To: calendar.MonthOf(at.Today).Next().To}
	facts := planfact.NewFacts(dep, span)
	if err := l.Counted(ctx, span, func(x ledger.Figure) {
		facts.Add(x.Entry)
		if x.Late {
			facts.AddLate(x.Person, x.KPI, x.Date)
		}
	}); err != nil {
		return nil, 0, err
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
