package localgoogle

import (
	"net/http"
	"slices"
	"strconv"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/wire"
)

// properties returns the spreadsheet's properties for an answer.
func (v *view) properties() *sheets.SpreadsheetProperties {
	p := *v.doc.props
	p.Title = v.file.Name
	p.DefaultFormat = defaultFormat
	if p.SpreadsheetTheme == nil {
		p.SpreadsheetTheme = defaultTheme
	}
	return &p
}

// sheetProperties returns a tab's properties for an answer.
func (v *view) sheetProperties(sh *sheet) *sheets.SheetProperties {
	p := *sh.props
	p.Index = int64(slices.Index(v.doc.sheets, sh))
	p.ForceSendFields = []string{"SheetId", "Index"}
	return &p
}

// wanted says which parts of a spreadsheet to return.
type wanted struct {
	areas  []located // nil: all of it
	grid   bool      // with cells
	mask   *wire.Mask
	tables bool // leave out the banding of tables
}

// spreadsheet returns the document as the API shows it.
func (v *view) spreadsheet(w wanted) *sheets.Spreadsheet {
	out := &sheets.Spreadsheet{
		SpreadsheetId: v.file.ID, Properties: v.properties(),
		SpreadsheetUrl: "https://docs.google.com/spreadsheets/d/" + v.file.ID + "/edit",
		NamedRanges:    v.doc.named,
	}
	for _, m := range v.doc.meta {
		if m.location == "SPREADSHEET" {
			out.DeveloperMetadata = append(out.DeveloperMetadata, m.api())
		}
	}
	grid := w.grid
	if w.mask != nil {
		grid = w.mask.Has("sheets", "data")
	}
	for _, sh := range v.doc.sheets {
		var areas []located
		for _, l := range w.areas {
			if l.sh == sh {
				areas = append(areas, l)
			}
		}
		if w.areas != nil && areas == nil {
			continue
		}
		s := v.sheet(sh, w)
		if w.areas != nil { // only the merges that touch the ranges
			s.Merges = slices.DeleteFunc(slices.Clone(s.Merges), func(m *sheets.GridRange) bool {
				return !slices.ContainsFunc(areas, func(l located) bool { return l.area.overlaps(bounded(m, sh)) })
			})
		}
		if grid && sh.isGrid() {
			var dm *wire.Mask
			if w.mask != nil {
				sm, _ := w.mask.Get("sheets")
				dm, _ = sm.Get("data")
			}
			if areas == nil {
				areas = []located{onSheet(sh, rect{0, open, 0, open})}
			}
			for _, l := range areas {
				s.Data = append(s.Data, v.gridData(sh, l.area.intersect(sh.whole()), dm))
			}
		}
		out.Sheets = append(out.Sheets, s)
	}
	return out
}

func (v *view) sheet(sh *sheet, w wanted) *sheets.Sheet {
	s := &sheets.Sheet{
		Properties: v.sheetProperties(sh), Merges: sh.merges, ConditionalFormats: sh.conditional,
		BasicFilter: sh.basicFilter, Charts: sh.charts,
		BandedRanges: sh.banded, RowGroups: sh.rowGroups, ColumnGroups: sh.colGroups, Tables: sh.tables,
	}
	if w.tables {
		s.BandedRanges = slices.DeleteFunc(slices.Clone(sh.banded), func(b *sheets.BandedRange) bool {
			return slices.ContainsFunc(sh.tables, func(t *sheets.Table) bool {
				return t.TableId == b.BandedRangeReference
			})
		})
	}
	for _, p := range sh.protected {
		s.ProtectedRanges = append(s.ProtectedRanges, v.protectedRange(p))
	}
	for _, m := range v.doc.meta {
		if m.location == "SHEET" && m.sheet == sh.id() {
			s.DeveloperMetadata = append(s.DeveloperMetadata, m.api())
		}
	}
	return s
}

