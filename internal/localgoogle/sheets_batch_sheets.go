package localgoogle

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/lazyregexp"
	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/wire"
)

const maxTitle = 100

func (t *tx) checkTitle(title string, self *sheet) error {
	if title == "" {
		return wire.BadRequest("The sheet name cannot be empty.")
	}
	if utf8.RuneCountInString(title) > maxTitle {
		return wire.BadRequest("The sheet name cannot be greater than %d characters.", maxTitle)
	}
	for _, sh := range t.doc.sheets {
		if (self == nil || sh.id() != self.id()) && strings.EqualFold(sh.title(), title) {
			return wire.BadRequest("A sheet with the name \"%s\" already exists. Please enter another name.", title)
		}
	}
	return nil
}

// freeTitle returns the first of "Sheet1", "Sheet2", … that no tab has.
func (t *tx) freeTitle() string {
	for n := 1; ; n++ {
		title := fmt.Sprintf("Sheet%d", n)
		if t.doc.sheetByTitle(title) == nil {
			return title
		}
	}
}

func (t *tx) newSheetID() int64 {
	return newID(func(id int64) bool { return t.doc.sheet(id) != nil })
}

// newTab makes a tab from the properties in a request.
func (t *tx) newTab(p *sheets.SheetProperties) (*sheet, error) {
	props := *p
	if props.SheetType == "" || props.SheetType == "SHEET_TYPE_UNSPECIFIED" {
		props.SheetType = "GRID"
	}
	if props.SheetType != "GRID" {
		return nil, errUnsupported("sheets of type " + props.SheetType)
	}
	if props.SheetId < 0 {
		return nil, wire.BadRequest("The sheet id must not be negative: %d", props.SheetId)
	}
	if props.SheetId == 0 && !slices.Contains(p.ForceSendFields, "SheetId") {
		props.SheetId = t.newSheetID()
	} else if t.doc.sheet(props.SheetId) != nil {
		return nil, wire.BadRequest("Sheet with id %d already exists. Please enter another id.", props.SheetId)
	}
	if props.Title == "" {
		props.Title = t.freeTitle()
	}
	if err := t.checkTitle(props.Title, nil); err != nil {
		return nil, err
	}
	g := sheets.GridProperties{}
	if props.GridProperties != nil {
		g = *props.GridProperties
	}
	if g.RowCount == 0 {
		g.RowCount = 1000
	}
	if g.ColumnCount == 0 {
		g.ColumnCount = 26
	}
	props.GridProperties = &g
	if err := checkGrid(&g); err != nil {
		return nil, err
	}
	props.TabColor, props.TabColorStyle = colorPair(props.TabColor, props.TabColorStyle)
	props.Index, props.ForceSendFields, props.NullFields = 0, nil, nil
	g.ForceSendFields = nil
	sh := &sheet{owner: t.v, props: &props}
	return sh, t.checkSize(sh, int(g.RowCount), int(g.ColumnCount))
}

func checkGrid(g *sheets.GridProperties) error {
	switch {
	case g.RowCount > maxRows:
		return errTooManyCells()
	case g.ColumnCount > maxColumns:
		return errTooManyColumns()
	case g.RowCount < 1:
		return wire.BadRequest("gridProperties.rowCount[%d] must be between 1 and %d", g.RowCount, maxRows)
	case g.ColumnCount < 1:
		return wire.BadRequest("gridProperties.columnCount[%d] must be between 1 and %d", g.ColumnCount, maxColumns)
	case g.FrozenRowCount < 0 || g.FrozenRowCount >= g.RowCount && g.FrozenRowCount > 0:
		return wire.BadRequest("You can't freeze all visible rows on the sheet.")
	case g.FrozenColumnCount < 0 || g.FrozenColumnCount >= g.ColumnCount && g.FrozenColumnCount > 0:
		return wire.BadRequest("You can't freeze all visible columns on the sheet.")
	}
	return nil
}

func (t *tx) addSheet(req *sheets.AddSheetRequest) (*sheets.Response, error) {
	p := req.Properties
	if p == nil {
		p = &sheets.SheetProperties{}
	}
	index := len(t.doc.sheets)
	if p.Index > 0 || slices.Contains(p.ForceSendFields, "Index") {
		if p.Index < 0 || int(p.Index) > len(t.doc.sheets) {
			return nil, wire.BadRequest("Sheet index %d is out of range: there are %d sheets.", p.Index,
				len(t.doc.sheets))
		}
		index = int(p.Index)
	}
	sh, err := t.newTab(p)
	if err != nil {
		return nil, err
	}
	t.doc.sheets = slices.Insert(t.doc.sheets, index, sh)
	return &sheets.Response{AddSheet: &sheets.AddSheetResponse{Properties: t.sheetProperties(sh)}}, nil
}

