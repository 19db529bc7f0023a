package worker

import (
	"context"
	"sync"

	"svodka/internal/ledger"
)

// inboxSize is how many readings are stored in one transaction. A run that is cut off
// reads as many spreadsheets once more.
const inboxSize = 16

// inbox gathers what was read of several people, to store it in one transaction: where
// everybody types, transactions took more than what is stored in them. Until then the
// ledger calls their spreadsheets unread, so a run that is cut off loses nothing.
type inbox struct {
	store func(context.Context, []ledger.Reading) (changed bool, err error)

	mu      sync.Mutex
	waiting []ledger.Reading
	changed bool // some reading changed something
}

// put stores the reading with the others that wait, once they are enough, or now.
func (b *inbox) put(ctx context.Context, r ledger.Reading, now bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, r)
	if !now && len(b.waiting) < inboxSize {
		return nil
	}
	return b.empty(ctx)
}

// end stores those that still wait, even if ctx has ended. It reports whether any reading
// changed anything.
func (b *inbox) end(ctx context.Context) (changed bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	err = b.empty(context.WithoutCancel(ctx))
	return b.changed, err
}

func (b *inbox) empty(ctx context.Context) error {
	changed, err := b.store(ctx, b.waiting)
	b.waiting = nil
	b.changed = b.changed || changed
	return err
}