func (c *call) spreadsheetsGet() (*answer, error) {
	w := wanted{grid: c.query.boolean("includeGridData", false), mask: c.mask,
		tables: c.query.boolean("excludeTablesInBandedRanges", false)}
	var out *sheets.Spreadsheet
	err := c.s.viewing(c, c.file, func(v *view) error {
		for _, rng := range c.query["ranges"] {
			l, err := v.doc.locate(rng)
			if err != nil {
				return err
			}
			if _, err := l.clipped(); err != nil {
				return err
			}
			w.areas = append(w.areas, l)
		}
		out = v.spreadsheet(w)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{body: out}, nil
}

func (c *call) spreadsheetsGetByDataFilter() (*answer, error) {
	var in sheets.GetSpreadsheetByDataFilterRequest
	if err := wire.Decode(c.body, &in, ""); err != nil {
		return nil, err
	}
	w := wanted{grid: in.IncludeGridData, mask: c.mask, tables: in.ExcludeTablesInBandedRanges}
	var out *sheets.Spreadsheet
	err := c.s.viewing(c, c.file, func(v *view) error {
		if len(in.DataFilters) > 0 {
			matches, err := v.doc.match(in.DataFilters)
			if err != nil {
				return err
			}
			w.areas = []located{}
			for _, m := range matches {
				w.areas = append(w.areas, m.at)
			}
		}
		out = v.spreadsheet(w)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{body: out}, nil
}

// spreadsheetsCreate makes a spreadsheet in the caller's root folder: properties and tabs
// with their cells, and whatever else the request may bring for a tab or a document.
func (c *call) spreadsheetsCreate() (*answer, error) {
	var in sheets.Spreadsheet
	if err := wire.Decode(c.body, &in, ""); err != nil {
		return nil, err
	}
	title := "Untitled spreadsheet"
	if in.Properties != nil && in.Properties.Title != "" {
		title = in.Properties.Title
	}
	var made *file
	doc := newDocument()
	draft := &tx{view: view{s: c.s, doc: doc, file: &file{Name: title, Owner: c.user}, user: c.user, fresh: true,
		ctx: c.ctx()}, c: c, file: &file{Owner: c.user}, role: roleOwner, v: &version{},
		now: c.s.now(), formatIDs: map[*sheets.CellFormat]uint32{}, ruleIDs: map[*sheets.DataValidationRule]uint32{}}
	doc.props.TimeZone = "Etc/GMT"
	if err := draft.fill(&in); err != nil {
		return nil, err
	}
	err := c.s.mutate(c.ctx(), c.user, func(m *mutation) error {
		made = m.add(title, mimeSheet, "")
		m.ch.docs = append(m.ch.docs, docChange{num: made.num, new: doc})
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.file = made.ID
	var out *sheets.Spreadsheet
	err = c.s.viewing(c, made.ID, func(v *view) error {
		out = v.spreadsheet(wanted{mask: c.mask})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{body: out}, nil
}

// fill applies what spreadsheets.create honours.
func (t *tx) fill(in *sheets.Spreadsheet) error {
	if p := in.Properties; p != nil {
		q := *t.doc.props
		if p.Locale != "" {
			q.Locale = p.Locale
		}
		if p.TimeZone != "" {
			q.TimeZone = p.TimeZone
		}
		if p.AutoRecalc != "" {
			q.AutoRecalc = p.AutoRecalc
		}
		q.SpreadsheetTheme, q.IterativeCalculationSettings = p.SpreadsheetTheme, p.IterativeCalculationSettings
		if err := checkProps(&q); err != nil {
			return wire.BadRequest("Invalid properties: %s", err.Error())
		}
		t.doc.props = &q
	}
	if len(in.Sheets) == 0 {
		return nil
	}
	t.doc.sheets = nil
	for i, s := range in.Sheets {
		if s == nil {
			s = &sheets.Sheet{}
		}
		p := s.Properties
		if p == nil {
			p = &sheets.SheetProperties{}
		}
		props := *p
		if i == 0 && props.SheetId == 0 && !slices.Contains(props.ForceSendFields, "SheetId") {
			props.ForceSendFields = append(slices.Clone(props.ForceSendFields), "SheetId")
		}
		sh, err := t.newTab(&props)
		if err != nil {
			return err
		}
		t.doc.sheets = append(t.doc.sheets, sh)
		sh.owner = t.v
	}
	for i, s := range in.Sheets {
		if s == nil {
			continue
		}
		sh := t.doc.sheets[i]
		for _, d := range s.Data {
			if err := t.fillGrid(sh, d); err != nil {
				return wire.BadRequest("Invalid sheets[%d].data: %s", i, err.Error())
			}
		}
		if err := t.fillObjects(sh, s); err != nil {
			return wire.BadRequest("Invalid sheets[%d]: %s", i, err.Error())
		}
	}
	for i, n := range in.NamedRanges {
		if _, err := t.addNamedRange(&sheets.AddNamedRangeRequest{NamedRange: n}); err != nil {
			return wire.BadRequest("Invalid named_ranges[%d]: %s", i, err.Error())
		}
	}
	for i, m := range in.DeveloperMetadata {
		if _, err := t.createDeveloperMetadata(&sheets.CreateDeveloperMetadataRequest{
			DeveloperMetadata: m}); err != nil {
			return wire.BadRequest("Invalid developer_metadata[%d]: %s", i, err.Error())
		}
	}
	return nil
}

func (t *tx) fillGrid(sh *sheet, d *sheets.GridData) error {
	if d == nil {
		return nil
	}
	r0, c0 := int(d.StartRow), int(d.StartColumn)
	if r0 < 0 || c0 < 0 || r0 > maxRows || c0 > maxColumns {
		return wire.BadRequest("The start is outside the grid.")
	}
	end := rect{r1: r0 + max(len(d.RowData), len(d.RowMetadata)), c1: c0 + len(d.ColumnMetadata)}
	for _, row := range d.RowData {
		if row != nil {
			end.c1 = max(end.c1, c0+len(row.Values))
		}
	}
	if err := t.growFor(sh, end.r1, end.c1); err != nil {
		return err
	}
	for i, p := range d.RowMetadata {
		if p != nil {
			stretch{sh: sh, rows: true}.setDim(r0+i, dimension{size: int32(p.PixelSize), hidden: p.HiddenByUser})
		}
	}
	for i, p := range d.ColumnMetadata {
		if p != nil {
			stretch{sh: sh}.setDim(c0+i, dimension{size: int32(p.PixelSize), hidden: p.HiddenByUser})
		}
	}
	return t.writeRows(sh, r0, c0, rect{}, d.RowData, &wire.Mask{All: true})
}

// fillObjects adds a new tab's objects, as the requests of a batch would.
func (t *tx) fillObjects(sh *sheet, s *sheets.Sheet) error {
	var reqs []*sheets.Request
	for _, g := range s.Merges {
		reqs = append(reqs, &sheets.Request{MergeCells: &sheets.MergeCellsRequest{Range: g, MergeType: "MERGE_ALL"}})
	}
	for i, r := range s.ConditionalFormats {
		reqs = append(reqs, &sheets.Request{AddConditionalFormatRule: &sheets.AddConditionalFormatRuleRequest{Rule: r,
			Index: int64(i)}})
	}
	for _, p := range s.ProtectedRanges {
		reqs = append(reqs, &sheets.Request{AddProtectedRange: &sheets.AddProtectedRangeRequest{ProtectedRange: p}})
	}
	for _, c := range s.Charts {
		reqs = append(reqs, &sheets.Request{AddChart: &sheets.AddChartRequest{Chart: c}})
	}
	for _, b := range s.BandedRanges {
		reqs = append(reqs, &sheets.Request{AddBanding: &sheets.AddBandingRequest{BandedRange: b}})
	}
	for _, b := range s.Tables {
		reqs = append(reqs, &sheets.Request{AddTable: &sheets.AddTableRequest{Table: b}})
	}
	for _, m := range s.DeveloperMetadata {
		reqs = append(reqs, &sheets.Request{CreateDeveloperMetadata: &sheets.CreateDeveloperMetadataRequest{
			DeveloperMetadata: m}})
	}
	if s.BasicFilter != nil {
		reqs = append(reqs, &sheets.Request{SetBasicFilter: &sheets.SetBasicFilterRequest{Filter: s.BasicFilter}})
	}
	for _, g := range append(slices.Clone(s.RowGroups), s.ColumnGroups...) {
		if g != nil {
			reqs = append(reqs, &sheets.Request{AddDimensionGroup: &sheets.AddDimensionGroupRequest{Range: g.Range}})
		}
	}
	if len(s.FilterViews)+len(s.Slicers) > 0 {
		return errUnsupported("filter views and slicers")
	}
	for i, req := range reqs {
		if _, err := t.apply(i, req, &tabFaults{}); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) sheetsCopyTo() (*answer, error) {
	var in sheets.CopySheetToAnotherSpreadsheetRequest
	if err := wire.Decode(c.body, &in, ""); err != nil {
		return nil, err
	}
	sheetID, err := strconv.ParseInt(c.arg, 10, 64)
	if err != nil {
		return nil, wire.BadRequest("Invalid value at 'sheet_id' (TYPE_INT32), %q", c.arg)
	}
	var from *document
	var source *sheet
	err = c.s.viewing(c, c.file, func(v *view) error {
		from = v.doc
		if source = v.doc.sheet(sheetID); source == nil {
			return wire.BadRequest("The sheet (%d) specified does not exist.", sheetID)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out *sheets.SheetProperties
	err = c.s.changing(c, in.DestinationSpreadsheetId, func(t *tx) error {
		sh, err := t.importSheet(from, source, "Copy of "+source.title())
		if err != nil {
			return err
		}
		t.doc.sheets = append(t.doc.sheets, sh)
		out = t.sheetProperties(sh)
		return nil
	}, nil)
	if err != nil {
		return nil, err
	}
	return &answer{body: out, status: http.StatusOK}, nil
}
