package localgoogle

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/wire"
)

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// isRangeName reports whether a range may have this name: letters, digits, "_" and ".",
// at most 250; the first one is a letter or "_". (As a regular expression it would be 250
// copies of Unicode's letters: 9 MB.)
func isRangeName(name string) bool {
	if name == "" || utf8.RuneCountInString(name) > 250 {
		return false
	}
	for i, r := range name {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || r != '.' && !unicode.IsNumber(r)) {
			return false
		}
	}
	return true
}

func (t *tx) checkRangeName(n *sheets.NamedRange) error {
	if _, cells := parseCells(n.Name); !isRangeName(n.Name) || cells || strings.EqualFold(n.Name, "true") ||
		strings.EqualFold(n.Name, "false") {
		return wire.BadRequest("The name given to this range is invalid.")
	}
	for _, other := range t.doc.named {
		if other.NamedRangeId != n.NamedRangeId && strings.EqualFold(other.Name, n.Name) {
			return wire.BadRequest("A named range with the name \"%s\" already exists.", n.Name)
		}
	}
	return nil
}

// checkedRange returns a request's range as it is stored: inside the grid, with its ends.
func (t *tx) checkedRange(g *sheets.GridRange) (*sheets.GridRange, error) {
	l, err := t.doc.locateGrid(g)
	if err != nil {
		return nil, err
	}
	if !l.sh.whole().covers(l.area) || l.area.empty() {
		return nil, l.exceeds()
	}
	return openGrid(g.SheetId, l.given), nil
}

func (t *tx) addNamedRange(req *sheets.AddNamedRangeRequest) (*sheets.Response, error) {
	if req.NamedRange == nil {
		return nil, wire.BadRequest("No named range specified.")
	}
	n := *req.NamedRange
	taken := func(id string) bool {
		return slices.ContainsFunc(t.doc.named, func(x *sheets.NamedRange) bool { return x.NamedRangeId == id })
	}
	if n.NamedRangeId == "" {
		n.NamedRangeId = itoa(newID(func(id int64) bool { return taken(itoa(id)) }))
	} else if taken(n.NamedRangeId) {
		return nil, wire.BadRequest("A named range with the id \"%s\" already exists.", n.NamedRangeId)
	}
	if err := t.checkRangeName(&n); err != nil {
		return nil, err
	}
	var err error
	if n.Range, err = t.checkedRange(n.Range); err != nil {
		return nil, err
	}
	t.doc.named = append(t.doc.named, &n)
	return &sheets.Response{AddNamedRange: &sheets.AddNamedRangeResponse{NamedRange: &n}}, nil
}

func (t *tx) updateNamedRange(req *sheets.UpdateNamedRangeRequest) error {
	if req.NamedRange == nil {
		return wire.BadRequest("No named range specified.")
	}
	m, err := fieldMask[sheets.NamedRange](req.Fields)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(t.doc.named, func(n *sheets.NamedRange) bool {
		return n.NamedRangeId == req.NamedRange.NamedRangeId
	})
	if i < 0 {
		return wire.BadRequest("No named range with id: %s", req.NamedRange.NamedRangeId)
	}
	n := wire.Merged(t.doc.named[i], req.NamedRange, m)
	n.NamedRangeId = t.doc.named[i].NamedRangeId
	if err := t.checkRangeName(n); err != nil {
		return err
	}
	if n.Range, err = t.checkedRange(n.Range); err != nil {
		return err
	}
	t.doc.named[i] = n
	return nil
}

func (t *tx) deleteNamedRange(req *sheets.DeleteNamedRangeRequest) error {
	i := slices.IndexFunc(t.doc.named, func(n *sheets.NamedRange) bool { return n.NamedRangeId == req.NamedRangeId })
	if i < 0 {
		return wire.BadRequest("No named range with id: %s", req.NamedRangeId)
	}
	t.doc.named = slices.Delete(t.doc.named, i, i+1)
	return nil
}

// normalRule stores a rule's colours as Google does.
func normalRule(r *sheets.ConditionalFormatRule) *sheets.ConditionalFormatRule {
	n := *r
	if r.BooleanRule != nil {
		b := *r.BooleanRule
		b.Format = normalFormat(b.Format)
		n.BooleanRule = &b
	}
	if r.GradientRule != nil {
		g := *r.GradientRule
		for _, p := range []**sheets.InterpolationPoint{&g.Minpoint, &g.Midpoint, &g.Maxpoint} {
			if *p != nil {
				q := **p
				q.Color, q.ColorStyle = colorPair(q.Color, q.ColorStyle)
				*p = &q
			}
		}
		n.GradientRule = &g
	}
	return &n
}

