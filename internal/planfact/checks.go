package planfact

import (
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// Checks describes a period's deals by their size (domain 2.14). The mean alone misleads:
// three large deals can make it several times the size of most deals.
type Checks struct {
	Deals   int
	Sales   float64 // their sum, roubles
	Refunds float64 // the sum of refunds, roubles, not above 0; a refund is not a deal
	Sum     float64 // Sales + Refunds
	Mean    kpi.Num // Sum / Deals
	Median  kpi.Num // half of the deals are larger, half are smaller
	TopSum  kpi.Num // of the three largest deals; none for fewer than four deals
	Top     kpi.Num // TopSum / Sales
	// Small, Middle and Large are the deals below the first bound, from it on,
	// and from the second bound on. Without both bounds they are empty.
	Small, Middle, Large Band
}

// Band holds the deals of one size.
type Band struct {
	Deals int
	Sum   float64 // roubles
}

// largest is how many of the largest deals TopSum adds up (domain 2.14).
const largest = 3

// ChecksOf computes the checks of deals of the given sums, with the bounds
// between small, middle and large ones. Sums below zero are refunds (domain 2.9).
func ChecksOf(sums []float64, middleFrom, largeFrom float64) Checks {
	var c Checks
	var sorted []float64
	for _, v := range sums {
		if v < 0 {
			c.Refunds += v
		} else {
			sorted = append(sorted, v)
		}
	}
	slices.Sort(sorted)
	for _, v := range sorted {
		c.Sales += v
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
	c.Sales, c.Refunds = clean(c.Sales), clean(c.Refunds)
	c.Sum = clean(c.Sales + c.Refunds)
	n := len(sorted)
	c.Deals = n
	if n == 0 {
		return c
	}
	c.Mean = kpi.Some(c.Sum / float64(n))
	c.Median = kpi.Some(clean((sorted[(n-1)/2] + sorted[n/2]) / 2))
	if n > largest {
		top := 0.0
		for _, v := range sorted[n-largest:] {
			top += v
		}
		c.TopSum = kpi.Some(clean(top))
		if c.Sales > 0 {
			c.Top = kpi.Some(top / c.Sales)
		}
	}
	return c
}

// DealSums returns the sums of a person's deals and refunds in a period, by date.
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
