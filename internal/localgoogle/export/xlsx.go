package export

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/cellfmt/numfmt"
)

// XLSX writes the spreadsheet as a workbook. It leaves out what Excel cannot hold – a
// rule or a chart of an unknown kind, a formula that only Google has – but keeps the
// computed value if there is one.
func XLSX(w io.Writer, s *sheets.Spreadsheet) (err error) {
	if s == nil || len(s.Sheets) == 0 {
		return errors.New("export xlsx: the spreadsheet has no tabs")
	}
	b := &workbook{f: excelize.NewFile(), s: s, styles: map[string]int{}, known: map[known]int{},
		tabs: map[int64]string{}, titles: map[string]string{}, locale: numfmt.Get("")}
	defer func() {
		if e := b.f.Close(); e != nil && err == nil {
			err = fmt.Errorf("export xlsx: %w", e)
		}
	}()
	if s.Properties != nil {
		b.locale = numfmt.Get(s.Properties.Locale)
	}
	if err := b.write(); err != nil {
		return fmt.Errorf("export xlsx: %w", err)
	}
	if _, err := b.f.WriteTo(w); err != nil {
		return fmt.Errorf("export xlsx: %w", err)
	}
	return nil
}

type known struct {
	f    *sheets.CellFormat
	lock bool
}

type workbook struct {
	f      *excelize.File
	s      *sheets.Spreadsheet
	locale *numfmt.Locale
	styles map[string]int    // format as JSON → number of its style
	known  map[known]int     // the same by the format's address, which many cells share
	tabs   map[int64]string  // sheetId → name in the workbook
	titles map[string]string // title in lower case → name in the workbook
}

func (b *workbook) write() error {
	all := make([]*sheets.Sheet, 0, len(b.s.Sheets))
	for _, sh := range b.s.Sheets {
		if sh != nil && (sh.Properties == nil || sh.Properties.SheetType == "" || sh.Properties.SheetType == "GRID") {
			all = append(all, sh)
		}
	}
	if len(all) == 0 {
		return errors.New("the spreadsheet has no tabs with cells")
	}
	if err := b.addTabs(all); err != nil {
		return err
	}
	b.namedRanges()
	for _, sh := range all {
		if err := b.tab(sh); err != nil {
			return fmt.Errorf("tab %q: %w", properties(sh).Title, err)
		}
	}
	for _, sh := range all {
		if p := properties(sh); p.Hidden {
			if err := b.f.SetSheetVisible(b.tabs[p.SheetId], false); err != nil {
				return err
			}
		}
	}
	full := true
	return b.f.SetCalcProps(&excelize.CalcPropsOptions{FullCalcOnLoad: &full})
}

func properties(sh *sheets.Sheet) *sheets.SheetProperties {
	if sh.Properties == nil {
		return &sheets.SheetProperties{}
	}
	return sh.Properties
}

func (b *workbook) addTabs(all []*sheets.Sheet) error {
	used := map[string]bool{}
	first := -1
	for i, sh := range all {
		p := properties(sh)
		name := tabName(p.Title, used)
		b.tabs[p.SheetId] = name
		b.titles[strings.ToLower(p.Title)] = name
		var err error
		if i == 0 {
			err = b.f.SetSheetName("Sheet1", name)
		} else {
			_, err = b.f.NewSheet(name)
		}
		if err != nil {
			return err
		}
		if first < 0 && !p.Hidden {
			first = i
		}
	}
	b.f.SetActiveSheet(max(first, 0))
	return nil
}

// tabName makes a title acceptable to Excel: at most 31 characters, no forbidden ones,
// not used before.
func tabName(title string, used map[string]bool) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) || r < 32 {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(title, "_"))
	name = strings.Trim(name, "'")
	if name == "" {
		name = "Sheet"
	}
	if strings.EqualFold(name, "History") { // Excel reserves this name
		name += "_"
	}
	base := name
	for n := 1; ; n++ {
		suffix := ""
		if n > 1 {
			suffix = fmt.Sprintf(" (%d)", n)
		}
		name = strings.TrimRight(cut(base, 31-len(suffix)), "'") + suffix
		if name == "" {
			name = "_"
		}
		if key := strings.ToLower(name); !used[key] {
			used[key] = true
			return name
		}
	}
}

