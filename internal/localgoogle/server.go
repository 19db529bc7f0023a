package localgoogle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/api/drive/v3"

	"svodka/internal/localgoogle/page"
	"svodka/internal/localgoogle/wire"
)

// DefaultOwner is the account that acts when a caller does not say who it is.
const DefaultOwner = "svodka@localhost"

// DefaultCacheCells is how many cells of spreadsheets are kept in memory. A plain
// cell takes about 60 bytes, one with a calculated formula about ten times that:
// with thirty people's reports of ten months in turn, the process of a worker
// stays well under 300 MB.
const DefaultCacheCells = 200_000

// Options are the settings of a Server. The zero value is an empty local Google in
// memory, without quotas.
type Options struct {
	Dir        string           // where the data lives; in memory if empty
	Now        func() time.Time // the clock; time.Now if nil
	Logger     *slog.Logger     // discards if nil
	Owner      string           // e-mail of the account without a name; DefaultOwner if empty
	Quotas     *Quotas          // nil is no limits, &Quotas{} is Google's
	CacheCells int64            // DefaultCacheCells if 0
	JournalLen int              // DefaultJournalLen if 0
}

// Server is a local Google. It is an http.Handler; close it when done.
type Server struct {
	o       Options
	log     *slog.Logger
	now     func() time.Time
	store   *store
	lock    *os.File
	journal *Journal
	faults  *Faults
	docs    documents
	buckets quotaBuckets
	page    *page.Handler
	uploads uploads

	// writing serialises commits: what is read under it is the newest state.
	writing  sync.Mutex
	nextNum  int64        // guarded by writing
	lastTime atomic.Int64 // of the last change, Unix milliseconds; set while writing is held

	mu    sync.RWMutex // guards what follows, briefly
	files map[string]*file
	seq   int64           // of the last change
	told  int64           // of the last change that the feed tells of
	late  map[string]bool // files with edits of which Drive does not tell yet
}

