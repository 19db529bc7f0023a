package localgoogle

import (
	"reflect"
	"slices"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/calc"
)

// structureEdit is a change of a tab's rows or columns.
type structureEdit struct {
	kind calc.EditKind // Insert, Delete or Move
	rows bool
	at   int // the first index
	n    int
	to   int // for a move, counted before it
}

const far = 1 << 30 // stands for an open end

// point returns the new position of an index; ok is false if it is deleted.
func (e structureEdit) point(i int) (int, bool) {
	switch e.kind {
	case calc.Insert:
		if i >= e.at {
			i += e.n
		}
	case calc.Delete:
		if i >= e.at && i < e.at+e.n {
			return 0, false
		}
		if i >= e.at+e.n {
			i -= e.n
		}
	case calc.Move:
		switch {
		case i >= e.at && i < e.at+e.n:
			if e.to > e.at {
				return i + e.to - e.at - e.n, true
			}
			return i + e.to - e.at, true
		case e.to > e.at && i >= e.at+e.n && i < e.to:
			return i - e.n, true
		case e.to <= e.at && i >= e.to && i < e.at:
			return i + e.n, true
		}
	}
	return i, true
}

// span returns the new position of a stretch of indices; ok is false if nothing is left.
func (e structureEdit) span(start, end int) (s, f int, ok bool) {
	switch e.kind {
	case calc.Insert:
		if start >= e.at {
			start += e.n
		}
		if end > e.at && end < far {
			end += e.n
		}
		return start, end, true
	case calc.Delete:
		cut := func(i int) int {
			switch {
			case i >= far || i <= e.at:
				return i
			case i >= e.at+e.n:
				return i - e.n
			}
			return e.at
		}
		start, end = cut(start), cut(end)
		return start, end, start < end
	}
	// A move: a stretch wholly in the block moves with it; any other follows the rest of
	// the stretch.
	last := end - 1
	if end >= far {
		last = far
	}
	inBlock := func(i int) bool { return i >= e.at && i < e.at+e.n }
	if inBlock(start) && inBlock(last) {
		s, _ = e.point(start)
		f, _ = e.point(last)
		return s, f + 1, true
	}
	if inBlock(start) {
		start = e.at + e.n
	}
	if inBlock(last) {
		last = e.at - 1
	}
	s, _ = e.point(start)
	f, _ = e.point(last)
	if end >= far {
		return s, far, true
	}
	return s, f + 1, true
}

// grid moves a range of the edited tab; nil if nothing is left of it.
func (e structureEdit) grid(g *sheets.GridRange) *sheets.GridRange {
	a := gridRect(g)
	start, end := &a.c0, &a.c1
	if e.rows {
		start, end = &a.r0, &a.r1
	}
	f := *end
	if f == open {
		if *start == 0 {
			return g // all of them, whatever happens
		}
		f = far
	}
	s, f, ok := e.span(*start, f)
	if !ok {
		return nil
	}
	*start = s
	if *end != open {
		*end = f
	}
	return openGrid(g.SheetId, a)
}

// restructure moves everything that is on, or refers to, the edited tab, except the tab's
// own rows, cells and columns.
func (t *tx) restructure(sh *sheet, e structureEdit) {
	id, title := sh.id(), sh.title()
	e.moveParts(sh)
	e.moveFilter(sh)
	e.moveGroups(sh)
	t.moveNames(id, e)
	t.moveMetadata(id, e)
	t.moveCharts(id, e)
	edit := calc.Edit{Kind: e.kind, Dim: calc.Columns, Index: e.at, Count: e.n, To: e.to}
	if e.rows {
		edit.Dim = calc.Rows
	}
	t.rewriteFormulas(func(on, f string) string { return calc.Shift(f, on, title, edit) })
}

// grids moves ranges; it drops those of which nothing is left, and keeps those of other
// tabs than id.
func (e structureEdit) grids(id int64, list []*sheets.GridRange) []*sheets.GridRange {
	return keep(list, func(g *sheets.GridRange) *sheets.GridRange {
		if g != nil && g.SheetId == id {
			return e.grid(g)
		}
		return g
	})
}

