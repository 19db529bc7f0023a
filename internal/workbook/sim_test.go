package workbook

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/apijson"
)

// sim is a spreadsheet in memory that carries out the requests of Diff and refuses what
// Google would refuse. It knows nothing of Books.
type sim struct {
	title, locale, zone string
	recalc              string
	tabs                []*simTab
	meta                map[int64]bool // ids of developer metadata in use
}

type simTab struct {
	id                     int64
	title                  string
	hidden                 bool
	color                  string
	hideGrid               bool
	frozenRows, frozenCols int
	tag                    *simTag
	rows, cols             []simLine
	cells                  [][]simCell
	merges                 []Area
	rules                  []*sheets.ConditionalFormatRule
	protects               map[int64]*sheets.ProtectedRange
	charts                 map[int64]*sheets.EmbeddedChart
	filter                 *sheets.BasicFilter
	groups                 []simGroup
	controlBefore          bool // the buttons of groups are over the column before
}

type simGroup struct {
	groupState
	collapsed bool
}

// regroup rebuilds the groups after some columns became more or less deep: one for each
// run of at least some depth.
func (t *simTab) regroup(from, to, by int) error {
	levels := make([]int, len(t.cols))
	for _, g := range t.groups {
		for i := g.from; i < g.to; i++ {
			levels[i] = max(levels[i], g.depth)
		}
	}
	any := false
	for i := from; i < to; i++ {
		if levels[i]+by >= 0 {
			levels[i] += by
			any = true
		}
	}
	if !any || slices.Max(levels) > 8 {
		return fmt.Errorf("no group over [%d, %d), or too many", from, to)
	}
	old := t.groups
	t.groups = nil
	for depth := 1; depth <= slices.Max(levels); depth++ {
		for i := 0; i < len(levels); i++ {
			if levels[i] < depth {
				continue
			}
			g := simGroup{groupState: groupState{i, i, depth}}
			for g.to < len(levels) && levels[g.to] >= depth {
				g.to++
			}
			i = g.to
			g.collapsed = slices.ContainsFunc(old, func(o simGroup) bool {
				return o.groupState == g.groupState && o.collapsed
			})
			t.groups = append(t.groups, g)
		}
	}
	return nil
}

type simTag struct {
	id         int64
	key, value string
}

type simLine struct {
	tags   []simTag
	size   int
	hidden bool
}

type simCell struct {
	value  any // float64, string, bool, formula or nil
	format string
	note   string
	check  string
}

type formula string

func newSim() *sim {
	s := &sim{meta: map[int64]bool{}}
	s.tabs = []*simTab{newSimTab(0, "Лист1", 50, 10)}
	return s
}

func newSimTab(id int64, title string, rows, cols int) *simTab {
	t := &simTab{id: id, title: title, protects: map[int64]*sheets.ProtectedRange{},
		charts: map[int64]*sheets.EmbeddedChart{}}
	t.resize(rows, cols)
	return t
}

func (t *simTab) resize(rows, cols int) {
	for len(t.rows) < rows {
		t.rows, t.cells = append(t.rows, simLine{}), append(t.cells, make([]simCell, len(t.cols)))
	}
	t.rows, t.cells = t.rows[:rows], t.cells[:rows]
	for len(t.cols) < cols {
		t.cols = append(t.cols, simLine{})
	}
	t.cols = t.cols[:cols]
	for i := range t.groups {
		t.groups[i].to = min(t.groups[i].to, cols)
	}
	t.groups = slices.DeleteFunc(t.groups, func(g simGroup) bool { return g.from >= g.to })
	for r := range t.cells {
		for len(t.cells[r]) < cols {
			t.cells[r] = append(t.cells[r], simCell{})
		}
		t.cells[r] = t.cells[r][:cols]
	}
}

func (s *sim) tab(id int64) *simTab {
	for _, t := range s.tabs {
		if t.id == id {
			return t
		}
	}
	return nil
}

// apply carries out a batch: all of it, or nothing and an error. The requests go
// through the JSON that goes over the wire.
func (s *sim) apply(reqs []*sheets.Request) error {
	for i, r := range reqs {
		b, err := apijson.Append(nil, r)
		if err != nil {
			return err
		}
		var wire sheets.Request
		if err := json.Unmarshal(b, &wire); err != nil {
			return err
		}
		var kinds map[string]json.RawMessage
		if err := json.Unmarshal(b, &kinds); err != nil {
			return err
		}
		for kind, raw := range kinds {
			if err := s.one(&wire, raw); err != nil {
				return fmt.Errorf("Invalid requests[%d].%s: %w\n%s", i, kind, err, b)
			}
		}
	}
	if !slices.ContainsFunc(s.tabs, func(t *simTab) bool { return !t.hidden }) {
		return fmt.Errorf("all sheets are hidden")
	}
	return nil
}

