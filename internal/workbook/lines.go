package workbook

import (
	"strings"
	"unicode/utf8"
)

// LinesOf returns how many lines a text takes in a column of the given width, if a letter
// is so wide, both in pixels. Google breaks a line at spaces and hyphens, and a word that
// is longer than a line anywhere. Nothing measures fonts here: it errs towards more
// lines.
func LinesOf(text string, width int, letter float64) int {
	room := max(1, int(float64(width-6)/letter)) // cells have 3 pixels on each side
	lines := 0
	for line := range strings.SplitSeq(text, "\n") {
		lines++
		used := 0
		for _, word := range strings.Fields(line) {
			if used > 0 {
				used++ // the space
			}
			for part := range strings.SplitAfterSeq(word, "-") {
				n := utf8.RuneCountInString(part)
				if used > 0 && used+n > room {
					lines, used = lines+1, 0
				}
				used += n
				for used > room {
					lines, used = lines+1, used-room
				}
			}
		}
	}
	return lines
}