func (t *tx) deleteSheet(req *sheets.DeleteSheetRequest) error {
	sh := t.doc.sheet(req.SheetId)
	if sh == nil {
		return wire.BadRequest("No sheet with id: %d", req.SheetId)
	}
	if len(t.doc.sheets) == 1 {
		return wire.BadRequest("You can't remove all the sheets in a document.")
	}
	if !slices.ContainsFunc(t.doc.sheets, func(s *sheet) bool { return s.id() != sh.id() && !s.props.Hidden }) {
		return wire.BadRequest("You can't remove all the visible sheets in a document.")
	}
	if err := t.guardCells(sh.id(), sh.whole()); err != nil {
		return err
	}
	title := sh.title()
	t.doc.sheets = slices.DeleteFunc(t.doc.sheets, func(s *sheet) bool { return s.id() == sh.id() })
	t.doc.named = slices.DeleteFunc(t.doc.named, func(n *sheets.NamedRange) bool {
		return n.Range != nil && n.Range.SheetId == sh.id()
	})
	t.doc.meta = slices.DeleteFunc(t.doc.meta, func(m devMeta) bool {
		return m.location != "SPREADSHEET" && m.sheet == sh.id()
	})
	t.rewriteFormulas(func(on, f string) string { return calc.Shift(f, on, title, calc.Edit{Kind: calc.DeleteSheet}) })
	return nil
}

func (t *tx) duplicateSheet(req *sheets.DuplicateSheetRequest) (*sheets.Response, error) {
	source := t.doc.sheet(req.SourceSheetId)
	if source == nil {
		return nil, wire.BadRequest("No sheet with id: %d", req.SourceSheetId)
	}
	title := req.NewSheetName
	if title == "" {
		title = t.copyTitle(source.title())
	}
	if err := t.checkTitle(title, nil); err != nil {
		return nil, err
	}
	if req.NewSheetId != 0 && t.doc.sheet(req.NewSheetId) != nil {
		return nil, wire.BadRequest("Sheet with id %d already exists. Please enter another id.", req.NewSheetId)
	}
	if req.InsertSheetIndex < 0 || int(req.InsertSheetIndex) > len(t.doc.sheets) {
		return nil, wire.BadRequest("Sheet index %d is out of range: there are %d sheets.", req.InsertSheetIndex,
			len(t.doc.sheets))
	}
	sh, err := t.importSheet(t.doc, source, title)
	if err != nil {
		return nil, err
	}
	if req.NewSheetId != 0 {
		t.moveObjects(sh, req.NewSheetId)
	}
	t.doc.sheets = slices.Insert(t.doc.sheets, int(req.InsertSheetIndex), sh)
	return &sheets.Response{DuplicateSheet: &sheets.DuplicateSheetResponse{Properties: t.sheetProperties(sh)}}, nil
}

func (t *tx) copyTitle(title string) string {
	name := "Copy of " + title
	for n := 1; t.doc.sheetByTitle(name) != nil; n++ {
		name = fmt.Sprintf("Copy of %s %d", title, n)
	}
	return name
}

// importSheet copies a tab of this or another document, with a new id and new ids for all
// that it holds. It does not add the copy to the tabs.
func (t *tx) importSheet(from *document, source *sheet, title string) (*sheet, error) {
	if t.doc.sheetByTitle(title) != nil {
		title = t.copyTitle(source.title())
	}
	if err := t.checkSize(nil, source.rowCount(), source.colCount()); err != nil {
		return nil, err
	}
	n := *source
	n.owner, n.saved = t.v, nil
	n.rows = slices.Clone(source.rows)
	props := *source.props
	props.Title, props.Hidden = title, false
	n.props = &props
	if from.formats != t.doc.formats {
		t.translate(from, &n)
	}
	old := source.id()
	n.basicFilter = cloneAPI(source.basicFilter)
	n.merges, n.conditional = cloneList(source.merges), cloneList(source.conditional)
	n.protected, n.charts, n.banded = cloneList(source.protected), cloneList(source.charts), cloneList(source.banded)
	n.rowGroups, n.colGroups, n.tables = cloneList(source.rowGroups), cloneList(source.colGroups),
		cloneList(source.tables)
	n.cols = slices.Clone(source.cols)
	for _, p := range n.protected {
		p.ProtectedRangeId = newID(t.protectedTaken)
		if !p.WarningOnly {
			p.Editors = t.ownEditors()
		}
	}
	for _, c := range n.charts {
		c.ChartId = newID(t.chartTaken)
	}
	for _, b := range n.banded {
		b.BandedRangeId = newID(t.bandTaken)
	}
	for _, tb := range n.tables {
		tb.TableId = itoa(newID(t.bandTaken))
	}
	id := t.newSheetID()
	for _, m := range from.meta {
		if m.location != "SPREADSHEET" && m.sheet == old {
			m.id, m.sheet = t.newMetaID(), id
			t.doc.meta = append(t.doc.meta, m)
		}
	}
	t.moveObjects(&n, id)
	return &n, nil
}

