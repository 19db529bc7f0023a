package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/planfact"
	"svodka/internal/report"
	"svodka/internal/terms"
	"svodka/internal/workbook"
)

// strange are names of clients that a spreadsheet would read as something else, and ways
// to write one name.
var strange = []string{"Ромашка", "=1+1", ">5", "5", "*", "Рога и *", "~?", "01.05.2026", "TRUE", "О\"Генри",
	"'апостроф", "1e3"}

// accountBook returns an account manager on 15 May with clients of all standings.
func accountBook(t *testing.T) (report.Input, *workbook.Book) {
	t.Helper()
	in := input(accountManager(t), mayDay(15))
	for i, name := range strange {
		c := department.Client{Person: "p", Name: name}
		if i%2 == 1 {
			c.HandedOver = mayDay(15).Add(-20 * i)
		}
		in.Typed.Clients = append(in.Typed.Clients, c)
		for n := range i % 4 {
			spelt := []string{name, "  " + strings.ToUpper(name) + " ", strings.ReplaceAll(name, " ", "\u00a0 ")}[n%3]
			in.Typed.Deals = append(in.Typed.Deals, department.Deal{Person: "p", Date: mayDay(15).Add(-9*i*(n+1) + n),
				Client: spelt, Amount: float64(1000*i + n)})
		}
	}
	in.Typed.Deals = append(in.Typed.Deals,
		department.Deal{Person: "p", Date: mayDay(20), Client: "Ромашка", Amount: 7}, // ahead
		department.Deal{Person: "p", Date: mayDay(14), Client: "", Amount: 9},
		department.Deal{Person: "p", Date: mayDay(13), Client: "Рога и копыта", Amount: 11}, // not «Рога и *»
	)
	in = plans(in)
	return in, report.Layout(in)
}

// TestClientsLive: the formulas of «Клиенты» show what the director sees.
func TestClientsLive(t *testing.T) {
	in, b := accountBook(t)
	l := newLive(t, b, time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	lang := in.Lang
	shown := func(c planfact.ClientLine) string {
		last, silent := "", ""
		if !c.Last.IsZero() {
			last = c.Last.Time().Format("02.01.2006")
		}
		if c.Silent >= 0 {
			silent = fmt.Sprint(c.Silent)
		}
		return fmt.Sprintf("%d|%s|%s|%s|%s|%s", c.Deals, money(c.Sum), money(c.Month), last, silent,
			terms.StandingText(c.Standing, lang))
	}
	check := func(what string, standings int, in report.Input) {
		t.Helper()
		facts := planfact.NewFacts(in.Dep, calendar.Span{From: mayDay(1), To: mayDay(31)})
		for _, d := range in.Typed.Deals {
			facts.AddDeal(d)
		}
		for _, c := range in.Typed.Clients {
			facts.AddClient(c)
		}
		var want []string
		seen := map[planfact.Standing]int{}
		for _, c := range planfact.New(in.Dep, facts, planfact.AsOf{Today: in.Today, Over: true}).Clients(in.Person) {
			if c.Listed {
				want = append(want, shown(c))
				seen[c.Standing]++
			}
		}
		if len(seen) < standings {
			t.Errorf("%s: the standings are only %v", what, seen)
		}
		got := strings.Split(l.shown(fmt.Sprintf("'Клиенты'!E2:J%d", 1+len(want))), "\n")
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-engine +formulas):\n%s", what, d)
		}
	}
	check("as laid out", 4, in)

	// A deal typed by the person counts at once, and so do the days.
	l.put("'Сделки'!A90:C90", "15.05.2026", " ромашка", "1 000")
	in.Typed.Deals = append(in.Typed.Deals, department.Deal{Person: "p", Date: mayDay(15), Client: "Ромашка",
		Amount: 1000})
	check("after a deal", 4, in)
	// Refunds are in the sums, and are neither deals nor purchases.
	l.put("'Сделки'!A91:C91", "15.05.2026", "Ромашка", "-3000")
	l.put("'Сделки'!A92:C92", "14.05.2026", "О\"Генри", "-50")
	in.Typed.Deals = append(in.Typed.Deals,
		department.Deal{Person: "p", Date: mayDay(15), Client: "Ромашка", Amount: -3000},
		department.Deal{Person: "p", Date: mayDay(14), Client: "О\"Генри", Amount: -50})
	check("after refunds", 4, in)
	l.now = l.now.AddDate(0, 0, 40)
	in.Today = mayDay(15).Add(40)
	l.put("'Сделки'!D90", "позвонил сам")
	check("forty days later", 3, in)

	r := report.Read(in, b, l.found(b))
	last := r.Deals[len(r.Deals)-3]
	if last.Key != "r89" || last.Comment != "позвонил сам" {
		t.Errorf("the deal typed into row 90 is %+v", last)
	}
}

// TestTextHandover: a date of handover typed as a text counts in the days without deals
// as it does for the director, once it was read and as long as it stays.
func TestTextHandover(t *testing.T) {
	if testing.Short() {
		t.Skip("TestClientsLive and TestLive hold the formulas in the short run")
	}
	in, b := accountBook(t)
	row := len(strange) + 2
	l := newLive(t, b, time.Date(2026, 5, 15, 20, 0, 0, 0, moscow))
	typed := func(l *live) { l.put(fmt.Sprintf("'Клиенты'!A%d:B%d", row, row), "Новый", "'25.4.26 г.") }
	typed(l)
	r := report.Read(in, b, l.found(b))
	c := r.Clients[len(r.Clients)-1]
	if c.Name != "Новый" || c.HandedOver != calendar.Of(2026, time.April, 25) {
		t.Fatalf("the client is %+v", c)
	}
	in.Flags, in.Typed.Clients = r.Flags, r.Clients
	b = report.Layout(in)
	l = newLive(t, b, l.now)
	typed(l)
	silent := fmt.Sprintf("'Клиенты'!I%d", row)
	if got := l.shown(silent); got != "20" {
		t.Errorf("days without deals: %q, want 20", got)
	}
	l.put(fmt.Sprintf("'Клиенты'!B%d", row), "'26.4.26 г.")
	if got := l.shown(silent); got != "" {
		t.Errorf("days without deals of a date that nobody has read: %q, want none", got)
	}
}

func money(v float64) string {
	s := fmt.Sprint(int(v))
	if len(s) > 3 {
		s = s[:len(s)-3] + " " + s[len(s)-3:]
	}
	return s + " ₽"
}
