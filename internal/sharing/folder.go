package sharing

import (
	"context"
	"errors"

	"svodka/internal/files"
	"svodka/internal/google"
)

// mostMoved limits how many spreadsheets a cycle moves into the folder of reports. Each
// takes two calls, and a large department must not hold up everybody.
const mostMoved = 50

// Gather moves people's spreadsheets into the folder of reports, so that the directors,
// who can see what is in that folder, can open them. It moves a limited number a cycle
// and returns whether there are more. If Google refuses to move one, ops learn of it, and
// Gather tries it again when again is set. It leaves spreadsheets that ops gave where
// they are.
func (r *Run) Gather(ctx context.Context, list []File, folder string, again bool) (more bool, failures []*Failure,
	err error) {
	if folder == "" {
		return false, nil, nil
	}
	held, cancel := r.Hold(ctx)
	defer cancel()
	done := 0
	for _, f := range list {
		had := r.of(f.ID)
		if f.Kind != files.Report || f.Given || !had.Known || had.Folder == folder || had.Unmoved != "" && !again {
			continue
		}
		if done == mostMoved {
			return true, failures, nil
		}
		if err := ctx.Err(); err != nil {
			return true, failures, err
		}
		done++
		before := had.Unmoved
		r.touch(f.ID)
		err := r.Google.Move(held, f.ID, folder)
		reason, refused := refusal(err)
		var ge *google.Error
		switch {
		case err == nil:
			had.Folder, had.Unmoved = folder, ""
		case refused && held.Err() == nil:
			had.Unmoved = reason
			r.Log.Warn("Google does not let a spreadsheet be moved into the folder of reports; ops are told",
				"reason", reason, "file", f.ID)
		case held.Err() == nil && errors.As(err, &ge):
			more = true
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

func (r *Run) revise() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.revision++
}
