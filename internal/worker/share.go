package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"svodka/internal/configuration"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/planfact"
)

// valPaused is the time until which nothing more is shared, because Google
// would let the account share no more.
const valPaused = "sharing.paused"

// shares is with whom the worker shared a file, and what else is known of who can
// open it.
type shares struct {
	Roles map[string]string `json:"roles"` // by e-mail
	// Others are people and links that somebody else gave access to, as seen last.
	// Ops are told of them; they are left alone.
	Others []other `json:"others,omitempty"`
	Failed string  `json:"failed,omitempty"` // why it could not be shared last time
	// Before: it was found, and shared by a worker of which this ledger knows nothing.
	Before bool `json:"before,omitempty"`
}

// sharedBefore is of a file that was found, not made.
const sharedBefore = `{"roles":{},"before":true}`

// other is somebody who can open a file though the worker did not let them.
type other struct {
	Who  string `json:"who"` // an e-mail or a domain; empty: everybody who has the link
	Role string `json:"role"`
}

func sharesOf(f files.File) (shares, error) {
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

// queue is the sharing of one run. It keeps its place: what was shared is
// recorded at once, and when Google lets the account share no more it rests, and
// goes on hours later. Nobody's own sharing is undone.
type queue struct {
	*Worker
	mu    sync.Mutex
	rests bool
}

// queue begins the sharing of a run.
func (w *Worker) queue(ctx context.Context) (*queue, error) {
	rests, err := w.sharingPaused(ctx)
	if err == nil && !rests {
		err = w.Ledger.Set(ctx, valPaused, nil)
	}
	return &queue{Worker: w, rests: rests}, err
}

func (q *queue) resting() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.rests
}

// open shares a file with those who shall have it, and takes away what the worker
// gave to others, unless the queue rests. whose are the people who report in it. It tells whether it
// made any call.
func (q *queue) open(ctx context.Context, f *files.File, want map[string]string, whose []department.Person) (bool, error) {
	had, err := sharesOf(*f)
	if err != nil || sameShares(had.Roles, want) && !had.Before || q.resting() {
		return false, err
	}
	err = q.shareFile(ctx, f, &had, want, whose)
	var ge *google.Error
	switch {
	case errors.Is(err, google.ErrSharingLimit):
		return true, q.rest(ctx, google.RetryIn(err))
	case ctx.Err() == nil && errors.As(err, &ge):
		had.Failed = ge.Reason
		if had.Failed == "" {
			had.Failed = strconv.Itoa(ge.Status)
		}
		return true, errors.Join(err, q.record(ctx, f, had))
	}
	return true, err
}

// rest lets the queue rest, as Google wants it.
func (q *queue) rest(ctx context.Context, pause time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.rests {
		return nil // another file met the limit before
	}
	q.rests = true
	q.Log.Warn("Google lets this account share no more for now; the rest is shared later", keyPause, pause)
	return q.Ledger.Set(ctx, valPaused, []byte(q.Now().Add(pause).UTC().Format(time.RFC3339)))
}

// record keeps with whom a file is shared.
func (w *Worker) record(ctx context.Context, f *files.File, s shares) error {
	b, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("keeping with whom file %s is shared: %w", f.ID, err)
	}
	if f.Shared == string(b) {
		return nil
	}
	f.Shared = string(b)
	return w.Ledger.SetShared(ctx, f.ID, f.Shared)
}

// shared is a file that is to be opened to somebody.
type shared struct {
	file  *files.File
	wrote *bool // by this run
	want  map[string]string
	name  string // in errors
	unit  *unit  // whose it is; nil: everybody's
}

// others are the people and links that somebody else gave access to a file of the
// worker's. A spreadsheet that ops gave several people is theirs to share.
func (f shared) others() ([]other, error) {
	if f.unit != nil && f.unit.shared {
		return nil, nil
	}
	s, err := sharesOf(*f.file)
	return s.Others, err
}