// moveParts moves what is on ranges of the tab: merges, rules, protected ranges, bands,
// tables.
func (e structureEdit) moveParts(sh *sheet) {
	id := sh.id()
	sh.merges = slices.DeleteFunc(e.grids(id, sh.merges), func(g *sheets.GridRange) bool {
		return g.EndRowIndex-g.StartRowIndex == 1 && g.EndColumnIndex-g.StartColumnIndex == 1
	})
	sh.conditional = keep(sh.conditional, func(r *sheets.ConditionalFormatRule) *sheets.ConditionalFormatRule {
		n := *r
		if n.Ranges = e.grids(id, r.Ranges); len(n.Ranges) == 0 {
			return nil
		}
		return &n
	})
	sh.protected = keep(sh.protected, func(p *sheets.ProtectedRange) *sheets.ProtectedRange {
		n := *p
		if p.Range != nil {
			if n.Range = e.grid(p.Range); n.Range == nil {
				return nil
			}
		}
		n.UnprotectedRanges = e.grids(id, p.UnprotectedRanges)
		return &n
	})
	sh.banded = keep(sh.banded, func(b *sheets.BandedRange) *sheets.BandedRange {
		n := *b
		if n.Range = e.grid(b.Range); n.Range == nil {
			return nil
		}
		return &n
	})
	sh.tables = keep(sh.tables, func(b *sheets.Table) *sheets.Table {
		n := *b
		if n.Range = e.grid(b.Range); n.Range == nil {
			return nil
		}
		return &n
	})
}

func (e structureEdit) moveFilter(sh *sheet) {
	f := sh.basicFilter
	if f == nil || f.Range == nil {
		return
	}
	n := *f
	if n.Range = e.grid(f.Range); n.Range == nil {
		sh.basicFilter = nil
		return
	}
	sh.basicFilter = e.filter(&n)
}

func (e structureEdit) moveGroups(sh *sheet) {
	groups := &sh.colGroups
	if e.rows {
		groups = &sh.rowGroups
	}
	*groups = keep(*groups, func(g *sheets.DimensionGroup) *sheets.DimensionGroup {
		s, f, ok := e.span(int(g.Range.StartIndex), int(g.Range.EndIndex))
		if !ok {
			return nil
		}
		n, r := *g, *g.Range
		r.StartIndex, r.EndIndex, r.ForceSendFields = int64(s), int64(f), []string{"StartIndex"}
		n.Range = &r
		return &n
	})
}

func (t *tx) moveNames(id int64, e structureEdit) {
	t.doc.named = keep(t.doc.named, func(n *sheets.NamedRange) *sheets.NamedRange {
		if n.Range == nil || n.Range.SheetId != id {
			return n
		}
		m := *n
		if m.Range = e.grid(n.Range); m.Range == nil {
			return nil
		}
		return &m
	})
}

func (t *tx) moveMetadata(id int64, e structureEdit) {
	t.doc.meta = slices.DeleteFunc(t.doc.meta, func(m devMeta) bool { return e.drops(m, id) })
	for i, m := range t.doc.meta {
		if m.sheet == id && m.location == e.metaKind() {
			t.doc.meta[i].start, t.doc.meta[i].end, _ = e.span(m.start, m.end)
		}
	}
}

func (e structureEdit) metaKind() string {
	if e.rows {
		return "ROW"
	}
	return "COLUMN"
}

func (e structureEdit) drops(m devMeta, id int64) bool {
	if m.sheet != id || m.location != e.metaKind() {
		return false
	}
	_, _, ok := e.span(m.start, m.end)
	return !ok
}

