package workbook

import (
	"maps"
	"slices"

	"google.golang.org/api/sheets/v4"
)

// objects sets what lies over the cells of a tab: merges, conditional rules, the
// protection, charts and the filter.
func (d *differ) objects(p *plan) error {
	d.merges(p)
	d.groups(p)
	if d.formulasShifted && !p.made {
		forget := func(h *uint64) {
			if *h != 0 {
				*h = unknown
			}
		}
		forget(&p.now.rulesHash)
		forget(&p.now.protect)
		forget(&p.now.filterHash)
		p.now.charts = slices.Clone(p.now.charts)
		for i := range p.now.charts {
			forget(&p.now.charts[i].spec)
			forget(&p.now.charts[i].at)
		}
	}
	for _, f := range []func(*plan) error{d.rules, d.protection, d.charts, d.filter} {
		if err := f(p); err != nil {
			return err
		}
	}
	return nil
}

// unmerge removes merges of ours that are no longer in the Book, before anything moves;
// and all merges if rows or columns are about to move, because a move cannot tear a
// merge. Then p.now.merges are those that stay, p.merged their positions.
func (d *differ) unmerge(p *plan, moves bool) {
	want := map[Area]bool{}
	for _, a := range p.want.Merges {
		for _, piece := range p.now.pieces(a) {
			if box, ok := p.now.box(piece); ok {
				want[box] = true
			}
		}
	}
	p.merged = map[Area]bool{}
	var torn []Area
	for _, a := range p.old.merges {
		box, ok := p.old.box(a)
		switch {
		case !ok:
		case p.old.lostLines(a):
			// a person deleted a line of it: its present extent is unknown
			// and so is what else in its rows is merged.
			d.add(unmerge(p.want.ID, Area{R0: box.R0, R1: box.R1}))
			torn = append(torn, box)
		case moves || !want[box] || len(p.old.areas(a)) != 1:
			d.add(unmerge(p.want.ID, box))
		default:
			p.merged[box] = true
		}
	}
	maps.DeleteFunc(p.merged, func(box Area, _ bool) bool {
		return slices.ContainsFunc(torn, func(t Area) bool { return box.R0 < t.R1 && t.R0 < box.R1 })
	})
	if len(p.old.foreignMerges) > 0 {
		d.unmergeStrays(p, want, moves)
	}
}

// merges makes the missing merges. If the cells of an area are apart, it merges each
// piece, and never a cell of somebody else.
func (d *differ) merges(p *plan) {
	p.now.merges = nil
	for _, a := range p.want.Merges {
		p.now.merges = append(p.now.merges, p.now.pieces(a)...)
	}
	for _, a := range p.now.merges {
		if box, ok := p.now.box(a); ok && !p.merged[box] {
			p.merged[box] = true
			d.add(&sheets.Request{MergeCells: &sheets.MergeCellsRequest{Range: gridRange(p.want.ID, box),
				MergeType: "MERGE_ALL"}})
		}
	}
}

// lostLines reports whether a row or column of an area is gone.
func (t *tabState) lostLines(a Area) bool {
	for r := a.R0; r < a.R1; r++ {
		if t.rowAt(r) < 0 {
			return true
		}
	}
	for c := a.C0; c < a.C1; c++ {
		if t.colAt(c) < 0 {
			return true
		}
	}
	return false
}

func unmerge(sheet int64, a Area) *sheets.Request {
	return &sheets.Request{UnmergeCells: &sheets.UnmergeCellsRequest{Range: gridRange(sheet, a)}}
}

// pieces splits an area of the Book into areas of the Book whose rows and columns are
// adjacent, without single cells.
func (t *tabState) pieces(a Area) (out []Area) {
	rws := stretches(a.R0, a.R1, t.rowAt)
	for _, c := range stretches(a.C0, a.C1, t.colAt) {
		for _, r := range rws {
			if (r[1]-r[0])*(c[1]-c[0]) > 1 {
				out = append(out, Area{r[0], c[0], r[1], c[1]})
			}
		}
	}
	return out
}

