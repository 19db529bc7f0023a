package tabular

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"svodka/internal/lazyregexp"
)

// markup matches the beginning of markup; the others recognise tables in it.
var (
	markup   = lazyregexp.New(`^\s*<[!?a-zA-Z]`)
	tableTag = lazyregexp.New(`(?i)<table[\s>]`)
	bookOf03 = lazyregexp.New(`(?i)<(?:\w+:)?workbook[\s>]`)
)

// maxColumn is how many columns an Excel spreadsheet has.
const maxColumn = 16384

// isHTML reports whether a text is markup rather than separated fields.
func isHTML(src string) bool { return markup.MatchString(src) }

// readHTML reads the rows of all tables of a page, one below the other, as Excel shows
// such a file.
func (s *Sheet) readHTML(src string) error {
	if !tableTag.MatchString(src) {
		if bookOf03.MatchString(src) {
			return fmt.Errorf("%s: %s", s.file,
				s.o.say("это таблица Excel 2003 в XML: откройте её в Excel и сохраните как .xlsx или CSV",
					"this is a spreadsheet of Excel 2003 in XML: open it in Excel and save it as .xlsx or CSV"))
		}
		return fmt.Errorf("%s: %s", s.file,
			s.o.say("это страница HTML или XML, и таблицы в ней нет: нужен CSV, .xlsx или страница с таблицей",
				"this is a page of HTML or XML without a table: it must be CSV, .xlsx or a page with a table"))
	}
	page, err := html.Parse(strings.NewReader(src))
	if err != nil {
		return fmt.Errorf("%s: %s", s.file, s.o.say("страница HTML не читается: %v",
			"the page of HTML cannot be read: %v", err))
	}
	p := &tablePage{line: 1}
	for n := range page.Descendants() {
		switch {
		case n.DataAtom == atom.Table:
			p.open = nil
		case n.DataAtom == atom.Tr && !layout(n):
			p.row(n)
		}
	}
	if p.wide {
		return Where{File: s.file, Line: p.line - 1}.Errorf("", "%s",
			s.o.say("столбцов больше %d", "there are more than %d columns", maxColumn))
	}
	s.rows = p.rows
	return nil
}

// layout reports whether a row only holds other tables.
func layout(tr *html.Node) bool {
	for n := range tr.Descendants() {
		if n.DataAtom == atom.Table {
			return true
		}
	}
	return false
}

// tablePage collects the rows of a page's tables.
type tablePage struct {
	rows []row
	line int         // of the next row, from 1
	open map[int]int // by column, how many more rows a cell from above covers
	wide bool        // more columns than a spreadsheet has
}

// row adds a row. A cell that spans several is put into the first of them, as in a
// spreadsheet.
func (p *tablePage) row(tr *html.Node) {
	r := row{line: p.line}
	p.line++
	left := map[int]int{} // open, for the next row
	for col, n := range p.open {
		if n > 1 {
			left[col] = n - 1
		}
	}
	col := 0
	for c := range tr.ChildNodes() {
		if c.DataAtom != atom.Td && c.DataAtom != atom.Th {
			continue
		}
		for p.open[col] > 0 {
			col++
		}
		across, down := span(c, "colspan", 1000), span(c, "rowspan", 65534)
		if col+across > maxColumn {
			p.wide = true
			return
		}
		if cell := text(tidy(content(c))); cell.Kind != Empty {
			r.cells = append(r.cells, make([]Cell, col-len(r.cells))...)
			r.cells = append(r.cells, cell)
		}
		for i := range across {
			if down > 1 {
				left[col+i] = down - 1
			}
		}
		col += across
	}
	p.open = left
	p.rows = append(p.rows, r)
}

// span returns how many columns or rows a cell spans, at most the limit of HTML.
func span(cell *html.Node, attr string, most int) int {
	for _, a := range cell.Attr {
		if a.Key == attr {
			n, err := strconv.Atoi(strings.TrimSpace(a.Val))
			if err == nil && n > 1 {
				return min(n, most)
			}
		}
	}
	return 1
}

// content returns the text of a cell, with spaces between its lines.
func content(cell *html.Node) string {
	var b strings.Builder
	for n := range cell.Descendants() {
		switch {
		case n.Type == html.TextNode && n.Parent.DataAtom != atom.Style && n.Parent.DataAtom != atom.Script:
			b.WriteString(n.Data)
		case n.DataAtom == atom.Br || n.DataAtom == atom.P || n.DataAtom == atom.Div || n.DataAtom == atom.Li:
			b.WriteByte(' ')
		}
	}
	return b.String()
}
