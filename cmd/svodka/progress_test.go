package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestProgressLine(t *testing.T) {
	writes := func(left time.Duration) quota { return quota{left, 60, "writes"} }
	for _, c := range []struct {
		done, total int
		took        time.Duration
		quota       quota
		want        string
	}{
		{214, 500, 4 * time.Minute, writes(5*time.Minute + 43*time.Second),
			"writing: 214 of 500, about 6 min left: Google allows 60 writes a minute"},
		{1, 500, time.Second, writes(8*time.Minute + 10*time.Second),
			"writing: 1 of 500, about 8 min left: Google allows 60 writes a minute"},
		{460, 500, 8 * time.Minute, writes(40 * time.Second),
			"writing: 460 of 500, about 40 s left: Google allows 60 writes a minute"},
		{495, 500, 9 * time.Minute, writes(5 * time.Second), "writing: 495 of 500"},
		// Slower than the quotas: they are not the cause.
		{100, 500, 5 * time.Minute, writes(6 * time.Minute), "writing: 100 of 500, about 20 min left"},
		// The burst at the beginning does not count.
		{25, 500, 2 * time.Second, writes(9 * time.Minute),
			"writing: 25 of 500, about 9 min left: Google allows 60 writes a minute"},
		// Without quotas, from the pace alone, once there is one.
		{5, 500, time.Minute, quota{}, "writing: 5 of 500"},
		{100, 500, 30 * time.Second, quota{}, "writing: 100 of 500, about 2 min left"},
		{1000, 50000, 3 * time.Minute, quota{}, "writing: 1000 of 50000, about 2.5 h left"},
		{500, 500, 10 * time.Minute, writes(0), "writing: 500 of 500"},
	} {
		if got := progressLine("writing", c.done, c.total, c.took, c.quota); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

// Without a terminal there is a line now and then, and the last one.
func TestProgressInLogs(t *testing.T) {
	now := time.Date(2026, 5, 14, 12, 0, 0, 0, time.UTC)
	var b bytes.Buffer
	p := newProgress(&b, func() time.Time { return now })
	p.quota = func(step string, n int) quota {
		return quota{time.Duration(n) * 1200 * time.Millisecond, 50, "writes"}
	}
	for i := range 100 {
		now = now.Add(1200 * time.Millisecond)
		p.show("writing", i+1, 100)
	}
	p.show("sharing", 3, 4) // too few
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 12 || lines[0] != "writing: 1 of 100, about 2 min left: Google allows 50 writes a minute" ||
		lines[11] != "writing: 100 of 100" {
		t.Errorf("%d lines: %q", len(lines), lines)
	}

	b.Reset()
	p.json = slog.New(slog.NewJSONHandler(&b, nil))
	p.show("writing", 1, 100)
	if s := b.String(); !strings.HasPrefix(s, "{") || !strings.Contains(s, `"done":1,"total":100`) {
		t.Errorf("not a record: %q", s)
	}
}
