// Package sharing opens the worker's files to those who work with them, and takes the
// access of those away who no longer do.
//
// Who shall have access is told by pure functions of the department (wanted.go). A Run
// brings the files there, one address at a time: each has its own result, and one that
// Google refuses keeps nobody else out. What was done is on disk at once. Access that
// somebody gave by hand is told to ops and left alone.
//
// It makes no file and reads no spreadsheet.
package sharing

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"svodka/internal/department"
	"svodka/internal/google"
	"svodka/internal/ledger"
)

// Google is what sharing asks of Drive; a *google.Client.
type Google interface {
	Permissions(ctx context.Context, id string) ([]google.Permission, error)
	Share(ctx context.Context, id, email, role string, mail bool) (google.Permission, error)
	Unshare(ctx context.Context, id, permissionID string) error
	Move(ctx context.Context, id, folder string) error
}

// Ledger is where sharing remembers; a *ledger.Ledger.
type Ledger interface {
	Shares(ctx context.Context) (map[string]ledger.Shares, error)
	PutShares(ctx context.Context, file string, s ledger.Shares) error
	Refusals(ctx context.Context) ([]ledger.Refusal, error)
	PutRefusal(ctx context.Context, r ledger.Refusal) error
	DeleteRefusal(ctx context.Context, file, email string) error
	SharingRests(ctx context.Context) (time.Time, error)
	SetSharingRests(ctx context.Context, until time.Time) error
}

// File is a file, and who shall have access to it.
type File struct {
	ID     string
	Kind   string              // as package files names it
	Name   string              // whose it is, in errors
	People []department.Person // who report in it
	Want   Access
	// Folder is the one in which it was made just now; empty: not known.
	Folder string
	// Given is a spreadsheet that ops gave: it is theirs to share. Nobody is let in;
	// whom an earlier program let in loses access with Want.
	Given bool
}

// Sharer shares files.
type Sharer struct {
	Google Google
	Ledger Ledger
	Now    func() time.Time
	Log    *slog.Logger
	// Own are the worker's accounts, which can open everything.
	Own []string
	// Mail has Google tell everybody by mail what is shared with them.
	Mail bool
	// Parallel is how many files are looked at side by side.
	Parallel int
	// Progress is told how far a long step has come.
	Progress func(step string, done, total int)
	// Hold gives a context in which the file at hand is finished, for a while, after
	// its own has ended.
	Hold func(context.Context) (context.Context, context.CancelFunc)
}

// Failure is what went wrong with one file. An address that Google refuses is none: it
// is told to ops.
type Failure struct {
	Doing string // sharing, …
	File  File
	Err   error
}

// Run is the sharing of one cycle. Its methods may be called from several goroutines,
// but for one file from one at a time.
type Run struct {
	Sharer
	invite bool

	mu       sync.Mutex
	shares   map[string]ledger.Shares
	refused  map[address]ledger.Refusal
	proved   map[string]bool        // addresses that something was shared with
	asking   map[string]*sync.Mutex // of addresses that are not
	tried    map[address]bool       // refused in this run
	mailed   map[string]bool        // addresses let in by mail in this run
	touched  map[string]bool
	rests    bool
	revision int
}

// address is an address at a file, or at all of them.
type address struct{ file, email string }

// Begin takes up sharing where the last run left it. invite has addresses that have no
// Google account be invited by mail. No call is made.
func (s Sharer) Begin(ctx context.Context, invite bool) (*Run, error) {
	r := &Run{
		Sharer: s, invite: invite,
		refused: map[address]ledger.Refusal{}, proved: map[string]bool{}, asking: map[string]*sync.Mutex{},
		tried: map[address]bool{}, mailed: map[string]bool{}, touched: map[string]bool{},
	}
	var err error
	if r.shares, err = s.Ledger.Shares(ctx); err != nil {
		return nil, err
	}
	for _, had := range r.shares {
		for email := range had.Roles {
			r.proved[email] = true
		}
	}
	refusals, err := s.Ledger.Refusals(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range refusals {
		r.refused[address{x.File, x.Email}] = x
	}
	until, err := s.Ledger.SharingRests(ctx)
	r.rests = s.Now().Before(until)
	return r, err
}

// Due tells that there is something to share by now that could not be shared before:
// the account has had its rest, or a refused address is to be tried again.
func (s Sharer) Due(ctx context.Context) (bool, error) {
	until, err := s.Ledger.SharingRests(ctx)
	if err != nil {
		return false, err
	}
	if !until.IsZero() && !s.Now().Before(until) {
		return true, nil
	}
	refusals, err := s.Ledger.Refusals(ctx)
	return slices.ContainsFunc(refusals, func(x ledger.Refusal) bool {
		return !x.Again.IsZero() && !s.Now().Before(x.Again)
	}), err
}

// Made takes it down that a file was made just now: nobody else has access to it.
func (s Sharer) Made(ctx context.Context, id string) error {
	return s.Ledger.PutShares(ctx, id, ledger.Shares{Known: true})
}

// Resting tells that Google lets the account share no more for now.
func (r *Run) Resting() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rests
}

