package livecheck

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/google"
)

const (
	// lagLimit limits the wait for news of an edit.
	lagLimit = 6 * time.Minute
	// lagStep is the precision of the lag: looking at twenty files every five seconds
	// stays within Drive's quota.
	lagStep = 5 * time.Second
	// writers is how many spreadsheets are made and edited at once.
	writers = 4
)

// lags holds how late Drive reported edits, for each file that it reported.
type lags struct {
	err           error
	of            int // number of edits
	version, feed []time.Duration
}

// versionLag and feedLag are the rows for the two ways in which Drive reports edits.
func (t *trial) versionLag(ctx context.Context) (Result, error) {
	return t.lag(ctx, func(l *lags) []time.Duration { return l.version })
}

func (t *trial) feedLag(ctx context.Context) (Result, error) {
	return t.lag(ctx, func(l *lags) []time.Duration { return l.feed })
}

func (t *trial) lag(ctx context.Context, of func(*lags) []time.Duration) (Result, error) {
	if t.lags == nil {
		t.lags = t.measure(ctx)
	}
	if t.lags.err != nil {
		return Result{}, t.lags.err
	}
	return lagResult(of(t.lags), t.lags.of, t.Reread), nil
}

// lagResult compares the lags of the reported edits with the window during which a
// changed spreadsheet is reread. Twice the greatest lag should fit into it, because only
// a few edits at one time of day were measured.
func lagResult(told []time.Duration, of int, window time.Duration) Result {
	var r Result
	if len(told) < of {
		r.State = Failed
		r.Details = []string{fmt.Sprintf("%d of %d edits were not told of within %s: run it again, and report it if "+
			"it stays so", of-len(told), of, lagLimit)}
		if len(told) == 0 {
			r.Seen = "nothing was told"
			return r
		}
	}
	slices.Sort(told)
	most := told[len(told)-1]
	r.Seen = fmt.Sprintf("p50 %s, p90 %s, most %s of %d edits by the API; %s is the window", percentile(told, 50),
		percentile(told, 90), most, len(told), window)
	if 2*most > window {
		r.State = Failed
		r.Details = append(r.Details, fmt.Sprintf(
			"figures may be seen %s late: reading again lasts %s, and would have to last %s", most, window, 2*most))
	}
	return r
}

// percentile returns the nearest rank of sorted values, p from 1 to 100.
func percentile(sorted []time.Duration, p int) time.Duration {
	return sorted[(len(sorted)*p+99)/100-1]
}

// measure edits some spreadsheets at once, and waits until Drive reports each, by its
// version and in the change feed.
func (t *trial) measure(ctx context.Context) *lags {
	l := &lags{of: t.Files}
	ids := make([]string, t.Files)
	if l.err = t.atOnce(ctx, ids, func(ctx context.Context, i int) (err error) {
		ids[i], err = t.scratch(ctx, fmt.Sprintf("lag %d", i+1))
		return err
	}); l.err != nil {
		return l
	}
	token, err := t.client.StartToken(ctx)
	if err != nil {
		return &lags{err: err}
	}
	var mu sync.Mutex
	was, edited := map[string]int64{}, map[string]time.Time{}
	if l.err = t.atOnce(ctx, ids, func(ctx context.Context, i int) error {
		f, err := t.client.Get(ctx, ids[i])
		if err != nil {
			return err
		}
		text := "правка"
		err = t.client.Apply(ctx, ids[i], []*sheets.Request{{UpdateCells: &sheets.UpdateCellsRequest{
			Start: &sheets.GridCoordinate{}, Fields: "userEnteredValue",
			Rows: []*sheets.RowData{{Values: []*sheets.CellData{
				{UserEnteredValue: &sheets.ExtendedValue{StringValue: &text}}}}},
		}}})
		mu.Lock()
		defer mu.Unlock()
		was[ids[i]], edited[ids[i]] = f.Version, t.Now()
		return err
	}); l.err != nil {
		return l
	}
	l.err = t.await(ctx, token, was, edited, l)
	return l
}

// await looks repeatedly until everything is reported, or the time is up.
func (t *trial) await(ctx context.Context, token string, was map[string]int64, edited map[string]time.Time,
	l *lags) error {
	byVersion, byFeed := map[string]time.Duration{}, map[string]time.Duration{}
	see := func(told map[string]time.Duration, f google.File) {
		if at, ours := edited[f.ID]; ours && f.Version > was[f.ID] {
			if _, known := told[f.ID]; !known {
				told[f.ID] = t.Now().Sub(at).Round(time.Second)
			}
		}
	}
	for begun := t.Now(); ; {
		changed, next, err := t.client.Changes(ctx, token)
		if err != nil {
			return err
		}
		token = next
		for _, f := range changed {
			see(byFeed, f)
		}
		for id := range edited {
			if _, known := byVersion[id]; known {
				continue
			}
			f, err := t.client.Get(ctx, id)
			if err != nil {
				return err
			}
			see(byVersion, f)
		}
		if len(byVersion) == l.of && len(byFeed) == l.of || t.Now().Sub(begun) >= lagLimit {
			break
		}
		if err := t.Sleep(ctx, lagStep); err != nil {
			return err
		}
	}
	for _, d := range byVersion {
		l.version = append(l.version, d)
	}
	for _, d := range byFeed {
		l.feed = append(l.feed, d)
	}
	return nil
}

// atOnce calls f for each file, a few at a time.
func (t *trial) atOnce(ctx context.Context, ids []string, f func(context.Context, int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(writers)
	for i := range ids {
		g.Go(func() error { return f(ctx, i) })
	}
	return g.Wait()
}
