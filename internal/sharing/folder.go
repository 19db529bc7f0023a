package sharing

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"svodka/internal/files"
	"svodka/internal/google"
)

// mostMoved limits how many files a cycle moves into their folders. Each takes two calls,
// and a large department must not hold up everybody.
const mostMoved = 50

// Gather moves files into their folders, so that those who can see what is in these can
// open them: the directors in the folder of reports, leads in that of their team. It
// moves a limited number a cycle, first what somebody else may see no longer, and returns
// whether there are more, or it moved any into or out of the folder of a team: the
// team's summary is to tell. If Google refuses to move one, ops learn of it, and Gather
// tries it again when again is set. It leaves spreadsheets that ops gave where they are.
// inside are the folders of teams.
func (r *Run) Gather(ctx context.Context, list []File, inside map[string]bool, again bool) (more bool,
	failures []*Failure, err error) {
	held, cancel := r.Hold(ctx)
	defer cancel()
	done := 0
	for _, f := range r.strays(list, inside, again) {
		if done == mostMoved {
			return true, failures, nil
		}
		if err := ctx.Err(); err != nil {
			return true, failures, err
		}
		done++
		had := r.of(f.ID)
		if inside[f.Home] || inside[had.Folder] { // then the team's summary can link to it, or must not
			more = true
		}
		before := had.Unmoved
		if f.Kind == files.Team && len(had.Roles) > 0 { // from now on by the folder alone
			if err := r.take(held, File{ID: f.ID, Kind: f.Kind, Name: f.Name}); err != nil {
				if !isGoogles(held, err) {
					return true, failures, err
				}
				failures = append(failures, &Failure{"moving", f, err})
				continue
			}
			had = r.of(f.ID)
		}
		r.touch(f.ID)
		err := r.Google.Move(held, f.ID, f.Home)
		reason, refused := refusal(err)
		var ge *google.Error
		switch {
		case err == nil:
			had.Folder, had.Unmoved = f.Home, ""
		case refused && held.Err() == nil:
			had.Unmoved = reason
			r.Log.Warn("Google does not let a spreadsheet be moved into the folder of reports; ops are told",
				"reason", reason, "file", f.ID)
		case held.Err() == nil && errors.As(err, &ge):
			failures = append(failures, &Failure{"moving", f, err})
			continue
		default:
			return true, failures, err
		}
		if err := r.record(held, f.ID, had); err != nil {
			return true, failures, err
		}
		if r.of(f.ID).Unmoved != before {
			r.revise()
		}
	}
	return more, failures, nil
}

// strays returns the files that lie elsewhere than they should: first those in a folder
// that others may see.
func (r *Run) strays(list []File, inside map[string]bool, again bool) []File {
	var out []File
	for _, f := range list {
		had := r.of(f.ID)
		if f.Home == "" || f.Given || !had.Known || had.Folder == f.Home || had.Unmoved != "" && !again {
			continue
		}
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(a, b File) int {
		return cmp.Compare(order(!inside[r.of(a.ID).Folder]), order(!inside[r.of(b.ID).Folder]))
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
