package localgoogle

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/wire"
)

// sortKey orders values as Google sorts: numbers, texts, booleans, errors; blanks always
// last.
func sortKey(v calc.Value) int {
	switch v.Kind {
	case calc.Number:
		return 0
	case calc.String:
		return 1
	case calc.Bool:
		return 2
	case calc.Error:
		return 3
	default:
		return 4
	}
}

func compareValues(a, b calc.Value) int {
	if n := cmp.Compare(sortKey(a), sortKey(b)); n != 0 {
		return n
	}
	switch a.Kind {
	case calc.Number:
		return cmp.Compare(a.Num, b.Num)
	case calc.String:
		return cmp.Or(cmp.Compare(strings.ToLower(a.Str), strings.ToLower(b.Str)), cmp.Compare(a.Str, b.Str))
	case calc.Bool:
		return boolOrder(a.Bool, b.Bool)
	default:
		return 0
	}
}

func (t *tx) sortRange(req *sheets.SortRangeRequest) error {
	// A sort, unlike other requests, accepts a range that reaches beyond the grid.
	l, err := t.doc.locateGrid(req.Range)
	if err != nil {
		return err
	}
	if l.area.r0 >= l.sh.rowCount() {
		return wire.BadRequest("range.startRowIndex is larger than current grid size (%d)", l.sh.rowCount())
	}
	a, err := l.clipped()
	if err != nil {
		return err
	}
	if err := t.guardCells(l.sh.id(), a); err != nil {
		return err
	}
	sh, err := t.sheetFor(l.sh.id())
	if err != nil {
		return err
	}
	if len(req.SortSpecs) == 0 {
		return wire.BadRequest("Must specify at least one sort spec.")
	}
	for _, s := range req.SortSpecs {
		if s == nil || s.DataSourceColumnReference != nil {
			return errUnsupported("sorting by data source columns")
		}
		if c := int(s.DimensionIndex); c < a.c0 || c >= a.c1 {
			return wire.BadRequest("The sort dimension %d is outside the range.", c)
		}
	}
	for _, m := range sh.merges {
		if b := bounded(m, sh); b.overlaps(a) && b.r1-b.r0 > 1 {
			return wire.BadRequest("You can't sort a range containing vertical merges. There is a vertical merge at %s",
				formatCells(b))
		}
	}
	a.r1 = min(a.r1, max(len(sh.rows), a.r0))
	// Hidden rows stay where they are: only the others change places.
	var places []int
	for r := a.r0; r < a.r1; r++ {
		if d := sh.rowDim(r); !d.hidden && !d.filtered {
			places = append(places, r)
		}
	}
	order := t.sorted(sh, places, req.SortSpecs)
	lines := make([][]cell, len(order))
	for i, r := range order {
		for c := a.c0; c < a.c1; c++ {
			cl := *sh.at(r, c)
			if cl.kind == cellFormula {
				cl.str = calc.Relative(cl.str, places[i]-r, 0)
			}
			lines[i] = append(lines[i], cl)
		}
	}
	to := make(map[int]int, len(order))
	for i, line := range lines {
		for j, cl := range line {
			sh.set(places[i], a.c0+j, cl)
		}
		to[order[i]] = places[i]
	}
	// Metadata of a row moves with its values, however few columns are sorted.
	for i, m := range t.doc.meta {
		if r, ok := to[m.start]; ok && m.location == "ROW" && m.sheet == sh.id() {
			t.doc.meta[i].start, t.doc.meta[i].end = r, r+1
		}
	}
	return nil
}

