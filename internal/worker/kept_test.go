package worker

import (
	"context"
	"errors"
	"reflect"
)

// LayoutsSpared is how many layouts the last cycle did not have to make.
func (w *Worker) LayoutsSpared() int { return w.digests.spared }

// MemoHolds tells whether the configuration that is kept from cycle to cycle is what is
// understood anew: nobody has changed it.
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
