package localgoogle

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/wire"
)

func (t *tx) chartTaken(id int64) bool {
	for _, sh := range t.doc.sheets {
		if slices.ContainsFunc(sh.charts, func(c *sheets.EmbeddedChart) bool { return c.ChartId == id }) {
			return true
		}
	}
	return false
}

func (t *tx) addChart(req *sheets.AddChartRequest) (*sheets.Response, error) {
	if req.Chart == nil || req.Chart.Spec == nil {
		return nil, wire.BadRequest("Chart spec is required.")
	}
	c := cloneAPI(req.Chart)
	if p := c.Position; p == nil || p.OverlayPosition == nil && p.SheetId == 0 && !p.NewSheet {
		return nil, wire.BadRequest(
			"One of EmbeddedObjectPosition.overlayPosition or EmbeddedObjectPosition.sheetId must be set")
	}
	if err := t.checkSpec(c.Spec); err != nil {
		return nil, err
	}
	if c.ChartId == 0 {
		c.ChartId = newID(t.chartTaken)
	} else if t.chartTaken(c.ChartId) {
		return nil, wire.BadRequest("An object with id %d already exists.", c.ChartId)
	}
	id, err := t.placeObject(&c.Position)
	if err != nil {
		return nil, err
	}
	sh, err := t.sheetFor(id)
	if err != nil {
		return nil, err
	}
	sh.charts = append(sh.charts, c)
	return &sheets.Response{AddChart: &sheets.AddChartResponse{Chart: c}}, nil
}

// checkSpec refuses a spec that Google refuses, and completes its ranges. For a basic
// chart that shows nothing, Google answers with an internal error, which clients think
// temporary.
func (t *tx) checkSpec(spec *sheets.ChartSpec) error {
	switch b := spec.BasicChart; {
	case b != nil && len(b.Domains) == 0 && len(b.Series) == 0:
		return &wire.Error{Code: http.StatusInternalServerError, Status: "INTERNAL",
			Message: "Internal error encountered."}
	case b == nil && spec.PieChart == nil && spec.BubbleChart == nil && spec.CandlestickChart == nil &&
		spec.HistogramChart == nil && spec.OrgChart == nil &&
		spec.ScorecardChart == nil && spec.TreemapChart == nil && spec.WaterfallChart == nil:
		return wire.BadRequest("One of basicChart, pieChart, bubbleChart, candelstickChart, histogramChart, or " +
			"orgChart must be set on chartSpec.")
	}
	var bad *sheets.GridRange
	eachGridRange(spec, func(g *sheets.GridRange) {
		if t.doc.sheet(g.SheetId) == nil {
			bad = g
		}
		*g = *openGrid(g.SheetId, gridRect(g))
	})
	if bad != nil {
		return wire.BadRequest("No grid with id: %d", bad.SheetId)
	}
	return nil
}

// placeObject completes a position and returns its tab.
func (t *tx) placeObject(p **sheets.EmbeddedObjectPosition) (int64, error) {
	if *p == nil {
		*p = &sheets.EmbeddedObjectPosition{}
	}
	pos := *p
	switch {
	case pos.NewSheet || pos.OverlayPosition == nil && pos.SheetId != 0:
		return 0, errUnsupported("charts on a sheet of their own")
	case pos.OverlayPosition == nil:
		pos.OverlayPosition = &sheets.OverlayPosition{}
	}
	o := pos.OverlayPosition
	if o.AnchorCell == nil {
		o.AnchorCell = &sheets.GridCoordinate{SheetId: t.doc.sheets[0].id()}
	}
	sh := t.doc.sheet(o.AnchorCell.SheetId)
	if sh == nil {
		return 0, wire.BadRequest("No grid with id: %d", o.AnchorCell.SheetId)
	}
	if a := o.AnchorCell; a.RowIndex < 0 || a.ColumnIndex < 0 || int(a.RowIndex) >= sh.rowCount() ||
		int(a.ColumnIndex) >= sh.colCount() {
		return 0, wire.BadRequest("The anchor cell is outside the grid of %d rows and %d columns.", sh.rowCount(),
			sh.colCount())
	}
	if o.WidthPixels == 0 {
		o.WidthPixels = 600
	}
	if o.HeightPixels == 0 {
		o.HeightPixels = 371
	}
	return sh.id(), nil
}

func (t *tx) findChart(id int64) (*sheet, int, error) {
	for _, sh := range t.doc.sheets {
		if i := slices.IndexFunc(sh.charts, func(c *sheets.EmbeddedChart) bool { return c.ChartId == id }); i >= 0 {
			w, err := t.sheetFor(sh.id())
			return w, i, err
		}
	}
	return nil, 0, wire.BadRequest("No embedded object with id: %d", id)
}