// cut shortens a text to n units of UTF-16, which is what Excel counts.
func cut(s string, n int) string {
	units := 0
	for i, r := range s {
		if units += utf16.RuneLen(r); units > n {
			return s[:i]
		}
	}
	return s
}

func (b *workbook) namedRanges() {
	for _, n := range b.s.NamedRanges {
		if n == nil || n.Range == nil {
			continue
		}
		ref, ok := b.absolute(n.Range)
		if !ok {
			continue
		}
		// Leave out a name that Excel refuses: the cells are there all the same.
		_ = b.f.SetDefinedName(&excelize.DefinedName{Name: n.Name, RefersTo: ref})
	}
}

// limits returns the first and the last row and column of a range, 0-based, inclusive.
func (b *workbook) limits(r *sheets.GridRange) (r0, c0, r1, c1 int, ok bool) {
	rows, cols := int64(maxRows), int64(maxCols)
	for _, sh := range b.s.Sheets {
		if sh == nil {
			continue
		}
		if p := sh.Properties; p != nil && p.SheetId == r.SheetId && p.GridProperties != nil {
			rows, cols = min(rows, max(1, p.GridProperties.RowCount)), min(cols, max(1, p.GridProperties.ColumnCount))
		}
	}
	er, ec := r.EndRowIndex, r.EndColumnIndex
	if er == 0 {
		er = rows
	}
	if ec == 0 {
		ec = cols
	}
	er, ec = min(er, maxRows), min(ec, maxCols)
	if r.StartRowIndex < 0 || r.StartColumnIndex < 0 || r.StartRowIndex >= er || r.StartColumnIndex >= ec {
		return 0, 0, 0, 0, false
	}
	return int(r.StartRowIndex), int(r.StartColumnIndex), int(er) - 1, int(ec) - 1, true
}

func name(row, col int) string { return calc.ColumnName(col) + fmt.Sprint(row+1) }

// a1 returns a range without its tab.
func (b *workbook) a1(r *sheets.GridRange) (string, bool) {
	if r == nil {
		return "", false
	}
	r0, c0, r1, c1, ok := b.limits(r)
	if !ok {
		return "", false
	}
	if r0 == r1 && c0 == c1 {
		return name(r0, c0), true
	}
	return name(r0, c0) + ":" + name(r1, c1), true
}

// absolute returns a range with its tab, as charts and names need it.
func (b *workbook) absolute(r *sheets.GridRange) (string, bool) {
	tab, ok := b.tabs[r.SheetId]
	if !ok {
		return "", false
	}
	r0, c0, r1, c1, ok := b.limits(r)
	if !ok {
		return "", false
	}
	return fmt.Sprintf("%s!$%s$%d:$%s$%d", calc.QuoteTitle(tab), calc.ColumnName(c0), r0+1, calc.ColumnName(c1),
		r1+1), true
}

// formula returns a formula in Excel's form.
func (b *workbook) formula(s string) (string, bool) {
	out, ok := calc.Excel(s, b.locale.DecimalComma(), func(title string) string {
		if name, ok := b.titles[strings.ToLower(title)]; ok {
			return name
		}
		return title
	})
	return out, ok && len(utf16.Encode([]rune(out))) <= 8192 // Excel's longest formula
}

