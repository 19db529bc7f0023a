// Package page is the local Google in a browser: the list of files, and the spreadsheets
// as people know them, to look at and to type into.
//
// It serves the page's files, which are built from web/ and embedded, and JSON for
// display. What a person types goes through the public API of the local Google, as from
// any client, so that permissions and protection hold. The package reads spreadsheets
// through a Source and never writes.
package page

import (
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Handler serves the page.
type Handler struct {
	src  Source
	done chan struct{}

	mu      sync.Mutex
	closed  bool
	opening map[string]bool // spreadsheets, by id
	opened  sync.WaitGroup
}

// New returns a Handler for a local Google.
func New(src Source) *Handler {
	return &Handler{src: src, done: make(chan struct{}), opening: map[string]bool{}}
}

// Close ends the streams of events, which otherwise last as long as the browsers, and
// waits until no spreadsheet is being opened.
func (h *Handler) Close() {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		close(h.done)
	}
	h.mu.Unlock()
	h.opened.Wait()
}

// expect begins to open a spreadsheet, unless it is open: its page was asked for, and
// will ask for cells as soon as the browser has understood the page's program.
func (h *Handler) expect(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.opening[id] {
		return
	}
	h.opening[id] = true
	h.opened.Go(func() {
		h.src.Prepare(id, func(b Book) { book(b, "") })
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.opening, id)
	})
}

// Serves reports whether a path belongs to the page.
func Serves(path string) bool {
	return path == "/" || path == "/favicon.ico" || strings.HasPrefix(path, "/_page/") ||
		strings.HasPrefix(path, "/spreadsheets/")
}

// IsShell reports whether a request is for the page itself, which holds no data: a link
// from anywhere may lead to it.
func IsShell(r *http.Request) bool {
	path := r.URL.Path
	return r.Method == http.MethodGet && Serves(path) && !strings.HasPrefix(path, "/_page/") &&
		!strings.HasSuffix(path, "/export") && !strings.HasSuffix(path, "/gviz/tq")
}

// ServeHTTP implements http.Handler for the paths that Serves accepts.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	path := r.URL.Path
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead &&
		!(r.Method == http.MethodPost && strings.HasSuffix(path, "/refuse")):
		head.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	case path == "/favicon.ico":
		asset(w, r, "icon.svg")
	case strings.HasPrefix(path, "/_page/static/"):
		asset(w, r, strings.TrimPrefix(path, "/_page/static/"))
	case path == "/_page/files":
		h.files(w, r)
	case path == "/_page/account":
		h.account(w, r)
	case path == "/_page/events":
		h.events(w, r, "")
	case strings.HasPrefix(path, "/_page/sheet/"):
		id, what, _ := strings.Cut(strings.TrimPrefix(path, "/_page/sheet/"), "/")
		h.sheet(w, r, id, what)
	case path == "/", strings.HasPrefix(path, "/spreadsheets/"):
		if id, ok := strings.CutPrefix(path, "/spreadsheets/d/"); ok {
			id, _, _ = strings.Cut(id, "/")
			h.expect(id)
		}
		shell(w, r)
	default:
		http.NotFound(w, r)
	}
}

// account serves the account of the caller, and the one whose file a spreadsheet is, if
// there are any: a spreadsheet must not wait for the list of a company's files.
func (h *Handler) account(w http.ResponseWriter, r *http.Request) {
	var out struct {
		Me    *account `json:"me"`
		Whose *account `json:"whose"`
	}
	user, file := h.src.Caller(r), r.URL.Query().Get("file")
	for _, a := range accounts(h.src) {
		if a.Email == user {
			out.Me = &a
		}
		if out.Whose == nil && file != "" && a.File == file {
			out.Whose = &a
		}
	}
	reply(w, out)
}