// ruleSheet checks a conditional format rule and returns its tab.
func (t *tx) ruleSheet(r *sheets.ConditionalFormatRule) (*sheets.ConditionalFormatRule, int64, error) {
	if r == nil || len(r.Ranges) == 0 || slices.Contains(r.Ranges, nil) {
		return nil, 0, wire.BadRequest("A conditional format rule must have at least one range.")
	}
	if (r.BooleanRule == nil) == (r.GradientRule == nil) {
		return nil, 0, wire.BadRequest("A conditional format rule must have either a booleanRule or a gradientRule.")
	}
	if b := r.BooleanRule; b != nil && (b.Condition == nil || b.Condition.Type == "") {
		return nil, 0, wire.BadRequest("A boolean rule must have a condition.")
	}
	if g := r.GradientRule; g != nil && (g.Minpoint == nil || g.Maxpoint == nil) {
		return nil, 0, wire.BadRequest("A gradient rule must have a minpoint and a maxpoint.")
	}
	if b := r.BooleanRule; b != nil {
		for _, x := range b.Condition.Values {
			if x == nil {
				continue
			}
			for _, title := range calc.Tabs(x.UserEnteredValue) {
				if sh := t.doc.sheet(r.Ranges[0].SheetId); sh == nil || !strings.EqualFold(sh.title(), title) {
					return nil, 0, wire.BadRequest("Invalid ConditionValue.userEnteredValue: a conditional format "+
						"rule cannot refer to a different sheet: %s", x.UserEnteredValue)
				}
			}
		}
	}
	n := normalRule(r)
	n.Ranges = nil
	id := int64(-1)
	for _, g := range r.Ranges {
		if id >= 0 && g.SheetId != id {
			return nil, 0, wire.BadRequest("All ranges of a conditional format rule must be on the same sheet.")
		}
		id = g.SheetId
		checked, err := t.checkedRange(g)
		if err != nil {
			return nil, 0, err
		}
		n.Ranges = append(n.Ranges, checked)
	}
	return n, id, nil
}

func (t *tx) addConditionalFormatRule(req *sheets.AddConditionalFormatRuleRequest) error {
	rule, id, err := t.ruleSheet(req.Rule)
	if err != nil {
		return err
	}
	sh, err := t.sheetFor(id)
	if err != nil {
		return err
	}
	if err := t.guardSheet(sh); err != nil {
		return err
	}
	if req.Index < 0 || int(req.Index) > len(sh.conditional) {
		return wire.BadRequest("No conditional format on sheet: %d at index: %d", id, req.Index)
	}
	sh.conditional = slices.Insert(sh.conditional, int(req.Index), rule)
	return nil
}

func (t *tx) updateConditionalFormatRule(req *sheets.UpdateConditionalFormatRuleRequest) (*sheets.Response, error) {
	id := req.SheetId
	var rule *sheets.ConditionalFormatRule
	if req.Rule != nil {
		var err error
		if rule, id, err = t.ruleSheet(req.Rule); err != nil {
			return nil, err
		}
	}
	sh, err := t.sheetFor(id)
	if err != nil {
		return nil, err
	}
	if err := t.guardSheet(sh); err != nil {
		return nil, err
	}
	i := int(req.Index)
	if i < 0 || i >= len(sh.conditional) {
		return nil, wire.BadRequest("No conditional format on sheet: %d at index: %d", id, req.Index)
	}
	old := sh.conditional[i]
	out := &sheets.UpdateConditionalFormatRuleResponse{OldIndex: req.Index}
	if rule != nil {
		sh.conditional[i] = rule
		out.NewIndex, out.NewRule, out.OldRule = req.Index, rule, old
		return &sheets.Response{UpdateConditionalFormatRule: out}, nil
	}
	to := int(req.NewIndex)
	if to < 0 || to >= len(sh.conditional) {
		return nil, wire.BadRequest("No conditional format on sheet: %d at index: %d", id, to)
	}
	sh.conditional = slices.Insert(slices.Delete(sh.conditional, i, i+1), to, old)
	out.NewIndex, out.NewRule = req.NewIndex, old
	return &sheets.Response{UpdateConditionalFormatRule: out}, nil
}