// tab writes one tab. Everything around the cells goes first, because the stream that
// writes the cells – the only way to give a formula a cached value of its own type –
// includes it and closes the tab.
func (b *workbook) tab(sh *sheets.Sheet) error {
	p := properties(sh)
	tab := b.tabs[p.SheetId]
	g := readGrid(sh)
	steps := []func() error{
		func() error { return b.filter(tab, sh) }, // first: it loses the colour of the tab
		func() error { return b.view(tab, p) },
		func() error { return b.paper(tab, g) },
		func() error { return b.columns(tab, sh, g) },
		func() error { return b.protection(tab, sh) },
		func() error { return b.conditions(tab, sh) },
		func() error { return b.validation(tab, g) },
		func() error { return b.notes(tab, g) },
		func() error { return b.links(tab, g) },
		func() error { return b.charts(tab, sh) },
		func() error { return b.cells(tab, sh, g) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (b *workbook) view(tab string, p *sheets.SheetProperties) error {
	if c := hex(p.TabColorStyle, p.TabColor); c != "" {
		if err := b.f.SetSheetProps(tab, &excelize.SheetPropsOptions{TabColorRGB: &c}); err != nil {
			return err
		}
	}
	gp := p.GridProperties
	if gp == nil {
		return nil
	}
	if gp.HideGridlines || p.RightToLeft {
		show, rtl := !gp.HideGridlines, p.RightToLeft
		if err := b.f.SetSheetView(tab, 0, &excelize.ViewOptions{ShowGridLines: &show, RightToLeft: &rtl}); err != nil {
			return err
		}
	}
	rows, cols := int(min(gp.FrozenRowCount, maxRows-1)), int(min(gp.FrozenColumnCount, maxCols-1))
	if rows <= 0 && cols <= 0 {
		return nil
	}
	rows, cols = max(rows, 0), max(cols, 0)
	pane := "bottomRight"
	switch {
	case cols == 0:
		pane = "bottomLeft"
	case rows == 0:
		pane = "topRight"
	}
	return b.f.SetPanes(tab, &excelize.Panes{Freeze: true, XSplit: cols, YSplit: rows, TopLeftCell: name(rows, cols),
		ActivePane: pane})
}

// widestPage is how many pixels of columns are still legible on one landscape page.
const widestPage = 2600

// paper sets how the tab is printed: a table that is not too wide fits one page across.
// It also makes rows as high as Google's, which charts rely on.
func (b *workbook) paper(tab string, g grid) error {
	landscape, a4 := "landscape", 9
	layout := &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a4}
	high, fit := 15.75, false
	width := 0
	for c := range g.cols {
		switch m := g.colMeta[c]; {
		case m == nil:
			width += 100
		case m.HiddenByUser || m.HiddenByFilter: // such as the columns of a closed group
		case m.PixelSize > 0:
			width += int(m.PixelSize)
		default:
			width += 100
		}
	}
	if width <= widestPage {
		once, many := 1, 0
		layout.FitToWidth, layout.FitToHeight, fit = &once, &many, true
	}
	if err := b.f.SetPageLayout(tab, layout); err != nil {
		return err
	}
	custom := true
	return b.f.SetSheetProps(tab, &excelize.SheetPropsOptions{FitToPage: &fit, DefaultRowHeight: &high,
		CustomHeight: &custom})
}

// maxWidths limits how many columns get their own width: excelize needs time by the
// square of their number.
const maxWidths = 702

// columns sets widths, hides and groups. Excelize writes each column that it touches
// before all others, and Excel refuses a file with columns out of order, so columns goes
// from the last to the first and finishes each one at once.
func (b *workbook) columns(tab string, sh *sheets.Sheet, g grid) error {
	levels := map[int]int{}
	for _, gr := range sh.ColumnGroups {
		if gr == nil || gr.Range == nil {
			continue
		}
		for col := max(0, gr.Range.StartIndex); col < min(gr.Range.EndIndex, maxWidths); col++ {
			levels[int(col)] = int(min(max(gr.Depth, 1), 7))
		}
	}
	for col := maxWidths - 1; col >= 0; col-- {
		letter := calc.ColumnName(col)
		if level := levels[col]; level > 0 {
			if err := b.f.SetColOutlineLevel(tab, letter, uint8(level)); err != nil {
				return err
			}
		}
		m := g.colMeta[col]
		if m == nil {
			continue
		}
		if m.PixelSize > 0 {
			if err := b.f.SetColWidth(tab, letter, letter,
				math.Min(255, math.Max(0, (float64(m.PixelSize)-5)/7))); err != nil {
				return err
			}
		}
		if m.HiddenByUser || m.HiddenByFilter {
			if err := b.f.SetColVisible(tab, letter, false); err != nil {
				return err
			}
		}
	}
	if len(levels) == 0 || sh.Properties.GridProperties == nil {
		return nil
	}
	after := sh.Properties.GridProperties.ColumnGroupControlAfter
	return b.f.SetSheetProps(tab, &excelize.SheetPropsOptions{OutlineSummaryRight: &after})
}

func sortedCells(g grid) []pos {
	keys := make([]pos, 0, len(g.cells))
	for p := range g.cells {
		keys = append(keys, p)
	}
	slices.SortFunc(keys, func(a, b pos) int {
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.col, b.col))
	})
	return keys
}