func (s *sim) one(r *sheets.Request, raw json.RawMessage) error {
	switch {
	case r.UpdateSpreadsheetProperties != nil:
		u := r.UpdateSpreadsheetProperties
		for _, f := range strings.Split(u.Fields, ",") {
			switch f {
			case "title":
				s.title = u.Properties.Title
			case "locale":
				s.locale = u.Properties.Locale
			case "timeZone":
				s.zone = u.Properties.TimeZone
			case "autoRecalc":
				s.recalc = u.Properties.AutoRecalc
			default:
				return fmt.Errorf("field %q", f)
			}
		}
		return nil
	case r.AddSheet != nil:
		return s.addSheet(r.AddSheet.Properties, raw)
	case r.DeleteSheet != nil:
		if s.tab(r.DeleteSheet.SheetId) == nil {
			return fmt.Errorf("no sheet with id %d", r.DeleteSheet.SheetId)
		}
		t := s.tab(r.DeleteSheet.SheetId)
		s.tabs = slices.DeleteFunc(s.tabs, func(o *simTab) bool { return o == t })
		if len(s.tabs) == 0 {
			return fmt.Errorf("You can't remove all the sheets in a document")
		}
		for _, l := range slices.Concat(t.rows, t.cols) {
			for _, m := range l.tags {
				delete(s.meta, m.id)
			}
		}
		if t.tag != nil {
			delete(s.meta, t.tag.id)
		}
		return nil
	case r.CreateDeveloperMetadata != nil:
		return s.tagLine(r.CreateDeveloperMetadata.DeveloperMetadata)
	case r.DeleteEmbeddedObject != nil:
		for _, t := range s.tabs {
			if t.charts[r.DeleteEmbeddedObject.ObjectId] != nil {
				delete(t.charts, r.DeleteEmbeddedObject.ObjectId)
				return nil
			}
		}
		return fmt.Errorf("no object %d", r.DeleteEmbeddedObject.ObjectId)
	case r.UpdateChartSpec != nil:
		for _, t := range s.tabs {
			if c := t.charts[r.UpdateChartSpec.ChartId]; c != nil {
				c.Spec = r.UpdateChartSpec.Spec
				return nil
			}
		}
		return fmt.Errorf("no chart %d", r.UpdateChartSpec.ChartId)
	case r.UpdateEmbeddedObjectPosition != nil:
		for _, t := range s.tabs {
			if c := t.charts[r.UpdateEmbeddedObjectPosition.ObjectId]; c != nil {
				c.Position = r.UpdateEmbeddedObjectPosition.NewPosition
				return nil
			}
		}
		return fmt.Errorf("no object %d", r.UpdateEmbeddedObjectPosition.ObjectId)
	case r.DeleteProtectedRange != nil:
		for _, t := range s.tabs {
			if t.protects[r.DeleteProtectedRange.ProtectedRangeId] != nil {
				delete(t.protects, r.DeleteProtectedRange.ProtectedRangeId)
				return nil
			}
		}
		return fmt.Errorf("no protected range %d", r.DeleteProtectedRange.ProtectedRangeId)
	}
	t := s.tab(sheetOf(r))
	if t == nil {
		return fmt.Errorf("no sheet with id %d", sheetOf(r))
	}
	return s.inTab(t, r, raw)
}

// sheetOf returns the sheet that a request is about.
func sheetOf(r *sheets.Request) int64 {
	switch {
	case r.UpdateSheetProperties != nil:
		return r.UpdateSheetProperties.Properties.SheetId
	case r.InsertDimension != nil:
		return r.InsertDimension.Range.SheetId
	case r.AppendDimension != nil:
		return r.AppendDimension.SheetId
	case r.MoveDimension != nil:
		return r.MoveDimension.Source.SheetId
	case r.UpdateDimensionProperties != nil:
		return r.UpdateDimensionProperties.Range.SheetId
	case r.UpdateCells != nil && r.UpdateCells.Start != nil:
		return r.UpdateCells.Start.SheetId
	case r.UpdateCells != nil:
		return r.UpdateCells.Range.SheetId
	case r.RepeatCell != nil:
		return r.RepeatCell.Range.SheetId
	case r.SetDataValidation != nil:
		return r.SetDataValidation.Range.SheetId
	case r.MergeCells != nil:
		return r.MergeCells.Range.SheetId
	case r.UnmergeCells != nil:
		return r.UnmergeCells.Range.SheetId
	case r.AddConditionalFormatRule != nil:
		return r.AddConditionalFormatRule.Rule.Ranges[0].SheetId
	case r.DeleteConditionalFormatRule != nil:
		return r.DeleteConditionalFormatRule.SheetId
	case r.AddProtectedRange != nil:
		return r.AddProtectedRange.ProtectedRange.Range.SheetId
	case r.UpdateProtectedRange != nil:
		return r.UpdateProtectedRange.ProtectedRange.Range.SheetId
	case r.AddChart != nil:
		return r.AddChart.Chart.Position.OverlayPosition.AnchorCell.SheetId
	case r.AddDimensionGroup != nil:
		return r.AddDimensionGroup.Range.SheetId
	case r.DeleteDimensionGroup != nil:
		return r.DeleteDimensionGroup.Range.SheetId
	case r.UpdateDimensionGroup != nil:
		return r.UpdateDimensionGroup.DimensionGroup.Range.SheetId
	case r.CopyPaste != nil:
		return r.CopyPaste.Destination.SheetId
	case r.SetBasicFilter != nil:
		return r.SetBasicFilter.Filter.Range.SheetId
	case r.ClearBasicFilter != nil:
		return r.ClearBasicFilter.SheetId
	}
	return -1
}

