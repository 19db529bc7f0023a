package report

import (
	"math"
	"strconv"
	"strings"

	"svodka/internal/kpi"
	"svodka/internal/workbook"
)

const secondsInDay = 86400

// CellValue returns a figure in the unit of the KPI as a cell holds it: durations as
// fractions of a day, everything else unchanged.
func CellValue(k kpi.KPI, v float64) float64 {
	if k.Unit == kpi.Duration {
		return v / secondsInDay
	}
	return v
}

func itoa(n int) string { return strconv.Itoa(n) }

// rat writes a number for a formula without a decimal sign: 0.85 is 85/100. It is safe
// after * and after a comparison.
func rat(v float64) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	whole, frac, ok := strings.Cut(s, ".")
	if !ok {
		return s
	}
	n := strings.TrimLeft(strings.TrimPrefix(whole, "-")+frac, "0")
	if v < 0 {
		n = "-" + n
	}
	return n + "/1" + strings.Repeat("0", len(frac))
}

// at returns the reference of a cell, 0-based: at(0, 1) is B1.
func at(row, col int) string { return workbook.A1(row, col) }

// inRow returns the cell of a column in the row of the formula. People cut and paste the
// cells into which they type, and a reference to such a cell moves with it; one to the
// whole column stays.
func inRow(col int) string {
	c := "$" + workbook.ColumnName(col)
	return "INDEX(" + c + ":" + c + ";ROW())"
}

// text returns a string inside a formula.
func text(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// round6 rounds away the noise of binary fractions in a sum, so that a plan of 950 is
// written as 950 however it was divided among days.
func round6(v float64) float64 { return math.Round(v*1e6) / 1e6 }
