package ledger

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"svodka/internal/calls"
)

// The ledger recognises calls that were stored as one row per id; it keeps the legs of
// others unless they missed what somebody took.
func TestStoredLegs(t *testing.T) {
	leg := func(op, talk int64) callRow {
		r := callRow{started: 100, operator: op, direction: string(calls.Incoming), answer: int64(calls.Missed)}
		r.talk.Valid, r.talk.Float64 = true, float64(talk)
		if talk > 0 {
			r.answer = int64(calls.Answered)
		}
		return r
	}
	type rows = []callRow
	for name, tc := range map[string]struct {
		was, is, write, clear rows
		done                  CallsStored
	}{
		"new":   {nil, rows{leg(1, 30)}, rows{leg(1, 30)}, nil, CallsStored{New: 1}},
		"again": {rows{leg(1, 30)}, rows{leg(1, 30)}, nil, nil, CallsStored{Same: 1}},
		"longer": {rows{leg(1, 30)}, rows{leg(1, 31)}, rows{leg(1, 31)}, nil,
			CallsStored{Changed: 1}},
		"the last line was a colleague's": {rows{leg(2, 0)}, rows{leg(1, 30)}, rows{leg(1, 30)}, rows{leg(2, 0)},
			CallsStored{Changed: 1}},
		"the operator written otherwise": {rows{leg(1, 30)}, rows{leg(2, 30)}, rows{leg(2, 30)}, rows{leg(1, 30)},
			CallsStored{Changed: 1}},
		"passed on, in another file": {rows{leg(1, 30)}, rows{leg(2, 40)}, rows{leg(2, 40)}, nil,
			CallsStored{New: 1}},
		"missed, in another file": {rows{leg(1, 30)}, rows{leg(2, 0)}, nil, nil, CallsStored{Same: 1}},
		"both again": {rows{leg(1, 30), leg(2, 40)}, rows{leg(2, 40), leg(1, 30)}, nil, nil,
			CallsStored{Same: 2}},
	} {
		write, clear, done := stored(tc.was, tc.is)
		if !slices.Equal(write, tc.write) || !slices.Equal(clear, tc.clear) || done != tc.done {
			t.Errorf("%s: writes %v, clears %v, %+v", name, write, clear, done)
		}
	}
}

// A secret is made once and outlives the process.
func TestSecret(t *testing.T) {
	path := t.TempDir() + "/ledger.db"
	var got [][]byte
	for range 2 {
		l, err := Open(t.Context(), path, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"one", "one", "two"} {
			s, err := l.Secret(t.Context(), name)
			if err != nil || len(s) != 32 {
				t.Fatalf("%x, %v", s, err)
			}
			got = append(got, s)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got[0], got[1]) || !bytes.Equal(got[0], got[3]) || bytes.Equal(got[0], got[2]) {
		t.Errorf("%x", got)
	}
}