func (s *sim) titled(title string, but *simTab) bool {
	return slices.ContainsFunc(s.tabs, func(t *simTab) bool { return t != but && strings.EqualFold(t.title, title) })
}

func (s *sim) addSheet(p *sheets.SheetProperties, raw json.RawMessage) error {
	switch {
	case s.tab(p.SheetId) != nil:
		return fmt.Errorf("sheet id %d already exists", p.SheetId)
	case s.titled(p.Title, nil):
		return fmt.Errorf("A sheet with the name %q already exists", p.Title)
	case !strings.Contains(string(raw), `"index"`) || int(p.Index) > len(s.tabs):
		return fmt.Errorf("index %d", p.Index)
	}
	g := p.GridProperties
	t := newSimTab(p.SheetId, p.Title, int(g.RowCount), int(g.ColumnCount))
	t.hidden, t.hideGrid = p.Hidden, g.HideGridlines
	t.frozenRows, t.frozenCols = int(g.FrozenRowCount), int(g.FrozenColumnCount)
	if p.TabColorStyle != nil {
		t.color = hexColor(p.TabColorStyle.RgbColor)
	}
	s.tabs = slices.Insert(s.tabs, int(p.Index), t)
	return t.sane()
}

func (t *simTab) sane() error {
	if len(t.rows) <= t.frozenRows || len(t.cols) <= t.frozenCols || len(t.rows) == 0 || len(t.cols) == 0 {
		return fmt.Errorf("grid of %d×%d with %d×%d frozen", len(t.rows), len(t.cols), t.frozenRows, t.frozenCols)
	}
	return nil
}

func (s *sim) tagLine(m *sheets.DeveloperMetadata) error {
	if m.MetadataId <= 0 || s.meta[m.MetadataId] {
		return fmt.Errorf("metadata id %d is bad or in use", m.MetadataId)
	}
	if m.Visibility != "DOCUMENT" {
		return fmt.Errorf("visibility %q", m.Visibility)
	}
	s.meta[m.MetadataId] = true
	tag := simTag{m.MetadataId, m.MetadataKey, m.MetadataValue}
	d := m.Location.DimensionRange
	if d == nil {
		t := s.tab(m.Location.SheetId)
		if t == nil || t.tag != nil {
			return fmt.Errorf("no sheet %d, or tagged twice", m.Location.SheetId)
		}
		t.tag = &tag
		return nil
	}
	lines, err := s.tab(d.SheetId).lines(d)
	if err != nil {
		return err
	}
	if len(lines) != 1 {
		return fmt.Errorf("metadata on %d lines", len(lines))
	}
	lines[0].tags = append(lines[0].tags, tag)
	return nil
}

func (t *simTab) lines(d *sheets.DimensionRange) ([]simLine, error) {
	all := t.rows
	if d.Dimension == columns {
		all = t.cols
	} else if d.Dimension != rows {
		return nil, fmt.Errorf("dimension %q", d.Dimension)
	}
	if d.StartIndex < 0 || d.EndIndex <= d.StartIndex || int(d.EndIndex) > len(all) {
		return nil, fmt.Errorf("range [%d, %d) of %d lines", d.StartIndex, d.EndIndex, len(all))
	}
	return all[d.StartIndex:d.EndIndex], nil
}

func (t *simTab) area(g *sheets.GridRange) (Area, error) {
	a := Area{int(g.StartRowIndex), int(g.StartColumnIndex), int(g.EndRowIndex), int(g.EndColumnIndex)}
	if a.R1 == 0 {
		a.R1 = len(t.rows)
	}
	if a.C1 == 0 {
		a.C1 = len(t.cols)
	}
	if a.R0 < 0 || a.C0 < 0 || a.R1 <= a.R0 || a.C1 <= a.C0 || a.R1 > len(t.rows) || a.C1 > len(t.cols) {
		return a, fmt.Errorf("range %+v exceeds grid limits of %d rows, %d columns", a, len(t.rows), len(t.cols))
	}
	return a, nil
}

