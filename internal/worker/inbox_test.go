package worker

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"svodka/internal/department"
	"svodka/internal/ledger"
)

// Readings are stored together once they are enough, at once where more follows from
// them, and in the end, also after the run was told to end: each once, in their order.
func TestInboxStoresEachReadingOnce(t *testing.T) {
	var batches []int
	var stored []department.PersonID
	fails := false
	b := &inbox{store: func(ctx context.Context, rs []ledger.Reading) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if fails {
			return false, errors.New("no space left")
		}
		batches = append(batches, len(rs))
		for _, r := range rs {
			stored = append(stored, r.Person)
		}
		return len(rs) > 0 && rs[0].Person == "17", nil
	}}
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	put := func(now bool) {
		t.Helper()
		n++
		if err := b.put(ctx, ledger.Reading{Person: department.PersonID(fmt.Sprint(n))}, now); err != nil {
			t.Error(err)
		}
	}
	for range inboxSize + 2 {
		put(false)
	}
	put(true)
	put(false)
	cancel()
	changed, err := b.end(ctx)
	if err != nil || !changed {
		t.Errorf("changed %t, %v", changed, err)
	}
	if got := fmt.Sprint(batches); got != fmt.Sprint([]int{inboxSize, 3, 1}) {
		t.Errorf("stored %s together", got)
	}
	for i, p := range stored {
		if p != department.PersonID(fmt.Sprint(i+1)) {
			t.Errorf("reading %d is of %s", i+1, p)
		}
	}
	fails = true
	if err := b.put(t.Context(), ledger.Reading{}, true); err == nil {
		t.Error("a failure to store is no error")
	}
}
