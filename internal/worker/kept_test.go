package worker

import (
	"context"
	"errors"
	"reflect"
)

// LayoutsSpared returns how many layouts the last cycle did not have to make.
func (w *Worker) LayoutsSpared() int { return w.digests.spared }

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
