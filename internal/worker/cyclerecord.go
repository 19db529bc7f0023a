package worker

import (
	"context"
	"time"

	"svodka/internal/ledger"
	"svodka/internal/planfact"
)

// cycleRecord is the state that the last cycle left for the next.
type cycleRecord struct {
	ledger interface {
		Cycle(ctx context.Context) (ledger.Cycle, error)
		Save(ctx context.Context, s ledger.Save) error
	}
	now func() time.Time
}

// markUpToDate records how a cycle ended. moment names the moment that the spreadsheets
// show; empty: there is work left.
func (l cycleRecord) markUpToDate(ctx context.Context, moment string, at planfact.AsOf, s States) error {
	return l.ledger.Save(ctx, ledger.Save{Cycle: func(c *ledger.Cycle) { c.Finish(moment, at.Today, at.Over, s) }})
}

// outdate makes the next cycle do its work in any case.
func (l cycleRecord) outdate(ctx context.Context) error {
	return l.change(ctx, (*ledger.Cycle).Outdate)
}

// change changes the record, unless it is so already.
func (l cycleRecord) change(ctx context.Context, f func(*ledger.Cycle)) error {
	last, err := l.ledger.Cycle(ctx)
	if err != nil {
		return err
	}
	after := last
	if f(&after); after == last {
		return nil
	}
	return l.ledger.Save(ctx, ledger.Save{Cycle: f})
}

// touch records that a figure or the configuration changed now, so that the summary must
// be computed again.
func (l cycleRecord) touch(ctx context.Context) error { return l.change(ctx, l.touched) }

func (l cycleRecord) touched(c *ledger.Cycle) { c.Touch(l.now()) }

// changedAt returns when a figure or the configuration last changed.
func (l cycleRecord) changedAt(ctx context.Context) (time.Time, error) {
	last, err := l.ledger.Cycle(ctx)
	if err != nil || last.ChangedAt.IsZero() {
		return l.now(), err
	}
	return last.ChangedAt, nil
}