// stretches returns the runs of lines in [from, to) whose positions follow each other.
func stretches(from, to int, at func(int) int) (out [][2]int) {
	for i := from; i < to; i++ {
		p := at(i)
		if p < 0 {
			continue
		}
		if n := len(out); n > 0 && out[n-1][1] == i && at(i-1)+1 == p {
			out[n-1][1]++
			continue
		}
		out = append(out, [2]int{i, i + 1})
	}
	return out
}

// unmergeStrays removes merges that were read from a sheet: all of an Exclusive tab, else
// those over a cell that the Book fills or merges; and all if lines are about to be moved
// or frozen, which Google refuses through a merge. Wanted ones stay unless lines move.
func (d *differ) unmergeStrays(p *plan, wanted map[Area]bool, moves bool) {
	ours := map[[2]int]bool{}
	mark := func(r, c int) {
		if i, j := p.rowFrom[r], p.colFrom[c]; i >= 0 && j >= 0 {
			ours[[2]int{p.old.row(i).pos, p.old.column(j).pos}] = true
		}
	}
	for _, a := range p.want.Merges {
		for r := a.R0; r < min(a.R1, len(p.rowFrom)); r++ {
			for c := a.C0; c < min(a.C1, len(p.colFrom)); c++ {
				mark(r, c)
			}
		}
	}
	for r := range p.want.Cells {
		for c := range p.want.Cells[r] {
			if cell := &p.want.Cells[r][c]; cell.Kind != Blank && !cell.Open {
				mark(r, c)
			}
		}
	}
	for _, m := range p.old.foreignMerges {
		if !moves && wanted[m] {
			p.merged[m] = true
			continue
		}
		t := p.want
		over := t.Exclusive || moves || m.R0 < t.FrozenRows && t.FrozenRows < m.R1 || m.C0 < t.FrozenCols &&
			t.FrozenCols < m.C1
		for r := m.R0; r < m.R1 && !over; r++ {
			for c := m.C0; c < m.C1 && !over; c++ {
				over = ours[[2]int{r, c}]
			}
		}
		if over {
			d.add(unmerge(p.want.ID, m))
		}
	}
}

// wipe clears what is on an Exclusive tab outside the rows and columns of the Book, after
// the tab was read from the sheet.
func (d *differ) wipe(p *plan) {
	if len(p.old.seen.cells) == 0 {
		return
	}
	used := func(n int, pos []int) []int {
		free := []int{}
		taken := map[int]bool{}
		for _, p := range pos {
			taken[p] = true
		}
		for i := range n {
			if !taken[i] {
				free = append(free, i)
			}
		}
		return free
	}
	var cols, rws []int
	for _, c := range p.now.cols {
		cols = append(cols, c.pos)
	}
	for _, c := range p.now.spareCols {
		cols = append(cols, c.pos)
	}
	for _, r := range p.now.rows {
		rws = append(rws, r.pos)
	}
	for _, r := range p.now.spareRows {
		if r.day != 0 {
			rws = append(rws, r.pos)
		}
	}
	clear := func(a Area) {
		if p.old.seen.looks && !d.formulasShifted && p.old.seen.empty(a) {
			return
		}
		d.add(&sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{
			Range: gridRange(p.want.ID, a), Fields: "userEnteredValue,userEnteredFormat,note,dataValidation",
		}})
	}
	for _, r := range runs(used(p.now.gridRows, rws)) {
		clear(Area{R0: r[0], R1: r[1], C1: p.now.gridCols})
	}
	for _, c := range runs(used(p.now.gridCols, cols)) {
		clear(Area{R1: p.now.gridRows, C0: c[0], C1: c[1]})
	}
}

