package report

import (
	"strings"
	"unicode/utf8"
)

// letter is the width of a letter of the 10 point font, bold and Cyrillic on average, in
// pixels; lineHeight is that of one of its lines.
const (
	letter     = 7.4
	lineHeight = 18
)

// linesOf returns how many lines a text takes in a column of the given width, if letters
// are so wide, in pixels. Nothing measures fonts here: it errs towards more lines.
func linesOf(text string, width int, letter float64) int {
	room := int(float64(width-6) / letter) // cells have 3 pixels on each side
	lines := 0
	for line := range strings.SplitSeq(text, "\n") {
		lines++
		used := 0
		for _, word := range strings.Fields(line) {
			switch n := utf8.RuneCountInString(word); {
			case used == 0:
				used = n
			case used+1+n <= room:
				used += 1 + n
			default:
				lines++
				used = n
			}
		}
	}
	return lines
}
