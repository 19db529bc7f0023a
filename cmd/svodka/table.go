package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
	"golang.org/x/text/width"
)

// cell is the printed part of a spreadsheet's cell.
type cell struct {
	text   string
	number bool
}

// widest is the widest column; longer text without empty cells beside it is cut.
const widest = 48

// short is how much of a row's last text must fit its column: the rest overflows.
const short = 20

// gap separates columns.
const gap = 2

// printTable prints cells in columns: numbers to the right, texts to the left and over
// empty cells beside them, as in a spreadsheet. room is the width, 0 means no limit; a
// last line counts the columns that do not fit.
func printTable(w io.Writer, rows [][]cell, room int) {
	trimmed := make([][]cell, len(rows))
	for r, cells := range rows {
		trimmed[r] = cells[:last(cells)+1]
	}
	rows = trimmed
	widths := widthsOf(rows)
	fit, left := len(widths), 0
	if room > 0 {
		used := 0
		for c, n := range widths {
			if n == 0 {
				continue
			}
			if used+n > room && used > 0 {
				fit = c
				break
			}
			used += n + gap
		}
		for _, n := range widths[fit:] {
			left += min(n, 1)
		}
	}
	for _, cells := range rows {
		line := lineOf(cells[:min(len(cells), fit)], widths)
		if room > 0 {
			line = clip(line, room)
		}
		fmt.Fprintln(w, line)
	}
	if left > 0 {
		fmt.Fprintf(w, "(%s more to the right: make the terminal wider, or add: | less -S)\n", count(left, "column"))
	}
}

// lineOf formats a row of a table.
func lineOf(cells []cell, widths []int) string {
	var b strings.Builder
	at := 0 // width of b so far
	start := 0
	for c, t := range cells {
		if widths[c] == 0 {
			continue
		}
		if t.text != "" {
			s := clip(t.text, roomOf(cells, c, widths))
			from := start
			if t.number {
				from = max(start, start+widths[c]-columns(s))
			}
			b.WriteString(strings.Repeat(" ", max(0, from-at)) + s)
			at = max(at, from) + columns(s)
		}
		start += widths[c] + gap
	}
	return b.String()
}

// last returns the column of the last cell with text; -1: none.
func last(cells []cell) int {
	for c := len(cells) - 1; c >= 0; c-- {
		if cells[c].text != "" {
			return c
		}
	}
	return -1
}

// roomOf returns the width for a cell's text: its column and, for a text, the empty cells
// beside it. The last text of a row has no limit.
func roomOf(cells []cell, c int, widths []int) int {
	if cells[c].number {
		return widths[c]
	}
	room := widths[c]
	for i := c + 1; i < len(cells); i++ {
		if cells[i].text != "" {
			return room
		}
		if widths[i] > 0 {
			room += gap + widths[i]
		}
	}
	return 1 << 20
}

// widthsOf returns the width that each column's cells need; 0: it is empty. Rows end with
// their last text.
func widthsOf(rows [][]cell) []int {
	var widths []int
	for _, cells := range rows {
		for len(widths) < len(cells) {
			widths = append(widths, 0)
		}
	}
	// First texts without an empty cell beside them, then those that still need more.
	for _, cells := range rows {
		for c, t := range cells {
			need := min(columns(t.text), widest)
			if c == len(cells)-1 && !t.number {
				need = min(need, short)
				if last(cells[:c]) < 0 {
					need = min(need, 1) // a title: alone in its row
				}
			}
			if t.number || c == len(cells)-1 || cells[c+1].text != "" {
				widths[c] = max(widths[c], need)
			} else {
				widths[c] = max(widths[c], min(need, 1))
			}
		}
	}
	for _, cells := range rows {
		for c, t := range cells {
			need := min(columns(t.text), widest) - roomOf(cells, c, widths)
			if need <= 0 {
				continue
			}
			end := c // last column that the text overflows into
			for i := c + 1; cells[i].text == ""; i++ {
				if widths[i] > 0 {
					end = i
				}
			}
			widths[end] += need
		}
	}
	return widths
}

// clip cuts a text to a number of columns of a terminal.
func clip(s string, room int) string {
	if columns(s) <= room {
		return s
	}
	rs := []rune(s)
	for len(rs) > 0 && columns(string(rs)) > room-1 {
		rs = rs[:len(rs)-1]
	}
	return strings.TrimRight(string(rs), " ") + "…"
}

// columns returns how many columns of a terminal a text takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// terminalWidth returns the width of the terminal w; 0: it is not a terminal.
func terminalWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	n, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return n
}