func (t *tx) deleteConditionalFormatRule(req *sheets.DeleteConditionalFormatRuleRequest) (*sheets.Response, error) {
	sh, err := t.sheetFor(req.SheetId)
	if err != nil {
		return nil, err
	}
	if err := t.guardSheet(sh); err != nil {
		return nil, err
	}
	i := int(req.Index)
	if i < 0 || i >= len(sh.conditional) {
		return nil, wire.BadRequest("No conditional format on sheet: %d at index: %d", req.SheetId, req.Index)
	}
	old := sh.conditional[i]
	sh.conditional = slices.Delete(sh.conditional, i, i+1)
	return &sheets.Response{DeleteConditionalFormatRule: &sheets.DeleteConditionalFormatRuleResponse{Rule: old}}, nil
}

func (t *tx) newMetaID() int64 {
	return newID(func(id int64) bool {
		return slices.ContainsFunc(t.doc.meta, func(m devMeta) bool { return m.id == id })
	})
}

// checkMeta applies what a request says about developer metadata.
func (t *tx) checkMeta(was devMeta, in *sheets.DeveloperMetadata, m *wire.Mask) (devMeta, error) {
	n := was
	if m.Has("metadataKey") {
		n.key = in.MetadataKey
	}
	if m.Has("metadataValue") {
		n.value = in.MetadataValue
	}
	if m.Has("visibility") {
		n.visibility = in.Visibility
	}
	if m.Has("location") {
		if in.Location == nil {
			return n, wire.BadRequest("Developer metadata must always have a location specified")
		}
		if d := in.Location.DimensionRange; d != nil &&
			(d.EndIndex == 0 || d.StartIndex == 0 && !slices.Contains(d.ForceSendFields, "StartIndex")) {
			return n, wire.BadRequest("DimensionRange must specify both a startIndex and an endIndex")
		}
		at, err := t.doc.metaPlace(in.Location)
		if err != nil {
			return n, err
		}
		if (at.location == "ROW" || at.location == "COLUMN") && at.end-at.start != 1 {
			return n, wire.BadRequest("DimensionRange must represent a single row or column")
		}
		n.location, n.sheet, n.start, n.end = at.location, at.sheet, at.start, at.end
	}
	switch {
	case n.key == "":
		return n, wire.BadRequest("Developer metadata must always have a key specified")
	case n.visibility != "DOCUMENT" && n.visibility != "PROJECT":
		return n, wire.BadRequest("Developer metadata must always have visibility specified")
	}
	return n, nil
}

// maxMetaChars limits the characters of keys and values of developer metadata: for the
// spreadsheet itself, and for each tab with its rows and columns.
const maxMetaChars = 30_000

// metaRoom refuses metadata that exceeds the limit of its spreadsheet or tab.
func (d *document) metaRoom(n devMeta) error {
	chars := 0
	for _, m := range d.meta {
		if (m.location == "SPREADSHEET") == (n.location == "SPREADSHEET") && m.sheet == n.sheet {
			chars += utf8.RuneCountInString(m.key) + utf8.RuneCountInString(m.value)
		}
	}
	if chars > maxMetaChars {
		return wire.BadRequest("This action would increase the developer metadata above the limit of %d characters.",
			maxMetaChars)
	}
	return nil
}

func (t *tx) createDeveloperMetadata(req *sheets.CreateDeveloperMetadataRequest) (*sheets.Response, error) {
	in := req.DeveloperMetadata
	if in == nil {
		return nil, wire.BadRequest("No developer metadata specified.")
	}
	n := devMeta{id: in.MetadataId}
	switch {
	case n.id < 0:
		return nil, wire.BadRequest("The metadata id must be positive: %d", n.id)
	case n.id == 0:
		n.id = t.newMetaID()
	case slices.ContainsFunc(t.doc.meta, func(m devMeta) bool { return m.id == n.id }):
		return nil, wire.BadRequest(
			"Cannot add developer metadata with ID [%d] because developer metadata with that ID already exists.", n.id)
	}
	n, err := t.checkMeta(n, in, nil)
	if err != nil {
		return nil, err
	}
	t.doc.meta = append(t.doc.meta, n)
	if err := t.doc.metaRoom(n); err != nil {
		return nil, err
	}
	return &sheets.Response{CreateDeveloperMetadata: &sheets.CreateDeveloperMetadataResponse{
		DeveloperMetadata: n.api()}}, nil
}