// filter moves the columns of a filter.
func (e structureEdit) filter(f *sheets.BasicFilter) *sheets.BasicFilter {
	if e.rows {
		return f
	}
	if len(f.Criteria) > 0 {
		next := map[string]sheets.FilterCriteria{}
		for k, v := range f.Criteria {
			if i, ok := e.point(atoi(k)); ok {
				next[itoa(int64(i))] = v
			}
		}
		f.Criteria = next
	}
	f.FilterSpecs = keep(f.FilterSpecs, func(s *sheets.FilterSpec) *sheets.FilterSpec {
		i, ok := e.point(int(s.ColumnIndex))
		if !ok {
			return nil
		}
		n := *s
		n.ColumnIndex = int64(i)
		return &n
	})
	f.SortSpecs = keep(f.SortSpecs, func(s *sheets.SortSpec) *sheets.SortSpec {
		i, ok := e.point(int(s.DimensionIndex))
		if !ok {
			return nil
		}
		n := *s
		n.DimensionIndex = int64(i)
		return &n
	})
	return f
}

// keep maps a list with f and drops nils.
func keep[T any](list []*T, f func(*T) *T) []*T {
	var out []*T
	for _, x := range list {
		if n := f(x); n != nil {
			out = append(out, n)
		}
	}
	return out
}

// moveCharts moves the sources of all charts, and the anchors of those on the tab.
func (t *tx) moveCharts(id int64, e structureEdit) {
	for _, other := range t.doc.sheets {
		if len(other.charts) == 0 {
			continue
		}
		sh := t.doc.writable(t.v, other.id())
		for i, c := range sh.charts {
			n := cloneAPI(c)
			n.Spec.BasicChart = e.lostSources(n.Spec.BasicChart, id)
			eachGridRange(n, func(g *sheets.GridRange) {
				if g.SheetId != id {
					return
				}
				if moved := e.grid(g); moved != nil {
					*g = *moved
				}
			})
			if p := n.Position; p != nil && p.OverlayPosition != nil && p.OverlayPosition.AnchorCell != nil &&
				p.OverlayPosition.AnchorCell.SheetId == id {
				a := p.OverlayPosition.AnchorCell
				index := &a.ColumnIndex
				if e.rows {
					index = &a.RowIndex
				}
				if to, ok := e.point(int(*index)); ok {
					*index = int64(to)
				} else {
					*index = int64(e.at)
				}
			}
			sh.charts[i] = n
		}
	}
}

// lostSources drops the domains and series of a chart whose cells are all deleted.
func (e structureEdit) lostSources(b *sheets.BasicChartSpec, id int64) *sheets.BasicChartSpec {
	if b == nil {
		return nil
	}
	gone := func(d *sheets.ChartData) bool {
		if d == nil || d.SourceRange == nil || len(d.SourceRange.Sources) == 0 {
			return false
		}
		return !slices.ContainsFunc(d.SourceRange.Sources, func(g *sheets.GridRange) bool {
			return g.SheetId != id || e.grid(g) != nil
		})
	}
	b.Domains = slices.DeleteFunc(b.Domains, func(d *sheets.BasicChartDomain) bool { return gone(d.Domain) })
	b.Series = slices.DeleteFunc(b.Series, func(s *sheets.BasicChartSeries) bool { return gone(s.Series) })
	return b
}

// rewriteFormulas runs f over every formula of the document: in cells, conditional
// formats and validation rules. on is the title of the formula's tab.
func (t *tx) rewriteFormulas(f func(on, formula string) string) {
	for _, plain := range slices.Clone(t.doc.sheets) {
		title := plain.title()
		sh := plain
		own := func() *sheet {
			if sh.owner != t.v {
				sh = t.doc.writable(t.v, sh.id())
			}
			return sh
		}
		for r := range plain.rows {
			rw := sh.row(r)
			if rw == nil {
				continue
			}
			for c := range rw.cells {
				cl := &rw.cells[c]
				if cl.kind != cellFormula {
					continue
				}
				if next := f(title, cl.str); next != cl.str {
					own().ensure(r, c).str = next
					rw = sh.row(r)
				}
			}
		}
		for i, rule := range sh.conditional {
			if n := rewriteRule(rule, title, f); n != nil {
				own().conditional[i] = n
			}
		}
		t.rewriteValidation(plain, title, f, own)
	}
}

