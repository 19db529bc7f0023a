package worker

import (
	"context"
	"errors"
	"reflect"

	"svodka/internal/files"

	"svodka/internal/workbook"
)

// LayoutsSpared returns how many layouts of people's spreadsheets the last cycle did not
// have to make.
func (w *Worker) LayoutsSpared() int { return w.digests.spared[files.Report] }

// TeamLayoutsSpared is LayoutsSpared of teams' summaries.
func (w *Worker) TeamLayoutsSpared() int { return w.digests.spared[files.Team] }

// MemoHolds fails if the configuration cached from cycle to cycle differs from what is
// understood anew, so that somebody has changed it.
func (w *Worker) MemoHolds(ctx context.Context) error {
	kept, err := w.configuration().Cached(ctx)
	if err != nil {
		return err
	}
	k := w.configuration()
	k.Memo = nil
	anew, err := k.Cached(ctx)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(kept, anew) {
		return errors.New("the configuration that is kept is not what is understood anew")
	}
	return nil
}

// TeamBook returns the summary of a team as all that the ledger has makes it.
func (w *Worker) TeamBook(ctx context.Context, team string) (*workbook.Book, error) {
	in, err := w.lastInput(ctx, 0)
	if err != nil {
		return nil, err
	}
	in.Settled, in.SettledVersion = 0, 0
	s := w.summariser()
	d, err := s.divide(ctx, in)
	if err != nil {
		return nil, err
	}
	return s.teamBook(ctx, d, d.Of(team), false)
}
