package planfact

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
)

// accounts returns Anna as an account manager on 15 May with the deals and clients.
func accounts(t *testing.T, fill func(*Facts)) *Engine {
	t.Helper()
	dep := dept([]kpi.KPI{
		derived(t, "repeat_sum", kpi.Money, kpi.Deals, "repeat_sum"),
		derived(t, "repeat_share", kpi.Percent, kpi.Clients, "repeat_buyers / buyers"),
		derived(t, "retention", kpi.Percent, kpi.Clients, "kept_clients / start_clients"),
	}, anna)
	f := NewFacts(dep, calendar.Span{From: may(1), To: may(31)})
	fill(f)
	return New(dep, f, endOf(15))
}

// Domain 2.16: the standing of each client, by the days since the last deal.
func TestClients_2_16(t *testing.T) {
	e := accounts(t, func(f *Facts) {
		client := func(name string, handed calendar.Date) {
			f.AddClient(department.Client{Person: "anna", Name: name, HandedOver: handed})
		}
		deal := func(d calendar.Date, name string, sum float64) {
			f.AddDeal(department.Deal{Person: "anna", Date: d, Client: name, Amount: sum})
		}
		client("Ромашка", 0)
		client("29 дней", may(15).Add(-200))
		client("30 дней", 0)
		client("89 дней", 0)
		client("90 дней", 0)
		client("Новый", may(11))
		client("Не проснулся", may(15).Add(-31))
		client("Неизвестно когда", 0)
		client("Вернулся", 0)
		deal(may(4), " ромашка", 100)
		deal(may(15), "РОМАШКА ", 0.1)
		deal(may(15).Add(-40), "Ромашка", 0.2)
		deal(may(20), "Ромашка", 9000) // after today
		deal(may(15).Add(-29), "29 дней", 1)
		deal(may(15).Add(-30), "30 дней", 2)
		deal(may(15).Add(-89), "89 дней", 3)
		deal(may(15).Add(-90), "90 дней", 4)
		deal(may(15).Add(-300), "Вернулся", 5)
		deal(may(15), "Вернулся", 6)
		deal(may(8), "ООО  Не в списке", 7)
		deal(may(9), "", 8) // nobody knows whose it is
	})
	want := []ClientLine{
		{"Ромашка", 0, true, 3, 100.3, 100.1, may(15), 0, Active},
		{"29 дней", may(15).Add(-200), true, 1, 1, 0, may(15).Add(-29), 29, Active},
		{"30 дней", 0, true, 1, 2, 0, may(15).Add(-30), 30, AtRisk},
		{"89 дней", 0, true, 1, 3, 0, may(15).Add(-89), 89, AtRisk},
		{"90 дней", 0, true, 1, 4, 0, may(15).Add(-90), 90, Lost},
		{"Новый", may(11), true, 0, 0, 0, 0, 4, NoDeals},
		{"Не проснулся", may(15).Add(-31), true, 0, 0, 0, 0, 31, AtRisk},
		{"Неизвестно когда", 0, true, 0, 0, 0, 0, -1, NoDeals},
		{"Вернулся", 0, true, 2, 11, 6, may(15), 0, Active},
		{"ООО  Не в списке", 0, false, 1, 7, 7, may(8), 7, Active},
	}
	if d := cmp.Diff(want, e.Clients(anna)); d != "" {
		t.Errorf("clients (-want +got):\n%s", d)
	}
	if got := e.Clients(boris); got != nil {
		t.Errorf("somebody unknown has clients: %v", got)
	}
}

