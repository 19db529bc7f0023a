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
	"syscall"
	"time"

	"google.golang.org/api/drive/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"svodka/internal/localgoogle/page"
	"svodka/internal/localgoogle/wire"
)

// DefaultOwner is the account of a caller that does not say who it is.
const DefaultOwner = "svodka@localhost"

// DefaultCacheCells is how many cells of spreadsheets are kept in memory. A plain cell
// takes about 60 bytes, one with a calculated formula about ten times that: with thirty
// people's reports of ten months in turn, the process of a worker stays well under 300
// MB.
const DefaultCacheCells = 200_000

// Options are the settings of a Server. The zero value gives an empty local Google in
// memory without quotas.
type Options struct {
	Dir        string           // folder of the data; empty: in memory
	Now        func() time.Time // the clock; nil: time.Now
	Logger     *slog.Logger     // nil: nothing is logged
	Owner      string           // e-mail of callers without a name; empty: DefaultOwner
	Quotas     *Quotas          // nil: no limits; &Quotas{}: Google's
	CacheCells int64            // 0: DefaultCacheCells
	JournalLen int              // 0: DefaultJournalLen
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

	// writing serialises commits: whoever holds it reads the newest state.
	writing  sync.Mutex
	nextNum  int64        // guarded by writing
	lastTime atomic.Int64 // of the last change, Unix milliseconds; set while writing is held

	mu    sync.RWMutex // guards the fields below, briefly
	files map[string]*file
	seq   int64           // of the last change
	told  int64           // of the last change in the feed
	late  map[string]bool // files with edits that Drive does not report yet
}

// Open opens the data in o.Dir, or makes it. Only one process may have a directory open:
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

// Close releases the data. Calls in progress fail.
func (s *Server) Close() error {
	var errs []error
	s.page.Close() // it may be opening a spreadsheet
	if s.store != nil {
		errs = append(errs, s.store.close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// EndStreams ends the page's event streams. Call it when the HTTP server shuts down,
// which would otherwise wait for the browsers.
func (s *Server) EndStreams() { s.page.Close() }

// Journal returns the record of the API calls.
func (s *Server) Journal() *Journal { return s.journal }

// Faults returns the faults that a test can plan.
func (s *Server) Faults() *Faults { return s.faults }

// Owner returns the e-mail of the account of callers without a name.
func (s *Server) Owner() string { return s.o.Owner }

// tick returns the time of a change: from the clock, in milliseconds, later than all
// before. The caller holds s.writing.
func (s *Server) tick() time.Time {
	at := max(s.now().UnixMilli(), s.lastTime.Load()+1)
	s.lastTime.Store(at)
	return time.UnixMilli(at).UTC()
}

// newestChange is a header that Google does not have: the moment of the newest change, in
// milliseconds. The seconds of a Date are too coarse to tell one's own change from one
// that the same account makes right after it, as scripts do.
const newestChange = "X-Newest-Change"

// Largest bodies, in bytes. Google recommends 2 MB for a call of Sheets; it does not say
// where it begins to refuse, and it took 10 MB. An upload into a spreadsheet may have 100
// MB.
const (
	maxBody   = 32 << 20
	maxUpload = 100 << 20
)

// answer is a handler's result.
type answer struct {
	status  int // 0: 200
	body    any // JSON, under the call's mask
	raw     []byte
	mime    string // of raw
	header  http.Header
	noMask  bool
	failure *wire.Error
}

// call is one API call in progress.
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
	if r.Context().Value(http.ServerContextKey) != nil { // net/http would send the machine's time
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
	s.journal.add(Call{Time: started, User: c.user, Agent: r.UserAgent(), Method: rt.method, FileID: rt.file,
		Status:   status,
		Requests: c.items, Fault: fault.String()})
	// the journal says who called: no addresses in logs
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
	// A bug in one call must not end the others. Deferred calls release what it held, and
	// its changes are dropped.
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
	if diskFull(err) { // nothing was stored; again would end the same way
		return &answer{failure: &wire.Error{Code: http.StatusInsufficientStorage, Status: "INTERNAL",
			Reason: "insufficientStorage", Message: "The local Google cannot store this: its disk is full."}}
	}
	return &answer{failure: wire.AsError(err)}
}

// diskFull reports whether the store had no room for what was to be written.
func diskFull(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == sqlite3.SQLITE_FULL || errors.Is(err, syscall.ENOSPC)
}

// readBody reads the body of the call, up to the size that Google accepts. It refuses an
// announced larger one unread.
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

// invited returns the address with which the call shares a file, or "".
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

// answers are buffers in which answers are written: to let one grow to its megabytes anew
// takes longer than to write it.
var answers = sync.Pool{New: func() any { return new([]byte) }}

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
		space := answers.Get().(*[]byte)
		body = wire.Append((*space)[:0], a.body, m, c.pretty)
		*space = body
		defer answers.Put(space)
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

// caller returns who calls: the person whose e-mail is the bearer token, otherwise the
// owner.
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
