package localgoogle

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/cellfmt"
	"svodka/internal/localgoogle/cellfmt/numfmt"
	"svodka/internal/localgoogle/page"
)

// pageSource shows the server to its page.
type pageSource struct{ s *Server }

func (p pageSource) Caller(r *http.Request) string { return p.s.caller(r) }

func (p pageSource) Owner() string { return p.s.o.Owner }

var roleNames = [...]string{roleReader: "reader", roleCommenter: "commenter", roleWriter: "writer", roleOwner: "owner"}

func (p pageSource) Files(user string) []page.File {
	out := []page.File{}
	for _, f := range p.s.allFiles() {
		role := p.s.role(f, user, false)
		if !f.isSheet() || role < roleReader || p.s.trashed(f) {
			continue
		}
		out = append(out, page.File{ID: f.ID, Name: f.Name, Kind: f.AppProps["kind"], Role: roleNames[role],
			Modified: f.Modified})
	}
	slices.SortFunc(out, func(a, b page.File) int {
		return cmp.Or(b.Modified.Compare(a.Modified), strings.Compare(a.ID, b.ID))
	})
	return out
}

func (p pageSource) Shares() []page.Share {
	var out []page.Share
	for _, f := range p.s.allFiles() {
		if !f.isSheet() || p.s.trashed(f) {
			continue
		}
		share := page.Share{FileID: f.ID, Name: f.Name, Kind: f.AppProps["kind"], Email: f.Owner, Role: "owner"}
		out = append(out, share)
		for _, g := range f.Perms {
			if g.Type == "user" && g.Email != f.Owner {
				share.Email, share.Role = g.Email, g.Role
				out = append(out, share)
			}
		}
	}
	return out
}

func (p pageSource) Seq() int64 {
	p.s.mu.RLock()
	defer p.s.mu.RUnlock()
	return p.s.seq
}

func (p pageSource) Version(user, id string) (int64, error) {
	f, err := p.file(user, id)
	if err != nil {
		return 0, err
	}
	return f.Seq, nil
}

func (p pageSource) file(user, id string) (*file, error) {
	f := p.s.lookup(id, user)
	switch {
	case f == nil || f.Removed || !f.isSheet():
		return nil, errNotFound()
	case p.s.role(f, user, true) < roleReader:
		return nil, errPermission()
	}
	return f, nil
}

func (p pageSource) Prepare(id string, read func(page.Book)) {
	f, err := p.file(p.s.o.Owner, id)
	if err != nil || p.s.docs.loaded(f.num) {
		return
	}
	err = p.Open(context.Background(), p.s.o.Owner, id, func(b page.Book) error {
		read(b)
		return nil
	})
	if err != nil {
		p.s.log.Debug("a spreadsheet that its page will ask for could not be opened", "file", id, "error", err)
	}
}

func (p pageSource) Open(ctx context.Context, user, id string, read func(page.Book) error) error {
	f, err := p.file(user, id)
	if err != nil {
		return err
	}
	err = p.s.reading(ctx, f.num, func(v *view) error {
		v.file, v.user = f, user
		return read(pageBook{v, p.s.role(f, user, true)})
	})
	if err != nil && p.s.lookup(id, user) == nil {
		return errNotFound()
	}
	return err
}

// pageBook shows a version of a spreadsheet to the page.
type pageBook struct {
	*view
	role int
}

func (b pageBook) today() time.Time { return b.s.now().In(b.doc.location()) }

func (b pageBook) Info() page.Info {
	return page.Info{ID: b.file.ID, Title: b.file.Name, Kind: b.file.AppProps["kind"], Role: roleNames[b.role],
		Locale: b.doc.locale(), TimeZone: b.doc.props.TimeZone, Today: b.today().Format(time.DateOnly)}
}

func (b pageBook) Tabs() []page.Tab {
	out := make([]page.Tab, 0, len(b.doc.sheets))
	for _, sh := range b.doc.sheets {
		if sh.isGrid() {
			out = append(out, b.tab(sh))
		}
	}
	return out
}

