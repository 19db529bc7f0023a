package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"svodka/internal/department"
	"svodka/internal/google"
	"svodka/internal/ledger"
	"svodka/internal/planfact"
)

// valPaused is the time until which nothing more is shared, because Google
// would let the account share no more.
const valPaused = "sharing.paused"

// shares is with whom a file is shared: as it should be, or as the worker did
// it. Strangers are people and links that somebody else gave access to; they are
// counted, and left alone.
type shares struct {
	Roles     map[string]string `json:"roles"` // by e-mail
	Strangers int               `json:"strangers,omitempty"`
}

func sharesOf(f ledger.File) (shares, error) {
	s := shares{Roles: map[string]string{}}
	if f.Shared == "" {
		return s, nil
	}
	if err := json.Unmarshal([]byte(f.Shared), &s); err != nil {
		return s, fmt.Errorf("reading with whom file %s is shared from the ledger: %w", f.ID, err)
	}
	return s, nil
}

// wanted is with whom the file of a unit should be shared: with its people while
// they are employed, and with ops.
func (u *unit) wanted(dep *department.Department, at planfact.AsOf) map[string]string {
	want := map[string]string{}
	for _, p := range u.people {
		if p.Email != "" && (p.Left.IsZero() || at.Today <= p.Left) {
			want[strings.ToLower(p.Email)] = writer
		}
	}
	return withAll(want, dep.Settings.Ops, writer)
}

// The roles that files are shared with.
const (
	reader = "reader"
	writer = "writer"
)

func withAll(m map[string]string, emails []string, role string) map[string]string {
	for _, e := range emails {
		if e = strings.ToLower(e); m[e] != writer {
			m[e] = role
		}
	}
	return m
}

// share opens each file to those who work with it, and takes the access of
// leavers away. It is a queue that keeps its place: what was shared is recorded
// at once, and when Google lets the account share no more it goes on hours
// later. Nobody's own sharing is undone.
func (w *Worker) share(ctx context.Context, cfg *config, units []*unit, at planfact.AsOf, out *Outcome) error {
	if paused, err := w.sharingPaused(ctx); err != nil || paused {
		return err
	}
	dep := &cfg.Department
	type job struct {
		file  *ledger.File
		wrote *bool
		want  map[string]string
		name  string
	}
	jobs := []job{{&cfg.file, &cfg.wrote, withAll(map[string]string{}, dep.Settings.Ops, writer), "ops"}}
	summary, ok, err := w.file(ctx, ledger.Summary)
	if err != nil {
		return err
	}
	if ok {
		want := withAll(withAll(map[string]string{}, dep.Settings.Directors, reader), dep.Settings.Ops, reader)
		jobs = append(jobs, job{&summary, new(bool), want, "the director"})
	}
	for _, u := range units {
		if u.file.ID != "" && u.err == nil {
			jobs = append(jobs, job{&u.file, &u.wrote, u.wanted(dep, at), u.name()})
		}
	}
	done := 0
	for _, j := range jobs {
		had, err := sharesOf(*j.file)
		if err != nil {
			return err
		}
		if done++; sameShares(had.Roles, j.want) {
			continue
		}
		w.Progress("sharing", done, len(jobs))
		*j.wrote = true // the change feed shows it as a change of the file
		err = w.shareFile(ctx, j.file, had, j.want)
		var ge *google.Error
		switch {
		case err == nil:
		case errors.Is(err, google.ErrSharingLimit):
			w.Log.Warn("Google lets this account share no more for now; the rest is shared later", "left", len(jobs)-done+1, "pause", google.RetryIn(err))
			return w.Ledger.Set(ctx, valPaused, []byte(w.Now().Add(google.RetryIn(err)).UTC().Format(time.RFC3339)))
		case ctx.Err() == nil && errors.As(err, &ge):
			out.Failures = append(out.Failures, fault("sharing", j.name, err))
		default:
			return err
		}
	}
	return nil
}

func sameShares(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for e, r := range a {
		if b[e] != r {
			return false
		}
	}
	return true
}

// shareFile brings one file's permissions from what the worker gave to what
// should be, and records each step.
func (w *Worker) shareFile(ctx context.Context, f *ledger.File, had shares, want map[string]string) error {
	record := func() error {
		b, err := json.Marshal(had)
		if err != nil {
			return fmt.Errorf("keeping with whom file %s is shared: %w", f.ID, err)
		}
		f.Shared = string(b)
		return w.Ledger.SetShared(ctx, f.ID, f.Shared)
	}
	var there []google.Permission
	if f.Shared != "" { // of a file just made nobody else has access
		var err error
		if there, err = w.Google.Permissions(ctx, f.ID); err != nil {
			return err
		}
		had.Strangers = strangers(there, had.Roles, want)
	}
	for _, email := range sorted(want) {
		role := want[email]
		if had.Roles[email] == role {
			continue
		}
		if _, err := w.Google.Share(ctx, f.ID, email, role, w.Notify); err != nil {
			return err
		}
		had.Roles[email] = role
		if err := record(); err != nil {
			return err
		}
	}
	for _, email := range sorted(had.Roles) {
		if _, stays := want[email]; stays {
			continue
		}
		for _, p := range there {
			if strings.EqualFold(p.Email, email) && p.Role != "owner" && !p.Inherited {
				if err := w.Google.Unshare(ctx, f.ID, p.ID); err != nil {
					return err
				}
			}
		}
		delete(had.Roles, email)
		if err := record(); err != nil {
			return err
		}
	}
	return record()
}

// strangers counts the permissions that are neither the worker's doing nor
// wanted, nor come with the folder.
func strangers(there []google.Permission, had, want map[string]string) int {
	n := 0
	for _, p := range there {
		email := strings.ToLower(p.Email)
		_, given := had[email]
		_, wanted := want[email]
		if p.Role != "owner" && !p.Inherited && !p.Deleted && !given && !wanted {
			n++
		}
	}
	return n
}

func sorted(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// sharingPaused tells whether the queue of shares rests.
func (w *Worker) sharingPaused(ctx context.Context) (bool, error) {
	b, err := w.Ledger.Get(ctx, valPaused)
	if err != nil || b == nil {
		return false, err
	}
	until, err := time.Parse(time.RFC3339, string(b))
	if err != nil {
		return false, fmt.Errorf("reading the pause of sharing from the ledger: %w", err)
	}
	if w.Now().Before(until) {
		return true, nil
	}
	return false, w.Ledger.Set(ctx, valPaused, nil)
}