func (h *Handler) sheet(w http.ResponseWriter, r *http.Request, id, what string) {
	switch what {
	case "":
		h.book(w, r, id)
	case "cells":
		h.cells(w, r, id)
	case "charts":
		h.read(w, r, id, func(b Book) any { return map[string]any{"charts": b.Charts(number(r, "tab"))} })
	case "options":
		h.read(w, r, id, func(b Book) any {
			return map[string]any{"options": b.Options(number(r, "tab"), int(number(r, "row")), int(number(r, "col")))}
		})
	case "find":
		q := r.URL.Query()
		h.read(w, r, id, func(b Book) any { return find(b, number(r, "tab"), q.Get("text"), columnsOf(q)) })
	case "refuse":
		h.refuse(w, r, id)
	case "events":
		h.events(w, r, id)
	default:
		http.NotFound(w, r)
	}
}

// files serves the list of files and of accounts.
func (h *Handler) files(w http.ResponseWriter, r *http.Request) {
	user := h.src.Caller(r)
	reply(w, map[string]any{"user": user, "owner": h.src.Owner(), "accounts": accounts(h.src),
		"files": h.src.Files(user), "seq": h.src.Seq()})
}

// firstRows is the number of rows of a tab that the structure includes.
const firstRows = 100

// bookReply is a spreadsheet without its cells, except for the first rows of the tab that
// is shown first.
type bookReply struct {
	Info
	User      string `json:"user"`
	Version   int64  `json:"version"`
	Structure string `json:"structure"` // changes with anything except cells
	Tabs      []Tab  `json:"tabs"`
	Shown     int64  `json:"shown"`
	Cells     *block `json:"cells"`
}

func (h *Handler) book(w http.ResponseWriter, r *http.Request, id string) {
	user := h.src.Caller(r)
	version, err := h.src.Version(user, id)
	if err != nil {
		fail(w, err)
		return
	}
	h.read(w, r, id, func(b Book) any {
		out, rows, to := book(b, r.URL.Query().Get("tab"))
		out.User, out.Version = user, version
		if to >= 0 {
			out.Cells = pack(rows, version, 0, to)
		}
		return out
	})
}

// book returns a spreadsheet and the first rows of the tab that is shown first, up to a
// row; −1: there is no tab.
func book(b Book, asked string) (out bookReply, rows [][]Cell, to int) {
	out = bookReply{Info: b.Info(), Tabs: b.Tabs()}
	out.Structure = structure(out.Info, out.Tabs)
	t := pick(out.Info, out.Tabs, asked)
	if t == nil {
		return out, nil, -1
	}
	out.Shown = t.ID
	to = min(t.Rows, firstRows)
	if t.Today != nil && t.Rows <= 4*firstRows {
		to = t.Rows
	}
	return out, b.Rows(t.ID, 0, to), to
}

// pick returns the tab that is asked for; else, in a person's report, the one with a row
// for today; else the first that is not hidden.
func pick(info Info, tabs []Tab, asked string) *Tab {
	var first *Tab
	for i := range tabs {
		t := &tabs[i]
		if asked != "" && strconv.FormatInt(t.ID, 10) == asked {
			return t
		}
		if first == nil && !t.Hidden {
			first = t
		}
	}
	for i := range tabs {
		if t := &tabs[i]; info.Kind == "report" && !t.Hidden && t.Today != nil && t.FrozenCols > 0 {
			return t
		}
	}
	if first == nil && len(tabs) > 0 {
		first = &tabs[0]
	}
	return first
}

func structure(info Info, tabs []Tab) string {
	f := fnv.New64a()
	if err := json.NewEncoder(f).Encode([]any{info, tabs}); err != nil {
		return err.Error() // plain values can always be encoded
	}
	return strconv.FormatUint(f.Sum64(), 36)
}

// maxRows limits the rows of one request.
const maxRows = 2000

func (h *Handler) cells(w http.ResponseWriter, r *http.Request, id string) {
	version, err := h.src.Version(h.src.Caller(r), id)
	if err != nil {
		fail(w, err)
		return
	}
	from := max(int(number(r, "from")), 0)
	to := min(max(int(number(r, "to")), from), from+maxRows)
	h.read(w, r, id, func(b Book) any { return pack(b.Rows(number(r, "tab"), from, to), version, from, to) })
}

