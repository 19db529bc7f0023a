package quotas

import (
	"math/rand/v2"
	"testing"
	"time"

	"svodka/internal/ledger/pgtest"
)

// Whether calls are taken at once or by the longer way, as many are granted, at the same
// times, and the same is left.
func TestFreeCallsAreTakenAsInTurn(t *testing.T) {
	address := pgtest.Address(t)
	d, err := Open(t.Context(), address, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	quick := map[string]bool{"quick@example.com": true, "slow@example.com": false}
	limits := map[string]Limits{"reads": {Account: Quota{20, 5}, Project: Quota{30, 8}},
		"drive": {Project: Quota{12, 2}}, "free": {}}
	rng := rand.New(rand.NewPCG(3, 9))
	at := map[bool]int{}
	type answer struct {
		granted int
		wait    time.Duration
	}
	for step := range 600 {
		now = now.Add(time.Duration(rng.IntN(6000)) * time.Millisecond)
		if step%50 == 0 { // what came before does not count any more
			now = now.Add(2 * window)
		}
		class := []string{"reads", "drive", "free"}[rng.IntN(3)]
		department := []string{"north", "south"}[rng.IntN(2)]
		n := 1 + rng.IntN(3)
		got := map[bool]answer{}
		for account, quickly := range quick {
			s := d.Of(Options{Department: department, Limits: limits, Now: func() time.Time { return now }})
			if !quickly {
				s.busy = map[string]time.Time{class: time.Now().Add(time.Hour)}
			}
			_, granted, wait, err := s.Take(t.Context(), class, []string{account}, n)
			if err != nil {
				t.Fatal(err)
			}
			got[quickly] = answer{granted, wait}
			if quickly {
				at[s.hurries(class)]++
			}
		}
		if got[true] != got[false] {
			t.Fatalf("step %d: %d calls of %s: %+v at once, %+v in turn", step, n, class, got[true], got[false])
		}
	}
	if at[true] < 100 || at[false] < 100 {
		t.Errorf("at once or not: %v", at)
	}
	var other int
	if err := d.pool.QueryRow(t.Context(), `SELECT count(*) FROM
		(SELECT replace(account, 'quick', 'slow'), class, whole FROM svodka_quotas.budgets WHERE account LIKE '%quick@%'
		EXCEPT SELECT account, class, whole FROM svodka_quotas.budgets WHERE account LIKE '%slow@%') AS x`).
		Scan(&other); err != nil || other > 0 {
		t.Errorf("%d budgets are others, %v", other, err)
	}
}
