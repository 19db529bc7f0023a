package localgoogle

import (
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/wire"
)

// located is a range found in a document: a tab and cells that may reach beyond its grid.
// Open ends are set to the grid's.
type located struct {
	sh    *sheet
	area  rect
	given rect // as asked, with open ends; {0,-1,0,-1} for a whole tab
}

func (l located) String() string { return formatRange(l.sh.title(), l.area) }

// locate finds an A1 range: a tab, cells, both, or a name.
func (d *document) locate(s string) (located, error) {
	bad := wire.BadRequest("Unable to parse range: %s", s)
	a := parseA1(s)
	if a.hasTitle {
		sh := d.sheetByTitle(a.title)
		if sh == nil {
			return located{}, bad
		}
		switch {
		case a.hasCells:
			return onSheet(sh, a.cells), nil
		case a.word == "":
			return onSheet(sh, rect{0, open, 0, open}), nil
		}
		if n := d.namedRange(a.word); n != nil {
			return d.locateGrid(n.Range)
		}
		return located{}, bad
	}
	word := a.word
	if a.hasCells {
		if sh := d.sheetByTitle(s); sh != nil && sh.title() == s {
			if _, single := parseCells(s); single && strings.Contains(s, ":") {
				return onSheet(sh, rect{0, open, 0, open}), nil
			}
		}
		if len(d.sheets) == 0 {
			return located{}, bad
		}
		return onSheet(d.firstVisible(), a.cells), nil
	}
	if n := d.namedRange(word); n != nil {
		return d.locateGrid(n.Range)
	}
	if sh := d.sheetByTitle(word); sh != nil {
		return onSheet(sh, rect{0, open, 0, open}), nil
	}
	return located{}, bad
}

func (d *document) firstVisible() *sheet {
	for _, sh := range d.sheets {
		if !sh.props.Hidden {
			return sh
		}
	}
	return d.sheets[0]
}

func onSheet(sh *sheet, given rect) located {
	area := given
	if area.r1 == open {
		area.r1 = sh.rowCount()
	}
	if area.c1 == open {
		area.c1 = sh.colCount()
	}
	return located{sh, area, given}
}

func (d *document) sheetByTitle(title string) *sheet {
	for _, sh := range d.sheets {
		if sh.title() == title {
			return sh
		}
	}
	for _, sh := range d.sheets {
		if strings.EqualFold(sh.title(), title) {
			return sh
		}
	}
	return nil
}

func (d *document) namedRange(name string) *sheets.NamedRange {
	for _, n := range d.named {
		if strings.EqualFold(n.Name, name) {
			return n
		}
	}
	return nil
}

// locateGrid finds a GridRange.
func (d *document) locateGrid(g *sheets.GridRange) (located, error) {
	if g == nil {
		return located{}, wire.BadRequest("No range specified.")
	}
	sh := d.sheet(g.SheetId)
	if sh == nil {
		return located{}, wire.BadRequest("No grid with id: %d", g.SheetId)
	}
	given := gridRect(g)
	if min(g.StartRowIndex, g.EndRowIndex, g.StartColumnIndex, g.EndColumnIndex) < 0 {
		return located{}, wire.BadRequest("GridRange indexes must be >= 0")
	}
	if given.r1 != open && given.r1 < given.r0 || given.c1 != open && given.c1 < given.c0 || given.r0 < 0 ||
		given.c0 < 0 {
		return located{}, wire.BadRequest("Invalid range: the end must not be before the start.")
	}
	return onSheet(sh, given), nil
}

// gridRect returns a GridRange with open ends.
func gridRect(g *sheets.GridRange) rect {
	a := rect{int(g.StartRowIndex), int(g.EndRowIndex), int(g.StartColumnIndex), int(g.EndColumnIndex)}
	if a.r1 == 0 {
		a.r1 = open
	}
	if a.c1 == 0 {
		a.c1 = open
	}
	return a
}

// bounded returns a GridRange as cells of its tab, clipped to the grid.
func bounded(g *sheets.GridRange, sh *sheet) rect {
	if g == nil {
		return rect{}
	}
	return onSheet(sh, gridRect(g)).area.intersect(sh.whole())
}

// toGrid returns cells as a GridRange with all four ends.
func toGrid(sheetID int64, a rect) *sheets.GridRange {
	return &sheets.GridRange{
		SheetId: sheetID, StartRowIndex: int64(a.r0), EndRowIndex: int64(a.r1), StartColumnIndex: int64(a.c0),
		EndColumnIndex:  int64(a.c1),
		ForceSendFields: []string{"StartRowIndex", "EndRowIndex", "StartColumnIndex", "EndColumnIndex"},
	}
}

// openGrid returns cells as a GridRange, without the open ends.
func openGrid(sheetID int64, a rect) *sheets.GridRange {
	g := &sheets.GridRange{SheetId: sheetID}
	if a.r0 > 0 || a.r1 != open {
		g.StartRowIndex = int64(a.r0)
		g.ForceSendFields = append(g.ForceSendFields, "StartRowIndex")
	}
	if a.r1 != open {
		g.EndRowIndex = int64(a.r1)
		g.ForceSendFields = append(g.ForceSendFields, "EndRowIndex")
	}
	if a.c0 > 0 || a.c1 != open {
		g.StartColumnIndex = int64(a.c0)
		g.ForceSendFields = append(g.ForceSendFields, "StartColumnIndex")
	}
	if a.c1 != open {
		g.EndColumnIndex = int64(a.c1)
		g.ForceSendFields = append(g.ForceSendFields, "EndColumnIndex")
	}
	return g
}

// clipped returns the part of a range inside the grid, for reading; it fails if the range
// is wholly outside.
func (l located) clipped() (rect, error) {
	in := l.area.intersect(l.sh.whole())
	if in.empty() {
		return rect{}, l.exceeds()
	}
	return in, nil
}

func (l located) exceeds() error {
	return wire.BadRequest("Range (%s) exceeds grid limits. Max rows: %d, max columns: %d", l.label(), l.sh.rowCount(),
		l.sh.colCount())
}

// label returns the range for messages, even if it is invalid.
func (l located) label() string {
	a := l.area
	a.r1, a.c1 = max(a.r1, a.r0+1), max(a.c1, a.c0+1)
	return formatRange(l.sh.title(), a)
}
