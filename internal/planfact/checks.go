package planfact

import (
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// Checks are a period's deals by their size (domain 2.14). The mean alone
// misleads: three large deals make it several times what most of the deals are.
type Checks struct {
	Deals  int
	Sum    float64 // roubles
	Mean   kpi.Num // sum / deals
	Median kpi.Num // half of the deals are larger, half are smaller
	TopSum kpi.Num // of the three largest deals; none for fewer than four deals
	Top    kpi.Num // its share of the sum; none where returns make the share meaningless
	// Small, Middle and Large are the deals below the first bound, from it on,
	// and from the second bound on. Without both bounds they are empty.
	Small, Middle, Large Band
}

// Band is the deals of one size.
type Band struct {
	Deals int
	Sum   float64 // roubles
}

// largest is how many deals stand for the large ones (domain 2.14).
const largest = 3

// ChecksOf computes the checks of deals of the given sums, with the bounds
// between small, middle and large ones.
func ChecksOf(sums []float64, middleFrom, largeFrom float64) Checks {
	c := Checks{Deals: len(sums)}
	if len(sums) == 0 {
		return c
	}
	sorted := slices.Sorted(slices.Values(sums))
	returns := sorted[0] < 0
	for _, v := range sorted {
		c.Sum += v
		if middleFrom <= 0 || largeFrom <= 0 {
			continue
		}
		b := &c.Small
		switch {
		case v >= largeFrom:
			b = &c.Large
		case v >= middleFrom:
			b = &c.Middle
		}
		b.Deals++
		b.Sum = clean(b.Sum + v)
	}
	c.Sum = clean(c.Sum)
	n := len(sorted)
	c.Mean = kpi.Some(c.Sum / float64(n))
	c.Median = kpi.Some(clean((sorted[(n-1)/2] + sorted[n/2]) / 2))
	if n > largest {
		top := 0.0
		for _, v := range sorted[n-largest:] {
			top += v
		}
		c.TopSum = kpi.Some(clean(top))
		if c.Sum > 0 && !returns {
			c.Top = kpi.Some(top / c.Sum)
		}
	}
	return c
}

// DealSums gives the sums of a person's deals in a period, by date.
func (e *Engine) DealSums(p department.Person, per calendar.Period) []float64 {
	q, ok := e.find(p)
	if !ok {
		return nil
	}
	deals := q.dealsIn(calendar.Span{From: per.From, To: min(per.To, e.at.Today)})
	out := make([]float64, len(deals))
	for i, d := range deals {
		out[i] = d.amount
	}
	return out
}
