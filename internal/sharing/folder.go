package sharing

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/ledger"
)

// mostMoved limits how many files a cycle moves into their folders. Each takes two calls,
// 900 in all, which is a minute and a half of Drive's budget: so a large department holds
// up nobody, and 250 teams with 5,000 reports are in their folders after an hour of
// cycles.
const mostMoved = 450

// Gather moves files into their folders, so that those who can see what is in these can
// open them: the directors in the folder of reports, leads in that of their team. It
// moves a limited number a cycle, first what somebody else may see no longer, then folder
// by folder. again means that there are more, or it moved any into or out of the folder
// of a team: the team's summary is to tell. If Google refuses to move one, ops learn of
// it, and Gather tries it again when retry is set. It leaves spreadsheets that ops gave
// where they are. inside are the folders of teams.
func (r *Run) Gather(ctx context.Context, list []File, inside map[string]bool, retry bool) (again bool,
	failures []*Failure, err error) {
	held, cancel := r.Hold(ctx)
	defer cancel()
	strays := r.strays(list, inside, retry)
	again = len(strays) > mostMoved
	strays = strays[:min(len(strays), mostMoved)]
	for _, f := range strays { // then the team's summary can link to it, or must not
		again = again || inside[f.Home] || inside[r.of(f.ID).Folder]
	}
	var mu sync.Mutex
	g, gctx := errgroup.WithContext(held)
	g.SetLimit(max(1, r.Parallel))
	for _, f := range strays {
		g.Go(func() error {
			if err := errors.Join(gctx.Err(), ctx.Err()); err != nil {
				return err
			}
			err := r.move(gctx, f)
			if err == nil || !isGoogles(gctx, err) {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			failures = append(failures, &Failure{"moving", f, err})
			return nil
		})
	}
	err = g.Wait()
	return again || err != nil, failures, err
}

// move moves a file into its folder, and records where it lies or that Google refuses.
func (r *Run) move(ctx context.Context, f File) error {
	had := r.of(f.ID)
	before, told := had.Unmoved, len(had.External)
	if f.Kind == files.Team && len(had.Roles) > 0 { // from now on by the folder alone
		if err := r.take(ctx, File{ID: f.ID, Kind: f.Kind, Name: f.Name}); err != nil {
			return err
		}
		had = r.of(f.ID)
	}
	r.touch(f.ID)
	err := r.Google.Move(ctx, f.ID, f.Home)
	reason, refused := refusal(err)
	switch {
	case err == nil:
		had.Folder, had.Unmoved = f.Home, ""
		// Who was seen before it was known where the file lies may come with the folder.
		had.External = slices.DeleteFunc(had.External, func(x ledger.ExternalAccess) bool {
			return r.inherited(google.Permission{Email: x.Who, Role: x.Role}, had)
		})
	case refused && ctx.Err() == nil:
		had.Unmoved = reason
		r.Log.Warn("Google does not let a spreadsheet be moved into the folder of reports; ops are told",
			"reason", reason, "file", f.ID)
	default:
		return err
	}
	if err := r.record(ctx, f.ID, had); err != nil {
		return err
	}
	if had.Unmoved != before || len(had.External) != told {
		r.revise()
	}
	return nil
}

// AwayFrom counts the files that do not lie in their folder yet, by the folder; those
// that Google refuses to move are told otherwise.
func (r *Run) AwayFrom(list []File) map[string]int {
	out := map[string]int{}
	for _, f := range r.strays(list, nil, false) {
		out[f.Home]++
	}
	return out
}

// UnmovedCount counts them all, also those that Google has refused to move: they are
// tried again in the morning.
func (r *Run) UnmovedCount(list []File) int { return len(r.strays(list, nil, true)) }

// strays returns the files that lie elsewhere than they should: first those in a folder
// that others may see.
func (r *Run) strays(list []File, inside map[string]bool, retry bool) []File {
	var out []File
	for _, f := range list {
		had := r.of(f.ID)
		if f.Home == "" || f.Given || !had.Known || had.Folder == f.Home || had.Unmoved != "" && !retry {
			continue
		}
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(a, b File) int { // so that few summaries of teams change in a cycle
		return cmp.Or(cmp.Compare(order(!inside[r.of(a.ID).Folder]), order(!inside[r.of(b.ID).Folder])),
			cmp.Compare(a.Home, b.Home))
	})
	return out
}

func order(last bool) int {
	if last {
		return 1
	}
	return 0
}

func (r *Run) revise() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.revision++
}
