package report

import (
	"math"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/workbook"
)

// One number: the block on top counts the same as the worker.
//
// A plain number, one that kpi.ParseCell reads as itself, counts as typed and costs no
// write. For any other content that counts, the worker writes a hidden pair of cells
// beside the cell: the content that was read, and the figure that it counts as. The pair
// holds only as long as the cell has that content; otherwise the cell counts as nothing
// and waits to be read.

// Keys of the hidden columns of a typed KPI, each followed by the KPI's key.
const (
	colRead    = "read:"    // content that was read
	colGot     = "got:"     // what it counts as
	colCounted = "counted:" // a formula: what the cell counts as now
)

const (
	// nothing is in a pair whose content counts as nothing.
	nothing = "—"
	// waits is what a cell counts as that has not been read yet.
	waits = "…"
	// failed is in a pair for any error of a formula.
	failed = "#"
)

// Kinds of contents.
const (
	kindNumber = "number"
	kindText   = "text"
	kindBool   = "bool"
	kindError  = "error"
	kindBlank  = "blank"
)

// Content is the content of a cell when it was read.
type Content struct{ Kind, Text string }

// contentOf returns the Content of a value as read.
func contentOf(v any) Content {
	c := Content{kindBlank, shown(v)}
	switch v := v.(type) {
	case float64:
		c.Kind = kindNumber
	case bool:
		c.Kind = kindBool
	case string:
		if c.Kind = kindText; kpi.IsError(v) {
			c.Kind = kindError
		}
	}
	return c
}

// cell returns the cell of a pair that holds the content.
func (c Content) cell() workbook.Cell {
	switch c.Kind {
	case kindNumber:
		return asTyped(c.Text)
	case kindBool:
		cell := workbook.Cell{Kind: workbook.Bool}
		if c.Text == "TRUE" {
			cell.Num = 1
		}
		return cell
	case kindError:
		return workbook.Txt(failed, nil)
	}
	return workbook.Txt(c.Text, nil) // blank: a cell of ours that is empty
}

// plain reports whether a cell with this content counts as v without being read.
func plain(k kpi.KPI, content any, v float64) bool {
	n, ok := content.(float64)
	return ok && math.Abs(n-CellValue(k, v)) <= 1e-12*max(1, math.Abs(n))
}

// Pair is an entry cell that does not count as it is: the content that was read, and the
// figure that it counts as, in the unit of the KPI; not OK: nothing.
type Pair struct {
	Tab    string // key of the tab
	Column string // key of the column
	Day    calendar.Date
	Read   Content
	Counts kpi.Num
}

// pair returns the hidden cells of an entry cell; not known: there is no pair.
func pair(k kpi.KPI, p Pair, known bool) (read, got workbook.Cell) {
	read, got = workbook.Txt("", helperCell), workbook.Txt("", helperCell)
	if !known {
		return read, got
	}
	read = put(read, p.Read.cell())
	if got = workbook.Txt(nothing, helperCell); p.Counts.OK {
		got = workbook.N(CellValue(k, p.Counts.V), helperCell)
	}
	return read, got
}

// same returns a formula for whether a cell has the content of its pair. A text of only
// spaces is an empty cell.
func same(cell, read string) string {
	return "IF(ISERROR(" + cell + ");EXACT(" + read + ";" + text(failed) + ");IF(" + read + `="";` + empty(cell) +
		";AND(TYPE(" + cell + ")=TYPE(" + read + ");EXACT(" + cell + ";" + read + "))))"
}

// empty returns a condition: a cell without an error is empty.
func empty(cell string) string { return "TRIM(" + cell + `)=""` }

// counted returns a formula for what an entry cell counts as, from the references of the
// cell, of its pair and of the day.
func (s *sheet) counted(k kpi.KPI, cell, read, got, day string) string {
	locked := day + "+" + itoa(s.in.Dep.Settings.GraceDays) + "<" + s.today()
	return "IF(" + day + ">" + s.today() + `;"";IF(AND(` + got + `<>"";` + same(cell, read) + ");" +
		"IF(ISNUMBER(" + got + ");" + got + `;"");IF(AND(` + got + `<>"";` + locked + ");" + text(waits) + ";" +
		s.liveIn(k, cell) + ")))"
}