func (b pageBook) tab(sh *sheet) page.Tab {
	g := sh.props.GridProperties
	t := page.Tab{
		ID: sh.id(), Title: sh.title(), Hidden: sh.props.Hidden, Rows: sh.rowCount(), Cols: sh.colCount(),
		HideGrid:   g.HideGridlines,
		FrozenRows: int(g.FrozenRowCount), FrozenCols: int(g.FrozenColumnCount), Color: cssColor(sh.props.TabColor),
		Widths: map[int]int{}, Heights: map[int]int{}, RowKeys: map[string]int{}, ColKeys: map[string]int{},
	}
	for c, d := range sh.cols {
		if d.size > 0 && d.size != defaultColPixels {
			t.Widths[c] = int(d.size)
		}
		if d.hidden || d.filtered {
			t.HiddenCols = append(t.HiddenCols, c)
		}
	}
	t.GroupAfter = len(sh.colGroups) > 0 && g.ColumnGroupControlAfter
	for _, g := range sh.colGroups {
		t.Groups = append(t.Groups, page.Group{From: int(g.Range.StartIndex), To: int(g.Range.EndIndex),
			Depth: int(g.Depth), Closed: g.Collapsed})
	}
	for r, rw := range sh.rows {
		if rw == nil {
			continue
		}
		if rw.dim.size > 0 {
			t.Heights[r] = int(rw.dim.size)
		}
		if rw.dim.hidden || rw.dim.filtered {
			t.HiddenRows = append(t.HiddenRows, r)
		}
	}
	for _, m := range sh.merges {
		t.Merges = append(t.Merges, pageArea(bounded(m, sh)))
	}
	if sh.basicFilter != nil {
		a := pageArea(bounded(sh.basicFilter.Range, sh))
		t.Filter = &a
	}
	for _, p := range sh.protected {
		if b.role < roleWriter || b.mayEdit(p) {
			continue
		}
		l := page.Lock{Area: pageArea(protectedArea(b.doc, p, sh)), Note: p.Description}
		for _, o := range p.UnprotectedRanges {
			l.Open = append(l.Open, pageArea(bounded(o, sh)))
		}
		t.Locks = append(t.Locks, l)
	}
	for _, m := range b.doc.meta {
		switch {
		case m.sheet != sh.id() || m.value == "":
		case m.location == "SHEET":
			t.Key = cmp.Or(t.Key, m.value)
		case m.location == "ROW":
			t.RowKeys[m.value] = m.start
		case m.location == "COLUMN":
			t.ColKeys[m.value] = m.start
		}
	}
	t.Today = b.todayRow(sh, t.ColKeys["date"])
	return t
}

// todayRow returns the first row whose cell in a column is today's date.
func (b pageBook) todayRow(sh *sheet, col int) *int {
	now := b.today()
	day := numfmt.Serial(time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC))
	for r := range sh.rows {
		cl := sh.at(r, col)
		if cl.kind == cellNumber && math.Floor(cl.num) == day && b.doc.constant(cl).Date != calc.None {
			return &r
		}
	}
	return nil
}

func pageArea(a rect) page.Area { return page.Area{a.r0, a.r1, a.c0, a.c1} }

// cssColor returns a colour as #rrggbb, "" for none.
func cssColor(c *sheets.Color) string {
	if c == nil {
		return ""
	}
	n := func(f float64) byte { return byte(math.Round(min(max(f, 0), 1) * 255)) }
	const digits = "0123456789abcdef"
	out := []byte{'#'}
	for _, x := range []byte{n(c.Red), n(c.Green), n(c.Blue)} {
		out = append(out, digits[x>>4], digits[x&15])
	}
	return string(out)
}

func (b pageBook) Rows(tab int64, from, to int) [][]page.Cell {
	sh := b.doc.sheet(tab)
	if sh == nil {
		return nil
	}
	paint := b.newPainter(sh)
	reach := paint.reach(sh.used(func(c *cell) bool { return !c.blank() }))
	var out [][]page.Cell
	keep := 0
	for r := max(from, 0); r < min(to, reach.r1); r++ {
		row := make([]page.Cell, reach.c1)
		full := 0
		for c := range row {
			if b.cell(&row[c], sh, r, c, paint) {
				full = c + 1
			}
		}
		out = append(out, row[:full])
		if full > 0 {
			keep = len(out)
		}
	}
	return out[:keep]
}