func (s *sim) inTab(t *simTab, r *sheets.Request, raw json.RawMessage) error {
	switch {
	case r.UpdateSheetProperties != nil:
		return s.sheetProperties(t, r.UpdateSheetProperties, raw)
	case r.InsertDimension != nil:
		d := r.InsertDimension.Range
		n := len(t.rows)
		if d.Dimension == columns {
			n = len(t.cols)
		}
		if int(d.StartIndex) >= n || d.EndIndex <= d.StartIndex || r.InsertDimension.InheritFromBefore &&
			d.StartIndex == 0 {
			return fmt.Errorf("range of %d lines", n)
		}
		from := int(d.StartIndex)
		if r.InsertDimension.InheritFromBefore {
			from--
		}
		s.insert(t, d.Dimension, int(d.StartIndex), int(d.EndIndex-d.StartIndex), from)
	case r.AppendDimension != nil:
		a := r.AppendDimension
		if a.Length <= 0 {
			return fmt.Errorf("length %d", a.Length)
		}
		if a.Dimension == columns {
			t.resize(len(t.rows), len(t.cols)+int(a.Length))
		} else {
			t.resize(len(t.rows)+int(a.Length), len(t.cols))
		}
	case r.MoveDimension != nil:
		m := r.MoveDimension
		if _, err := t.lines(m.Source); err != nil {
			return err
		}
		if m.Source.EndIndex != m.Source.StartIndex+1 {
			return fmt.Errorf("more than one line")
		}
		for _, a := range t.merges {
			from, to := a.C0, a.C1
			if m.Source.Dimension == rows {
				from, to = a.R0, a.R1
			}
			if int(m.Source.StartIndex) >= from && int(m.Source.StartIndex) < to || int(m.DestinationIndex) > from &&
				int(m.DestinationIndex) < to {
				return fmt.Errorf("it would tear the merge %+v", a)
			}
		}
		s.move(t, m.Source.Dimension, int(m.Source.StartIndex), int(m.DestinationIndex))
	case r.UpdateDimensionProperties != nil:
		u := r.UpdateDimensionProperties
		lines, err := t.lines(u.Range)
		if err != nil {
			return err
		}
		for i := range lines {
			switch u.Fields {
			case "pixelSize":
				lines[i].size = int(u.Properties.PixelSize)
			case "hiddenByUser":
				lines[i].hidden = u.Properties.HiddenByUser
			default:
				return fmt.Errorf("fields %q", u.Fields)
			}
		}
	case r.UpdateCells != nil:
		return t.updateCells(r.UpdateCells)
	case r.RepeatCell != nil:
		a, err := t.area(r.RepeatCell.Range)
		if err != nil {
			return err
		}
		return t.each(a, func(c *simCell) error { return c.set(r.RepeatCell.Cell, r.RepeatCell.Fields) })
	case r.SetDataValidation != nil:
		a, err := t.area(r.SetDataValidation.Range)
		if err != nil {
			return err
		}
		if v := r.SetDataValidation.Rule; v != nil && v.Condition.Type == "" {
			return fmt.Errorf("no condition")
		}
		return t.each(a, func(c *simCell) error {
			c.check = asJSON(r.SetDataValidation.Rule)
			return nil
		})
	case r.MergeCells != nil:
		a, err := t.area(r.MergeCells.Range)
		if err != nil {
			return err
		}
		if (a.R1-a.R0)*(a.C1-a.C0) < 2 {
			return fmt.Errorf("a merge of one cell")
		}
		for _, m := range t.merges {
			if overlap(a, m) {
				return fmt.Errorf("it overlaps the merge %+v", m)
			}
		}
		t.merges = append(t.merges, a)
	case r.UnmergeCells != nil:
		a, err := t.area(r.UnmergeCells.Range)
		if err != nil {
			return err
		}
		for _, m := range t.merges {
			if overlap(a, m) && !(a.R0 <= m.R0 && a.C0 <= m.C0 && a.R1 >= m.R1 && a.C1 >= m.C1) {
				return fmt.Errorf("it spans a part of the merge %+v", m)
			}
		}
		t.merges = slices.DeleteFunc(t.merges, func(m Area) bool { return overlap(a, m) })
	case r.AddConditionalFormatRule != nil:
		a := r.AddConditionalFormatRule
		for _, g := range a.Rule.Ranges {
			if _, err := t.area(g); err != nil {
				return err
			}
		}
		if int(a.Index) > len(t.rules) {
			return fmt.Errorf("index %d of %d rules", a.Index, len(t.rules))
		}
		t.rules = slices.Insert(t.rules, int(a.Index), a.Rule)
	case r.DeleteConditionalFormatRule != nil:
		k := int(r.DeleteConditionalFormatRule.Index)
		if k >= len(t.rules) {
			return fmt.Errorf("index %d of %d rules", k, len(t.rules))
		}
		t.rules = slices.Delete(t.rules, k, k+1)
	case r.AddProtectedRange != nil:
		p := r.AddProtectedRange.ProtectedRange
		if t.protects[p.ProtectedRangeId] != nil || len(t.protects) > 0 {
			return fmt.Errorf("already has sheet protection")
		}
		return t.protect(p, raw)
	case r.UpdateProtectedRange != nil:
		p := r.UpdateProtectedRange.ProtectedRange
		if t.protects[p.ProtectedRangeId] == nil {
			return fmt.Errorf("no protected range %d", p.ProtectedRangeId)
		}
		return t.protect(p, raw)
	case r.AddChart != nil:
		c := r.AddChart.Chart
		if t.charts[c.ChartId] != nil {
			return fmt.Errorf("chart %d already exists", c.ChartId)
		}
		t.charts[c.ChartId] = c
	case r.AddDimensionGroup != nil:
		d := r.AddDimensionGroup.Range
		if _, err := t.lines(d); err != nil || d.Dimension != columns {
			return fmt.Errorf("group %+v: %w", d, err)
		}
		t.controlBefore = false
		return t.regroup(int(d.StartIndex), int(d.EndIndex), 1)
	case r.DeleteDimensionGroup != nil:
		d := r.DeleteDimensionGroup.Range
		if _, err := t.lines(d); err != nil || d.Dimension != columns {
			return fmt.Errorf("group %+v: %w", d, err)
		}
		return t.regroup(int(d.StartIndex), int(d.EndIndex), -1)
	case r.UpdateDimensionGroup != nil:
		u := r.UpdateDimensionGroup
		g := groupState{int(u.DimensionGroup.Range.StartIndex), int(u.DimensionGroup.Range.EndIndex),
			int(u.DimensionGroup.Depth)}
		i := slices.IndexFunc(t.groups, func(o simGroup) bool { return o.groupState == g })
		if i < 0 || u.Fields != "collapsed" {
			return fmt.Errorf("no group %+v", g)
		}
		return t.open(i, !u.DimensionGroup.Collapsed)
	case r.CopyPaste != nil:
		from := s.tab(r.CopyPaste.Source.SheetId)
		if from == nil || r.CopyPaste.PasteType != "PASTE_NORMAL" {
			return fmt.Errorf("nothing to copy from")
		}
		a, err := from.area(r.CopyPaste.Source)
		if err != nil {
			return err
		}
		to, err := t.area(r.CopyPaste.Destination)
		if err != nil || to.size() != a.size() {
			return fmt.Errorf("%+v is no place for %+v: %w", to, a, err)
		}
		for _, m := range slices.Concat(from.merges, t.merges) {
			if overlap(m, a) && slices.Contains(from.merges, m) || overlap(m, to) && slices.Contains(t.merges, m) {
				return fmt.Errorf("it would paste over the merge %+v", m)
			}
		}
		for r := a.R0; r < a.R1; r++ {
			for c := a.C0; c < a.C1; c++ {
				t.cells[to.R0+r-a.R0][to.C0+c-a.C0] = from.cells[r][c]
			}
		}
	case r.SetBasicFilter != nil:
		if _, err := t.area(r.SetBasicFilter.Filter.Range); err != nil {
			return err
		}
		t.filter = r.SetBasicFilter.Filter
	case r.ClearBasicFilter != nil:
		t.filter = nil
	default:
		return fmt.Errorf("a request that the interpreter does not know")
	}
	return nil
}