// sweep clears our own columns in rows that are not in the Book, such as a copied one, on
// a tab that others share.
func (d *differ) sweep(p *plan) {
	var was, now []int // positions of the columns, as seen and now
	for i := range p.want.Columns {
		c := p.want.Columns[i]
		if !c.Own {
			continue
		}
		if j := slices.IndexFunc(p.now.cols, func(s colState) bool { return s.key == c.Key }); j >= 0 {
			now = append(now, p.now.cols[j].pos)
		}
		if j := slices.IndexFunc(p.old.cols, func(s colState) bool { return s.key == c.Key }); j >= 0 {
			was = append(was, p.old.cols[j].pos)
		}
	}
	ours := map[int]bool{}
	for _, r := range slices.Concat(p.old.rows, p.old.spareRows) {
		ours[r.pos] = true
	}
	stray := false
	for r := range p.old.seen.cells {
		for _, c := range was {
			stray = stray || !ours[r] && p.old.seen.at(r, c).value != valBlank
		}
	}
	if !stray {
		return
	}
	clear(ours)
	for _, r := range slices.Concat(p.now.rows, p.now.spareRows) {
		ours[r.pos] = true
	}
	var others []int
	for r := range p.now.gridRows {
		if !ours[r] {
			others = append(others, r)
		}
	}
	slices.Sort(now)
	for _, r := range runs(others) {
		for _, c := range runs(now) {
			d.add(&sheets.Request{UpdateCells: &sheets.UpdateCellsRequest{
				Range: gridRange(p.want.ID, Area{R0: r[0], R1: r[1], C0: c[0], C1: c[1]}), Fields: "userEnteredValue",
			}})
		}
	}
}

// rules replaces the conditional rules if they have changed. Google knows them only by
// their place in the list, so on a tab of ours all rules are ours: a change removes those
// that a person added there.
func (d *differ) rules(p *plan) error {
	var want []*sheets.ConditionalFormatRule
	for i := range p.want.Rules {
		if r := d.rule(p, &p.want.Rules[i]); len(r.Ranges) > 0 {
			want = append(want, r)
		}
	}
	h := uint64(0)
	if len(want) > 0 {
		var err error
		if h, err = digest(want); err != nil {
			return err
		}
	}
	if s := p.old.seen; p.read && s.looks && !d.formulasShifted && s.rules == rulesShape(want) {
		p.now.rulesHash = h
	}
	if h == p.now.rulesHash && (h != 0 || p.now.rules == 0 || !p.want.Exclusive) {
		return nil
	}
	for i := p.now.rules - 1; i >= 0; i-- {
		d.add(&sheets.Request{DeleteConditionalFormatRule: &sheets.DeleteConditionalFormatRuleRequest{
			SheetId: p.want.ID, Index: int64(i), ForceSendFields: []string{"Index"},
		}})
	}
	for i, r := range want {
		d.add(&sheets.Request{AddConditionalFormatRule: &sheets.AddConditionalFormatRuleRequest{
			Rule: r, Index: int64(i), ForceSendFields: []string{"Index"},
		}})
	}
	p.now.rules, p.now.rulesHash = len(want), h
	return nil
}

func (d *differ) rule(p *plan, r *Rule) *sheets.ConditionalFormatRule {
	f := &sheets.CellFormat{BackgroundColorStyle: color(r.Back)}
	if r.Color != "" || r.Bold || r.Strike {
		f.TextFormat = &sheets.TextFormat{Bold: r.Bold, Strikethrough: r.Strike, ForegroundColorStyle: color(r.Color)}
	}
	rule := &sheets.ConditionalFormatRule{}
	for _, a := range r.Areas {
		for _, part := range p.now.areas(a) {
			rule.Ranges = append(rule.Ranges, gridRange(p.want.ID, part))
		}
	}
	values := r.Values
	if len(rule.Ranges) > 0 && !d.inPlace {
		first := rule.Ranges[0]
		s := &shift{r.Areas[0].R0, r.Areas[0].C0, int(first.StartRowIndex), int(first.StartColumnIndex)}
		values = d.conditionValues(p, r.Kind, r.Values, s)
	}
	rule.BooleanRule = &sheets.BooleanRule{Condition: condition(r.Kind, values), Format: f}
	return rule
}