// sorted returns the rows in the order of the specs.
func (t *tx) sorted(sh *sheet, rows []int, specs []*sheets.SortSpec) []int {
	order := slices.Clone(rows)
	slices.SortStableFunc(order, func(x, y int) int {
		for _, s := range specs {
			vx, vy := t.value(sh, x, int(s.DimensionIndex)), t.value(sh, y, int(s.DimensionIndex))
			if (vx.Kind == calc.Empty) != (vy.Kind == calc.Empty) {
				return boolOrder(vx.Kind == calc.Empty, vy.Kind == calc.Empty)
			}
			n := compareValues(vx, vy)
			if s.SortOrder == "DESCENDING" {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
	return order
}

// paste says which parts of a cell a paste takes along.
type paste struct{ value, asValue, format, rule, note, noBorders, conditional bool }

func readPaste(kind string) (paste, error) {
	switch kind {
	case "", "PASTE_NORMAL":
		return paste{value: true, format: true, rule: true, note: true, conditional: true}, nil
	case "PASTE_VALUES":
		return paste{value: true, asValue: true}, nil
	case "PASTE_FORMAT":
		return paste{format: true, rule: true, conditional: true}, nil
	case "PASTE_NO_BORDERS":
		return paste{value: true, format: true, rule: true, note: true, noBorders: true, conditional: true}, nil
	case "PASTE_FORMULA":
		return paste{value: true}, nil
	case "PASTE_DATA_VALIDATION":
		return paste{rule: true}, nil
	case "PASTE_CONDITIONAL_FORMATTING":
		return paste{conditional: true}, nil
	}
	return paste{}, wire.BadRequest("Invalid paste type: %s", kind)
}

// over returns a cell after pasting another onto it. dr and dc are the distance.
func (t *tx) over(old, from cell, val calc.Value, p paste, dr, dc int) cell {
	if p.value {
		old.kind, old.num, old.str = from.kind, from.num, from.str
		switch {
		case from.kind == cellFormula && p.asValue:
			old.kind, old.num, old.str = cellEmpty, 0, ""
			setConstant(&old, val)
		case from.kind == cellFormula:
			old.str = calc.Relative(from.str, dr, dc)
		}
		runs := []*sheets.TextFormatRun(nil)
		if from.ext != nil && !p.asValue {
			runs = from.ext.Runs
		}
		if old.ext != nil || runs != nil {
			old.setExt(func(e *cellExt) { e.Runs = runs })
		}
	}
	if p.format {
		old.format = from.format
		if f := t.doc.formats.get(from.format); p.noBorders && f != nil && f.Borders != nil {
			n := *f
			n.Borders = nil
			old.format = t.doc.formats.id(&n)
		}
	}
	if p.rule {
		old.rule = from.rule
	}
	if p.note && (old.note() != "" || from.note() != "") {
		old.setExt(func(e *cellExt) { e.Note = from.note() })
	}
	return old
}

func setConstant(c *cell, v calc.Value) {
	switch v.Kind {
	case calc.Number:
		c.kind, c.num = cellNumber, v.Num
	case calc.String:
		if v.Str != "" {
			c.kind, c.str = cellString, v.Str
		}
	case calc.Bool:
		c.setBool(v.Bool)
	case calc.Error:
		c.kind, c.str = cellString, v.Err.Text()
	case calc.Empty:
	}
}

// clip is a copied block of cells with their values.
type clip struct {
	rows, cols int
	r0, c0     int
	cells      []cell
	values     []calc.Value
}

func (t *tx) copyBlock(sh *sheet, a rect, transpose bool) clip {
	k := clip{rows: a.r1 - a.r0, cols: a.c1 - a.c0, r0: a.r0, c0: a.c0}
	if transpose {
		k.rows, k.cols = k.cols, k.rows
	}
	for i := range k.rows {
		for j := range k.cols {
			r, c := a.r0+i, a.c0+j
			if transpose {
				r, c = a.r0+j, a.c0+i
			}
			k.cells = append(k.cells, *sh.at(r, c))
			k.values = append(k.values, t.value(sh, r, c))
		}
	}
	return k
}

func (t *tx) copyPaste(req *sheets.CopyPasteRequest) error {
	p, err := readPaste(req.PasteType)
	if err != nil {
		return err
	}
	from, a, err := t.area(req.Source)
	if err != nil {
		return err
	}
	to, err := t.doc.locateGrid(req.Destination)
	if err != nil {
		return err
	}
	if a.empty() {
		return wire.BadRequest("The source range is empty.")
	}
	k := t.copyBlock(from, a, req.PasteOrientation == "TRANSPOSE")
	b := to.area
	// Google repeats the block as often as it fits, and pastes it whole at least once.
	rows, cols := k.rows, k.cols
	if h := b.r1 - b.r0; h > rows && h%rows == 0 {
		rows = h
	}
	if w := b.c1 - b.c0; w > cols && w%cols == 0 {
		cols = w
	}
	b = rect{b.r0, b.r0 + rows, b.c0, b.c0 + cols}
	if err := t.guardCells(to.sh.id(), b); err != nil {
		return err
	}
	sh, err := t.sheetFor(to.sh.id())
	if err != nil {
		return err
	}
	if err := t.growFor(sh, b.r1, b.c1); err != nil {
		return err
	}
	for r := b.r0; r < b.r1; r++ {
		for c := b.c0; c < b.c1; c++ {
			i, j := (r-b.r0)%k.rows, (c-b.c0)%k.cols
			n := i*k.cols + j
			sr, sc := k.r0+i, k.c0+j
			if req.PasteOrientation == "TRANSPOSE" {
				sr, sc = k.r0+j, k.c0+i
			}
			sh.set(r, c, t.over(*sh.at(r, c), k.cells[n], k.values[n], p, r-sr, c-sc))
		}
	}
	if p.value && p.format {
		t.copyMerges(from, a, sh, b, req.PasteOrientation == "TRANSPOSE")
	}
	return nil
}

func (t *tx) copyMerges(from *sheet, a rect, to *sheet, b rect, transpose bool) {
	if transpose {
		return
	}
	var fresh []*sheets.GridRange
	for _, m := range from.merges {
		if in := bounded(m, from); a.covers(in) {
			dr, dc := b.r0-a.r0, b.c0-a.c0
			fresh = append(fresh, toGrid(to.id(), rect{in.r0 + dr, in.r1 + dr, in.c0 + dc, in.c1 + dc}))
		}
	}
	if fresh == nil {
		return
	}
	to.merges = slices.DeleteFunc(to.merges, func(m *sheets.GridRange) bool { return b.overlaps(bounded(m, to)) })
	to.merges = append(to.merges, fresh...)
}

func (t *tx) cutPaste(req *sheets.CutPasteRequest) error {
	p, err := readPaste(req.PasteType)
	if err != nil {
		return err
	}
	from, a, err := t.writeArea(req.Source)
	if err != nil {
		return err
	}
	d := req.Destination
	if d == nil {
		return wire.BadRequest("No destination specified.")
	}
	b := rect{int(d.RowIndex), int(d.RowIndex) + a.r1 - a.r0, int(d.ColumnIndex), int(d.ColumnIndex) + a.c1 - a.c0}
	if b.r0 < 0 || b.c0 < 0 {
		return wire.BadRequest("The destination is outside the grid.")
	}
	if err := t.guardCells(d.SheetId, b); err != nil {
		return err
	}
	sh, err := t.sheetFor(d.SheetId)
	if err != nil {
		return err
	}
	if err := t.growFor(sh, b.r1, b.c1); err != nil {
		return err
	}
	k := t.copyBlock(from, a, false)
	for r := a.r0; r < a.r1; r++ {
		for c := a.c0; c < a.c1; c++ {
			cl := *from.at(r, c)
			if p.value {
				cl.clearValue()
			}
			if p.format {
				cl.format = 0
			}
			if p.rule {
				cl.rule = 0
			}
			if p.note && cl.ext != nil {
				cl.setExt(func(e *cellExt) { e.Note = "" })
			}
			from.set(r, c, cl)
		}
	}
	for i := range k.rows {
		for j := range k.cols {
			n := i*k.cols + j
			// Cut cells keep their references.
			sh.set(b.r0+i, b.c0+j, t.over(*sh.at(b.r0+i, b.c0+j), k.cells[n], k.values[n], p, 0, 0))
		}
	}
	if p.value {
		cut := func(sh *sheet, a rect) calc.Block {
			return calc.Block{Sheet: sh.title(), Row: a.r0, Col: a.c0, Rows: a.r1 - a.r0, Cols: a.c1 - a.c0}
		}
		was, is := cut(from, a), cut(sh, b)
		t.rewriteFormulas(func(on, f string) string { return calc.Cut(f, on, was, is) })
	}
	if p.value && p.format {
		t.copyMerges(from, a, sh, b, false)
		from.merges = slices.DeleteFunc(from.merges, func(m *sheets.GridRange) bool {
			in := bounded(m, from)
			return a.covers(in) && (from != sh || !b.covers(in))
		})
	}
	return nil
}

func (t *tx) findReplace(req *sheets.FindReplaceRequest) (*sheets.Response, error) {
	if req.Find == "" {
		return nil, wire.BadRequest("The text to find must not be empty.")
	}
	targets, err := t.searched(req)
	if err != nil {
		return nil, err
	}
	replace, err := replacer(req)
	if err != nil {
		return nil, err
	}
	out := &sheets.FindReplaceResponse{}
	for _, g := range targets {
		before := out.OccurrencesChanged
		if err := t.replaceIn(g, replace, req.IncludeFormulas, out); err != nil {
			return nil, err
		}
		if out.OccurrencesChanged > before {
			out.SheetsChanged++
		}
	}
	return &sheets.Response{FindReplace: out}, nil
}

// searchArea is a part of a tab in which texts are replaced.
type searchArea struct {
	id int64 // id of the tab
	a  rect
}

// searched returns where the request searches: in all tabs, a range, or one tab.
func (t *tx) searched(req *sheets.FindReplaceRequest) ([]searchArea, error) {
	switch {
	case req.AllSheets:
		var out []searchArea
		for _, sh := range t.doc.sheets {
			out = append(out, searchArea{sh.id(), sh.whole()})
		}
		return out, nil
	case req.Range != nil:
		sh, a, err := t.area(req.Range)
		if err != nil {
			return nil, err
		}
		return []searchArea{{sh.id(), a}}, nil
	}
	sh := t.doc.sheet(req.SheetId)
	if sh == nil {
		return nil, wire.BadRequest("No grid with id: %d", req.SheetId)
	}
	return []searchArea{{sh.id(), sh.whole()}}, nil
}

// replaceIn replaces texts in one area, and counts in out.
func (t *tx) replaceIn(g searchArea, replace func(string) (string, int), formulas bool,
	out *sheets.FindReplaceResponse) error {
	sh := t.doc.sheet(g.id)
	a := g.a.intersect(sh.used(hasValue))
	for r := a.r0; r < a.r1; r++ {
		changed := false
		for c := a.c0; c < a.c1; c++ {
			cl := sh.at(r, c)
			if cl.kind == cellEmpty || cl.kind == cellFormula && !formulas {
				continue
			}
			text := cl.str
			if cl.kind != cellFormula {
				text = t.text(cl, cl.constant())
			}
			next, n := replace(text)
			if n == 0 {
				continue
			}
			if err := t.guardCells(g.id, rect{r, r + 1, c, c + 1}); err != nil {
				return err
			}
			var err error
			if sh, err = t.sheetFor(g.id); err != nil {
				return err
			}
			if cl.kind == cellFormula {
				out.FormulasChanged++
			} else {
				out.ValuesChanged++
			}
			t.typed(sh, r, c, next)
			out.OccurrencesChanged += int64(n)
			changed = true
		}
		if changed {
			out.RowsChanged++
		}
	}
	return nil
}

// replacer returns a function that replaces in one text and counts.
func replacer(req *sheets.FindReplaceRequest) (func(string) (string, int), error) {
	pattern := req.Find
	with := req.Replacement
	if !req.SearchByRegex {
		pattern = regexp.QuoteMeta(pattern)
		with = strings.ReplaceAll(with, "$", "$$")
	}
	if req.MatchEntireCell {
		pattern = `\A(?:` + pattern + `)\z`
	}
	if !req.MatchCase {
		pattern = "(?i)" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, wire.BadRequest("Invalid regular expression: %s", req.Find)
	}
	return func(s string) (string, int) {
		n := len(re.FindAllStringIndex(s, -1))
		if n == 0 {
			return s, 0
		}
		return re.ReplaceAllString(s, with), n
	}, nil
}

func (t *tx) trimWhitespace(req *sheets.TrimWhitespaceRequest) (*sheets.Response, error) {
	sh, a, err := t.writeArea(req.Range)
	if err != nil {
		return nil, err
	}
	a = a.intersect(sh.used(hasValue))
	out := &sheets.TrimWhitespaceResponse{}
	for r := a.r0; r < a.r1; r++ {
		for c := a.c0; c < a.c1; c++ {
			cl := sh.at(r, c)
			if cl.kind != cellString {
				continue
			}
			if trimmed := strings.Join(strings.Fields(cl.str), " "); trimmed != cl.str {
				n := *cl
				n.clearValue()
				if trimmed != "" {
					n.kind, n.str = cellString, trimmed
				}
				sh.set(r, c, n)
				out.CellsChangedCount++
			}
		}
	}
	return &sheets.Response{TrimWhitespace: out}, nil
}

func (t *tx) deleteDuplicates(req *sheets.DeleteDuplicatesRequest) (*sheets.Response, error) {
	sh, a, err := t.writeArea(req.Range)
	if err != nil {
		return nil, err
	}
	var cols []int
	for _, d := range req.ComparisonColumns {
		if d == nil {
			continue
		}
		for c := int(d.StartIndex); c < int(d.EndIndex); c++ {
			if c < a.c0 || c >= a.c1 {
				return nil, wire.BadRequest("The comparison column %d is outside the range.", c)
			}
			cols = append(cols, c)
		}
	}
	if cols == nil {
		for c := a.c0; c < a.c1; c++ {
			cols = append(cols, c)
		}
	}
	end := min(a.r1, max(sh.used(hasValue).r1, a.r0))
	seen := map[string]bool{}
	var kept [][]cell
	out := &sheets.DeleteDuplicatesResponse{}
	for r := a.r0; r < end; r++ {
		var key strings.Builder
		for _, c := range cols {
			text := strings.ToLower(t.text(sh.at(r, c), t.value(sh, r, c)))
			key.WriteString(strconv.Quote(text))
		}
		if seen[key.String()] {
			out.DuplicatesRemovedCount++
			continue
		}
		seen[key.String()] = true
		var line []cell
		for c := a.c0; c < a.c1; c++ {
			line = append(line, *sh.at(r, c))
		}
		kept = append(kept, line)
	}
	for r := a.r0; r < end; r++ {
		for c := a.c0; c < a.c1; c++ {
			if i := r - a.r0; i < len(kept) {
				sh.set(r, c, kept[i][c-a.c0])
			} else {
				sh.set(r, c, cell{})
			}
		}
	}
	return &sheets.Response{DeleteDuplicates: out}, nil
}

func (t *tx) textToColumns(req *sheets.TextToColumnsRequest) error {
	sh, a, err := t.writeArea(req.Source)
	if err != nil {
		return err
	}
	if a.c1-a.c0 != 1 {
		return wire.BadRequest("The source must be a single column.")
	}
	sep := req.Delimiter
	switch req.DelimiterType {
	case "COMMA":
		sep = ","
	case "SEMICOLON":
		sep = ";"
	case "PERIOD":
		sep = "."
	case "SPACE":
		sep = " "
	case "CUSTOM":
		if sep == "" {
			return wire.BadRequest("A custom delimiter must not be empty.")
		}
	case "", "AUTODETECT", "DELIMITER_TYPE_UNSPECIFIED":
		sep = t.detectDelimiter(sh, a)
	default:
		return wire.BadRequest("Invalid delimiter type: %s", req.DelimiterType)
	}
	if sep == "" {
		return nil
	}
	for r := a.r0; r < min(a.r1, len(sh.rows)); r++ {
		cl := sh.at(r, a.c0)
		if cl.kind != cellString || !strings.Contains(cl.str, sep) {
			continue
		}
		parts := strings.Split(cl.str, sep)
		if err := t.guardCells(sh.id(), rect{r, r + 1, a.c0, a.c0 + len(parts)}); err != nil {
			return err
		}
		if err := t.growFor(sh, r+1, a.c0+len(parts)); err != nil {
			return err
		}
		for i, part := range parts {
			t.typed(sh, r, a.c0+i, strings.TrimSpace(part))
		}
	}
	return nil
}

// detectDelimiter returns the delimiter that most of the texts contain.
func (t *tx) detectDelimiter(sh *sheet, a rect) string {
	best, most := "", 0
	for _, sep := range []string{",", ";", "\t", "|", ".", " "} {
		n := 0
		for r := a.r0; r < min(a.r1, len(sh.rows)); r++ {
			if cl := sh.at(r, a.c0); cl.kind == cellString && strings.Contains(cl.str, sep) {
				n++
			}
		}
		if n > most {
			best, most = sep, n
		}
	}
	return best
}

func (t *tx) pasteData(req *sheets.PasteDataRequest) error {
	if req.Html {
		return errUnsupported("pasting HTML")
	}
	p, err := readPaste(req.Type)
	if err != nil {
		return err
	}
	d := req.Coordinate
	if d == nil || d.RowIndex < 0 || d.ColumnIndex < 0 {
		return wire.BadRequest("No coordinate specified.")
	}
	if req.Delimiter == "" {
		return wire.BadRequest("Must specify a delimiter.")
	}
	if !p.value {
		return nil
	}
	lines := strings.Split(strings.ReplaceAll(strings.TrimSuffix(req.Data, "\n"), "\r\n", "\n"), "\n")
	b := rect{int(d.RowIndex), int(d.RowIndex) + len(lines), int(d.ColumnIndex), int(d.ColumnIndex)}
	var parts [][]string
	for _, line := range lines {
		fields := strings.Split(line, req.Delimiter)
		parts = append(parts, fields)
		b.c1 = max(b.c1, b.c0+len(fields))
	}
	if err := t.guardCells(d.SheetId, b); err != nil {
		return err
	}
	sh, err := t.sheetFor(d.SheetId)
	if err != nil {
		return err
	}
	if err := t.growFor(sh, b.r1, b.c1); err != nil {
		return err
	}
	for i, fields := range parts {
		for j, f := range fields {
			t.typed(sh, b.r0+i, b.c0+j, f)
		}
	}
	return nil
}

// autoFill continues the content of a range: formulas by their references, numbers by
// their step, everything else by repetition.
func (t *tx) autoFill(req *sheets.AutoFillRequest) error {
	from, to, rows, err := t.fillAreas(req)
	if err != nil {
		return err
	}
	if err := t.guardCells(from.sh.id(), to); err != nil {
		return err
	}
	sh, err := t.sheetFor(from.sh.id())
	if err != nil {
		return err
	}
	a := from.area
	if a.empty() {
		return nil
	}
	length := a.c1 - a.c0
	if rows {
		length = a.r1 - a.r0
	}
	for r := to.r0; r < to.r1; r++ {
		for c := to.c0; c < to.c1; c++ {
			sr, sc, off := r, c, 0
			if rows {
				off = r - a.r0
				sr = a.r0 + ((off%length)+length)%length
			} else {
				off = c - a.c0
				sc = a.c0 + ((off%length)+length)%length
			}
			src := *sh.at(sr, sc)
			switch {
			case src.kind == cellFormula:
				src.str = calc.Relative(src.str, r-sr, c-sc)
			case src.kind == cellNumber && !req.UseAlternateSeries:
				if first, step, ok := t.series(sh, a, rows, r, c, length); ok {
					src.num = first + step*float64(off)
				}
			}
			src.ext = nil
			sh.set(r, c, src)
		}
	}
	return nil
}

// series returns the first number and the step of a line of numbers.
func (t *tx) series(sh *sheet, a rect, rows bool, r, c, length int) (first, step float64, ok bool) {
	at := func(i int) *cell {
		if rows {
			return sh.at(a.r0+i, c)
		}
		return sh.at(r, a.c0+i)
	}
	for i := range length {
		if at(i).kind != cellNumber {
			return 0, 0, false
		}
	}
	first = at(0).num
	if length == 1 {
		if f := t.doc.formats.get(at(0).format); f != nil && f.NumberFormat != nil &&
			strings.HasPrefix(f.NumberFormat.Type, "DATE") {
			return first, 1, true
		}
		return first, 0, true
	}
	return first, (at(length-1).num - first) / float64(length-1), true
}

func (t *tx) fillAreas(req *sheets.AutoFillRequest) (from located, to rect, rows bool, err error) {
	if s := req.SourceAndDestination; s != nil {
		sh, a, err := t.area(s.Source)
		if err != nil {
			return from, to, false, err
		}
		n := int(s.FillLength)
		rows = s.Dimension == "ROWS"
		to = a
		switch {
		case rows && n >= 0:
			to.r0, to.r1 = a.r1, a.r1+n
		case rows:
			to.r0, to.r1 = a.r0+n, a.r0
		case n >= 0:
			to.c0, to.c1 = a.c1, a.c1+n
		default:
			to.c0, to.c1 = a.c0+n, a.c0
		}
		if !sh.whole().covers(to) {
			return from, to, rows, located{sh, to, to}.exceeds()
		}
		return located{sh, a, a}, to, rows, nil
	}
	sh, a, err := t.area(req.Range)
	if err != nil {
		return from, to, false, err
	}
	used := a.intersect(sh.used(hasValue))
	switch {
	case used.empty():
		return located{sh, rect{}, a}, rect{}, true, nil
	case used.r1 < a.r1:
		return located{sh, rect{a.r0, used.r1, a.c0, a.c1}, a}, rect{used.r1, a.r1, a.c0, a.c1}, true, nil
	default:
		return located{sh, rect{a.r0, a.r1, a.c0, used.c1}, a}, rect{a.r0, a.r1, used.c1, a.c1}, false, nil
	}
}

// relativeData returns the cell of a repetition, with its formula moved along.
func relativeData(data *sheets.CellData, dr, dc int) *sheets.CellData {
	n, v := *data, *data.UserEnteredValue
	f := calc.Relative(*v.FormulaValue, dr, dc)
	v.FormulaValue = &f
	n.UserEnteredValue = &v
	return &n
}