// Revision moves when what ops are to be told moves.
func (r *Run) Revision() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.revision
}

// Touched tells whether this run has changed a file: the change feed shows it then.
func (r *Run) Touched(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.touched[id]
}

func (r *Run) touch(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.touched[id] = true
}

// of is with whom a file is shared. The answer is the caller's to change.
func (r *Run) of(id string) ledger.Shares {
	r.mu.Lock()
	defer r.mu.Unlock()
	had := r.shares[id]
	had.Roles = maps.Clone(had.Roles)
	if had.Roles == nil {
		had.Roles = map[string]string{}
	}
	return had
}

// record keeps with whom a file is shared.
func (r *Run) record(ctx context.Context, id string, s ledger.Shares) error {
	s.Known = true
	if err := r.Ledger.PutShares(ctx, id, s); err != nil {
		return err
	}
	s.Roles = maps.Clone(s.Roles)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shares[id] = s
	return nil
}

// OpenNew shares a file that was made just now.
func (r *Run) OpenNew(ctx context.Context, f File) error {
	if err := r.record(ctx, f.ID, ledger.Shares{Folder: f.Folder}); err != nil {
		return err
	}
	return r.give(ctx, f)
}

// Open shares the files with those who shall have them, one after the other, since
// Google likes no haste in this. Access that has ended is taken away first, from all
// of them, also while the account may not share. What went wrong with single files is
// returned apart; the error is for what stopped it.
func (r *Run) Open(ctx context.Context, files []File) ([]*Failure, error) {
	held, cancel := r.Hold(ctx)
	defer cancel()
	var failures []*Failure
	for _, step := range []func(context.Context, File) error{r.take, r.give} {
		for i, f := range files {
			if err := ctx.Err(); err != nil {
				return failures, err
			}
			before := r.Touched(f.ID)
			err := step(held, f)
			if !before && r.Touched(f.ID) {
				r.Progress("sharing", i+1, len(files))
			}
			var ge *google.Error
			switch {
			case err == nil:
			case held.Err() == nil && errors.As(err, &ge):
				failures = append(failures, &Failure{"sharing", f, err})
			default:
				return failures, err
			}
		}
	}
	return failures, r.prune(held, files)
}

// missing are the addresses that shall have access to a file and have not, or have
// less of it.
func (f File) missing(had ledger.Shares) []string {
	if f.Given {
		return nil
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(f.Want)), func(email string) bool {
		return had.Roles[email] == f.Want[email]
	})
}

// ended are the addresses that the worker gave access and that shall have it no more.
func (f File) ended(had ledger.Shares) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(had.Roles)), func(email string) bool {
		_, stays := f.Want[email]
		return stays
	})
}

// take takes access away that has ended. Of a file that an earlier worker shared, what
// stands there for those who should have it, and for the people whose report it is, is
// taken to be that worker's doing: nobody gets a second mail, and who has left since
// loses access.
func (r *Run) take(ctx context.Context, f File) error {
	had := r.of(f.ID)
	if had.Known && len(f.ended(had)) == 0 || f.Given && !had.Known {
		return nil
	}
	there, err := r.Google.Permissions(ctx, f.ID)
	if err != nil {
		return err
	}
	if !had.Known {
		adopt(&had, there, f)
	}
	had.External = r.external(there, had, f.Want)
	if err := r.record(ctx, f.ID, had); err != nil {
		return err
	}
	var failed []error
	for _, email := range f.ended(had) {
		if err := r.unshare(ctx, f, there, email); err != nil {
			failed = append(failed, err)
			if !isGoogles(ctx, err) {
				break
			}
			continue
		}
		delete(had.Roles, email)
		if err := r.record(ctx, f.ID, had); err != nil {
			return err
		}
	}
	return errors.Join(failed...)
}

