package summary

import (
	"strings"
	"unicode/utf8"

	"svodka/internal/workbook"
)

// mostLines is the most lines that a name takes: more would leave too few rows on a
// screen.
const mostLines = 5

// nameLetter is how wide a letter of the 10 point font is in a name, in pixels.
const nameLetter = 7.4

// wrapNames lets the names in a column that are longer than it is wide take several
// lines: names that are cut off look alike, and on a phone there is no note to tell them
// apart.
func (s *sheet) wrapNames(c int) {
	for r, row := range s.Cells {
		if c >= len(row) || row[c].Kind != workbook.Text || row[c].Style == nil || row[c].Style.Wrap == "" {
			continue
		}
		st := row[c].Style
		letter, height := nameLetter, 18
		switch {
		case st.Size == 9:
			letter, height = 7.1, 16
		case st.Bold:
			letter = 7.9
		}
		width := s.Columns[c].Width - st.PadLeft
		n := linesIn(row[c].Str, width, letter)
		if n == 1 {
			continue
		}
		if n > mostLines {
			row[c].Str = middleCut(row[c].Str, mostLines*int(float64(width-6)/letter)*4/5)
			n = min(mostLines, linesIn(row[c].Str, width, letter))
		}
		row[c].Style = s.st.wrapped(st)
		s.Heights[r] = max(s.Heights[r], n*height+3)
	}
}

// linesIn returns how many lines a name takes, as LinesOf estimates it.
func linesIn(text string, width int, letter float64) int {
	return workbook.LinesOf(text, width, letter)
}

// wrapped returns a style with several lines.
func (s *styles) wrapped(st *workbook.Style) *workbook.Style {
	if st.Wrap == "WRAP" {
		return st
	}
	if s.lines == nil {
		s.lines = map[*workbook.Style]*workbook.Style{}
	}
	if s.lines[st] == nil {
		twin := *st
		twin.Wrap = "WRAP"
		s.lines[st] = &twin
	}
	return s.lines[st]
}

// middleCut leaves out the middle of a name of more than n letters: names that begin
// alike differ at their ends.
func middleCut(name string, n int) string {
	letters := []rune(name)
	if n = max(n, 8); len(letters) <= n {
		return name
	}
	head, tail := string(letters[:n-n/2-1]), string(letters[len(letters)-n/2+1:])
	// Whole words, if that leaves most of the room filled.
	if i := strings.LastIndexAny(head, " -"); i > len(head)/2 {
		head = head[:i]
	}
	if i := strings.IndexAny(tail, " -"); i >= 0 && i < len(tail)/2 {
		tail = tail[i+1:]
	}
	return strings.TrimRight(head, " ") + "… " + strings.TrimLeft(tail, " ")
}

// shortened returns a name and what follows it in at most n letters: the name gives way.
func shortened(name, after string, n int) string {
	room := n - utf8.RuneCountInString(after)
	return middleCut(name, room) + after
}