// protection protects the whole tab, because Excel knows nothing else; the styles of
// cells say which stay open.
func (b *workbook) protection(tab string, sh *sheets.Sheet) error {
	if !isProtected(sh) {
		return nil
	}
	return b.f.ProtectSheet(tab, &excelize.SheetProtectionOptions{
		SelectLockedCells: true, SelectUnlockedCells: true, FormatColumns: true, FormatRows: true, AutoFilter: true,
		Sort: true,
	})
}

func isProtected(sh *sheets.Sheet) bool {
	return slices.ContainsFunc(sh.ProtectedRanges, func(p *sheets.ProtectedRange) bool {
		return p != nil && p.Range != nil && !p.WarningOnly
	})
}

// box is a range, including its last row and column.
type box struct{ r0, c0, r1, c1 int }

func in(x box, row, col int) bool {
	return row >= x.r0 && row <= x.r1 && col >= x.c0 && col <= x.c1
}

// ruled returns a function that reports whether a cell is under a conditional format.
// Then Google's effective format has the colours of the rule, which must not become the
// cell's own.
func (b *workbook) ruled(sh *sheets.Sheet) func(row, col int) bool {
	var boxes []box
	for _, rule := range sh.ConditionalFormats {
		if rule == nil {
			continue
		}
		for _, r := range rule.Ranges {
			if r == nil {
				continue
			}
			if r0, c0, r1, c1, ok := b.limits(r); ok {
				boxes = append(boxes, box{r0, c0, r1, c1})
			}
		}
	}
	return func(row, col int) bool {
		return slices.ContainsFunc(boxes, func(x box) bool { return in(x, row, col) })
	}
}

// own returns the format of a cell without the colours and emphasis of conditional
// formats.
func own(c *sheets.CellData) *sheets.CellFormat {
	if c.EffectiveFormat == nil {
		return c.UserEnteredFormat
	}
	f, u := *c.EffectiveFormat, c.UserEnteredFormat
	if u == nil {
		u = &sheets.CellFormat{}
	}
	f.BackgroundColor, f.BackgroundColorStyle = u.BackgroundColor, u.BackgroundColorStyle
	if f.TextFormat != nil {
		t, ut := *f.TextFormat, u.TextFormat
		if ut == nil {
			ut = &sheets.TextFormat{}
		}
		t.Bold, t.Italic, t.Underline, t.Strikethrough = ut.Bold, ut.Italic, ut.Underline, ut.Strikethrough
		t.ForegroundColor, t.ForegroundColorStyle = ut.ForegroundColor, ut.ForegroundColorStyle
		f.TextFormat = &t
	}
	return &f
}

// locked returns a function that reports whether a cell is in a protected range.
func (b *workbook) locked(sh *sheets.Sheet) func(row, col int) bool {
	type lock struct {
		box  box
		open []box
	}
	read := func(r *sheets.GridRange) (box, bool) {
		r0, c0, r1, c1, ok := b.limits(r)
		return box{r0, c0, r1, c1}, ok
	}
	var locks []lock
	for _, p := range sh.ProtectedRanges {
		if p == nil || p.Range == nil || p.WarningOnly {
			continue
		}
		x, ok := read(p.Range)
		if !ok {
			continue
		}
		l := lock{box: x}
		for _, u := range p.UnprotectedRanges {
			if u == nil {
				continue
			}
			if x, ok := read(u); ok {
				l.open = append(l.open, x)
			}
		}
		locks = append(locks, l)
	}
	return func(row, col int) bool {
		for _, l := range locks {
			if in(l.box, row, col) && !slices.ContainsFunc(l.open, func(x box) bool { return in(x, row, col) }) {
				return true
			}
		}
		return false
	}
}

func (b *workbook) notes(tab string, g grid) error {
	for _, p := range sortedCells(g) {
		note := g.cells[p].Note
		if note == "" {
			continue
		}
		if err := b.f.AddComment(tab, excelize.Comment{Cell: name(p.row, p.col),
			Text: cut(note, excelize.TotalCellChars)}); err != nil {
			return err
		}
	}
	return nil
}

