package ledger

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"svodka/internal/ledger/pgtest"
)

// BenchmarkSchemas makes the schemas of many departments in PostgreSQL, opens them again,
// as a process does that works on them for the first time, and migrates them by one more
// step, which adds a column. It tells the processor's time of the server's for each
// schema, and how large one is.
func BenchmarkSchemas(b *testing.B) {
	for _, n := range []int{100, 300, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchSchemas(b, n) })
	}
}

func benchSchemas(b *testing.B, n int) {
	pgtest.Address(b)
	address, err := pgtest.Fresh(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	d, err := Connect(b.Context(), address, 1)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	steps, err := migrations("migrations/postgres")
	if err != nil {
		b.Fatal(err)
	}
	more := append(steps[:len(steps):len(steps)], migration{"9999_more.sql",
		"-- Programs from step 16 on work with it.\nALTER TABLE people ADD COLUMN more TEXT NOT NULL DEFAULT '';"})
	var backend int
	if err := d.db.QueryRowContext(b.Context(), `SELECT pg_backend_pid()`).Scan(&backend); err != nil {
		b.Fatal(err)
	}
	spent := func() (sum time.Duration) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", backend))
		if err != nil {
			b.Skip("it reads the server's time from /proc: ", err)
		}
		for _, ticks := range strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+2:]))[11:13] { // utime, stime
			n, err := strconv.Atoi(ticks)
			if err != nil {
				b.Fatal(err)
			}
			sum += time.Duration(n) * time.Second / 100 // USER_HZ
		}
		return sum
	}
	each := func(what string, f func(l *Ledger) error) {
		began := spent()
		for i := range n {
			l, err := d.ledger(fmt.Sprintf("d%05d", i), time.Now)
			if err == nil {
				err = f(l)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64((spent()-began).Microseconds())/1000/float64(n), "ms-"+what)
	}
	for range b.N { // once: -benchtime 1x
		each("new", func(l *Ledger) error { return l.create(b.Context()) })
		each("again", func(l *Ledger) error { return l.create(b.Context()) })
		each("step", func(l *Ledger) error { return migrate(b.Context(), l, nil, more) })
	}
	var size int64
	if err := d.db.QueryRowContext(b.Context(), `SELECT pg_database_size(current_database())`).Scan(&size); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(size)/float64(n)/1024, "kB/schema")
}