func (t *tx) rewriteValidation(sh *sheet, title string, f func(on, formula string) string, own func() *sheet) {
	next := map[uint32]uint32{}
	for r, rw := range sh.rows {
		if rw == nil {
			continue
		}
		for c := range rw.cells {
			id := rw.cells[c].rule
			if id == 0 {
				continue
			}
			to, ok := next[id]
			if !ok {
				to = id
				if rule := t.doc.rules.get(id); rule != nil {
					if cond := rewriteCondition(rule.Condition, title, f); cond != nil {
						n := *rule
						n.Condition = cond
						to = t.doc.rules.id(&n)
					}
				}
				next[id] = to
			}
			if to != id {
				own().ensure(r, c).rule = to
			}
		}
	}
}

func rewriteRule(rule *sheets.ConditionalFormatRule, title string,
	f func(on, formula string) string) *sheets.ConditionalFormatRule {
	if rule.BooleanRule == nil {
		return nil
	}
	cond := rewriteCondition(rule.BooleanRule.Condition, title, f)
	if cond == nil {
		return nil
	}
	n, b := *rule, *rule.BooleanRule
	b.Condition = cond
	n.BooleanRule = &b
	return &n
}

// rewriteCondition returns the condition with its formulas rewritten, nil if none
// changes.
func rewriteCondition(c *sheets.BooleanCondition, title string,
	f func(on, formula string) string) *sheets.BooleanCondition {
	if c == nil {
		return nil
	}
	var out *sheets.BooleanCondition
	for i, v := range c.Values {
		if v == nil || !isFormulaText(v.UserEnteredValue) {
			continue
		}
		next := f(title, v.UserEnteredValue)
		if next == v.UserEnteredValue {
			continue
		}
		if out == nil {
			n := *c
			n.Values = slices.Clone(c.Values)
			out = &n
		}
		value := *v
		value.UserEnteredValue = next
		out.Values[i] = &value
	}
	return out
}

// cloneAPI returns a deep copy of an API struct.
func cloneAPI[T any](v *T) *T {
	if v == nil {
		return nil
	}
	out := new(T)
	deepCopy(reflect.ValueOf(out).Elem(), reflect.ValueOf(v).Elem())
	return out
}

func cloneList[T any](list []*T) []*T {
	out := make([]*T, len(list))
	for i, v := range list {
		out[i] = cloneAPI(v)
	}
	return out
}

func deepCopy(dst, src reflect.Value) {
	switch src.Kind() {
	case reflect.Pointer:
		if !src.IsNil() {
			dst.Set(reflect.New(src.Type().Elem()))
			deepCopy(dst.Elem(), src.Elem())
		}
	case reflect.Slice:
		if !src.IsNil() {
			dst.Set(reflect.MakeSlice(src.Type(), src.Len(), src.Len()))
			for i := range src.Len() {
				deepCopy(dst.Index(i), src.Index(i))
			}
		}
	case reflect.Map:
		if !src.IsNil() {
			dst.Set(reflect.MakeMap(src.Type()))
			for _, k := range src.MapKeys() {
				v := reflect.New(src.Type().Elem()).Elem()
				deepCopy(v, src.MapIndex(k))
				dst.SetMapIndex(k, v)
			}
		}
	case reflect.Struct:
		for i := range src.NumField() {
			if dst.Field(i).CanSet() {
				deepCopy(dst.Field(i), src.Field(i))
			}
		}
	default:
		dst.Set(src)
	}
}

var gridRangeType = reflect.TypeFor[*sheets.GridRange]()

// eachGridRange calls f for every GridRange in an API value.
func eachGridRange(v any, f func(*sheets.GridRange)) { walkGridRanges(reflect.ValueOf(v), f) }

func walkGridRanges(v reflect.Value, f func(*sheets.GridRange)) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if v.Type() == gridRangeType {
			if g, ok := v.Interface().(*sheets.GridRange); ok {
				f(g)
			}
			return
		}
		walkGridRanges(v.Elem(), f)
	case reflect.Slice:
		for i := range v.Len() {
			walkGridRanges(v.Index(i), f)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch v.Field(i).Kind() {
			case reflect.Pointer, reflect.Slice, reflect.Struct:
				walkGridRanges(v.Field(i), f)
			default:
			}
		}
	default:
	}
}