// maxEdits limits the cells of one request.
const maxEdits = 50_000

func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, id string) {
	var in struct {
		Tab   int64  `json:"tab"`
		Edits []Edit `json:"edits"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<20)).Decode(&in)
	if err != nil || len(in.Edits) > maxEdits {
		http.Error(w, "cannot read the edits", http.StatusBadRequest)
		return
	}
	h.read(w, r, id, func(b Book) any { return map[string]any{"refusals": b.Refuse(in.Tab, in.Edits)} })
}

func number(r *http.Request, name string) int64 {
	n, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// read answers with the result of f for a spreadsheet.
func (h *Handler) read(w http.ResponseWriter, r *http.Request, id string, f func(Book) any) {
	var out any
	err := h.src.Open(r.Context(), h.src.Caller(r), id, func(b Book) error {
		out = f(b)
		return nil
	})
	if err != nil {
		fail(w, err)
		return
	}
	reply(w, out)
}

func reply(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		fail(w, err)
		return
	}
	send(w, http.StatusOK, body)
}

func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// The browser may be gone; then it needs no answer.
	if _, err := w.Write(body); err != nil {
		return
	}
}

// fail answers with an error. It shows only errors that the source means for the caller.
func fail(w http.ResponseWriter, err error) {
	status, message := http.StatusInternalServerError, "internal error"
	var known interface {
		error
		HTTPStatus() int
	}
	if errors.As(err, &known) {
		status, message = known.HTTPStatus(), known.Error()
	}
	body, err := json.Marshal(map[string]any{"error": map[string]any{"code": status, "message": message}})
	if err != nil {
		http.Error(w, message, status)
		return
	}
	send(w, status, body)
}

const (
	watchEvery = 150 * time.Millisecond
	aliveEvery = 15 * time.Second
)

// event reports a change of a spreadsheet (or, without one, of the list of files).
type event struct {
	Version   int64  `json:"version"`
	Structure string `json:"structure,omitempty"`
	Today     string `json:"today,omitempty"`
	Gone      bool   `json:"gone,omitempty"` // deleted, or no longer visible to the caller
}

// events streams changes as Server-Sent Events until the browser leaves.
func (h *Handler) events(w http.ResponseWriter, r *http.Request, id string) {
	user := h.src.Caller(r)
	now := func() (event, error) { return h.now(r.Context(), user, id) }
	last, err := now()
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	tell := func(line string) bool {
		if _, err := w.Write([]byte(line)); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	say := func(e event) bool {
		text, err := json.Marshal(e)
		return err == nil && tell("data: "+string(text)+"\n\n")
	}
	if !say(last) {
		return
	}
	look, alive := time.NewTicker(watchEvery), time.NewTicker(aliveEvery)
	defer look.Stop()
	defer alive.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-h.done:
			return
		case <-alive.C:
			if !tell(":\n\n") {
				return
			}
		case <-look.C:
			version, err := h.version(user, id)
			if err == nil && version == last.Version {
				continue
			}
			if last, err = now(); err != nil {
				say(event{Gone: true})
				return
			}
			if !say(last) {
				return
			}
		}
	}
}

func (h *Handler) version(user, id string) (int64, error) {
	if id == "" {
		return h.src.Seq(), nil
	}
	return h.src.Version(user, id)
}

func (h *Handler) now(ctx context.Context, user, id string) (event, error) {
	v, err := h.version(user, id)
	if err != nil || id == "" {
		return event{Version: v}, err
	}
	e := event{Version: v}
	err = h.src.Open(ctx, user, id, func(b Book) error {
		info := b.Info()
		e.Structure, e.Today = structure(info, b.Tabs()), info.Today
		return nil
	})
	return e, err
}
