package localgoogle

import (
	"slices"
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/wire"
)

// protectedArea returns the cells that a protection covers.
func (t *tx) protectedArea(p *sheets.ProtectedRange, sh *sheet) rect {
	return protectedArea(t.doc, p, sh)
}

func protectedArea(d *document, p *sheets.ProtectedRange, sh *sheet) rect {
	g := p.Range
	switch {
	case p.NamedRangeId != "":
		for _, n := range d.named {
			if n.NamedRangeId == p.NamedRangeId {
				g = n.Range
			}
		}
	case p.TableId != "":
		for _, tb := range sh.tables {
			if tb.TableId == p.TableId {
				g = tb.Range
			}
		}
	}
	if g == nil {
		return rect{}
	}
	return bounded(g, sh)
}

// mayEdit reports whether the caller may write into a protected range.
func (v *view) mayEdit(p *sheets.ProtectedRange) bool {
	if p.WarningOnly || v.file == nil || v.file.Owner == v.user {
		return true
	}
	e := p.Editors
	if e == nil {
		return false
	}
	if slices.Contains(e.Users, v.user) || slices.Contains(e.Groups, v.user) {
		return true
	}
	_, mine, _ := strings.Cut(v.user, "@")
	_, owners, _ := strings.Cut(v.file.Owner, "@")
	return e.DomainUsersCanEdit && mine == owners
}

// guardCells refuses a change of cells that are protected from the caller.
func (t *tx) guardCells(sheetID int64, a rect) error {
	sh := t.doc.sheet(sheetID)
	if sh == nil {
		return wire.BadRequest("No grid with id: %d", sheetID)
	}
	for _, p := range sh.protected {
		if t.mayEdit(p) {
			continue
		}
		if in := t.protectedArea(p, sh).intersect(a); !in.empty() && !allFree(p, sh, in) {
			return errProtected()
		}
	}
	return nil
}

// guardSheet refuses a change of a tab that is protected as a whole from the caller.
func (t *tx) guardSheet(sh *sheet) error {
	for _, p := range sh.protected {
		if p.Range != nil && isOpenSheet(p.Range) && !t.mayEdit(p) {
			return errProtected()
		}
	}
	return nil
}

// guardInsert refuses an insertion into the middle of what the caller may not edit.
func (t *tx) guardInsert(s stretch) error {
	for _, p := range s.sh.protected {
		a := t.protectedArea(p, s.sh)
		lo, hi := a.c0, a.c1
		if s.rows {
			lo, hi = a.r0, a.r1
		}
		if lo < s.start && s.start < hi && !t.mayEdit(p) {
			return errProtected()
		}
	}
	return nil
}

// allFree reports whether all of the cells are in the unprotected ranges.
func allFree(p *sheets.ProtectedRange, sh *sheet, a rect) bool {
	if len(p.UnprotectedRanges) == 0 {
		return false
	}
	var free []rect
	for _, g := range p.UnprotectedRanges {
		f := bounded(g, sh)
		if f.covers(a) {
			return true
		}
		free = append(free, f)
	}
	for r := a.r0; r < a.r1; r++ {
		for c := a.c0; c < a.c1; c++ {
			if !slices.ContainsFunc(free, func(f rect) bool { return f.contains(r, c) }) {
				return false
			}
		}
	}
	return true
}

// protectedRange returns a protection as the caller sees it: only those who may edit
// learn who else may.
func (v *view) protectedRange(p *sheets.ProtectedRange) *sheets.ProtectedRange {
	n := *p
	n.RequestingUserCanEdit = v.mayEdit(p)
	if !n.RequestingUserCanEdit {
		n.Editors = nil
	}
	return &n
}

func (t *tx) protectedTaken(id int64) bool {
	for _, sh := range t.doc.sheets {
		if slices.ContainsFunc(sh.protected, func(p *sheets.ProtectedRange) bool { return p.ProtectedRangeId == id }) {
			return true
		}
	}
	return false
}

// ownEditors returns the editors of a range for which nobody else was named.
func (t *tx) ownEditors() *sheets.Editors {
	e := &sheets.Editors{Users: []string{t.user}}
	if t.file.Owner != t.user {
		e.Users = append(e.Users, t.file.Owner)
	}
	return e
}

// allEditors returns the editors of a range without named editors: all who may write the
// document.
func (t *tx) allEditors() *sheets.Editors {
	e := t.ownEditors()
	for _, p := range t.file.Perms {
		if p.Type == "user" && roleLevel(p.Role) >= roleWriter && !slices.Contains(e.Users, p.Email) {
			e.Users = append(e.Users, p.Email)
		}
	}
	return e
}