// protection protects the whole sheet except its open areas. It always sends editors,
// even if there are none: without them every writer may edit the range.
func (d *differ) protection(p *plan) error {
	t, now := p.want, p.now
	have := slices.Clone(now.protects)
	drop := func(id int64) {
		d.add(&sheets.Request{DeleteProtectedRange: &sheets.DeleteProtectedRangeRequest{ProtectedRangeId: id}})
		have = slices.DeleteFunc(have, func(s protectState) bool { return s.id == id })
	}
	defer func() { now.protects = have }()
	if t.Protect == nil {
		for _, s := range now.protects {
			if now.protect != 0 || t.Exclusive {
				drop(s.id)
			}
		}
		now.protect = 0
		return nil
	}
	r := &sheets.ProtectedRange{
		ProtectedRangeId: t.Protect.ID, Range: &sheets.GridRange{SheetId: t.ID}, Description: t.Protect.Note,
		Editors: &sheets.Editors{Users: t.Protect.Editors,
			ForceSendFields: []string{"DomainUsersCanEdit", "Users"}},
		ForceSendFields: []string{"WarningOnly"},
	}
	if r.Editors.Users == nil {
		r.Editors.Users = []string{}
	}
	var open []Area
	for _, a := range t.Protect.Open {
		open = append(open, now.areas(a)...)
	}
	for _, a := range open {
		r.UnprotectedRanges = append(r.UnprotectedRanges, gridRange(t.ID, a))
	}
	h, err := digest(r)
	if err != nil {
		return err
	}
	if h == now.protect || p.read && !d.formulasShifted && asSeen(now.protects, r) {
		now.protect = h
		return nil
	}
	now.protect = h
	// A sheet can have one protection as a whole; ours replaces any other.
	for _, s := range now.protects {
		if s.id != t.Protect.ID && (s.sheet || t.Exclusive) {
			drop(s.id)
		}
	}
	if slices.ContainsFunc(have, func(s protectState) bool { return s.id == t.Protect.ID }) {
		d.add(&sheets.Request{UpdateProtectedRange: &sheets.UpdateProtectedRangeRequest{
			ProtectedRange: r, Fields: "range,description,unprotectedRanges,editors,warningOnly",
		}})
		return nil
	}
	have = append(have, protectState{id: t.Protect.ID, sheet: true})
	d.add(&sheets.Request{AddProtectedRange: &sheets.AddProtectedRangeRequest{ProtectedRange: r}})
	return nil
}

// charts adds, changes and deletes charts by their ids.
func (d *differ) charts(p *plan) error {
	var now []chartState
	old := slices.Clone(p.now.charts)
	for i := range p.want.Charts {
		c := &p.want.Charts[i]
		spec, at := d.chart(p, c)
		state := chartState{id: c.ID}
		var err error
		if state.spec, err = digest(spec); err != nil {
			return err
		}
		if state.at, err = digest(at); err != nil {
			return err
		}
		now = append(now, state)
		k := slices.IndexFunc(old, func(s chartState) bool { return s.id == c.ID })
		if k < 0 {
			d.add(&sheets.Request{AddChart: &sheets.AddChartRequest{
				Chart: &sheets.EmbeddedChart{ChartId: c.ID, Spec: spec, Position: at},
			}})
			continue
		}
		if old[k].spec != state.spec {
			d.add(&sheets.Request{UpdateChartSpec: &sheets.UpdateChartSpecRequest{ChartId: c.ID, Spec: spec}})
		}
		if old[k].at != state.at {
			d.add(&sheets.Request{UpdateEmbeddedObjectPosition: &sheets.UpdateEmbeddedObjectPositionRequest{
				ObjectId: c.ID, NewPosition: at,
				Fields: "anchorCell,offsetXPixels,offsetYPixels,widthPixels,heightPixels",
			}})
		}
		old = slices.Delete(old, k, k+1)
	}
	for _, c := range old {
		if c.spec == 0 && !p.want.Exclusive {
			now = append(now, c) // read from the sheet: a person's
			continue
		}
		d.add(&sheets.Request{DeleteEmbeddedObject: &sheets.DeleteEmbeddedObjectRequest{ObjectId: c.id}})
	}
	p.now.charts = now
	return nil
}