// open opens or closes a group.
func (t *simTab) open(i int, open bool) error {
	t.groups[i].collapsed = !open
	for c := t.groups[i].from; c < t.groups[i].to; c++ {
		t.cols[c].hidden = !open
	}
	if !slices.ContainsFunc(t.cols, func(l simLine) bool { return !l.hidden }) {
		return fmt.Errorf("You can't hide all the columns in a sheet")
	}
	return nil
}

func (t *simTab) protect(p *sheets.ProtectedRange, raw json.RawMessage) error {
	if !strings.Contains(string(raw), `"editors":{"domainUsersCanEdit":false,"users":[`) {
		return fmt.Errorf("editors are not said outright: %s", raw)
	}
	for _, g := range p.UnprotectedRanges {
		if _, err := t.area(g); err != nil {
			return err
		}
	}
	t.protects[p.ProtectedRangeId] = p
	return nil
}

func overlap(a, b Area) bool { return a.R0 < b.R1 && b.R0 < a.R1 && a.C0 < b.C1 && b.C0 < a.C1 }

func (s *sim) sheetProperties(t *simTab, u *sheets.UpdateSheetPropertiesRequest, raw json.RawMessage) error {
	p := u.Properties
	for _, f := range strings.Split(u.Fields, ",") {
		leaf := f[strings.LastIndex(f, ".")+1:]
		if leaf != "tabColorStyle" && !strings.Contains(string(raw), `"`+leaf+`":`) {
			return fmt.Errorf("field %q is named and not sent", f)
		}
		switch f {
		case "title":
			if s.titled(p.Title, t) || p.Title == "" {
				return fmt.Errorf("A sheet with the name %q already exists", p.Title)
			}
			s.rename(t, p.Title)
		case "index":
			// "before the move" indexes
			at, to := slices.Index(s.tabs, t), int(p.Index)
			s.tabs = slices.Delete(s.tabs, at, at+1)
			if to > at {
				to--
			}
			s.tabs = slices.Insert(s.tabs, to, t)
		case "hidden":
			t.hidden = p.Hidden
		case "tabColorStyle":
			t.color = ""
			if p.TabColorStyle != nil {
				t.color = hexColor(p.TabColorStyle.RgbColor)
			}
		case "gridProperties.hideGridlines":
			t.hideGrid = p.GridProperties.HideGridlines
		case "gridProperties.frozenRowCount":
			t.frozenRows = int(p.GridProperties.FrozenRowCount)
		case "gridProperties.frozenColumnCount":
			t.frozenCols = int(p.GridProperties.FrozenColumnCount)
		case "gridProperties.columnGroupControlAfter":
			t.controlBefore = !p.GridProperties.ColumnGroupControlAfter
		case "gridProperties.rowCount":
			t.resize(int(p.GridProperties.RowCount), len(t.cols))
		case "gridProperties.columnCount":
			t.resize(len(t.rows), int(p.GridProperties.ColumnCount))
		default:
			return fmt.Errorf("field %q", f)
		}
	}
	if !slices.ContainsFunc(s.tabs, func(t *simTab) bool { return !t.hidden }) {
		return fmt.Errorf("You can't hide all the sheets in a document")
	}
	return t.sane()
}