func (b *workbook) links(tab string, g grid) error {
	n := 0
	for _, p := range sortedCells(g) {
		c := g.cells[p]
		link := c.Hyperlink
		if link == "" && c.EffectiveFormat != nil && c.EffectiveFormat.TextFormat != nil &&
			c.EffectiveFormat.TextFormat.Link != nil {
			link = c.EffectiveFormat.TextFormat.Link.Uri
		}
		if link == "" || isFormula(c) || n >= excelize.TotalSheetHyperlinks {
			continue // HYPERLINK is a formula in Excel as well
		}
		kind := "External"
		if target, ok := b.inside(link); ok {
			link, kind = target, "Location"
		} else if strings.HasPrefix(link, "#") || len(link) > 2000 {
			continue
		}
		if err := b.f.SetCellHyperLink(tab, name(p.row, p.col), link, kind); err != nil {
			return err
		}
		n++
	}
	return nil
}

// inside turns a link within the spreadsheet, #gid=1&range=A1, into a place in the
// workbook.
func (b *workbook) inside(link string) (string, bool) {
	rest, ok := strings.CutPrefix(link, "#gid=")
	if !ok {
		return "", false
	}
	gid, cell, _ := strings.Cut(rest, "&range=")
	var id int64
	if _, err := fmt.Sscan(gid, &id); err != nil {
		return "", false
	}
	tab, ok := b.tabs[id]
	if !ok {
		return "", false
	}
	if cell == "" {
		cell = "A1"
	}
	return calc.QuoteTitle(tab) + "!" + cell, true
}

func (b *workbook) filter(tab string, sh *sheets.Sheet) error {
	if sh.BasicFilter == nil {
		return nil
	}
	if ref, ok := b.a1(sh.BasicFilter.Range); ok && strings.Contains(ref, ":") {
		return b.f.AutoFilter(tab, ref, nil)
	}
	return nil
}

func isFormula(c *sheets.CellData) bool {
	return c.UserEnteredValue != nil && c.UserEnteredValue.FormulaValue != nil
}

func (b *workbook) cells(tab string, sh *sheets.Sheet, g grid) error {
	merges := b.merges(sh, &g)
	levels := outline(sh.RowGroups)
	rows := b.extent(sh, &g, levels)
	line, merged := b.liner(sh, g), b.inMerge(sh)
	sw, err := b.f.NewStreamWriter(tab)
	if err != nil {
		return err
	}
	for r := range rows {
		values, err := line(r)
		if err != nil {
			return err
		}
		opts := rowOptions(g.rowMeta[r], levels[r])
		if opts.Height == 0 {
			opts.Height = wrapHeight(g, r, merged)
		}
		if len(values) == 0 && opts == (excelize.RowOpts{}) {
			continue
		}
		if err := sw.SetRow(name(r, 0), values, opts); err != nil {
			return err
		}
	}
	for _, m := range merges {
		if err := sw.MergeCell(m[0], m[1]); err != nil {
			return err
		}
	}
	return sw.Flush()
}

// outline returns the level of each row that is in a group.
func outline(groups []*sheets.DimensionGroup) map[int]int {
	levels := map[int]int{}
	for _, gr := range groups {
		if gr == nil || gr.Range == nil {
			continue
		}
		for r := max(0, gr.Range.StartIndex); r < min(gr.Range.EndIndex, maxRows); r++ {
			levels[int(r)] = int(min(max(gr.Depth, 1), 7))
		}
	}
	return levels
}

// extent returns how many rows to write: those with cells, with their own size or level,
// and those that people may fill, for which it widens the grid.
func (b *workbook) extent(sh *sheets.Sheet, g *grid, levels map[int]int) int {
	rows := g.rows
	for r := range levels {
		rows = max(rows, r+1)
	}
	for r := range g.rowMeta {
		rows = max(rows, r+1)
	}
	if !isProtected(sh) {
		return rows
	}
	// Open cells may lie beyond the filled ones; their style must say so.
	for _, p := range sh.ProtectedRanges {
		for _, u := range p.UnprotectedRanges {
			if u == nil {
				continue
			}
			if _, _, r1, c1, ok := b.limits(u); ok && r1 < 5000 && c1 < 200 {
				rows, g.cols = max(rows, r1+1), max(g.cols, c1+1)
			}
		}
	}
	return rows
}