// cell fills in a cell and reports whether it has any content.
func (b pageBook) cell(out *page.Cell, sh *sheet, r, c int, paint *painter) bool {
	cl := sh.at(r, c)
	var val calc.Value
	if cl.kind != cellEmpty {
		val = b.value(sh, r, c)
	}
	out.Format = paint.format(r, c, cl, val)
	if cl.blank() {
		return out.Format != nil
	}
	if val.Kind != calc.Empty {
		out.Text = b.text(cl, val)
	}
	out.Edit = b.editText(cl, val)
	out.Kind = map[calc.Kind]page.Kind{calc.Number: page.Number, calc.String: page.Text, calc.Bool: page.Boolean,
		calc.Error: page.Failure}[val.Kind]
	if val.Kind == calc.Error {
		out.Error = val.Msg
	}
	out.Link = val.Link
	if f := b.doc.formats.get(cl.format); out.Link == "" && f != nil && f.TextFormat != nil &&
		f.TextFormat.Link != nil {
		out.Link = f.TextFormat.Link.Uri
	}
	if e := cl.ext; e != nil {
		out.Note, out.Runs = e.Note, e.Runs
	}
	if cl.rule != 0 {
		out.Rule = b.doc.rules.get(cl.rule)
		out.Invalid = val.Kind != calc.Empty && !b.allows(sh, out.Rule, r, c, val)
	}
	if cl.kind == cellFormula {
		out.Spark = b.sparkline(sh, cl.str)
	}
	return true
}

// editText returns the text that a person edits in a cell: typed again, it gives the same
// cell.
func (v *view) editText(cl *cell, val calc.Value) string {
	locale := v.doc.locale()
	switch cl.kind {
	case cellFormula:
		return cl.str
	case cellString:
		formula, parsed, _ := cellfmt.Parse(cl.str, locale, v.s.now())
		if formula != "" || parsed.Kind != calc.String || strings.HasPrefix(cl.str, "'") {
			return "'" + cl.str
		}
		return cl.str
	case cellNumber:
		nf := v.shownFormat(cl, val)
		l := numfmt.Get(locale)
		switch cellfmt.DateKind(nf) {
		case calc.Date, calc.DateTime:
			kind := numfmt.KindDate
			if val.Num != math.Floor(val.Num) {
				kind = numfmt.KindDateTime
			}
			text, _ := cellfmt.Format(val, &cellfmt.NumberFormat{Type: kind}, locale)
			return text
		case calc.Time:
			if val.Num >= 0 {
				text, _ := cellfmt.Format(val, &cellfmt.NumberFormat{Type: nf.Type, Pattern: "[h]:mm:ss"}, locale)
				return text
			}
		}
		if nf != nil && nf.Type == "PERCENT" {
			return numfmt.Plain(val.Num*100, l) + "%"
		}
		return numfmt.Plain(val.Num, l)
	}
	return v.text(cl, val)
}

// allows reports whether a validation rule accepts a value. It accepts any value under a
// formula: that is relative to a place that the cell does not know.
func (v *view) allows(sh *sheet, rule *sheets.DataValidationRule, r, c int, val calc.Value) bool {
	if rule == nil || rule.Condition == nil {
		return true
	}
	switch rule.Condition.Type {
	case "CUSTOM_FORMULA":
		return true
	case "ONE_OF_RANGE", "ONE_OF_LIST":
		text := v.text(sh.at(r, c), val)
		return slices.ContainsFunc(v.choices(sh, rule), func(s string) bool { return strings.EqualFold(s, text) })
	}
	return v.holds(sh, rule.Condition, r, c, r, c, val)
}