// settle completes a protection before it is stored.
func (t *tx) settle(p *sheets.ProtectedRange, sh *sheet) error {
	targets := 0
	for _, set := range []bool{p.Range != nil, p.NamedRangeId != "", p.TableId != ""} {
		if set {
			targets++
		}
	}
	if targets == 0 {
		return wire.BadRequest("No range specified.")
	}
	if p.WarningOnly {
		if e := p.Editors; e != nil && (len(e.Users) > 0 || len(e.Groups) > 0 || e.DomainUsersCanEdit) {
			return wire.BadRequest("ProtectedRange is warningOnly. Editors cannot be set on it.")
		}
		p.Editors = nil
	}
	if p.Range != nil {
		g, err := t.checkedRange(p.Range)
		if err != nil {
			return err
		}
		p.Range = g
		whole := bounded(g, sh) == sh.whole()
		for _, other := range sh.protected {
			if whole && other.ProtectedRangeId != p.ProtectedRangeId && other.Range != nil &&
				isOpenSheet(other.Range) && isOpenSheet(g) {
				return wire.BadRequest("Sheet %d already has sheet protection.", sh.id())
			}
		}
	}
	var free []*sheets.GridRange
	for _, g := range p.UnprotectedRanges {
		if g == nil {
			return wire.BadRequest("No range specified.")
		}
		u := *g
		u.SheetId = sh.id()
		checked, err := t.checkedRange(&u)
		if err != nil {
			return err
		}
		free = append(free, checked)
	}
	p.UnprotectedRanges = free
	p.RequestingUserCanEdit, p.ForceSendFields = false, nil
	if p.WarningOnly {
		return nil
	}
	switch e := p.Editors; {
	case e == nil:
		p.Editors = t.allEditors()
	default:
		n := &sheets.Editors{DomainUsersCanEdit: e.DomainUsersCanEdit, Groups: lower(e.Groups), Users: lower(e.Users)}
		if len(n.Users) == 0 && !slices.Contains(n.Users, t.user) {
			n.Users = append(n.Users, t.user)
		}
		if !slices.Contains(n.Users, t.file.Owner) {
			n.Users = append(n.Users, t.file.Owner)
		}
		p.Editors = n
	}
	return nil
}

func lower(list []string) []string {
	var out []string
	for _, s := range list {
		if s = strings.ToLower(s); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func isOpenSheet(g *sheets.GridRange) bool { return gridRect(g) == rect{0, open, 0, open} }

// rangeSheet returns the id of the tab that a protection is on.
func (t *tx) rangeSheet(p *sheets.ProtectedRange) (int64, error) {
	switch {
	case p.Range != nil:
		return p.Range.SheetId, nil
	case p.NamedRangeId != "":
		for _, n := range t.doc.named {
			if n.NamedRangeId == p.NamedRangeId {
				return n.Range.SheetId, nil
			}
		}
		return 0, wire.BadRequest("No named range with id: %s", p.NamedRangeId)
	case p.TableId != "":
		for _, sh := range t.doc.sheets {
			if slices.ContainsFunc(sh.tables, func(x *sheets.Table) bool { return x.TableId == p.TableId }) {
				return sh.id(), nil
			}
		}
		return 0, wire.BadRequest("No table with id: %s", p.TableId)
	}
	return 0, wire.BadRequest("No range specified.")
}

func (t *tx) addProtectedRange(req *sheets.AddProtectedRangeRequest) (*sheets.Response, error) {
	if req.ProtectedRange == nil {
		return nil, wire.BadRequest("No protected range specified.")
	}
	p := *req.ProtectedRange
	id, err := t.rangeSheet(&p)
	if err != nil {
		return nil, err
	}
	sh, err := t.sheetFor(id)
	if err != nil {
		return nil, err
	}
	if p.ProtectedRangeId == 0 {
		p.ProtectedRangeId = newID(t.protectedTaken)
	} else if t.protectedTaken(p.ProtectedRangeId) {
		return nil, wire.BadRequest("A protected range with id %d already exists.", p.ProtectedRangeId)
	}
	asked := p.Editors
	if err := t.settle(&p, sh); err != nil {
		return nil, err
	}
	sh.protected = append(sh.protected, &p)
	reply := p
	reply.RequestingUserCanEdit = true
	if !p.WarningOnly {
		reply.Editors = &sheets.Editors{}
		if asked != nil {
			reply.Editors = &sheets.Editors{Users: asked.Users, Groups: asked.Groups,
				DomainUsersCanEdit: asked.DomainUsersCanEdit}
		}
	}
	return &sheets.Response{AddProtectedRange: &sheets.AddProtectedRangeResponse{ProtectedRange: &reply}}, nil
}

// findProtected finds a protection for changing, which requires the right to edit it.
func (t *tx) findProtected(id int64) (*sheet, int, error) {
	for _, sh := range t.doc.sheets {
		i := slices.IndexFunc(sh.protected, func(p *sheets.ProtectedRange) bool { return p.ProtectedRangeId == id })
		if i < 0 {
			continue
		}
		if !t.mayEdit(sh.protected[i]) {
			return nil, 0, errProtected()
		}
		w, err := t.sheetFor(sh.id())
		return w, i, err
	}
	return nil, 0, wire.BadRequest("No protected range with id: %d", id)
}

func (t *tx) updateProtectedRange(req *sheets.UpdateProtectedRangeRequest) error {
	if req.ProtectedRange == nil {
		return wire.BadRequest("No protected range specified.")
	}
	m, err := fieldMask[sheets.ProtectedRange](req.Fields)
	if err != nil {
		return err
	}
	sh, i, err := t.findProtected(req.ProtectedRange.ProtectedRangeId)
	if err != nil {
		return err
	}
	old := sh.protected[i]
	p := wire.Merged(old, req.ProtectedRange, m)
	p.ProtectedRangeId = old.ProtectedRangeId
	if p.WarningOnly && !old.WarningOnly && !m.Has("editors") {
		p.Editors = nil
	}
	if p.Range != nil && p.Range.SheetId != sh.id() {
		return wire.BadRequest("A protected range cannot move to another sheet.")
	}
	if err := t.settle(p, sh); err != nil {
		return err
	}
	sh.protected[i] = p
	return nil
}

func (t *tx) deleteProtectedRange(req *sheets.DeleteProtectedRangeRequest) error {
	sh, i, err := t.findProtected(req.ProtectedRangeId)
	if err != nil {
		return err
	}
	sh.protected = slices.Delete(sh.protected, i, i+1)
	return nil
}
