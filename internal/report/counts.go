package report

import (
	"math"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/workbook"
)

// One number: the block on top counts what the worker counts.
//
// A plain number, one that kpi.ParseCell takes for itself, counts as it is typed,
// and costs no write. What is read into what stands in a cell, and what counts in
// its place, is written beside it into a hidden pair of cells: the content that
// was read, and the figure that it counts as. The pair holds only as long as the
// cell has that content; else the cell counts nothing and waits to be read.

// Keys of the hidden columns of a typed KPI, each followed by the KPI's key.
const (
	colRead    = "read:"    // content that was read
	colGot     = "got:"     // what it counts as
	colCounted = "counted:" // what the cell counts as by now: a formula
)

const (
	// nothing stands in a pair whose content counts as nothing.
	nothing = "—"
	// waits is what a cell counts as that is still to be read.
	waits = "…"
	// failed stands in a pair for any error of a formula.
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

// Content is what stood in a cell when it was read.
type Content struct{ Kind, Text string }

// contentOf makes a Content of a value as it was read.
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

// cell is the content in a pair.
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

// plain tells that a cell with this content counts as v without anybody reading
// anything into it.
func plain(k kpi.KPI, content any, v float64) bool {
	n, ok := content.(float64)
	return ok && math.Abs(n-CellValue(k, v)) <= 1e-12*max(1, math.Abs(n))
}

// Pair is an entry cell that does not count as it stands: what was read there,
// and the figure that it counts as, in the unit of the KPI; not OK: nothing.
type Pair struct {
	Tab    string // key of the tab
	Column string // key of the column
	Day    calendar.Date
	Read   Content
	Counts kpi.Num
}

// pair gives the hidden cells of an entry cell; not known: there is no pair.
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

// same is a formula that tells whether a cell has the content of its pair. A text of
// spaces alone is an empty cell.
func same(cell, read string) string {
	return "IF(ISERROR(" + cell + ");EXACT(" + read + ";" + text(failed) + ");IF(" + read + `="";` + empty(cell) +
		";AND(TYPE(" + cell + ")=TYPE(" + read + ");EXACT(" + cell + ";" + read + "))))"
}

// empty tells that nothing stands in a cell that has no error.
func empty(cell string) string { return "TRIM(" + cell + `)=""` }

// counted is what an entry cell counts as, given the references of the cell, of
// its pair and of the day.
func (s *sheet) counted(k kpi.KPI, cell, read, got, day string) string {
	locked := day + "+" + itoa(s.in.Dep.Settings.GraceDays) + "<" + s.today()
	return "IF(" + day + ">" + s.today() + `;"";IF(AND(` + got + `<>"";` + same(cell, read) + ");" +
		"IF(ISNUMBER(" + got + ");" + got + `;"");IF(AND(` + got + `<>"";` + locked + ");" + text(waits) + ";" +
		s.live(k, cell) + ")))"
}

// entry is the cell into which a day's figure is typed, in the row of the formula: by its
// place below the last row in which nobody types, see inRow. The rows above that follow
// from the days, and so no formula of a day may look at the whole column.
func (s *sheet) entry(k kpi.KPI) string {
	c, above := workbook.ColumnName(s.col[k.Key]), "$"+itoa(s.hint+1)
	return "INDEX(" + c + above + ":" + c + ";ROW()-ROW($A" + above + ")+1)"
}

// live is what a cell counts as that nobody has read: a plain number within the
// KPI's bounds as it is, another number nothing, and what is no number waits.
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

// bounds are the least and the most that counts, in the unit of the KPI, as they
// are written in a formula; none: empty. Where refunds are taken there is no least
// but the KPI's own.
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

// lowest stands in conditions for no bound below: no sum is less.
const lowest = "-1000000000000"

// DealRow is how a row of «Сделки» counts that does not count as it stands.
type DealRow struct {
	Row    int              // 0-based on the sheet
	Read   [3]Content       // date, client and amount, as they were read
	Counts *department.Deal // nil: the row counts as nothing
}

// plain tells that the row counts as it stands.
func (d DealRow) plain() bool {
	return d.Counts != nil && d.Read[0].Kind == kindNumber && d.Read[2].Kind == kindNumber &&
		d.Read[1].Kind != kindError
}

// Hold gives the rows of deals that do not count as they are typed, which held
// tells of each deal in turn, of those that are not among Rows already.
func (r Reading) Hold(held func(department.Deal) bool) []DealRow {
	var out []DealRow
	for _, d := range r.deals {
		if held(*d.Counts) && d.plain() {
			out = append(out, d)
		}
	}
	return out
}

// FigureContent is what stands in a cell of a KPI into which a figure in its unit
// is typed as a plain number; no figure: an empty cell.
func FigureContent(k kpi.KPI, v kpi.Num) Content {
	if !v.OK {
		return Content{Kind: kindBlank}
	}
	return contentOf(CellValue(k, v.V))
}