// liner returns a function that gives the cells of a row, without empty ones at its end.
func (b *workbook) liner(sh *sheets.Sheet, g grid) func(r int) ([]any, error) {
	protected, locked, ruled := isProtected(sh), b.locked(sh), b.ruled(sh)
	return func(r int) ([]any, error) {
		var values []any
		full := 0
		for c := range g.cols {
			values = append(values, nil)
			cell := g.cells[pos{r, c}]
			if cell == nil {
				if !protected {
					continue
				}
				cell = &sheets.CellData{}
			}
			format := cell.EffectiveFormat
			if format == nil || ruled(r, c) {
				format = own(cell)
			}
			style, err := b.style(format, !protected || locked(r, c))
			if err != nil {
				return nil, err
			}
			if value, formula := b.value(cell); value != nil || formula != "" || style != 0 {
				values[c] = excelize.Cell{StyleID: style, Formula: formula, Value: value}
				full = c + 1
			}
		}
		return values[:full], nil
	}
}

func rowOptions(m *sheets.DimensionProperties, level int) excelize.RowOpts {
	opts := excelize.RowOpts{OutlineLevel: level}
	if m == nil {
		return opts
	}
	opts.Hidden = m.HiddenByUser || m.HiddenByFilter
	if m.PixelSize > 0 && m.PixelSize != 21 { // 21 is Google's default
		opts.Height = math.Min(409, float64(m.PixelSize)*0.75)
	}
	return opts
}

// merges lists the merged areas, and applies the format of each to all its cells, which
// Excel needs for their borders.
func (b *workbook) merges(sh *sheets.Sheet, g *grid) [][2]string {
	var out [][2]string
	for _, m := range sh.Merges {
		if m == nil {
			continue
		}
		r0, c0, r1, c1, ok := b.limits(m)
		if !ok || r0 == r1 && c0 == c1 {
			continue
		}
		out = append(out, [2]string{name(r0, c0), name(r1, c1)})
		first := g.cells[pos{r0, c0}]
		if first == nil || first.EffectiveFormat == nil && first.UserEnteredFormat == nil ||
			(r1-r0+1)*(c1-c0+1) > 10000 {
			continue
		}
		for r := r0; r <= r1; r++ {
			for c := c0; c <= c1; c++ {
				if (r != r0 || c != c0) && g.cells[pos{r, c}] == nil {
					g.cells[pos{r, c}] = &sheets.CellData{EffectiveFormat: first.EffectiveFormat,
						UserEnteredFormat: first.UserEnteredFormat}
				}
			}
		}
		g.rows, g.cols = max(g.rows, r1+1), max(g.cols, c1+1)
	}
	return out
}

// value returns what a cell holds, and its formula if Excel can have it.
func (b *workbook) value(c *sheets.CellData) (value any, formula string) {
	v := c.EffectiveValue
	if v == nil {
		v = c.UserEnteredValue
	}
	if isFormula(c) {
		if s, ok := b.formula(*c.UserEnteredValue.FormulaValue); ok {
			formula = s
		}
	}
	switch {
	case v == nil:
	case v.NumberValue != nil && !math.IsNaN(*v.NumberValue) && !math.IsInf(*v.NumberValue, 0):
		value = *v.NumberValue
	case v.StringValue != nil:
		value = cut(*v.StringValue, excelize.TotalCellChars)
	case v.BoolValue != nil:
		value = *v.BoolValue
	case v.ErrorValue != nil:
		value = calc.ErrorType(v.ErrorValue.Type).Text()
	}
	if value == nil && formula != "" {
		value = ""
	}
	return value, formula
}

// style returns the style of a cell; it reuses equal ones.
func (b *workbook) style(f *sheets.CellFormat, lock bool) (int, error) {
	if f == nil && lock {
		return 0, nil
	}
	if f == nil {
		f = &sheets.CellFormat{}
	}
	if id, ok := b.known[known{f, lock}]; ok {
		return id, nil
	}
	id, err := b.newStyle(f, lock)
	if err == nil {
		b.known[known{f, lock}] = id
	}
	return id, err
}

func (b *workbook) newStyle(f *sheets.CellFormat, lock bool) (int, error) {
	raw, err := json.Marshal(f)
	if err != nil {
		return 0, err
	}
	key := fmt.Sprint(lock, string(raw))
	if id, ok := b.styles[key]; ok {
		return id, nil
	}
	st := b.convert(f)
	if !lock {
		st.Protection = &excelize.Protection{Locked: false}
	}
	id, err := b.f.NewStyle(st)
	if err != nil {
		return 0, err
	}
	b.styles[key] = id
	return id, nil
}

