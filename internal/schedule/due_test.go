package schedule

import (
	"slices"
	"testing"
	"time"
)

func at(clock string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", "2026-05-"+clock, time.UTC)
	if err != nil {
		panic(err)
	}
	return t
}

func TestReconcile(t *testing.T) {
	omsk := time.FixedZone("Asia/Omsk", 6*3600)
	table := Timetable{omsk, []Timed{{"sync", "*/5 * * * *"}, {"close", "10 5 * * *"}, {"sweep", "@weekly"}}}
	now := at("15 12:02")
	got := table.Reconcile([]Due{
		{Kind: "sync", Spec: "*/5 * * * * Asia/Omsk", Next: at("15 12:05"), Last: at("15 12:00"), Job: 7},
		// Closed at 5:10 of Moscow. Omsk has that three hours earlier, and next tomorrow.
		{Kind: "close", Spec: "10 5 * * * Europe/Moscow", Next: at("16 02:10"), Last: at("15 02:10")},
		{Kind: "calls", Spec: "@hourly Asia/Omsk", Next: at("15 12:00")},
	}, now)
	want := []Due{
		{Kind: "sync", Spec: "*/5 * * * * Asia/Omsk", Next: at("15 12:05"), Last: at("15 12:00"), Job: 7},
		{Kind: "close", Spec: "10 5 * * * Asia/Omsk", Next: at("15 23:10"), Last: at("15 02:10")},
		{Kind: "sweep", Spec: "@weekly Asia/Omsk", Next: now},
	}
	if !slices.EqualFunc(got, want, func(a, b Due) bool {
		return a.Kind == b.Kind && a.Spec == b.Spec && a.Next.Equal(b.Next) && a.Last.Equal(b.Last) && a.Job == b.Job
	}) {
		t.Errorf("got  %v\nwant %v", got, want)
	}

	// A job missed under the old spec is made up for once under the new one.
	late := table.Reconcile([]Due{{Kind: "sync", Spec: "@daily UTC", Next: at("16 00:00"), Last: at("14 08:00")}}, now)
	if !late[0].Next.Equal(at("14 08:05")) || table.Next("sync", now) != at("15 12:05").In(omsk) {
		t.Errorf("due at %s, then at %s", late[0].Next, table.Next("sync", now))
	}
	if !table.Next("notices", now).IsZero() {
		t.Error("a job that is off is due")
	}
}

// What is stored says by itself when it is due, whatever the settings of whoever asks.
func TestStoredSpec(t *testing.T) {
	omsk, err := time.LoadLocation("Asia/Omsk")
	if err != nil {
		t.Fatal(err)
	}
	table := Timetable{omsk, []Timed{{"sync", "*/5 * * * *"}, {"close", "10 5 * * *"}}}
	d, rank, ok := table.Of("close", at("15 12:00"))
	if !ok || rank != 1 || !d.Next.Equal(at("15 12:00")) || !d.Last.IsZero() {
		t.Errorf("%+v %d %t", d, rank, ok)
	}
	if got := d.After(at("15 12:00")); !got.Equal(at("15 23:10")) {
		t.Errorf("%q is due at %s", d.Spec, got)
	}
	if _, _, ok := table.Of("sweep", at("15 12:00")); ok {
		t.Error("a job that is off is there")
	}
	for _, spec := range []string{"", "@daily", "* * * * * Nowhere/City"} {
		if got := (Due{Kind: "sync", Spec: spec}).After(at("15 12:00")); !got.IsZero() {
			t.Errorf("%q is due at %s", spec, got)
		}
	}
}

func TestChoose(t *testing.T) {
	now := at("15 12:00")
	due, later := now, now.Add(time.Minute)
	for _, c := range []struct {
		name string
		jobs []Due
		how  []Progress
		want int
	}{
		{"the first that is due", []Due{{Next: later}, {Next: due}, {Next: due}}, []Progress{0, 0, 0}, 1},
		{"nothing is due", []Due{{Next: later}}, []Progress{0}, -1},
		{"one at a time", []Due{{Next: due}, {Next: due}}, []Progress{Idle, Queued}, -1},
		{"a failing one keeps nobody waiting", []Due{{Next: due}, {Next: due}}, []Progress{Backoff, Idle}, 1},
		{"a dead one is handed out again", []Due{{Next: due}, {Next: due}}, []Progress{Dead, Idle}, 0},
		{"one given up waits for its next time", []Due{{Next: due}}, []Progress{Given}, -1},
	} {
		for i := range c.jobs {
			c.jobs[i].Job = int64(i)
		}
		got := Choose(c.jobs, func(d Due) Progress { return c.how[d.Job] }, now)
		if got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