// moveObjects gives a tab an id and changes it in all that the tab holds.
func (t *tx) moveObjects(sh *sheet, id int64) {
	old := sh.props.SheetId
	p := *sh.props
	p.SheetId = id
	sh.props = &p
	retarget := func(g *sheets.GridRange) {
		if g.SheetId == old {
			g.SheetId = id
		}
	}
	for _, list := range []any{sh.merges, sh.conditional, sh.protected, sh.charts, sh.banded, sh.tables,
		sh.basicFilter} {
		eachGridRange(list, retarget)
	}
	for _, groups := range [][]*sheets.DimensionGroup{sh.rowGroups, sh.colGroups} {
		for _, g := range groups {
			g.Range.SheetId = id
		}
	}
	for _, c := range sh.charts {
		if pos := c.Position; pos != nil && pos.OverlayPosition != nil && pos.OverlayPosition.AnchorCell != nil {
			pos.OverlayPosition.AnchorCell.SheetId = id
		}
	}
	for i, m := range t.doc.meta {
		if m.location != "SPREADSHEET" && m.sheet == old && t.doc.sheet(old) == nil {
			t.doc.meta[i].sheet = id
		}
	}
}

// translate changes the numbers of formats and rules, in the cells of a tab from another
// document, to this document's.
func (t *tx) translate(from *document, sh *sheet) {
	for r, rw := range sh.rows {
		if rw == nil {
			continue
		}
		rw = sh.ensureRow(r)
		for c := range rw.cells {
			cl := &rw.cells[c]
			cl.format = t.formatID(from.formats.get(cl.format))
			cl.rule = t.ruleID(from.rules.get(cl.rule))
		}
	}
}

func (t *tx) updateSheetProperties(req *sheets.UpdateSheetPropertiesRequest) error {
	p := req.Properties
	if p == nil {
		return wire.BadRequest("No properties specified.")
	}
	m, err := fieldMask[sheets.SheetProperties](req.Fields)
	if err != nil {
		return err
	}
	sh := t.doc.writable(t.v, p.SheetId)
	if sh == nil {
		return wire.BadRequest("No sheet with id: %d", p.SheetId)
	}
	if err := t.guardSheet(sh); err != nil {
		return err
	}
	next := wire.Merged(sh.props, p, m)
	next.SheetId, next.SheetType, next.Index, next.ForceSendFields = sh.id(), sh.props.SheetType, 0, nil
	if m.Has("title") {
		if err := t.checkTitle(next.Title, sh); err != nil {
			return err
		}
	}
	if next.Hidden && !slices.ContainsFunc(t.doc.sheets, func(s *sheet) bool {
		return s.id() != sh.id() && !s.props.Hidden
	}) {
		return wire.BadRequest("You can't hide all the sheets in a document.")
	}
	if m.Has("tabColor") || m.Has("tabColorStyle") {
		color, style := p.TabColor, p.TabColorStyle
		if !m.Has("tabColor") {
			color = nil
		}
		if !m.Has("tabColorStyle") {
			style = nil
		}
		next.TabColor, next.TabColorStyle = colorPair(color, style)
	}
	if err := t.resize(sh, next, m); err != nil {
		return err
	}
	oldTitle := sh.title()
	sh.props = next
	if m.Has("title") && oldTitle != next.Title {
		t.rewriteFormulas(func(_, f string) string { return calc.Rename(f, oldTitle, next.Title) })
	}
	if m.Has("index") {
		t.moveSheet(sh, int(p.Index))
	}
	return nil
}