// toShare are the files that this run has at hand, with whom they are to be
// shared.
func (w *Worker) toShare(ctx context.Context, cfg *configuration.Config, units []*unit, at planfact.AsOf) ([]shared, error) {
	dep := &cfg.Department
	list := []shared{{&cfg.File, &cfg.Wrote, withAll(map[string]string{}, dep.Settings.Ops, writer), "ops", nil}}
	known, err := w.Ledger.Files(ctx)
	if err != nil {
		return nil, err
	}
	if summary, ok := oneFile(known, files.Summary); ok {
		want := withAll(withAll(map[string]string{}, dep.Settings.Directors, reader), dep.Settings.Ops, reader)
		list = append(list, shared{&summary, new(bool), want, "the director", nil})
	}
	for _, u := range units {
		if u.file.ID != "" && u.err == nil {
			list = append(list, shared{&u.file, &u.wrote, u.wanted(dep, at), u.name(), u})
		}
	}
	return list, nil
}

// share opens each file to those who work with it, and takes the access of
// leavers away: one file after the other, since Google likes no haste in this. A
// spreadsheet just made was shared when it was filled.
func (w *Worker) share(ctx context.Context, q *queue, files []shared) (failures []error, err error) {
	held, cancel := w.crew().hold(ctx)
	defer cancel()
	for i, f := range files {
		if f.unit != nil && f.unit.closed != nil {
			continue // has failed in this run
		}
		if err := ctx.Err(); err != nil {
			return failures, err
		}
		var whose []department.Person
		if f.unit != nil {
			whose = f.unit.people
		}
		did, err := q.open(held, f.file, f.want, whose)
		if did {
			w.Progress("sharing", i+1, len(files))
			*f.wrote = true // the change feed shows it as a change of the file
		}
		var ge *google.Error
		switch {
		case err == nil:
		case held.Err() == nil && errors.As(err, &ge):
			failures = append(failures, &Fault{doingShare, f.name, f.file.ID, err})
		default:
			return failures, err
		}
	}
	return failures, nil
}

// shareNew gives a function that shares a spreadsheet just made. What Google refuses of it
// is a failure of its own.
func (w *Worker) shareNew(q *queue, r *run) func(context.Context, *unit) (failed, err error) {
	return func(ctx context.Context, u *unit) (failed, err error) {
		var ge *google.Error
		_, u.closed = q.open(ctx, &u.file, u.wanted(&r.cfg.Department, r.at), u.people)
		switch {
		case u.closed == nil:
			return nil, nil
		case !errors.As(u.closed, &ge):
			return nil, u.closed
		}
		return &Fault{doingShare, u.name(), u.file.ID, u.closed}, nil
	}
}

// sharingGoesOn tells whether files wait to be shared and Google may let them now.
func (w *Worker) sharingGoesOn(ctx context.Context) (bool, error) {
	rested, err := w.Ledger.Get(ctx, valPaused)
	if err != nil || rested == nil {
		return false, err
	}
	paused, err := w.sharingPaused(ctx)
	return !paused, err
}

// countStates counts what is seen in the spreadsheets themselves.
func countStates(units []*unit, list []shared, at planfact.AsOf) (States, error) {
	var s States
	for _, u := range units {
		for _, p := range u.people {
			switch {
			case u.err != nil || u.file.Trouble() != "":
				s.Unreadable++
			case p.Employed(at.Today) && u.file.ID != "":
				s.Served++
			}
		}
	}
	for _, f := range list {
		others, err := f.others()
		if err != nil {
			return s, err
		}
		if len(others) > 0 {
			s.ByHand++
		}
	}
	return s, nil
}

// unshared counts the files that wait until Google lets them be shared.
func (w *Worker) unshared(q *queue, files []shared) (int, error) {
	if !q.resting() {
		return 0, nil
	}
	n := 0
	for _, f := range files {
		had, err := sharesOf(*f.file)
		if err != nil {
			return 0, err
		}
		if !sameShares(had.Roles, f.want) {
			n++
		}
	}
	return n, nil
}

