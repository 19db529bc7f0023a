package localgoogle

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/api/drive/v3"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/upload"
	"svodka/internal/localgoogle/wire"
)

// brought is a file that a client uploads: its metadata and content.
type brought struct {
	body    []byte // metadata as JSON; may be empty
	kind    string // Content-Type of the content
	content []byte
}

// readUpload splits a call of uploadType media or multipart.
func (c *call) readUpload() (brought, error) {
	kind := c.r.Header.Get("Content-Type")
	switch up := c.query.get("uploadType"); up {
	case "", "media":
		return brought{kind: kind, content: c.body}, nil
	case "multipart":
		return readRelated(kind, c.body)
	default:
		return brought{}, errDriveParam("uploadType", "Invalid upload request: %q", up)
	}
}

// readRelated reads a body of two parts: metadata, then content.
func readRelated(kind string, body []byte) (brought, error) {
	bad := func(why string) (brought, error) {
		return brought{}, &wire.Error{Code: http.StatusBadRequest, Reason: "badContent",
			Message: "Malformed multipart body: " + why}
	}
	media, params, err := mime.ParseMediaType(kind)
	if err != nil || !strings.HasPrefix(media, "multipart/") || params["boundary"] == "" {
		return bad("no boundary")
	}
	r := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	var out brought
	for i := range 2 {
		p, err := r.NextPart()
		if err != nil {
			return bad("two parts are due")
		}
		data, err := io.ReadAll(p)
		if err != nil {
			return bad("a part is cut short")
		}
		if i == 0 {
			out.body = data
		} else {
			out.kind, out.content = p.Header.Get("Content-Type"), data
		}
	}
	return out, nil
}

// errNoConversion says which files the local Google accepts.
func errNoConversion(err error) *wire.Error {
	return &wire.Error{Code: http.StatusBadRequest, Reason: "badRequest",
		Message: "The local Google cannot take this file: " + err.Error()}
}

// filling reads the content, and returns a function that replaces all tabs of a
// spreadsheet of that name by it.
func (b brought) filling(name string) (func(t *tx) error, error) {
	kind, err := upload.Kind(b.kind, b.content)
	if err != nil {
		return nil, errNoConversion(err)
	}
	if kind == upload.XLSX {
		book, err := upload.Book(b.content)
		if err != nil {
			return nil, errNoConversion(err)
		}
		return func(t *tx) error { return t.replaceBy(book) }, nil
	}
	lines, err := upload.Lines(kind, b.content)
	if err != nil {
		return nil, errNoConversion(err)
	}
	return func(t *tx) error { return t.replaceByLines(name, lines) }, nil
}

// emptied checks that the caller may replace all cells, and drops the tabs.
func (t *tx) emptied() error {
	if t.role < roleOwner {
		for _, sh := range t.doc.sheets {
			if err := t.guardCells(sh.id(), sh.whole()); err != nil {
				return err
			}
		}
	}
	t.doc.sheets, t.doc.named, t.doc.meta = nil, nil, nil
	return nil
}

// replaceByLines replaces the document's tabs by one tab of typed texts.
func (t *tx) replaceByLines(name string, lines [][]string) error {
	cols := 26
	for _, line := range lines {
		cols = max(cols, len(line))
	}
	id := t.newSheetID() // different from all previous ids
	if err := t.emptied(); err != nil {
		return err
	}
	sh := newSheet(id, titleFor(name), max(len(lines), 1000), cols)
	sh.owner = t.v
	if err := t.checkSize(nil, sh.rowCount(), sh.colCount()); err != nil {
		return err
	}
	t.doc.sheets = []*sheet{sh}
	for i, line := range lines {
		for j, text := range line {
			t.typed(sh, i, j, text)
		}
	}
	return nil
}

// replaceBy replaces the document's tabs by those of a workbook.
func (t *tx) replaceBy(book *sheets.Spreadsheet) error {
	if err := t.emptied(); err != nil {
		return err
	}
	return t.fill(&sheets.Spreadsheet{Sheets: book.Sheets})
}

// uploadNew makes a spreadsheet from a file: POST /upload/drive/v3/files.
func (c *call) uploadNew() (*answer, error) {
	if c.query.get("upload_id") != "" {
		return c.uploadResumed()
	}
	if c.query.get("uploadType") == "resumable" {
		return c.startResumable()
	}
	b, err := c.readUpload()
	if err != nil {
		return nil, err
	}
	return c.makeOf(b)
}

func (c *call) makeOf(b brought) (*answer, error) {
	var in drive.File
	if err := wire.Decode(b.body, &in, ""); err != nil {
		return nil, err
	}
	if in.MimeType != mimeSheet {
		return nil, errNoConversion(fmt.Errorf("it must become a spreadsheet (mimeType %s)", mimeSheet))
	}
	fill, err := b.filling(cmp.Or(in.Name, "Untitled"))
	if err != nil {
		return nil, err
	}
	c.body = b.body
	made, err := c.filesCreate()
	if err != nil {
		return nil, err
	}
	if err := c.s.changing(c, c.file, fill, nil); err != nil {
		return nil, err
	}
	return c.asItIs(made)
}