// resize checks new grid properties and cuts off what no longer fits.
func (t *tx) resize(sh *sheet, next *sheets.SheetProperties, m *wire.Mask) error {
	if !m.Has("gridProperties") {
		return nil
	}
	g := sheets.GridProperties{}
	if next.GridProperties != nil {
		g = *next.GridProperties
	}
	g.ForceSendFields = nil
	if g.RowCount == 0 {
		g.RowCount = int64(sh.rowCount())
	}
	if g.ColumnCount == 0 {
		g.ColumnCount = int64(sh.colCount())
	}
	if g.RowCount <= g.FrozenRowCount && !m.Names("gridProperties", "frozenRowCount") && g.RowCount > 0 {
		g.FrozenRowCount = g.RowCount - 1
	}
	if g.ColumnCount <= g.FrozenColumnCount && !m.Names("gridProperties", "frozenColumnCount") && g.ColumnCount > 0 {
		g.FrozenColumnCount = g.ColumnCount - 1
	}
	next.GridProperties = &g
	if err := checkGrid(&g); err != nil {
		return err
	}
	if was := sh.props.GridProperties; g.FrozenRowCount != was.FrozenRowCount ||
		g.FrozenColumnCount != was.FrozenColumnCount {
		for _, m := range sh.merges {
			if word := frozenEdge(&g, bounded(m, sh)); word != "" {
				return wire.BadRequest("You can't freeze %s which contain only part of a merged cell.", word)
			}
		}
	}
	rows, cols := int(g.RowCount), int(g.ColumnCount)
	if err := t.checkSize(sh, rows, cols); err != nil {
		return err
	}
	if n := sh.rowCount() - rows; n > 0 {
		if err := t.guardCells(sh.id(), rect{rows, sh.rowCount(), 0, sh.colCount()}); err != nil {
			return err
		}
		if err := t.deleteDimension(sh, true, rows, n); err != nil {
			return err
		}
	}
	if n := sh.colCount() - cols; n > 0 {
		if err := t.guardCells(sh.id(), rect{0, sh.rowCount(), cols, sh.colCount()}); err != nil {
			return err
		}
		if err := t.deleteDimension(sh, false, cols, n); err != nil {
			return err
		}
	}
	sh.setGrid(rows, cols)
	return nil
}

// moveSheet moves a tab to an index, counted before the move.
func (t *tx) moveSheet(sh *sheet, to int) {
	from := slices.Index(t.doc.sheets, sh)
	to = min(max(to, 0), len(t.doc.sheets))
	if to == from || to == from+1 {
		return
	}
	t.doc.sheets = slices.Delete(t.doc.sheets, from, from+1)
	if to > from {
		to--
	}
	t.doc.sheets = slices.Insert(t.doc.sheets, to, sh)
}

var localeShape = lazyregexp.New(`^[a-z]{2,3}([_-][A-Za-z]{2,4})?([_-][A-Z]{2})?$`)

func checkProps(p *sheets.SpreadsheetProperties) error {
	if !localeShape.MatchString(p.Locale) {
		return wire.BadRequest("Unsupported locale: %s", p.Locale)
	}
	if _, err := time.LoadLocation(p.TimeZone); err != nil || p.TimeZone == "" || p.TimeZone == "Local" {
		return wire.BadRequest("Unsupported time zone: %s", p.TimeZone)
	}
	return nil
}

func (t *tx) updateSpreadsheetProperties(req *sheets.UpdateSpreadsheetPropertiesRequest) error {
	if req.Properties == nil {
		return wire.BadRequest("No properties specified.")
	}
	m, err := fieldMask[sheets.SpreadsheetProperties](req.Fields)
	if err != nil {
		return err
	}
	next := wire.Merged(t.doc.props, req.Properties, m)
	if m.Has("title") {
		if next.Title == "" {
			return wire.BadRequest("The spreadsheet title cannot be empty.")
		}
		title := next.Title
		t.title = &title
		renamed := t.view.file.clone()
		renamed.Name = title
		t.view.file = renamed
	}
	if next.Locale == "" {
		next.Locale = t.doc.props.Locale
	}
	if next.TimeZone == "" {
		next.TimeZone = t.doc.props.TimeZone
	}
	if next.AutoRecalc == "" {
		next.AutoRecalc = t.doc.props.AutoRecalc
	}
	next.Title, next.DefaultFormat, next.ForceSendFields = "", nil, nil
	if err := checkProps(next); err != nil {
		return err
	}
	t.doc.props = next
	return nil
}