func (t *tx) updateChartSpec(req *sheets.UpdateChartSpecRequest) error {
	if req.Spec == nil {
		return wire.BadRequest("Chart spec is required.")
	}
	sh, i, err := t.findChart(req.ChartId)
	if err != nil {
		return err
	}
	spec := cloneAPI(req.Spec)
	if err := t.checkSpec(spec); err != nil {
		return err
	}
	n := *sh.charts[i]
	n.Spec = spec
	sh.charts[i] = &n
	return nil
}

func (t *tx) updateObjectPosition(req *sheets.UpdateEmbeddedObjectPositionRequest) (*sheets.Response, error) {
	m, err := fieldMask[sheets.OverlayPosition](req.Fields)
	if err != nil {
		return nil, err
	}
	sh, i, err := t.findChart(req.ObjectId)
	if err != nil {
		return nil, err
	}
	n := cloneAPI(sh.charts[i])
	var to *sheets.OverlayPosition
	if req.NewPosition != nil {
		to = req.NewPosition.OverlayPosition
		if req.NewPosition.NewSheet {
			return nil, errUnsupported("charts on a sheet of their own")
		}
	}
	if n.Position == nil {
		n.Position = &sheets.EmbeddedObjectPosition{}
	}
	n.Position.OverlayPosition = wire.Merged(n.Position.OverlayPosition, to, m)
	id, err := t.placeObject(&n.Position)
	if err != nil {
		return nil, err
	}
	if id == sh.id() {
		sh.charts[i] = n
	} else {
		sh.charts = slices.Delete(sh.charts, i, i+1)
		other, err := t.sheetFor(id)
		if err != nil {
			return nil, err
		}
		other.charts = append(other.charts, n)
	}
	return &sheets.Response{UpdateEmbeddedObjectPosition: &sheets.UpdateEmbeddedObjectPositionResponse{
		Position: n.Position}}, nil
}

func (t *tx) deleteObject(req *sheets.DeleteEmbeddedObjectRequest) error {
	sh, i, err := t.findChart(req.ObjectId)
	if err != nil {
		return err
	}
	sh.charts = slices.Delete(sh.charts, i, i+1)
	return nil
}

func (t *tx) bandTaken(id int64) bool {
	for _, sh := range t.doc.sheets {
		if slices.ContainsFunc(sh.banded, func(b *sheets.BandedRange) bool { return b.BandedRangeId == id }) ||
			slices.ContainsFunc(sh.tables, func(x *sheets.Table) bool { return x.TableId == itoa(id) }) {
			return true
		}
	}
	return false
}

func normalBanding(p *sheets.BandingProperties) *sheets.BandingProperties {
	if p == nil {
		return nil
	}
	n := *p
	n.HeaderColor, n.HeaderColorStyle = colorPair(p.HeaderColor, p.HeaderColorStyle)
	n.FirstBandColor, n.FirstBandColorStyle = colorPair(p.FirstBandColor, p.FirstBandColorStyle)
	n.SecondBandColor, n.SecondBandColorStyle = colorPair(p.SecondBandColor, p.SecondBandColorStyle)
	n.FooterColor, n.FooterColorStyle = colorPair(p.FooterColor, p.FooterColorStyle)
	return &n
}

// settleBand completes a banded range before it is stored.
func (t *tx) settleBand(b *sheets.BandedRange) error {
	g, err := t.checkedRange(b.Range)
	if err != nil {
		return err
	}
	b.Range = g
	b.RowProperties, b.ColumnProperties = normalBanding(b.RowProperties), normalBanding(b.ColumnProperties)
	if b.RowProperties == nil && b.ColumnProperties == nil {
		return wire.BadRequest("Banding must have rowProperties or columnProperties.")
	}
	sh := t.doc.sheet(g.SheetId)
	for _, other := range sh.banded {
		if other.BandedRangeId != b.BandedRangeId && bounded(other.Range, sh).overlaps(bounded(g, sh)) {
			return wire.BadRequest("You cannot add alternating background colors to a range that already has " +
				"alternating background colors.")
		}
	}
	b.BandedRangeReference, b.ForceSendFields = itoa(b.BandedRangeId), nil
	return nil
}