// unshare takes away what an address has of its own at a file.
func (r *Run) unshare(ctx context.Context, f File, there []google.Permission, email string) error {
	for _, p := range there {
		if strings.EqualFold(p.Email, email) && p.Role != "owner" && !r.inherited(p, r.of(f.ID)) {
			r.touch(f.ID)
			if err := r.Google.Unshare(ctx, f.ID, p.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// give lets those in who shall have access, each address by itself.
func (r *Run) give(ctx context.Context, f File) error {
	had := r.of(f.ID)
	if !had.Known { // it could not be looked at
		return nil
	}
	var failed []error
	for _, email := range f.missing(had) {
		done, err := r.share(ctx, f, email)
		switch {
		case err == nil && done:
			had.Roles[email] = f.Want[email]
			if err := r.record(ctx, f.ID, had); err != nil {
				return err
			}
		case err == nil:
		case isGoogles(ctx, err):
			failed = append(failed, err)
		default:
			return err
		}
	}
	return errors.Join(failed...)
}

// share lets one address in. An address that is refused is no error, and not done.
func (r *Run) share(ctx context.Context, f File, email string) (done bool, err error) {
	defer r.alone(email)()
	if r.Resting() || r.waits(f, email) {
		return false, nil
	}
	mail := r.Mail || r.invite && (r.invited(email) || r.known(f, email).Reason == NoAccount)
	r.touch(f.ID)
	_, err = r.Google.Share(ctx, f.ID, email, f.Want[email], mail)
	if reason, ok := refusal(err); ok && reason == NoAccount && r.invite && !mail {
		mail = true
		_, err = r.Google.Share(ctx, f.ID, email, f.Want[email], mail)
	}
	if errors.Is(err, google.ErrSharingLimit) {
		return false, r.rest(ctx, google.RetryIn(err))
	}
	if reason, ok := refusal(err); ok && ctx.Err() == nil {
		return false, r.refuse(ctx, f, email, reason, mail)
	}
	if err == nil {
		err = r.accept(ctx, f, email, mail)
	}
	return err == nil, err
}

// alone lets one file at a time try an address that is not known to work, so that a
// wrong one costs one try and not one for each file. It gives what ends that.
func (r *Run) alone(email string) (end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.proved[email] {
		return func() {}
	}
	m := r.asking[email]
	if m == nil {
		m = new(sync.Mutex)
		r.asking[email] = m
	}
	r.mu.Unlock()
	m.Lock()
	r.mu.Lock()
	return m.Unlock
}

// invited tells that an address was let in by mail in this run: the next file needs one
// as well.
func (r *Run) invited(email string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mailed[email]
}

// known is the refusal that an address met; the zero one if none.
func (r *Run) known(f File, email string) ledger.Refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	if x, ok := r.refused[address{"", email}]; ok {
		return x
	}
	return r.refused[address{f.ID, email}]
}

// waits tells that an address was refused, and is not to be tried again yet.
func (r *Run) waits(f File, email string) bool {
	x := r.known(f, email)
	if x.Email == "" {
		return false
	}
	byMail := r.invite && x.Reason == NoAccount && !x.Mailed
	return !byMail && (x.Again.IsZero() || r.Now().Before(x.Again))
}

// pauses are the times that a refused address is left alone; after them it is told
// only.
var pauses = []time.Duration{24 * time.Hour, 7 * 24 * time.Hour}

// refuse keeps that Google refuses an address.
func (r *Run) refuse(ctx context.Context, f File, email, reason string, mailed bool) error {
	at := address{f.ID, email}
	if ofAddress(reason) {
		at.file = ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tried[at] {
		return nil
	}
	x := ledger.Refusal{File: at.file, Email: email, Reason: reason, Tries: r.refused[at].Tries + 1, Mailed: mailed}
	if x.Tries <= len(pauses) {
		x.Again = r.Now().Add(pauses[x.Tries-1])
	}
	r.tried[at], r.refused[at] = true, x
	r.revision++
	r.Log.Warn("Google does not let a file be shared with an address; ops are told", "reason", reason, "file", f.ID,
		"tries", x.Tries)
	return r.Ledger.PutRefusal(ctx, x)
}

// accept keeps that an address works.
func (r *Run) accept(ctx context.Context, f File, email string, mailed bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.proved[email] = true
	r.mailed[email] = mailed
	return r.forget(ctx, address{"", email}, address{f.ID, email})
}

func (r *Run) forget(ctx context.Context, at ...address) error {
	for _, a := range at {
		if _, ok := r.refused[a]; !ok {
			continue
		}
		if err := r.Ledger.DeleteRefusal(ctx, a.file, a.email); err != nil {
			return err
		}
		delete(r.refused, a)
		r.revision++
	}
	return nil
}

// prune forgets refusals of addresses that are wanted no more, or have access by now.
func (r *Run) prune(ctx context.Context, files []File) error {
	wanted := map[address]bool{}
	for _, f := range files {
		for _, email := range f.missing(r.of(f.ID)) {
			wanted[address{f.ID, email}], wanted[address{"", email}] = true, true
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, at := range slices.Collect(maps.Keys(r.refused)) {
		if !wanted[at] {
			if err := r.forget(ctx, at); err != nil {
				return err
			}
		}
	}
	if r.rests {
		return nil
	}
	return r.Ledger.SetSharingRests(ctx, time.Time{})
}

// rest leaves all sharing alone for a time, as Google wants it. Nobody's own sharing
// is undone.
func (r *Run) rest(ctx context.Context, pause time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rests {
		return nil // another file met the limit before
	}
	r.rests = true
	r.revision++
	r.Log.Warn("Google lets this account share no more for now; the rest is shared later", "pause", pause)
	return r.Ledger.SetSharingRests(ctx, r.Now().Add(pause))
}

// UnsharedCount counts the files that wait until Google lets the account share more.
func (r *Run) UnsharedCount(files []File) int {
	if !r.Resting() {
		return 0
	}
	n := 0
	for _, f := range files {
		if slices.ContainsFunc(f.missing(r.of(f.ID)), func(email string) bool { return !r.waits(f, email) }) {
			n++
		}
	}
	return n
}

// CheckAccess sees who can open the files: one call for each. Whom ops let in by hand
// though Google had refused the worker is let in.
func (r *Run) CheckAccess(ctx context.Context, files []File) ([]*Failure, error) {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(r.Parallel)
	var mu sync.Mutex
	var failures []*Failure
	done := 0
	for _, f := range files {
		if f.Given {
			continue
		}
		g.Go(func() error {
			if err := gctx.Err(); err != nil {
				return err
			}
			there, err := r.Google.Permissions(gctx, f.ID)
			mu.Lock()
			defer mu.Unlock()
			done++
			r.Progress("looking", done, len(files))
			if err == nil {
				return r.seen(gctx, f, there)
			}
			if !isGoogles(gctx, err) {
				return err
			}
			failures = append(failures, &Failure{"seeing who can open", f, err})
			return nil
		})
	}
	return failures, g.Wait()
}

// seen keeps who can open a file.
func (r *Run) seen(ctx context.Context, f File, there []google.Permission) error {
	had := r.of(f.ID)
	if !had.Known {
		adopt(&had, there, f)
	}
	for _, email := range f.missing(had) {
		if slices.ContainsFunc(there, func(p google.Permission) bool { return p.Covers(email, f.Want[email]) }) {
			had.Roles[email] = f.Want[email]
		}
	}
	had.External = r.external(there, had, f.Want)
	return r.record(ctx, f.ID, had)
}

// adopt takes over what an earlier worker shared.
func adopt(had *ledger.Shares, there []google.Permission, f File) {
	had.Known = true
	for _, p := range there {
		email := strings.ToLower(p.Email)
		_, wanted := f.Want[email]
		theirs := slices.ContainsFunc(f.People, func(x department.Person) bool {
			return email != "" && strings.EqualFold(x.Email, email)
		})
		if p.Role != "owner" && !p.Inherited && !p.Deleted && (wanted || theirs) {
			had.Roles[email] = p.Role
		}
	}
}

// external are the permissions that are neither the worker's doing nor wanted, nor
// come with the folder, nor are its own accounts'.
func (r *Run) external(there []google.Permission, had ledger.Shares, want Access) []ledger.ExternalAccess {
	var out []ledger.ExternalAccess
	for _, p := range there {
		email := strings.ToLower(p.Email)
		_, ours := had.Roles[email]
		_, wanted := want[email]
		own := slices.ContainsFunc(r.Own, func(e string) bool { return strings.EqualFold(e, email) })
		if p.Role != "owner" && !r.inherited(p, had) && !p.Deleted && !ours && !wanted && !own {
			out = append(out, ledger.ExternalAccess{Who: cmp.Or(email, p.Domain), Role: p.Role})
		}
	}
	slices.SortFunc(out, func(a, b ledger.ExternalAccess) int {
		return cmp.Or(cmp.Compare(a.Who, b.Who), cmp.Compare(a.Role, b.Role))
	})
	return out
}

// inherited tells that a permission comes with the folder in which a file lies. Outside
// of shared drives Google need not say so: those whom the worker let into its folder are
// known.
func (r *Run) inherited(p google.Permission, had ledger.Shares) bool {
	if p.Inherited || had.Folder == "" {
		return p.Inherited
	}
	return p.Role == Reader && r.of(had.Folder).Roles[strings.ToLower(p.Email)] == Reader
}

// isGoogles tells that an error is Google's about one thing, so that the next can be
// tried.
func isGoogles(ctx context.Context, err error) bool {
	var ge *google.Error
	return ctx.Err() == nil && errors.As(err, &ge)
}