func (t *tx) updateDeveloperMetadata(req *sheets.UpdateDeveloperMetadataRequest) (*sheets.Response, error) {
	m, err := fieldMask[sheets.DeveloperMetadata](req.Fields)
	if err != nil {
		return nil, err
	}
	in := req.DeveloperMetadata
	if in == nil {
		in = &sheets.DeveloperMetadata{}
	}
	found, err := t.doc.search(req.DataFilters)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, wire.BadRequest("No developer metadata matched the data filters.")
	}
	out := &sheets.UpdateDeveloperMetadataResponse{}
	for _, f := range found {
		n, err := t.checkMeta(f.meta, in, m)
		if err != nil {
			return nil, err
		}
		for i := range t.doc.meta {
			if t.doc.meta[i].id == n.id {
				t.doc.meta[i] = n
			}
		}
		if err := t.doc.metaRoom(n); err != nil {
			return nil, err
		}
		out.DeveloperMetadata = append(out.DeveloperMetadata, n.api())
	}
	return &sheets.Response{UpdateDeveloperMetadata: out}, nil
}

func (t *tx) deleteDeveloperMetadata(req *sheets.DeleteDeveloperMetadataRequest) (*sheets.Response, error) {
	if req.DataFilter == nil {
		return nil, wire.BadRequest("Must specify a data filter.")
	}
	found, err := t.doc.search([]*sheets.DataFilter{req.DataFilter})
	if err != nil {
		return nil, err
	}
	out := &sheets.DeleteDeveloperMetadataResponse{}
	for _, f := range found {
		t.doc.meta = slices.DeleteFunc(t.doc.meta, func(m devMeta) bool { return m.id == f.meta.id })
		out.DeletedDeveloperMetadata = append(out.DeletedDeveloperMetadata, f.meta.api())
	}
	return &sheets.Response{DeleteDeveloperMetadata: out}, nil
}

func (t *tx) setBasicFilter(req *sheets.SetBasicFilterRequest) error {
	if req.Filter == nil || req.Filter.Range == nil && req.Filter.TableId == "" {
		return wire.BadRequest("No range specified.")
	}
	if req.Filter.Range == nil {
		return errUnsupported("filters of tables")
	}
	l, err := t.doc.locateGrid(req.Filter.Range)
	if err != nil {
		return err
	}
	if !l.sh.whole().covers(l.area) || l.area.empty() {
		return l.exceeds()
	}
	sh, err := t.sheetFor(l.sh.id())
	if err != nil {
		return err
	}
	f := *req.Filter
	f.Range = toGrid(sh.id(), l.area)
	sh.basicFilter = &f
	t.applyFilter(sh)
	return nil
}

func (t *tx) clearBasicFilter(req *sheets.ClearBasicFilterRequest) error {
	sh, err := t.sheetFor(req.SheetId)
	if err != nil {
		return err
	}
	sh.basicFilter = nil
	t.applyFilter(sh)
	return nil
}

// applyFilter hides the rows that the tab's basic filter excludes.
func (t *tx) applyFilter(sh *sheet) {
	hidden := map[int]bool{}
	if f := sh.basicFilter; f != nil {
		criteria := map[int]*sheets.FilterCriteria{}
		for k, c := range f.Criteria {
			criteria[atoi(k)] = &c
		}
		for _, s := range f.FilterSpecs {
			if s != nil && s.FilterCriteria != nil {
				criteria[int(s.ColumnIndex)] = s.FilterCriteria
			}
		}
		a := bounded(f.Range, sh)
		for col, c := range criteria {
			for r := a.r0 + 1; r < a.r1; r++ {
				val := t.value(sh, r, col)
				if slices.Contains(c.HiddenValues, t.text(sh.at(r, col), val)) {
					hidden[r] = true
				}
				if c.Condition != nil && !t.holds(sh, c.Condition, r, col, a.r0+1, col, val) {
					hidden[r] = true
				}
			}
		}
	}
	for r := range max(len(sh.rows), 0) {
		if d := sh.rowDim(r); d.filtered != hidden[r] {
			d.filtered = hidden[r]
			sh.ensureRow(r).dim = d
		}
	}
}