func (b *workbook) convert(f *sheets.CellFormat) *excelize.Style {
	st := &excelize.Style{}
	if c := hex(f.BackgroundColorStyle, f.BackgroundColor); c != "" && c != "FFFFFF" {
		st.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{c}}
	}
	if t := f.TextFormat; t != nil {
		st.Font = font(t)
	}
	st.Border = borders(f.Borders)
	st.Alignment = alignment(f)
	if n := f.NumberFormat; n != nil {
		pattern := n.Pattern
		if pattern == "" {
			pattern = numfmt.Default(n.Type, b.locale)
		}
		if pattern != "" {
			if len([]rune(pattern)) > 255 { // Excel's limit
				pattern = "General"
			}
			st.CustomNumFmt = &pattern
		}
	}
	return st
}

func font(t *sheets.TextFormat) *excelize.Font {
	out := &excelize.Font{Bold: t.Bold, Italic: t.Italic, Strike: t.Strikethrough,
		Color: hex(t.ForegroundColorStyle, t.ForegroundColor)}
	if t.Underline {
		out.Underline = "single"
	}
	if family, _, _ := strings.Cut(t.FontFamily, ","); family != "" {
		out.Family = cut(family, excelize.MaxFontFamilyLength)
	}
	if t.FontSize > 0 {
		out.Size = float64(min(t.FontSize, excelize.MaxFontSize))
	}
	return out
}

// Google pads text by pixels; Excel indents it by steps of about three spaces.
const (
	usualPadding = 3
	indentWidth  = 9
)

func alignment(f *sheets.CellFormat) *excelize.Alignment {
	a := excelize.Alignment{WrapText: f.WrapStrategy == "WRAP"}
	switch f.HorizontalAlignment {
	case "LEFT", "CENTER", "RIGHT":
		a.Horizontal = strings.ToLower(f.HorizontalAlignment)
	}
	if p := f.Padding; p != nil && p.Left > usualPadding && a.Horizontal == "left" {
		a.Indent = int(min(15, (p.Left-usualPadding+indentWidth-1)/indentWidth))
	}
	switch f.VerticalAlignment {
	case "TOP":
		a.Vertical = "top"
	case "MIDDLE":
		a.Vertical = "center"
	}
	if r := f.TextRotation; r != nil {
		switch {
		case r.Vertical:
			a.TextRotation = 255
		case r.Angle > 0:
			a.TextRotation = int(min(r.Angle, 90))
		case r.Angle < 0:
			a.TextRotation = 90 - int(max(r.Angle, -90))
		}
	}
	if a == (excelize.Alignment{}) {
		return nil
	}
	return &a
}

func borders(bs *sheets.Borders) []excelize.Border {
	if bs == nil {
		return nil
	}
	styles := map[string]int{"SOLID": 1, "SOLID_MEDIUM": 2, "DASHED": 3, "DOTTED": 4, "SOLID_THICK": 5, "DOUBLE": 6}
	var out []excelize.Border
	for _, side := range []struct {
		name string
		b    *sheets.Border
	}{{"left", bs.Left}, {"right", bs.Right}, {"top", bs.Top}, {"bottom", bs.Bottom}} {
		if side.b == nil || styles[side.b.Style] == 0 {
			continue
		}
		out = append(out, excelize.Border{Type: side.name, Style: styles[side.b.Style],
			Color: cmp.Or(hex(side.b.ColorStyle, side.b.Color), "000000")})
	}
	return out
}

// hex returns a colour as RRGGBB, "" for none. Theme colours are those of Google's
// default theme.
func hex(style *sheets.ColorStyle, c *sheets.Color) string {
	if style != nil {
		if style.RgbColor != nil {
			c = style.RgbColor
		} else if t := theme[style.ThemeColor]; t != "" {
			return t
		}
	}
	if c == nil {
		return ""
	}
	part := func(x float64) int { return int(math.Round(math.Max(0, math.Min(1, x)) * 255)) }
	return fmt.Sprintf("%02X%02X%02X", part(c.Red), part(c.Green), part(c.Blue))
}

var theme = map[string]string{
	"TEXT": "000000", "BACKGROUND": "FFFFFF", "ACCENT1": "4285F4", "ACCENT2": "EA4335", "ACCENT3": "FBBC04",
	"ACCENT4": "34A853", "ACCENT5": "FF6D01", "ACCENT6": "46BDC6", "LINK": "1155CC",
}