func (d *differ) chart(p *plan, c *Chart) (*sheets.ChartSpec, *sheets.EmbeddedObjectPosition) {
	from, hidden := p, ""
	if c.Data != 0 {
		from, hidden = d.planOf(c.Data), "SHOW_ALL"
	}
	source := func(a Area) *sheets.ChartData {
		data := &sheets.ChartData{SourceRange: &sheets.ChartSourceRange{}}
		for _, part := range from.now.areas(a) {
			data.SourceRange.Sources = append(data.SourceRange.Sources, gridRange(from.want.ID, part))
		}
		return data
	}
	valueAxis, domainAxis := "LEFT_AXIS", "BOTTOM_AXIS"
	if c.Kind == "BAR" {
		valueAxis, domainAxis = domainAxis, valueAxis
	}
	basic := &sheets.BasicChartSpec{
		ChartType: c.Kind, HeaderCount: 1, LegendPosition: "BOTTOM_LEGEND",
		Axis:    []*sheets.BasicChartAxis{{Position: domainAxis}, {Position: valueAxis}},
		Domains: []*sheets.BasicChartDomain{{Domain: source(c.Domain)}},
	}
	if len(c.Series) < 2 {
		basic.LegendPosition = "NO_LEGEND"
	}
	if c.Stacked {
		basic.StackedType = "STACKED"
	}
	for i, a := range c.Series {
		s := &sheets.BasicChartSeries{Series: source(a), TargetAxis: valueAxis}
		if c.Kind == "COMBO" {
			if s.Type = "COLUMN"; i < len(c.SeriesKinds) {
				s.Type = c.SeriesKinds[i]
			}
		}
		if i < len(c.Colors) {
			s.ColorStyle = color(c.Colors[i])
		}
		basic.Series = append(basic.Series, s)
	}
	return &sheets.ChartSpec{Title: c.Title, BasicChart: basic, HiddenDimensionStrategy: hidden},
		&sheets.EmbeddedObjectPosition{
			OverlayPosition: &sheets.OverlayPosition{
				AnchorCell: &sheets.GridCoordinate{
					SheetId:  p.want.ID,
					RowIndex: int64(max(0, p.now.rowAt(c.At.R0))), ColumnIndex: int64(max(0, p.now.colAt(c.At.C0))),
				},
				OffsetXPixels: int64(c.X), WidthPixels: int64(c.Width), HeightPixels: int64(c.Height),
			},
		}
}

// filter sets or clears the basic filter. If the Book has none, it leaves alone a filter
// that a person set, except on an Exclusive tab.
func (d *differ) filter(p *plan) error {
	now := p.now
	if p.want.Filter == nil {
		if now.filterHash != 0 || now.filter && p.want.Exclusive {
			d.add(&sheets.Request{ClearBasicFilter: &sheets.ClearBasicFilterRequest{SheetId: p.want.ID}})
			now.filter = false
		}
		now.filterHash = 0
		return nil
	}
	box, ok := now.box(*p.want.Filter)
	if !ok {
		return nil
	}
	r := gridRange(p.want.ID, box)
	h, err := digest(r)
	if err != nil {
		return err
	}
	if s := p.old.seen; p.read && !d.formulasShifted && s.filter == rangeHash(newHash(), r).sum() {
		now.filterHash = h
	}
	if h != now.filterHash {
		now.filter, now.filterHash = true, h
		d.add(&sheets.Request{SetBasicFilter: &sheets.SetBasicFilterRequest{Filter: &sheets.BasicFilter{Range: r}}})
	}
	return nil
}