// Domain 2.16, with typical counting mistakes: a first deal before the period, a client
// without the day of the handover, names that differ in case and spaces, deals of one
// day, one without a client, a client handed over later.
func TestRepeat_2_16(t *testing.T) {
	e := accounts(t, func(f *Facts) {
		for name, handed := range map[string]calendar.Date{"Ромашка": 0, "Вектор": may(1),
			"Молчун": calendar.Of(2026, 4, 30), "Купец": may(2), "Поздний": may(3), "Завтрашний": may(18)} {
			f.AddClient(department.Client{Person: "anna", Name: name, HandedOver: handed})
		}
		for _, d := range []department.Deal{
			{Date: calendar.Of(2025, 12, 1), Client: " ромашка ", Amount: 1000},
			{Date: may(12), Client: "Ромашка", Amount: 300},
			{Date: may(4), Client: "Вектор", Amount: 100},
			{Date: may(4), Client: "ВЕКТОР", Amount: 50},
			{Date: may(6), Client: "Купец", Amount: 40},
			{Date: may(7), Amount: 10},
			{Date: may(8), Amount: 20}, // without a client: not a repeat
			{Date: may(25), Client: "Молчун", Amount: 9000},
		} {
			d.Person = "anna"
			f.AddDeal(d)
		}
	})
	got, ok := e.Repeat(anna, mayMonth)
	want := Repeat{Deals: 6, Sum: 520, Repeats: 2, RepeatSum: 350, Buyers: 3, RepeatBuyers: 2, Start: 3, Kept: 2,
		Later: 2, LaterBought: 1}
	if d := cmp.Diff(want, got); !ok || d != "" {
		t.Errorf("ok %v (-want +got):\n%s", ok, d)
	}
	for name, x := range map[string][2]kpi.Num{
		"share": {got.Share(), kpi.Some(2.0 / 3)}, "share of the sum": {got.SumShare(), kpi.Some(350.0 / 520)},
		"check": {got.Check(), kpi.Some(175)}, "retention": {got.Retention(), kpi.Some(2.0 / 3)},
	} {
		if x[0] != x[1] {
			t.Errorf("%s is %v, want %v", name, x[0], x[1])
		}
	}
	// Several people together: add numerators and denominators, never average the shares.
	both := got.Add(Repeat{Deals: 1, Sum: 480, Buyers: 1})
	if both.Share() != kpi.Some(2.0/4) || both.SumShare() != kpi.Some(0.35) {
		t.Errorf("together %v, %v", both.Share(), both.SumShare())
	}
	if none := (Repeat{}); none.Share().OK || none.SumShare().OK || none.Check().OK || none.Retention().OK {
		t.Error("nothing has a ratio")
	}
}

// The start list is that of the period's first day, even if clients are removed from it
// later.
func TestStartListIsFrozen(t *testing.T) {
	retention := func(more ...department.Client) kpi.Num {
		e := accounts(t, func(f *Facts) {
			f.AddClient(department.Client{Person: "anna", Name: "Ромашка"})
			f.AddDeal(department.Deal{Person: "anna", Date: may(5), Client: "Ромашка", Amount: 1})
			for _, c := range more {
				c.Person = "anna"
				f.AddClient(c)
			}
		})
		r, _ := e.Repeat(anna, mayMonth)
		want(t, "the KPI, as the tab", line(t, e.Person(anna, mayMonth), "retention").Fact, r.Retention().V)
		return r.Retention()
	}
	gone := func(listed, gone calendar.Date) department.Client {
		return department.Client{Name: "Молчун", Listed: listed, Gone: gone}
	}
	want(t, "with all in the list", retention(), 1)
	want(t, "taken out in the period", retention(gone(calendar.Of(2026, 4, 2), may(10))), 0.5)
	want(t, "taken out on the first day", retention(gone(calendar.Of(2026, 4, 2), may(1))), 1)
	want(t, "in by mistake and out again", retention(gone(may(9), may(10))), 1)
	want(t, "taken out and back", retention(gone(calendar.Of(2026, 4, 2), may(10)),
		department.Client{Name: "МОЛЧУН"}), 0.5)
}

// Domain 2.9: a refund is in the sum of deals and in no other measure of them; nor is it
// the client's first or last purchase.
func TestRefundsOfClients_2_9(t *testing.T) {
	e := accounts(t, func(f *Facts) {
		for _, d := range []struct {
			day  int
			name string
			sum  float64
		}{
			{4, "A", -10}, // before the first deal: that stays the first
			{5, "A", 100}, {6, "A", -30}, {7, "A", 50}, {8, "A", -20},
			{5, "B", -70},
		} {
			f.AddDeal(department.Deal{Person: "anna", Date: may(d.day), Client: d.name, Amount: d.sum})
		}
		f.AddClient(department.Client{Person: "anna", Name: "A"})
		f.AddClient(department.Client{Person: "anna", Name: "B"})
	})
	r, ok := e.Repeat(anna, mayMonth)
	want := Repeat{Deals: 2, Sum: 20, Repeats: 1, RepeatSum: 50, Buyers: 1, RepeatBuyers: 1, Start: 2, Kept: 1}
	if !ok || r != want {
		t.Errorf("got %+v, want %+v", r, want)
	}
	lines := []ClientLine{
		{"A", 0, true, 2, 90, 90, may(7), 8, Active},
		{"B", 0, true, 0, -70, -70, 0, -1, NoDeals},
	}
	if d := cmp.Diff(lines, e.Clients(anna)); d != "" {
		t.Error(d)
	}
}
