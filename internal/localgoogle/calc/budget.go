package calc

import (
	"context"
	"math"
)

// A step is about the time it takes to read one cell: some nanoseconds. The work of
// excelize is counted in steps, too.
const (
	// MaxSteps limits one formula. Google has a limit, too, but does not publish it; an
	// ordinary formula takes a few hundred steps, a sum over a million cells one million.
	MaxSteps = 20_000_000
	// maxRequestSteps limits all formulas that one request waits for: some seconds.
	maxRequestSteps = 400_000_000
	// between is the number of steps between two checks of the context.
	between = 1 << 14
)

// Budget limits what one request may spend on calculations: steps, and the time until its
// context ends. Only one goroutine may use it.
type Budget struct {
	ctx  context.Context
	left int
	look int // steps until the next look at the context
	over bool
}

// NewBudget returns the budget of a request.
func NewBudget(ctx context.Context) *Budget { return &Budget{ctx: ctx, left: maxRequestSteps} }

// spent reports whether nothing is left.
func (b *Budget) spent() bool {
	if b.look <= 0 && !b.over {
		b.look = between
		b.over = b.ctx.Err() != nil
	}
	return b.over
}

// Taken returns how many steps were taken.
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

// spend takes steps from the budgets of the formula and the request. It returns false if
// one of them is spent; then the result of the calculation does not matter.
func (ev *eval) spend(n int) bool {
	ev.left -= n
	if b := ev.e.budget; b != nil {
		if b.take(n); b.spent() {
			ev.e.broke = true
		}
	}
	return ev.left >= 0 && !ev.e.broke
}

// spendMany is spend for a number of steps that nobody has bounded. Too many use up the
// formula's budget but leave the request's alone, because the work is not done.
func (ev *eval) spendMany(n float64) bool {
	if math.IsNaN(n) || n > float64(ev.left) {
		ev.left = -1
		return false
	}
	return ev.spend(int(max(n, 0)))
}

func (ev *eval) over() bool { return ev.left < 0 || ev.e.broke }