func (t *tx) addBanding(req *sheets.AddBandingRequest) (*sheets.Response, error) {
	if req.BandedRange == nil {
		return nil, wire.BadRequest("No banded range specified.")
	}
	b := *req.BandedRange
	if b.BandedRangeId == 0 {
		b.BandedRangeId = newID(t.bandTaken)
	} else if t.bandTaken(b.BandedRangeId) {
		return nil, wire.BadRequest("A banded range with id %d already exists.", b.BandedRangeId)
	}
	if err := t.settleBand(&b); err != nil {
		return nil, err
	}
	sh, err := t.sheetFor(b.Range.SheetId)
	if err != nil {
		return nil, err
	}
	sh.banded = append(sh.banded, &b)
	return &sheets.Response{AddBanding: &sheets.AddBandingResponse{BandedRange: &b}}, nil
}

func (t *tx) findBand(id int64) (*sheet, int, error) {
	for _, sh := range t.doc.sheets {
		if i := slices.IndexFunc(sh.banded, func(b *sheets.BandedRange) bool { return b.BandedRangeId == id }); i >= 0 {
			w, err := t.sheetFor(sh.id())
			return w, i, err
		}
	}
	return nil, 0, wire.BadRequest("No banded range with id: %d", id)
}

func (t *tx) updateBanding(req *sheets.UpdateBandingRequest) error {
	if req.BandedRange == nil {
		return wire.BadRequest("No banded range specified.")
	}
	m, err := fieldMask[sheets.BandedRange](req.Fields)
	if err != nil {
		return err
	}
	sh, i, err := t.findBand(req.BandedRange.BandedRangeId)
	if err != nil {
		return err
	}
	b := wire.Merged(sh.banded[i], req.BandedRange, m)
	b.BandedRangeId = sh.banded[i].BandedRangeId
	if err := t.settleBand(b); err != nil {
		return err
	}
	if b.Range.SheetId != sh.id() {
		return wire.BadRequest("A banded range cannot move to another sheet.")
	}
	sh.banded[i] = b
	return nil
}

func (t *tx) deleteBanding(req *sheets.DeleteBandingRequest) error {
	sh, i, err := t.findBand(req.BandedRangeId)
	if err != nil {
		return err
	}
	sh.banded = slices.Delete(sh.banded, i, i+1)
	return nil
}

// tableColors returns the colours that Google gives to a table.
func tableColors() *sheets.TableRowsProperties {
	style := func(c *sheets.Color) *sheets.ColorStyle { return &sheets.ColorStyle{RgbColor: c} }
	return &sheets.TableRowsProperties{
		HeaderColorStyle: style(rgb(53, 104, 84)), FirstBandColorStyle: style(rgb(255, 255, 255)),
		SecondBandColorStyle: style(rgb(246, 248, 249)),
	}
}

func (t *tx) addTable(req *sheets.AddTableRequest) (*sheets.Response, error) {
	if req.Table == nil || req.Table.Range == nil {
		return nil, wire.BadRequest("No range specified.")
	}
	tb := cloneAPI(req.Table)
	_, a, err := t.writeArea(tb.Range)
	if err != nil {
		return nil, err
	}
	sh, err := t.sheetFor(tb.Range.SheetId)
	if err != nil {
		return nil, err
	}
	for _, other := range sh.tables {
		if bounded(other.Range, sh).overlaps(a) {
			return nil, wire.BadRequest("You cannot add a table to a range that already has a table.")
		}
	}
	id := newID(t.bandTaken)
	if tb.TableId == "" {
		tb.TableId = itoa(id)
	} else if n, err := strconv.ParseInt(tb.TableId, 10, 64); err == nil {
		if t.bandTaken(n) {
			return nil, wire.BadRequest("A table with id %s already exists.", tb.TableId)
		}
		id = n
	}
	if tb.Name == "" {
		tb.Name = t.freeTableName()
	}
	tb.Range = toGrid(sh.id(), a)
	if tb.RowsProperties == nil {
		tb.RowsProperties = tableColors()
	}
	t.nameColumns(sh, tb, a)
	sh.tables = append(sh.tables, tb)
	sh.banded = append(sh.banded, t.tableBand(tb, id))
	if a.r0 == 0 && sh.props.GridProperties.FrozenRowCount == 0 && sh.rowCount() > 1 {
		p, g := *sh.props, *sh.props.GridProperties
		g.FrozenRowCount = 1
		p.GridProperties = &g
		sh.props = &p
	}
	return &sheets.Response{AddTable: &sheets.AddTableResponse{Table: tb}}, nil
}