func (t *simTab) each(a Area, f func(*simCell) error) error {
	for r := a.R0; r < a.R1; r++ {
		for c := a.C0; c < a.C1; c++ {
			if err := f(&t.cells[r][c]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *simTab) updateCells(u *sheets.UpdateCellsRequest) error {
	if u.Range != nil {
		a, err := t.area(u.Range)
		if err != nil || len(u.Rows) > 0 {
			return fmt.Errorf("range with %d rows: %w", len(u.Rows), err)
		}
		return t.each(a, func(c *simCell) error { return c.set(&sheets.CellData{}, u.Fields) })
	}
	for i, row := range u.Rows {
		for j, v := range row.Values {
			r, c := int(u.Start.RowIndex)+i, int(u.Start.ColumnIndex)+j
			if r >= len(t.rows) || c >= len(t.cols) {
				return fmt.Errorf("%s exceeds grid limits", A1(r, c))
			}
			if err := t.cells[r][c].set(v, u.Fields); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *simCell) set(v *sheets.CellData, fields string) error {
	list := strings.Split(fields, ",")
	if fields == formatAndColors {
		list = []string{fields}
	}
	for _, f := range list {
		switch f {
		case "userEnteredValue":
			c.value = nil
			switch e := v.UserEnteredValue; {
			case e == nil:
			case e.NumberValue != nil:
				c.value = *e.NumberValue
			case e.StringValue != nil:
				c.value = *e.StringValue
			case e.BoolValue != nil:
				c.value = *e.BoolValue
			case e.FormulaValue != nil:
				c.value = formula(*e.FormulaValue)
			}
		case "userEnteredFormat":
			c.format = asJSON(v.UserEnteredFormat)
		case "userEnteredFormat.numberFormat", "userEnteredFormat.textFormat", formatAndColors:
			f := new(sheets.CellFormat)
			if c.format != "" {
				if err := json.Unmarshal([]byte(c.format), &f); err != nil {
					return err
				}
			}
			if fields == "userEnteredFormat.textFormat" {
				f.TextFormat = v.UserEnteredFormat.TextFormat
			} else {
				f.NumberFormat = v.UserEnteredFormat.NumberFormat
			}
			if f.TextFormat == nil {
				f.TextFormat = &sheets.TextFormat{}
			}
			if fields == formatAndColors {
				f.BackgroundColorStyle = v.UserEnteredFormat.BackgroundColorStyle
				f.TextFormat.ForegroundColorStyle = v.UserEnteredFormat.TextFormat.ForegroundColorStyle
			}
			if asJSON(f.TextFormat) == "" {
				f.TextFormat = nil
			}
			c.format = asJSON(f)
		case "note":
			c.note = v.Note
		case "dataValidation":
			c.check = asJSON(v.DataValidation)
		default:
			return fmt.Errorf("field %q", f)
		}
	}
	return nil
}

func asJSON(v any) string {
	b, err := apijson.Append(nil, v)
	if err != nil {
		panic(err)
	}
	if string(b) == "null" || string(b) == "{}" {
		return ""
	}
	return string(b)
}

// insert inserts n lines with the look of the line like.
func (s *sim) insert(t *simTab, dim string, at, n, like int) {
	bare := func(c simCell) simCell { return simCell{format: c.format, check: c.check} }
	if dim == columns {
		for r := range t.cells {
			for range n {
				t.cells[r] = slices.Insert(t.cells[r], at, bare(t.cells[r][like]))
			}
		}
		t.cols = slices.Insert(t.cols, at, make([]simLine, n)...)
	} else {
		for range n {
			row := make([]simCell, len(t.cols))
			for c := range row {
				row[c] = bare(t.cells[like][c])
			}
			t.cells = slices.Insert(t.cells, at, row)
		}
		t.rows = slices.Insert(t.rows, at, make([]simLine, n)...)
	}
	s.carry(t, dim, func(p int) int {
		if p >= at {
			return p + n
		}
		return p
	})
}

// carry moves what lies over the cells; to returns where a line went.
func (s *sim) carry(t *simTab, dim string, to func(int) int) {
	edge := func(from, end *int) {
		lo, hi := *end, *from
		for i := *from; i < *end; i++ {
			lo, hi = min(lo, to(i)), max(hi, to(i)+1)
		}
		if *from < *end {
			lo, hi = to(*from), to(*end-1)+1
			if hi < lo {
				lo, hi = hi-1, lo+1
			}
			*from, *end = lo, hi
		}
	}
	for i := range t.merges {
		if m := &t.merges[i]; dim == columns {
			edge(&m.C0, &m.C1)
		} else {
			edge(&m.R0, &m.R1)
		}
	}
	s.references(func(on *simTab, title string, ref reference) (string, reference) {
		if title != t.title && (title != "" || on != t) {
			return title, ref
		}
		a, b := &ref.c0, &ref.c1
		if dim == rows {
			a, b = &ref.r0, &ref.r1
		}
		if *a >= 0 {
			*a = to(*a)
		}
		if *b >= 0 {
			*b = to(*b)
		}
		return title, ref
	})
}

// references changes what every formula refers to.
func (s *sim) references(f func(on *simTab, title string, r reference) (string, reference)) {
	for _, t := range s.tabs {
		for r := range t.cells {
			for c := range t.cells[r] {
				if v, ok := t.cells[r][c].value.(formula); ok {
					t.cells[r][c].value = formula(rewrite(string(v),
						func(title string, r reference) (string, reference) {
							return f(t, title, r)
						}))
				}
			}
		}
	}
}

func (s *sim) rename(t *simTab, title string) {
	was := t.title
	t.title = title
	s.references(func(_ *simTab, of string, r reference) (string, reference) {
		if of == was {
			of = title
		}
		return of, r
	})
}

func (s *sim) move(t *simTab, dim string, at, dest int) {
	to := dest
	if dest > at {
		to--
	}
	if dim == rows {
		t.cells, t.rows = moved(t.cells, at, to), moved(t.rows, at, to)
	} else {
		for r := range t.cells {
			t.cells[r] = moved(t.cells[r], at, to)
		}
		t.cols = moved(t.cols, at, to)
	}
	s.carry(t, dim, func(p int) int {
		switch {
		case p == at:
			return to
		case at < to && p > at && p <= to:
			return p - 1
		case to < at && p >= to && p < at:
			return p + 1
		}
		return p
	})
}

// moved takes one of a list to another place.
func moved[T any](list []T, at, to int) []T {
	x := list[at]
	return slices.Insert(slices.Delete(list, at, at+1), to, x)
}

// remove deletes a line as a person does.
func (s *sim) remove(t *simTab, dim string, at int) {
	lines := &t.rows
	if dim == columns {
		lines = &t.cols
	}
	for _, m := range (*lines)[at].tags {
		delete(s.meta, m.id)
	}
	*lines = slices.Delete(*lines, at, at+1)
	if dim == columns {
		for r := range t.cells {
			t.cells[r] = slices.Delete(t.cells[r], at, at+1)
		}
	} else {
		t.cells = slices.Delete(t.cells, at, at+1)
	}
	var kept []Area
	for _, m := range t.merges {
		a, b := &m.R0, &m.R1
		if dim == columns {
			a, b = &m.C0, &m.C1
		}
		if *a > at {
			*a--
		}
		if *b > at {
			*b--
		}
		if (m.R1-m.R0)*(m.C1-m.C0) > 1 {
			kept = append(kept, m)
		}
	}
	t.merges = kept
}

// tagged finds the line with a tag, −1 if there is none.
func tagged(lines []simLine, key, value string) int {
	return slices.IndexFunc(lines, func(l simLine) bool {
		return slices.ContainsFunc(l.tags, func(m simTag) bool { return m.key == key && m.value == value })
	})
}

// found returns what a read of columns by their metadata ids returns.
func (s *sim) found(ids []int64) (out []Found) {
	for _, t := range s.tabs {
		for c, l := range t.cols {
			for _, m := range l.tags {
				if !slices.Contains(ids, m.id) {
					continue
				}
				f := Found{MetaID: m.id, Sheet: t.title, Col: c}
				for r := range t.cells {
					v := t.cells[r][c].value
					if _, ok := v.(formula); ok {
						v = 42.0 // computed
					}
					f.Values = append(f.Values, v)
				}
				for n := len(f.Values); n > 0 && f.Values[n-1] == nil; n-- {
					f.Values = f.Values[:n-1]
				}
				out = append(out, f)
			}
		}
	}
	return out
}

// get returns the spreadsheet as spreadsheets.get with StateFields does.
func (s *sim) get() *sheets.Spreadsheet {
	out := &sheets.Spreadsheet{Properties: &sheets.SpreadsheetProperties{Title: s.title, Locale: s.locale,
		TimeZone: s.zone, AutoRecalc: s.recalc}}
	tags := func(ms []simTag) (list []*sheets.DeveloperMetadata) {
		for _, m := range ms {
			list = append(list, &sheets.DeveloperMetadata{MetadataId: m.id, MetadataKey: m.key, MetadataValue: m.value})
		}
		return list
	}
	for i, t := range s.tabs {
		sh := &sheets.Sheet{Properties: &sheets.SheetProperties{
			SheetId: t.id, Title: t.title, Index: int64(i), Hidden: t.hidden, TabColorStyle: color(t.color),
			GridProperties: &sheets.GridProperties{
				RowCount: int64(len(t.rows)), ColumnCount: int64(len(t.cols)), HideGridlines: t.hideGrid,
				FrozenRowCount: int64(t.frozenRows), FrozenColumnCount: int64(t.frozenCols),
			},
		}}
		if t.tag != nil {
			sh.DeveloperMetadata = tags([]simTag{*t.tag})
		}
		d := &sheets.GridData{}
		for _, l := range t.rows {
			d.RowMetadata = append(d.RowMetadata, &sheets.DimensionProperties{DeveloperMetadata: tags(l.tags)})
		}
		for _, l := range t.cols {
			d.ColumnMetadata = append(d.ColumnMetadata,
				&sheets.DimensionProperties{DeveloperMetadata: tags(l.tags), HiddenByUser: l.hidden})
		}
		last := 0
		for r := range t.cells {
			row := &sheets.RowData{}
			for _, c := range t.cells[r] {
				row.Values = append(row.Values, &sheets.CellData{UserEnteredValue: extended(c.value), Note: c.note})
				if c.value != nil || c.note != "" {
					last = r + 1
				}
			}
			d.RowData = append(d.RowData, row)
		}
		d.RowData = d.RowData[:last]
		sh.Data = []*sheets.GridData{d}
		for _, m := range t.merges {
			sh.Merges = append(sh.Merges, gridRange(t.id, m))
		}
		for _, r := range t.rules {
			sh.ConditionalFormats = append(sh.ConditionalFormats, &sheets.ConditionalFormatRule{Ranges: r.Ranges})
		}
		for _, id := range slices.Sorted(maps.Keys(t.protects)) {
			sh.ProtectedRanges = append(sh.ProtectedRanges,
				&sheets.ProtectedRange{ProtectedRangeId: id, Range: &sheets.GridRange{SheetId: t.id}})
		}
		for _, id := range slices.Sorted(maps.Keys(t.charts)) {
			sh.Charts = append(sh.Charts, &sheets.EmbeddedChart{ChartId: id})
		}
		sh.BasicFilter = t.filter
		for _, g := range t.groups {
			sh.ColumnGroups = append(sh.ColumnGroups, g.group(t.id))
		}
		out.Sheets = append(out.Sheets, sh)
	}
	return out
}

func extended(v any) *sheets.ExtendedValue {
	switch v := v.(type) {
	case float64:
		return value(Number, v, "")
	case string:
		return value(Text, 0, v)
	case formula:
		return value(Formula, 0, string(v))
	case bool:
		return &sheets.ExtendedValue{BoolValue: &v}
	}
	return nil
}