// waiting counts, without a call, the files that wait until Google lets them be
// shared.
func (w *Worker) waiting(ctx context.Context, cfg *configuration.Config, units []*unit, at planfact.AsOf) (int, error) {
	rests, err := w.sharingPaused(ctx)
	if err != nil || !rests {
		return 0, err
	}
	known, err := w.Ledger.Files(ctx)
	if err != nil {
		return 0, err
	}
	cfg.File, _ = oneFile(known, files.Control)
	files, err := w.toShare(ctx, cfg, units, at)
	if err != nil {
		return 0, err
	}
	return w.unshared(&queue{Worker: w, rests: true}, files)
}

// look sees who can open the files, so that ops can be told of those who were let
// in by hand: one Drive call for each.
func (w *Worker) look(ctx context.Context, files []shared) (failures []error, err error) {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(w.Parallel)
	var mu sync.Mutex
	done := 0
	for _, f := range files {
		if f.unit != nil && f.unit.shared {
			continue
		}
		g.Go(func() error {
			if err := gctx.Err(); err != nil {
				return err
			}
			there, err := w.Google.Permissions(gctx, f.file.ID)
			mu.Lock()
			defer mu.Unlock()
			done++
			w.Progress("looking", done, len(files))
			var ge *google.Error
			switch {
			case err == nil:
			case gctx.Err() == nil && errors.As(err, &ge):
				failures = append(failures, &Fault{"seeing who can open", f.name, f.file.ID, err})
				return nil
			default:
				return err
			}
			s, err := sharesOf(*f.file)
			if err != nil {
				return err
			}
			s.Others = w.others(there, s.Roles, f.want)
			return w.record(gctx, f.file, s)
		})
	}
	err = g.Wait()
	return failures, err
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
// should be, and records each step. Of a file that an earlier worker shared, what
// stands there for those who should have it, and for the people whose report it
// is, is taken to be that worker's doing: nobody gets a second mail, and who has
// left since loses access.
func (w *Worker) shareFile(ctx context.Context, f *files.File, had *shares, want map[string]string, whose []department.Person) error {
	record := func() error { return w.record(ctx, f, *had) }
	var there []google.Permission
	if f.Shared != "" { // of a file just made nobody else has access
		var err error
		if there, err = w.Google.Permissions(ctx, f.ID); err != nil {
			return err
		}
		if had.Before {
			had.adopt(there, want, whose)
		}
		had.Others = w.others(there, had.Roles, want)
	}
	had.Failed = ""
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

// adopt takes over what an earlier worker shared.
func (s *shares) adopt(there []google.Permission, want map[string]string, whose []department.Person) {
	s.Before = false
	for _, p := range there {
		email := strings.ToLower(p.Email)
		_, wanted := want[email]
		theirs := slices.ContainsFunc(whose, func(x department.Person) bool { return email != "" && strings.EqualFold(x.Email, email) })
		if p.Role != "owner" && !p.Inherited && !p.Deleted && (wanted || theirs) {
			s.Roles[email] = p.Role
		}
	}
}

// others are the permissions that are neither the worker's doing nor wanted, nor
// come with the folder, nor are its own accounts'.
func (w *Worker) others(there []google.Permission, had, want map[string]string) []other {
	var out []other
	for _, p := range there {
		email := strings.ToLower(p.Email)
		_, given := had[email]
		_, wanted := want[email]
		own := slices.ContainsFunc(w.Editors, func(e string) bool { return strings.EqualFold(e, email) })
		if p.Role != "owner" && !p.Inherited && !p.Deleted && !given && !wanted && !own {
			out = append(out, other{cmp.Or(email, p.Domain), p.Role})
		}
	}
	slices.SortFunc(out, func(a, b other) int { return cmp.Or(cmp.Compare(a.Who, b.Who), cmp.Compare(a.Role, b.Role)) })
	return out
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
	return w.Now().Before(until), nil
}
