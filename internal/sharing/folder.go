package sharing

import (
	"context"
	"errors"

	"svodka/internal/files"
	"svodka/internal/google"
)

// mostMoved is how many spreadsheets a cycle moves into the folder of reports: two calls
// each, so that nobody waits for those of a large department.
const mostMoved = 50

// Gather moves people's spreadsheets into the folder of reports, so that the directors,
// who may look at what lies there, can open them. It moves some in a cycle, and tells
// whether there are more. One that Google would not move is told to ops, and tried again
// when again is set. Those that ops gave stay where they are.
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