// entry returns a formula for the cell into which a day's figure is typed, in the row of
// the formula: by its position below the last row in which nobody types, see inRow. The
// rows above depend on the days, so no formula of a day may refer to the whole column.
func (s *sheet) entry(k kpi.KPI) string {
	c, above := workbook.ColumnName(s.col[k.Key]), "$"+itoa(s.hint+1)
	return "INDEX(" + c + above + ":" + c + ";ROW()-ROW($A" + above + ")+1)"
}

// liveIn is live, kept for the other days: their formulas have the same reference.
func (s *sheet) liveIn(k kpi.KPI, cell string) string {
	kept := liveCell{cell, k.Unit, k.Fractions, k.Source, k.Direction, k.Min, k.Max}
	f, ok := s.lives[kept]
	if !ok {
		if s.lives == nil {
			s.lives = map[liveCell]string{}
		}
		f = s.live(k, cell)
		s.lives[kept] = f
	}
	return f
}

// liveCell is what live depends on in a department.
type liveCell struct {
	cell      string
	unit      kpi.Unit
	fractions bool
	source    kpi.Source
	direction kpi.Direction
	min, max  kpi.Num
}

// live returns a formula for what an unread cell counts as: a plain number within the
// KPI's bounds as it is, another number as nothing, and anything else waits.
func (s *sheet) live(k kpi.KPI, cell string) string {
	value := cell
	var cond []string
	switch {
	case k.Unit == kpi.Duration: // whole seconds
		value = "ROUND(" + cell + "*" + itoa(secondsInDay) + ";0)"
		cond = append(cond, cell+"<1")
	case k.Unit == kpi.Percent:
		cond = append(cond, cell+"<=15/10")
	case k.Whole():
		cond = append(cond, cell+"=INT("+cell+")")
	}
	least, most := s.bounds(k)
	if least != "" {
		cond = append(cond, value+">="+least)
	}
	if most != "" {
		cond = append(cond, value+"<="+most)
	}
	if k.Unit == kpi.Duration {
		value += "/" + itoa(secondsInDay)
	}
	if len(cond) > 0 {
		test := cond[0]
		if len(cond) > 1 {
			test = "AND(" + strings.Join(cond, ";") + ")"
		}
		value = "IF(" + test + ";" + value + `;"")`
	}
	return "IF(ISNUMBER(" + cell + ");" + value + ";IF(IFERROR(" + empty(cell) + `;FALSE);"";` + text(waits) + "))"
}

// bounds returns the smallest and the largest figure that counts, in the unit of the KPI,
// as text for formulas; none: empty. If refunds are allowed, the only minimum is the
// KPI's own.
func (d *desk) bounds(k kpi.KPI) (least, most string) {
	refunds := d.in.Dep.Settings.Refunds(k)
	switch {
	case k.Min.OK && (k.Min.V > 0 || refunds):
		least = rat(k.Min.V)
	case !refunds:
		least = "0"
	}
	if k.Max.OK {
		most = rat(k.Max.V)
	}
	return least, most
}

// lowest means no lower bound in conditions: no sum is less.
const lowest = "-1000000000000"

// DealRow says how a row of «Сделки» counts that does not count as it is.
type DealRow struct {
	Row    int              // 0-based on the sheet
	Read   [3]Content       // date, client and amount as read
	Counts *department.Deal // nil: the row counts as nothing
}

// plain reports whether the row counts as it is.
func (d DealRow) plain() bool {
	return d.Counts != nil && d.Read[0].Kind == kindNumber && d.Read[2].Kind == kindNumber &&
		d.Read[1].Kind != kindError
}

// Hold returns the rows of deals that do not count as typed, except those already in
// Rows; held reports this for each deal in turn.
func (r Reading) Hold(held func(department.Deal) bool) []DealRow {
	var out []DealRow
	for _, d := range r.deals {
		if held(*d.Counts) && d.plain() {
			out = append(out, d)
		}
	}
	return out
}

// FigureContent returns the content of a KPI's cell in which a figure in its unit is
// typed as a plain number; no figure: an empty cell.
func FigureContent(k kpi.KPI, v kpi.Num) Content {
	if !v.OK {
		return Content{Kind: kindBlank}
	}
	return contentOf(CellValue(k, v.V))
}
