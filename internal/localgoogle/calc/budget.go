package calc

import (
	"context"
	"math"
)

// A step is about what it takes to read one cell: some nanoseconds. Work that excelize
// does is counted in the same coin.
const (
	// MaxSteps is what one formula may take. Google has a limit, too, which it does not
	// tell; the ordinary formula takes a few hundred, a sum over a million cells one
	// million.
	MaxSteps = 20_000_000
	// maxRequestSteps is what the formulas may take that one request waits for: some
	// seconds.
	maxRequestSteps = 400_000_000
	// between is how many steps are taken between two looks at the context.
	between = 1 << 14
)

// Budget is what one request may spend on calculations: steps, and the time until its
// context ends. It is used by one goroutine.
type Budget struct {
	ctx  context.Context
	left int
	look int // steps until the next look at the context
	over bool
}

// NewBudget is the budget of a request.
func NewBudget(ctx context.Context) *Budget { return &Budget{ctx: ctx, left: maxRequestSteps} }

// spent says whether nothing is left.
func (b *Budget) spent() bool {
	if b.look <= 0 && !b.over {
		b.look = between
		b.over = b.ctx.Err() != nil
	}
	return b.over
}

// Taken is how many steps were taken.
func (b *Budget) Taken() int { return maxRequestSteps - b.left }

func (b *Budget) take(n int) {
	b.left -= n
	b.look -= n
	b.over = b.over || b.left < 0
}

var (
	overLimit  = fail(ErrError, "Calculation limit was reached while trying to calculate this formula.")
	unfinished = fail(ErrLoading, "Loading...")
)

// spend takes steps from the formula's and the request's budget; false tells that one of
// them is spent, and that what is calculated does not matter any more.
func (ev *eval) spend(n int) bool {
	ev.left -= n
	if b := ev.e.budget; b != nil {
		if b.take(n); b.spent() {
			ev.e.broke = true
		}
	}
	return ev.left >= 0 && !ev.e.broke
}

// spendMany is spend for a number of steps that nobody has bounded. Too many take all
// that the formula has, without a share of the request's: nothing is done for them.
func (ev *eval) spendMany(n float64) bool {
	if math.IsNaN(n) || n > float64(ev.left) {
		ev.left = -1
		return false
	}
	return ev.spend(int(max(n, 0)))
}

func (ev *eval) over() bool { return ev.left < 0 || ev.e.broke }
