package localgoogle

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/wire"
)

// tx is a change of one spreadsheet in progress: a new version that becomes the current
// one when the whole call has succeeded.
type tx struct {
	view
	c     *call
	file  *file
	role  int
	v     *version
	now   time.Time
	title *string // the new name of the file, if it changes

	formatIDs map[*sheets.CellFormat]uint32
	ruleIDs   map[*sheets.DataValidationRule]uint32
}

// sheetFile finds the spreadsheet of the call. It fails with 404 if there is none, and
// with 403 if the caller lacks the role.
func (c *call) sheetFile(id string, need int) (*file, error) {
	f := c.s.lookup(id, c.user)
	if f == nil || f.Removed {
		return nil, errNotFound()
	}
	if c.s.role(f, c.user, true) < need {
		return nil, errPermission()
	}
	if !f.isSheet() {
		return nil, &wire.Error{Code: 400, Status: "FAILED_PRECONDITION",
			Message: "This operation is not supported for this document"}
	}
	return f, nil
}

// changing runs f on a new version of the call's spreadsheet and makes it current. done
// runs on the new version after it is stored, still under the lock.
func (s *Server) changing(c *call, id string, f func(t *tx) error, done func(t *tx) error) error {
	fl, err := c.sheetFile(id, roleWriter)
	if err != nil {
		return err
	}
	h := s.docs.acquire(fl.num)
	cells := int64(-1)
	defer func() { s.docs.release(h, cells) }()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.doc == nil {
		doc, err := s.store.loadDocument(context.WithoutCancel(c.ctx()), fl.num)
		if err != nil {
			// The file may have been deleted while this call waited.
			if s.lookup(id, c.user) == nil {
				return errNotFound()
			}
			return err
		}
		h.doc = doc
		cells = doc.cellCount()
	}
	base := h.doc
	t := &tx{view: view{s: s, doc: base.begin(), at: h, file: fl, user: c.user, ctx: c.ctx()}, c: c, file: fl,
		role: s.role(fl, c.user, true), v: &version{}, now: s.now(),
		formatIDs: map[*sheets.CellFormat]uint32{}, ruleIDs: map[*sheets.DataValidationRule]uint32{}}
	t.view.fresh = true
	if err := f(t); err != nil {
		return err
	}
	err = s.mutate(c.ctx(), c.user, func(m *mutation) error {
		n := m.edit(fl.ID)
		if n == nil {
			return errNotFound()
		}
		if t.title != nil {
			n.Name = *t.title
		}
		if lag := s.faults.Lagging(); lag > 0 && t.title == nil {
			m.delay(n, lag)
		} else {
			m.touch(n)
		}
		m.ch.docs = append(m.ch.docs, docChange{num: fl.num, old: base, new: t.doc})
		return nil
	})
	if err != nil {
		return err
	}
	h.doc = t.doc
	h.follow(base, t.doc)
	defer func() { cells = h.weight() }()
	if done == nil {
		return nil
	}
	t.view.fresh = false
	t.view.file = s.lookup(fl.ID, c.user)
	if t.view.file == nil {
		t.view.file = fl
	}
	return done(t)
}

// viewing runs f on the current version of the call's spreadsheet.
func (s *Server) viewing(c *call, id string, f func(v *view) error) error {
	fl, err := c.sheetFile(id, roleReader)
	if err != nil {
		return err
	}
	err = s.reading(c.ctx(), fl.num, func(v *view) error {
		v.file, v.user = fl, c.user
		return f(v)
	})
	if err != nil && s.lookup(id, c.user) == nil {
		return errNotFound()
	}
	return err
}

// sheetFor returns the tab for writing.
func (t *tx) sheetFor(id int64) (*sheet, error) {
	sh := t.doc.writable(t.v, id)
	if sh == nil {
		return nil, wire.BadRequest("No grid with id: %d", id)
	}
	return sh, nil
}

func (t *tx) formatID(f *sheets.CellFormat) uint32 {
	if f == nil {
		return 0
	}
	if id, ok := t.formatIDs[f]; ok {
		return id
	}
	id := t.doc.formats.id(normalFormat(f))
	t.formatIDs[f] = id
	return id
}

func (t *tx) ruleID(r *sheets.DataValidationRule) uint32 {
	if r == nil {
		return 0
	}
	if id, ok := t.ruleIDs[r]; ok {
		return id
	}
	id := t.doc.rules.id(r)
	t.ruleIDs[r] = id
	return id
}

// newID returns a random positive 31-bit number that is not taken.
func newID(taken func(int64) bool) int64 {
	for {
		if id := rand.Int64N(1<<31-2) + 1; !taken(id) {
			return id
		}
	}
}

// newDocument returns an empty spreadsheet as Google makes it.
func newDocument() *document {
	return &document{
		props:   &sheets.SpreadsheetProperties{Locale: "en_US", AutoRecalc: "ON_CHANGE", TimeZone: "Etc/GMT"},
		sheets:  []*sheet{newSheet(0, "Sheet1", 1000, 26)},
		formats: newInternTable[sheets.CellFormat](), rules: newInternTable[sheets.DataValidationRule](),
	}
}

func newSheet(id int64, title string, rows, cols int) *sheet {
	return &sheet{props: &sheets.SheetProperties{
		SheetId: id, Title: title, SheetType: "GRID",
		GridProperties: &sheets.GridProperties{RowCount: int64(rows), ColumnCount: int64(cols)},
	}}
}

// copyDocument returns an independent copy. As at Google, protected ranges are copied but
// not their editors: the copier replaces them.
func copyDocument(d *document, user string) *document {
	n := *d
	n.saved = nil
	n.formats, n.rules = d.formats.clone(), d.rules.clone()
	n.named, n.meta = slices.Clone(d.named), slices.Clone(d.meta)
	n.sheets = make([]*sheet, len(d.sheets))
	for i, sh := range d.sheets {
		c := *sh
		c.owner, c.saved = nil, nil
		c.protected = nil
		for _, p := range sh.protected {
			q := *p
			if !q.WarningOnly {
				q.Editors = &sheets.Editors{Users: []string{user}}
			}
			c.protected = append(c.protected, &q)
		}
		n.sheets[i] = &c
	}
	return &n
}
