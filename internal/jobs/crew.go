package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

const (
	// keepEvery is how often a process sees to what River has a leader for: what is over
	// is deleted, and so are queues of processes that are gone.
	keepEvery = time.Hour
	// keepFor is for how long: by then a leader has been found, and has done it.
	keepFor = 2 * time.Minute
	// fetchEvery is how often a client looks for runs, while there are any.
	fetchEvery = river.FetchPollIntervalDefault
)

// crew is the client of River that takes runs out of the queue of a process. A client
// wakes twenty times a second whether there is anything to do or not, which costs more
// than all else that an idle process does: so it is there only while there are runs.
// Its methods are called by one goroutine.
type crew struct {
	driver *riverpgxv5.Driver
	config river.Config // of a client that only works

	client *river.Client[pgx.Tx] // nil: there is none
	since  time.Time             // when it was started
	keeps  bool                  // it may also be the leader
	kept   time.Time             // when the last one that may was started
	ending sync.WaitGroup        // clients that finish what they have begun
}

// tend sees to it that there is a client if runs wait, and none if none wait and the last
// one is not at work.
func (c *crew) tend(ctx context.Context, waits, busy bool) error {
	switch {
	case c.keeps && time.Since(c.since) < keepFor:
	case time.Since(c.kept) > keepEvery:
		c.stop()
		c.kept = time.Now()
		return c.start(ctx, true)
	case waits && c.client == nil:
		return c.start(ctx, false)
	case !waits && !busy:
		c.stop()
	}
	return nil
}

func (c *crew) start(ctx context.Context, keeps bool) error {
	config := c.config
	config.LeaderElectionDisabled = !keeps
	if keeps {
		config.ReindexerSchedule = atNight{}
	}
	client, err := river.NewClient(c.driver, &config)
	if err == nil {
		err = client.Start(ctx)
	}
	if err != nil {
		return fmt.Errorf("start the jobs: %w", err)
	}
	c.client, c.since, c.keeps = client, time.Now(), keeps
	return nil
}

// stop has the client take no more runs. If it has just taken some, it finishes them, and
// the next client need not wait for that.
func (c *crew) stop() {
	if c.client == nil {
		return
	}
	client := c.client
	c.client, c.keeps = nil, false
	c.ending.Go(func() {
		if err := client.Stop(context.Background()); err != nil {
			c.config.Logger.Error("ending a client of the jobs", "error", err)
		}
	})
}

// end waits until all clients have ended, whose context has.
func (c *crew) end() {
	c.stop()
	c.ending.Wait()
}

// atNight is when River's indexes are made anew: by one of those that keep its tables in
// the first hour of a day, since none of them is there at midnight.
type atNight struct{}

// Next implements river.PeriodicSchedule.
func (atNight) Next(now time.Time) time.Time {
	if now.UTC().Hour() == 0 {
		return now.Add(keepFor / 4)
	}
	return now.Add(2 * keepFor)
}

// warnings is a logger's handler of what may concern people, and not when a client was
// started.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