func (t *tx) tableBand(tb *sheets.Table, id int64) *sheets.BandedRange {
	c := tb.RowsProperties
	return &sheets.BandedRange{BandedRangeId: id, BandedRangeReference: tb.TableId, Range: tb.Range,
		RowProperties: normalBanding(&sheets.BandingProperties{
			HeaderColorStyle: c.HeaderColorStyle, FirstBandColorStyle: c.FirstBandColorStyle,
			SecondBandColorStyle: c.SecondBandColorStyle, FooterColorStyle: c.FooterColorStyle,
		})}
}

func (t *tx) freeTableName() string {
	for n := 1; ; n++ {
		name := "Table" + strconv.Itoa(n)
		used := false
		for _, sh := range t.doc.sheets {
			used = used || slices.ContainsFunc(sh.tables, func(x *sheets.Table) bool {
				return strings.EqualFold(x.Name, name)
			})
		}
		if !used {
			return name
		}
	}
}

// nameColumns names the columns of a table after its first row, and writes given names
// into that row.
func (t *tx) nameColumns(sh *sheet, tb *sheets.Table, a rect) {
	var cols []*sheets.TableColumnProperties
	for c := a.c0; c < a.c1; c++ {
		p := &sheets.TableColumnProperties{}
		for _, given := range tb.ColumnProperties {
			if given != nil && int(given.ColumnIndex) == c-a.c0 {
				p = given
			}
		}
		p.ColumnIndex = int64(c - a.c0)
		p.ForceSendFields = nil
		if p.ColumnName == "" {
			p.ColumnName = t.text(sh.at(a.r0, c), t.value(sh, a.r0, c))
		}
		if p.ColumnName == "" {
			p.ColumnName = "Column " + strconv.Itoa(c-a.c0+1)
		}
		if v := t.value(sh, a.r0, c); v.Kind == calc.Empty || t.text(sh.at(a.r0, c), v) != p.ColumnName {
			cl := *sh.at(a.r0, c)
			cl.clearValue()
			cl.kind, cl.str = cellString, p.ColumnName
			sh.set(a.r0, c, cl)
		}
		cols = append(cols, p)
	}
	tb.ColumnProperties = cols
}

func (t *tx) findTable(id string) (*sheet, int, error) {
	for _, sh := range t.doc.sheets {
		if i := slices.IndexFunc(sh.tables, func(x *sheets.Table) bool { return x.TableId == id }); i >= 0 {
			w, err := t.sheetFor(sh.id())
			return w, i, err
		}
	}
	return nil, 0, wire.BadRequest("No table with id: %s", id)
}

func (t *tx) updateTable(req *sheets.UpdateTableRequest) error {
	if req.Table == nil {
		return wire.BadRequest("No table specified.")
	}
	m, err := fieldMask[sheets.Table](req.Fields)
	if err != nil {
		return err
	}
	sh, i, err := t.findTable(req.Table.TableId)
	if err != nil {
		return err
	}
	old := sh.tables[i]
	tb := cloneAPI(wire.Merged(old, req.Table, m))
	tb.TableId = old.TableId
	if tb.Range == nil || tb.Range.SheetId != sh.id() {
		return wire.BadRequest("No range specified.")
	}
	_, a, err := t.writeArea(tb.Range)
	if err != nil {
		return err
	}
	tb.Range = toGrid(sh.id(), a)
	if tb.RowsProperties == nil {
		tb.RowsProperties = tableColors()
	}
	t.nameColumns(sh, tb, a)
	sh.tables[i] = tb
	for j, b := range sh.banded {
		if b.BandedRangeReference == tb.TableId {
			sh.banded[j] = t.tableBand(tb, b.BandedRangeId)
		}
	}
	return nil
}

func (t *tx) deleteTable(req *sheets.DeleteTableRequest) error {
	sh, i, err := t.findTable(req.TableId)
	if err != nil {
		return err
	}
	a := bounded(sh.tables[i].Range, sh)
	if err := t.guardCells(sh.id(), a); err != nil {
		return err
	}
	// Google removes the rules over a table along with it.
	sh.conditional = keep(sh.conditional, func(r *sheets.ConditionalFormatRule) *sheets.ConditionalFormatRule {
		n := *r
		n.Ranges = keep(r.Ranges, func(g *sheets.GridRange) *sheets.GridRange {
			if a.covers(bounded(g, sh)) {
				return nil
			}
			return g
		})
		if len(n.Ranges) == 0 {
			return nil
		}
		return &n
	})
	sh.tables = slices.Delete(sh.tables, i, i+1)
	sh.banded = slices.DeleteFunc(sh.banded, func(b *sheets.BandedRange) bool {
		return b.BandedRangeReference == req.TableId
	})
	t.wipeCells(sh, a)
	return nil
}