// asItIs answers with the call's file in its present state.
func (c *call) asItIs(otherwise *answer) (*answer, error) {
	f := c.s.lookup(c.file, c.user)
	if f == nil {
		return otherwise, nil
	}
	return &answer{body: c.s.api(f, c.user)}, nil
}

// uploadOver replaces the content of a spreadsheet by a file: PATCH
// /upload/drive/v3/files/ID.
func (c *call) uploadOver() (*answer, error) {
	if c.query.get("uploadType") == "resumable" {
		return c.startResumable()
	}
	b, err := c.readUpload()
	if err != nil {
		return nil, err
	}
	return c.replaceOf(b)
}

func (c *call) replaceOf(b brought) (*answer, error) {
	f, err := c.driveFile(c.file, roleWriter)
	if err != nil {
		return nil, err
	}
	if !f.isSheet() {
		return nil, errNoConversion(errors.New("only spreadsheets have content here"))
	}
	fill, err := b.filling(f.Name)
	if err != nil {
		return nil, err
	}
	if err := c.s.changing(c, f.ID, fill, nil); err != nil {
		return nil, err
	}
	c.body = b.body
	if len(bytes.TrimSpace(b.body)) > 0 {
		return c.filesUpdate()
	}
	c.defaultMask(fileFields)
	return c.asItIs(nil)
}

// uploads are the resumable uploads in progress. They are in memory: after a restart the
// client must begin again.
type uploads struct {
	mu   sync.Mutex
	byID map[string]*resumable
	ids  []string // oldest first
}

type resumable struct {
	user, file string
	brought
}

// maxUploads limits the resumable uploads in progress; a new one drops the oldest.
const maxUploads = 8

func (c *call) startResumable() (*answer, error) {
	if c.file != "" {
		if _, err := c.driveFile(c.file, roleWriter); err != nil {
			return nil, err
		}
	}
	id := rand.Text()
	up := &c.s.uploads
	up.mu.Lock()
	defer up.mu.Unlock()
	if up.byID == nil {
		up.byID = map[string]*resumable{}
	}
	up.byID[id] = &resumable{c.user, c.file, brought{body: c.body, kind: c.r.Header.Get("X-Upload-Content-Type")}}
	if up.ids = append(up.ids, id); len(up.ids) > maxUploads {
		delete(up.byID, up.ids[0])
		up.ids = up.ids[1:]
	}
	u := *c.r.URL
	q := u.Query()
	q.Set("upload_id", id)
	u.RawQuery = q.Encode()
	u.Scheme, u.Host = "http", c.r.Host
	h := http.Header{}
	h.Set("Location", u.String())
	h.Set("X-GUploader-UploadID", id)
	return &answer{header: h}, nil
}

// uploadResumed takes the next piece of a resumable upload: PUT with Content-Range, or
// the whole without. Before the last piece it answers 308 with the range received so far.
func (c *call) uploadResumed() (*answer, error) {
	id := c.query.get("upload_id")
	up := &c.s.uploads
	up.mu.Lock()
	defer up.mu.Unlock()
	r := up.byID[id]
	if r == nil || r.user != c.user {
		return nil, &wire.Error{Code: http.StatusNotFound, Reason: "notFound", Message: "Upload not found."}
	}
	last, err := r.take(c.r.Header.Get("Content-Range"), c.body)
	if err != nil {
		return nil, err
	}
	if !last {
		h := http.Header{}
		if n := len(r.content); n > 0 {
			h.Set("Range", "bytes=0-"+strconv.Itoa(n-1))
		}
		if c.r.Header.Get("X-GUploader-No-308") == "yes" { // the client's HTTP library would follow a 308
			h.Set("X-Http-Status-Code-Override", "308")
			return &answer{header: h}, nil
		}
		return &answer{status: http.StatusPermanentRedirect, header: h}, nil
	}
	delete(up.byID, id)
	up.ids = slices.DeleteFunc(up.ids, func(x string) bool { return x == id })
	if r.kind == "" {
		r.kind = c.r.Header.Get("Content-Type")
	}
	c.file = r.file
	if r.file == "" {
		return c.makeOf(r.brought)
	}
	return c.replaceOf(r.brought)
}

// take adds a piece, and reports whether it was the last. It ignores a piece that does
// not continue what was received: the client asks for the range and goes on from there.
func (r *resumable) take(contentRange string, piece []byte) (last bool, err error) {
	if contentRange == "" {
		r.content = piece
		return true, nil
	}
	bad := errDriveParam("Content-Range", "Failed to parse Content-Range header: %s", contentRange)
	span, ok := strings.CutPrefix(contentRange, "bytes ")
	if !ok {
		return false, bad
	}
	span, total, _ := strings.Cut(span, "/")
	if span != "*" {
		from, _, _ := strings.Cut(span, "-")
		start, err := strconv.Atoi(from)
		if err != nil || start < 0 {
			return false, bad
		}
		if start == len(r.content) && len(r.content)+len(piece) <= maxUpload {
			r.content = append(r.content, piece...)
		}
	}
	return total == strconv.Itoa(len(r.content)), nil
}
