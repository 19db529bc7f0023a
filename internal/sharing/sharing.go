// Package sharing gives access to the worker's files to the people who work with them,
// and removes it from those who no longer do.
//
// Pure functions of the department say who should have access (wanted.go). A Run carries
// that out, one address at a time: each has its own result, so one that Google refuses
// stops nobody else. It stores each change at once. It reports to ops the access that
// somebody gave by hand and leaves it alone.
//
// The package makes no file and reads no spreadsheet.
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

// Google is the part of Drive that sharing uses; *google.Client implements it.
type Google interface {
	Permissions(ctx context.Context, id string) ([]google.Permission, error)
	Share(ctx context.Context, id, email, role string, mail bool) (google.Permission, error)
	Unshare(ctx context.Context, id, permissionID string) error
	Move(ctx context.Context, id, folder string) error
}

// Ledger is the part of the ledger that sharing uses; *ledger.Ledger implements it.
type Ledger interface {
	Shares(ctx context.Context) (map[string]ledger.Shares, error)
	PutShares(ctx context.Context, file string, s ledger.Shares) error
	Refusals(ctx context.Context) ([]ledger.Refusal, error)
	PutRefusal(ctx context.Context, r ledger.Refusal) error
	DeleteRefusal(ctx context.Context, file, email string) error
	SharingRests(ctx context.Context) (time.Time, error)
	SetSharingRests(ctx context.Context, until time.Time) error
}

// File is a file and who should have access to it.
type File struct {
	ID     string
	Kind   string              // as package files names it
	Name   string              // whose it is, in errors
	People []department.Person // who report in it
	Want   Access
	Team   string // id of the team of which it is the folder or the summary
	// Folder is the folder in which a new file was made; empty: unknown.
	Folder string
	// Home is the folder in which the file should lie; empty: anywhere.
	Home string
	// ByHome means that those in Want can open the file by its Home once it lies there:
	// it is shared with them only elsewhere.
	ByHome bool
	// Given marks a spreadsheet that ops gave: they share it themselves. The worker lets
	// nobody in; access that an earlier version gave ends when Want loses it.
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
	// Mail makes Google tell people by mail what is shared with them.
	Mail bool
	// Parallel is how many files are looked at concurrently.
	Parallel int
	// Progress is called with the progress of a long step.
	Progress func(step string, done, total int)
	// Hold returns a context that outlives its parent for a while, in which to finish the
	// current file.
	Hold func(context.Context) (context.Context, context.CancelFunc)
}

// Failure is an error with one file. An address that Google refuses is not a Failure: ops
// learn of it from Problems.
type Failure struct {
	Doing string // sharing, …
	File  File
	Err   error
}

// Run is the sharing of one cycle. It is safe for concurrent use, but not by two
// goroutines for one file.
type Run struct {
	Sharer
	invite bool

	mu       sync.Mutex
	shares   map[string]ledger.Shares
	refused  map[address]ledger.Refusal
	proved   map[string]bool        // addresses that something was shared with
	asking   map[string]*sync.Mutex // held while trying an address that is not proved
	tried    map[address]bool       // refused in this run
	mailed   map[string]bool        // addresses let in by mail in this run
	touched  map[string]bool
	rests    bool
	revision int
}

// address is an e-mail address at one file or, with an empty file, at all of them.
type address struct{ file, email string }

// Begin starts from where the last run stopped. With invite, addresses without a Google
// account are invited by mail. It makes no call.
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

// Due reports whether something can be shared now that could not be before: the account's
// pause is over, or a refused address is due for another try.
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

// Made records that a file was made just now: nobody else has access to it.
func (s Sharer) Made(ctx context.Context, id string) error {
	return s.Ledger.PutShares(ctx, id, ledger.Shares{Known: true})
}

// Resting reports whether Google has paused sharing for this account.
func (r *Run) Resting() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rests
}

// Revision returns a number that changes whenever the problems to report change.
func (r *Run) Revision() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.revision
}

// Touched reports whether this run has changed a file, so that the change feed will list
// it.
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

// of returns with whom a file is shared, as a copy that the caller may change.
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

// record stores with whom a file is shared.
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

// Open shares the files with those who should have access, one after the other, because
// Google dislikes haste here. It first removes ended access from all of them, even while
// the account may not share. It returns failures with single files apart from the error,
// which is what stopped it.
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

// missing returns the addresses that do not have the access to a file that they should.
func (f File) missing(had ledger.Shares) []string {
	if f.Given || f.opened(had) {
		return nil
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(f.Want)), func(email string) bool {
		return had.Roles[email] == f.Want[email]
	})
}