// Open opens the data in o.Dir, or makes it. One process may have a directory open:
// the next one gets ErrLocked.
func Open(ctx context.Context, o Options) (*Server, error) {
	s := &Server{o: o, log: o.Logger, now: o.Now, files: map[string]*file{}, late: map[string]bool{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.o.Owner = strings.ToLower(cmp.Or(o.Owner, DefaultOwner))
	s.journal = newJournal(cmp.Or(o.JournalLen, DefaultJournalLen))
	s.faults = &Faults{}
	s.docs.init(cmp.Or(o.CacheCells, DefaultCacheCells))
	s.page = page.New(pageSource{s})
	if o.Dir != "" {
		if err := os.MkdirAll(o.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the data directory: %w", err)
		}
		lock, err := lockFile(filepath.Join(o.Dir, "localgoogle.lock"))
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", o.Dir, err)
		}
		s.lock = lock
	}
	if err := s.load(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) load(ctx context.Context) error {
	st, err := openStore(ctx, s.o.Dir)
	if err != nil {
		return err
	}
	s.store = st
	files, err := st.loadFiles(ctx)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Told == 0 { // stored before edits could be late
			f.Told = f.Seq
		}
		s.files[f.ID] = f
		s.noteLate(f)
		s.nextNum = max(s.nextNum, f.num)
		s.seq, s.told = max(s.seq, f.Seq), max(s.told, f.Told)
		s.lastTime.Store(max(s.lastTime.Load(), f.Changed.UnixMilli(), f.Modified.UnixMilli()))
	}
	return nil
}

// Close releases the data. Calls that are under way fail.
func (s *Server) Close() error {
	var errs []error
	if s.store != nil {
		errs = append(errs, s.store.close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// EndStreams ends the page's streams of events. To be called when the HTTP server
// shuts down, which else would wait for the browsers.
func (s *Server) EndStreams() { s.page.Close() }

// Journal is the record of the API calls that were made.
func (s *Server) Journal() *Journal { return s.journal }

// Faults is where a test says how the server shall misbehave.
func (s *Server) Faults() *Faults { return s.faults }

// Owner is the e-mail of the account that acts for callers without a name.
func (s *Server) Owner() string { return s.o.Owner }

// tick is the time of a change: from the clock, in milliseconds, after all before it.
// The caller holds s.writing.
func (s *Server) tick() time.Time {
	at := max(s.now().UnixMilli(), s.lastTime.Load()+1)
	s.lastTime.Store(at)
	return time.UnixMilli(at).UTC()
}

// newestChange is a header that Google has not: the moment of the newest change, in
// milliseconds. A Date tells seconds, too few to know one's own change from one that
// somebody makes right after it with the same account, as scripts do.
const newestChange = "X-Newest-Change"

// Sizes of bodies. Google recommends 2 MB for a call of Sheets; where it begins to refuse
// is not documented, and 10 MB were taken. An upload into a spreadsheet may have 100 MB.
const (
	maxBody   = 32 << 20
	maxUpload = 100 << 20
)

// answer is what a handler gives back.
type answer struct {
	status  int // 200 if zero
	body    any // JSON, under the call's mask
	raw     []byte
	mime    string // of raw
	header  http.Header
	noMask  bool
	failure *wire.Error
}

// call is one API call under way.
type call struct {
	*route
	s      *Server
	r      *http.Request
	query  queryValues
	user   string
	body   []byte
	mask   *wire.Mask
	pretty bool
	items  int // requests in a batch, for the journal
}

func (c *call) ctx() context.Context { return c.r.Context() }

// ServeHTTP answers the APIs' paths: /v4/…, /drive/v3/… and /upload/drive/v2/…, and
// those of the page.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Context().Value(http.ServerContextKey) != nil { // net/http would tell the machine's time
		w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	}
	if reason := refusal(r); reason != "" {
		http.Error(w, reason, http.StatusForbidden)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/_internal/") {
		s.control(w, r)
		return
	}
	if s.download(w, r) {
		return
	}
	if page.Serves(r.URL.Path) {
		s.page.ServeHTTP(w, r)
		return
	}
	r, err := overridden(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	rt, status := findRoute(r.Method, r.URL.EscapedPath())
	if rt == nil {
		s.unrouted(w, r, status)
		return
	}
	c := &call{route: rt, s: s, r: r, query: parseQuery(r.URL.RawQuery), user: s.caller(r)}
	c.pretty = c.query.boolean("prettyPrint", true) && c.query.get("pp") != "0"
	started := s.now()

	fault := s.faults.next(rt.method, rt.file)
	a := s.perform(c, fault)
	status = a.status
	if a.failure != nil {
		status = a.failure.Code
	}
	s.journal.add(Call{Time: started, User: c.user, Method: rt.method, FileID: rt.file, Status: status,
		Requests: c.items, Fault: fault.String()})
	// who called is in the journal: no addresses in logs
	s.log.DebugContext(c.ctx(), "api call", "method", rt.method, "file", rt.file, "status", status)
	if fault.cuts() {
		panic(http.ErrAbortHandler)
	}
	s.write(w, c, a)
}

// perform runs the call between the faults before and after it.
func (s *Server) perform(c *call, fault *Fault) *answer {
	if err := c.readBody(); err != nil {
		return &answer{failure: wire.AsError(err)}
	}
	if !fault.wait(c.ctx(), false) {
		return &answer{status: 499}
	}
	if e := fault.before(c); e != nil {
		return &answer{failure: e}
	}
	if e := s.charge(c); e != nil {
		return &answer{failure: e}
	}
	a := s.handle(c)
	if !fault.wait(c.ctx(), true) {
		return &answer{status: 499}
	}
	if e := fault.after(c); e != nil {
		return &answer{failure: e}
	}
	return a
}

func (s *Server) handle(c *call) (out *answer) {
	// A fault of ours in one call must not take the others down. What it held is
	// given back on the way here, and what it changed is dropped.
	defer func() {
		if p := recover(); p != nil {
			s.log.ErrorContext(c.ctx(), "api call crashed", "method", c.method, "file", c.file, "panic", p, "stack",
				string(debug.Stack()))
			out = &answer{failure: wire.AsError(fmt.Errorf("crash: %v", p))}
		}
	}()
	a, err := s.run(c)
	if err == nil {
		if a.status == 0 {
			a.status = http.StatusOK
		}
		return a
	}
	if _, meant := errors.AsType[*wire.Error](err); !meant {
		s.log.ErrorContext(c.ctx(), "api call failed", "method", c.method, "file", c.file, "error", err)
	}
	return &answer{failure: wire.AsError(err)}
}

// readBody reads what the call brought along, up to the size that Google takes. What is
// announced to be larger is refused unread.
func (c *call) readBody() error {
	most := int64(maxBody)
	if c.upload {
		most = maxUpload
	}
	tooLarge := &wire.Error{Code: http.StatusRequestEntityTooLarge, Status: "INVALID_ARGUMENT",
		Reason: "uploadTooLarge", Message: "Request payload size exceeds the limit: " + itoa(most) + " bytes."}
	if c.r.ContentLength > most {
		return tooLarge
	}
	body, err := io.ReadAll(io.LimitReader(c.r.Body, most+1))
	if err != nil {
		return wire.BadRequest("The request body could not be read.")
	}
	if int64(len(body)) > most {
		return tooLarge
	}
	c.body = body
	return nil
}

// invited is the address that the call shares a file with, or "".
func (c *call) invited() string {
	var p drive.Permission
	if c.method != "drive.permissions.create" || wire.Decode(c.body, &p, "") != nil {
		return ""
	}
	return strings.ToLower(p.EmailAddress)
}

func (s *Server) run(c *call) (*answer, error) {
	if err := c.readMask(); err != nil {
		return nil, err
	}
	if c.drive {
		if err := s.tellLate(c.ctx()); err != nil {
			return nil, err
		}
	}
	return c.handler(c)
}

func (s *Server) write(w http.ResponseWriter, c *call, a *answer) {
	h := w.Header()
	for k, v := range a.header {
		h[k] = v
	}
	h.Set(newestChange, time.UnixMilli(s.lastTime.Load()).UTC().Format(time.RFC3339Nano))
	h.Set("Cache-Control", "private")
	h.Set("X-Content-Type-Options", "nosniff")
	status, body := a.status, a.raw
	switch {
	case a.failure != nil:
		status = a.failure.Code
		body = wire.Encode(a.failure.Body(c.drive), nil, c.pretty)
		h.Set("Content-Type", "application/json; charset=UTF-8")
		if status == http.StatusUnauthorized {
			h.Set("WWW-Authenticate", `Bearer realm="https://accounts.google.com/", error="invalid_token"`)
		}
	case a.body != nil:
		m := c.mask
		if a.noMask {
			m = nil
		}
		body = wire.Encode(a.body, m, c.pretty)
		h.Set("Content-Type", "application/json; charset=UTF-8")
	case a.mime != "":
		h.Set("Content-Type", a.mime)
	default:
		h.Set("Content-Type", "text/html")
	}
	if status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	if len(body) > 0 {
		if _, err := w.Write(body); err != nil {
			s.log.DebugContext(c.ctx(), "answer not delivered", "method", c.method, "error", err)
		}
	}
}

// caller is who calls: a bearer token that is an e-mail is that person, everything
// else is the owner.
func (s *Server) caller(r *http.Request) string {
	token := ""
	if scheme, rest, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "bearer") {
		token = strings.TrimSpace(rest)
	}
	if strings.Contains(token, "@") {
		return strings.ToLower(token)
	}
	return s.o.Owner
}
