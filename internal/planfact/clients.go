package planfact

import (
	"cmp"
	"slices"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// Standing rates a client by the days since their last deal (domain 2.16).
type Standing string

// The standings. A client without any deal is silent since the day of the handover; until
// that has lasted long, or without such a day, there is no standing.
const (
	NoDeals Standing = ""
	Active  Standing = "active"
	AtRisk  Standing = "at_risk"
	Lost    Standing = "lost"
)

// ClientLine describes one client of a person.
type ClientLine struct {
	Name       string
	HandedOver calendar.Date // zero: from the beginning, or not in the list
	Listed     bool          // in the person's list of clients
	Deals      int           // up to today
	Sum        float64       // of these, less refunds, in money
	Month      float64       // the same for the month of today
	Last       calendar.Date // the day of the last one; zero: none
	Silent     int           // days since then, or since the handover; −1: not known
	Standing   Standing
}

// Repeat reports whether the client has bought again.
func (c ClientLine) Repeat() bool { return c.Deals > 1 }

// standing rates silence by the settings.
func standing(s *department.Settings, silent int, bought bool) Standing {
	switch {
	case silent >= s.LostDays:
		return Lost
	case silent >= s.RiskDays:
		return AtRisk
	case bought:
		return Active
	}
	return NoDeals
}

// Clients lists a person's clients as of today: those of the list in its order, then
// those who only have deals, in the order in which they came. It returns nil if the
// person's role keeps no deals.
func (e *Engine) Clients(p department.Person) []ClientLine {
	q, ok := e.find(p)
	if !ok || !q.role.measures {
		return nil
	}
	out := make([]ClientLine, 0, len(q.clients))
	at := map[int32]int{}
	for _, c := range q.clients {
		if c.gone.IsZero() {
			at[c.id] = len(out)
			out = append(out, ClientLine{Name: c.name, HandedOver: c.handed, Listed: true})
		}
	}
	month := calendar.MonthOf(e.at.Today)
	for _, d := range q.knownDeals(calendar.Span{From: -forever, To: e.at.Today}) {
		if d.client == nameless {
			continue
		}
		i, known := at[d.client]
		if !known {
			i = len(out)
			at[d.client] = i
			out = append(out, ClientLine{Name: d.name})
		}
		c := &out[i]
		c.Sum = clean(c.Sum + d.amount)
		if month.Has(d.date) {
			c.Month = clean(c.Month + d.amount)
		}
		if !d.refund() {
			c.Deals++
			c.Last = d.date
		}
	}
	for i := range out {
		c := &out[i]
		since := cmp.Or(c.Last, c.HandedOver)
		if c.Silent = -1; !since.IsZero() {
			c.Silent = int(max(0, e.at.Today-since))
		}
		c.Standing = standing(&e.dep.Settings, c.Silent, c.Deals > 0)
	}
	return out
}

// Repeat holds the figures that rate an account manager's work in a period (domain 2.16).
type Repeat struct {
	Deals        int     // all
	Sum          float64 // of all, less refunds, in money
	Repeats      int     // repeat deals: every deal of a client after their first
	RepeatSum    float64
	Buyers       int // clients with a deal
	RepeatBuyers int // clients with a repeat deal
	Start        int // clients of the start list: handed over by the first day of the period
	Kept         int // of those, the ones who bought in the period
	Later        int // clients handed over during the period
	LaterBought  int
}

// Share returns repeat buyers / all buyers.
func (r Repeat) Share() kpi.Num { return ratio(float64(r.RepeatBuyers), float64(r.Buyers)) }

// SumShare returns the sum of repeat deals / the whole sum.
func (r Repeat) SumShare() kpi.Num { return ratio(r.RepeatSum, r.Sum) }

// Check returns the average repeat deal, in money.
func (r Repeat) Check() kpi.Num { return ratio(r.RepeatSum, float64(r.Repeats)) }

// Retention returns the share of the start list that bought in the period.
func (r Repeat) Retention() kpi.Num { return ratio(float64(r.Kept), float64(r.Start)) }

// Add adds two together: for ratios, it adds numerators and denominators (domain 2.2).
func (r Repeat) Add(o Repeat) Repeat {
	return Repeat{
		r.Deals + o.Deals, clean(r.Sum + o.Sum), r.Repeats + o.Repeats, clean(r.RepeatSum + o.RepeatSum),
		r.Buyers + o.Buyers,
		r.RepeatBuyers + o.RepeatBuyers, r.Start + o.Start, r.Kept + o.Kept, r.Later + o.Later,
		r.LaterBought + o.LaterBought,
	}
}

func ratio(num, den float64) kpi.Num {
	if den == 0 {
		return kpi.Num{}
	}
	return kpi.Some(num / den)
}

// Repeat returns a person's figures of repeat buying over a period, up to today; ok is
// false if the role keeps no deals or the person was not employed in the period.
func (e *Engine) Repeat(p department.Person, per calendar.Period) (r Repeat, ok bool) {
	q, known := e.find(p)
	if !known || !q.role.measures || !q.counts(per.Span) {
		return r, false
	}
	var d dealSum
	span := calendar.Span{From: per.From, To: min(per.To, e.at.Today)}
	e.addDeals(&d, q, span, per.From)
	places := kpi.Measures()
	of := func(name string) float64 { return d[slices.Index(places, name)] }
	r = Repeat{
		Deals: int(of(kpi.DealCount)), Sum: clean(of(kpi.DealSum)),
		Repeats: int(of(kpi.RepeatCount)), RepeatSum: clean(of(kpi.RepeatSum)),
		Buyers: int(of(kpi.Buyers)), RepeatBuyers: int(of(kpi.RepeatBuyers)),
		Start: int(of(kpi.StartClients)), Kept: int(of(kpi.KeptClients)),
	}
	for _, c := range q.clients {
		if c.gone.IsZero() && per.From < c.handed && c.handed <= span.To {
			r.Later++
			if q.seen[c.id] == *e.tick {
				r.LaterBought++
			}
		}
	}
	return r, true
}