// ended returns the addresses that the worker gave access and that should no longer have
// it.
func (f File) ended(had ledger.Shares) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(had.Roles)), func(email string) bool {
		_, stays := f.Want[email]
		return stays && !f.opened(had)
	})
}

// opened reports whether those in Want can open the file by the folder it lies in, or
// will as soon as it is clear where it lies.
func (f File) opened(had ledger.Shares) bool {
	return f.ByHome && f.Home != "" && (had.Folder == f.Home || had.Folder == "")
}

// take removes access that has ended. If an earlier worker shared the file, the access of
// those who should have it, and of the people whose report it is, counts as that worker's
// doing: nobody gets a second mail, and people who have left since lose access.
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

// unshare removes an address's own permissions on a file.
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

// give lets in those who should have access, each address by itself.
func (r *Run) give(ctx context.Context, f File) error {
	had := r.of(f.ID)
	if !had.Known { // its permissions could not be read
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

// share lets one address in. If the address is refused, err is nil and done is false.
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

// alone lets one file at a time try an address that is not known to work, so that a wrong
// one costs one try and not one for each file. The caller must call end afterwards.
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

// invited reports whether this run let an address in by mail: the next file needs a mail
// as well.
func (r *Run) invited(email string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mailed[email]
}

// known returns the refusal that an address met, or the zero one.
func (r *Run) known(f File, email string) ledger.Refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	if x, ok := r.refused[address{"", email}]; ok {
		return x
	}
	return r.refused[address{f.ID, email}]
}

// waits reports whether an address was refused and must not be tried again yet.
func (r *Run) waits(f File, email string) bool {
	x := r.known(f, email)
	if x.Email == "" {
		return false
	}
	byMail := r.invite && x.Reason == NoAccount && !x.Mailed
	return !byMail && (x.Again.IsZero() || r.Now().Before(x.Again))
}

// pauses are how long a refused address is left alone after each try. After the last, the
// worker only reports it.
var pauses = []time.Duration{24 * time.Hour, 7 * 24 * time.Hour}

// refuse stores that Google refuses an address.
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

// accept stores that an address works.
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

// prune forgets refusals of addresses that are no longer wanted or have access now.
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
	if until, err := r.Ledger.SharingRests(ctx); err != nil || until.IsZero() {
		return err
	}
	return r.Ledger.SetSharingRests(ctx, time.Time{})
}

// rest stops all sharing for as long as Google wants. Existing access stays.
func (r *Run) rest(ctx context.Context, pause time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rests {
		return nil // another file met the limit first
	}
	r.rests = true
	r.revision++
	r.Log.Warn("Google lets this account share no more for now; the rest is shared later", "pause", pause)
	return r.Ledger.SetSharingRests(ctx, r.Now().Add(pause))
}

// UnsharedCount counts the files that wait until Google lets the account share again.
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

// CheckAccess reads who can open the files, with one call for each. If ops let in by hand
// an address that Google had refused, it counts as let in.
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

// seen stores who can open a file.
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
	if f.ByHome { // Google need not say which of these come with the folder
		return
	}
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

// external returns the permissions that the worker neither gave nor wants, that do not
// come with the folder, and that are not of its own accounts.
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

// inherited reports whether a permission comes with the file's folder, or with one above
// that. Outside of shared drives Google need not say so; there the worker knows whom it
// let into its folders.
func (r *Run) inherited(p google.Permission, had ledger.Shares) bool {
	if p.Inherited || p.Role != Reader {
		return p.Inherited
	}
	for depth := 0; had.Folder != "" && depth < mostNested; depth++ {
		had = r.of(had.Folder)
		if had.Roles[strings.ToLower(p.Email)] == Reader {
			return true
		}
	}
	return false
}

// mostNested is how deep Google lets folders lie in each other.
const mostNested = 100

// CanOpen reports whether the worker has given an address access to a file, or to a
// folder in which it lies.
func (r *Run) CanOpen(id, email string) bool {
	for depth := 0; id != "" && depth <= mostNested; depth++ {
		had := r.of(id)
		if had.Roles[strings.ToLower(email)] != "" {
			return true
		}
		id = had.Folder
	}
	return false
}

// Folder returns the folder in which a file lies; empty: not known.
func (r *Run) Folder(id string) string { return r.of(id).Folder }

// isGoogles reports whether an error is Google's and concerns one thing, so that the next
// can be tried.
func isGoogles(ctx context.Context, err error) bool {
	var ge *google.Error
	return ctx.Err() == nil && errors.As(err, &ge)
}