// choices returns the texts that a rule with a list offers, each once.
func (v *view) choices(sh *sheet, rule *sheets.DataValidationRule) []string {
	var out []string
	seen := map[string]bool{}
	add := func(s string) {
		if s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	for _, x := range rule.Condition.Values {
		if x == nil {
			continue
		}
		if rule.Condition.Type == "ONE_OF_LIST" {
			add(x.UserEnteredValue)
			continue
		}
		l, err := v.near(sh, strings.TrimPrefix(x.UserEnteredValue, "="))
		if err != nil {
			continue // the range is gone: nothing to choose from
		}
		a := l.area.intersect(l.sh.used(hasValue))
		for r := a.r0; r < a.r1; r++ {
			for c := a.c0; c < a.c1; c++ {
				add(v.text(l.sh.at(r, c), v.value(l.sh, r, c)))
			}
		}
	}
	return out
}

// near finds a range as a formula on a tab would.
func (v *view) near(sh *sheet, ref string) (located, error) {
	if a, ok := parseCells(ref); ok {
		return onSheet(sh, a), nil
	}
	return v.doc.locate(ref)
}

func (b pageBook) Options(tab int64, row, col int) []string {
	out := []string{}
	sh := b.doc.sheet(tab)
	if sh == nil {
		return out
	}
	rule := b.doc.rules.get(sh.at(row, col).rule)
	if rule == nil || rule.Condition == nil {
		return out
	}
	return append(out, b.choices(sh, rule)...)
}

func (b pageBook) Refuse(tab int64, edits []page.Edit) []page.Refusal {
	out := []page.Refusal{}
	sh := b.doc.sheet(tab)
	if sh == nil {
		return out
	}
	for _, e := range edits {
		cl := sh.at(e.Row, e.Col)
		rule := b.doc.rules.get(cl.rule)
		if rule == nil || !rule.Strict || e.Text == "" {
			continue
		}
		formula, val, _ := cellfmt.Parse(e.Text, b.doc.locale(), b.today())
		if f := b.doc.formats.get(cl.format); formula == "" && f != nil && f.NumberFormat != nil &&
			f.NumberFormat.Type == "TEXT" {
			val = calc.Str(e.Text)
		}
		if formula != "" {
			val = b.evaluate(sh, formula, e.Row, e.Col)
		}
		if !b.allows(sh, rule, e.Row, e.Col, val) {
			out = append(out, page.Refusal{Row: e.Row, Col: e.Col, Message: rule.InputMessage})
		}
	}
	return out
}

func (b pageBook) Charts(tab int64) []page.Chart {
	out := []page.Chart{}
	sh := b.doc.sheet(tab)
	if sh == nil {
		return out
	}
	for _, c := range sh.charts {
		if c.Spec != nil && c.Spec.BasicChart != nil && c.Position != nil && c.Position.OverlayPosition != nil {
			out = append(out, b.chart(c))
		}
	}
	return out
}

func (b pageBook) chart(c *sheets.EmbeddedChart) page.Chart {
	spec, o := c.Spec.BasicChart, c.Position.OverlayPosition
	out := page.Chart{
		ID: c.ChartId, Row: int(o.AnchorCell.RowIndex), Col: int(o.AnchorCell.ColumnIndex), X: int(o.OffsetXPixels),
		Y:     int(o.OffsetYPixels),
		Width: int(o.WidthPixels), Height: int(o.HeightPixels), Title: c.Spec.Title,
		Type:    cmp.Or(spec.ChartType, "COLUMN"),
		Stacked: spec.StackedType == "STACKED" || spec.StackedType == "PERCENT_STACKED", Legend: spec.LegendPosition,
		Domain: []string{}, Series: []page.Series{},
	}
	head := int(spec.HeaderCount)
	for _, d := range spec.Domains {
		if d == nil || len(out.Domain) > 0 {
			continue
		}
		b.chartCells(d.Domain, func(i int, sh *sheet, r, c int) {
			if i >= head {
				out.Domain = append(out.Domain, b.text(sh.at(r, c), b.value(sh, r, c)))
			}
		})
	}
	for _, s := range spec.Series {
		if s == nil {
			continue
		}
		one := page.Series{Type: s.Type, Color: cssColor(s.Color), Values: []*float64{}, Texts: []string{}}
		if s.ColorStyle != nil && s.ColorStyle.RgbColor != nil {
			one.Color = cssColor(s.ColorStyle.RgbColor)
		}
		b.chartCells(s.Series, func(i int, sh *sheet, r, c int) {
			cl, val := sh.at(r, c), b.value(sh, r, c)
			if i < head {
				one.Name = strings.TrimSpace(one.Name + " " + b.text(cl, val))
				return
			}
			var v *float64
			if val.Kind == calc.Number {
				v = &val.Num
				if nf := b.shownFormat(cl, val); one.Format == "" && nf != nil && nf.Type == "PERCENT" {
					one.Format = "PERCENT"
				} else if one.Format == "" && cellfmt.DateKind(nf) == calc.Time {
					one.Format = "TIME"
				}
			}
			one.Values, one.Texts = append(one.Values, v), append(one.Texts, b.text(cl, val))
		})
		out.Series = append(out.Series, one)
	}
	return out
}

// chartCells calls f for the cells of a chart's source in order.
func (b pageBook) chartCells(d *sheets.ChartData, f func(i int, sh *sheet, r, c int)) {
	if d == nil || d.SourceRange == nil {
		return
	}
	i := 0
	for _, g := range d.SourceRange.Sources {
		l, err := b.doc.locateGrid(g)
		if err != nil {
			continue // its tab is gone
		}
		a := l.area.intersect(l.sh.whole())
		for r := a.r0; r < a.r1; r++ {
			for c := a.c0; c < a.c1; c++ {
				f(i, l.sh, r, c)
				i++
			}
		}
	}
}
