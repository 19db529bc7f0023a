package ledger_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/ledger"
)

var fiveKPIs = []string{"calls", "deals", "leads", "revenue", "talks"}

// figures makes a reading of five KPIs on every day of the span.
func figures(who department.PersonID, s calendar.Span, add float64) ledger.Reading {
	r := ledger.Reading{Person: who, Scopes: []ledger.Scope{{Span: s, KPIs: fiveKPIs}}}
	for d := s.From; d <= s.To; d++ {
		for i, k := range fiveKPIs {
			r.Entries = append(r.Entries, entry(who, d, k, float64(int(d)%50+i)+add))
		}
	}
	return r
}

// BenchmarkStore stores a person's ten months with one figure changed.
func BenchmarkStore(b *testing.B) {
	l := mustOpen(b, filepath.Join(b.TempDir(), "l.db"), time.Now)
	span := calendar.Span{From: day(1), To: day(1).Add(304)}
	r := figures("anna", span, 0)
	mustStore(b, l, r)
	for b.Loop() {
		r.Entries[len(r.Entries)/2].Value++
		mustStore(b, l, r)
	}
}

// BenchmarkStoreSame stores a person's ten months again, unchanged.
func BenchmarkStoreSame(b *testing.B) {
	l := mustOpen(b, filepath.Join(b.TempDir(), "l.db"), time.Now)
	r := figures("anna", calendar.Span{From: day(1), To: day(1).Add(304)}, 0)
	mustStore(b, l, r)
	for b.Loop() {
		mustStore(b, l, r)
	}
}

// BenchmarkStoreFirst stores a person's ten months for the first time.
func BenchmarkStoreFirst(b *testing.B) {
	l := mustOpen(b, filepath.Join(b.TempDir(), "l.db"), time.Now)
	n := 0
	for b.Loop() {
		n++
		mustStore(b, l, figures(department.PersonID(fmt.Sprint("p", n)),
			calendar.Span{From: day(1), To: day(1).Add(304)}, 0))
	}
}

// BenchmarkEntries loads 250 people × 92 days × 5 KPIs, a twentieth of the
// largest department.
func BenchmarkEntries(b *testing.B) {
	l := mustOpen(b, filepath.Join(b.TempDir(), "l.db"), time.Now)
	span := calendar.Span{From: day(1), To: day(1).Add(91)}
	for i := range 250 {
		mustStore(b, l, figures(department.PersonID(fmt.Sprintf("p%04d", i)), span, 0))
	}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		if err := l.Entries(b.Context(), span, func(department.Entry) { n++ }); err != nil {
			b.Fatal(err)
		}
		if n != 250*92*5 {
			b.Fatalf("%d entries", n)
		}
	}
}
