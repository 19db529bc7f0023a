package export

import (
	"math"
	"strings"
	"unicode/utf8"

	"google.golang.org/api/sheets/v4"
)

// Measures of Arial, of which a letter is about as wide at any size; wide enough for
// Cyrillic, since a row that is a little too high can be read.
const (
	letterWidth = 0.49  // of the size of the type, in points
	boldWidth   = 0.53  // the same of bold type
	lineHeight  = 1.25  // of the size of the type
	rowPadding  = 3.0   // above and below the lines, in points
	pointsPixel = 0.75  // of a pixel
	highestRow  = 409.0 // that Excel takes, in points
)

// wrapHeight is how high a row has to be for the texts that wrap in it, in points; 0 if
// it needs no more than one line. Google makes such rows higher by itself; a file has to
// say so. Merged cells make no row higher.
func wrapHeight(g grid, r int, merged func(row, col int) bool) float64 {
	high := 0.0
	for c := range g.cols {
		cell := g.cells[pos{r, c}]
		if cell == nil || cell.EffectiveFormat == nil || cell.EffectiveFormat.WrapStrategy != "WRAP" || merged(r, c) {
			continue
		}
		size, letter := 10.0, letterWidth
		if tf := cell.EffectiveFormat.TextFormat; tf != nil {
			if tf.FontSize > 0 {
				size = float64(tf.FontSize)
			}
			if tf.Bold {
				letter = boldWidth
			}
		}
		width := 100.0
		if m := g.colMeta[c]; m != nil {
			if m.HiddenByUser || m.HiddenByFilter {
				continue
			}
			if m.PixelSize > 0 {
				width = float64(m.PixelSize)
			}
		}
		const padding = 8 // pixels
		fits := int((width - padding) * pointsPixel / (size * letter))
		if n := wrappedLines(cell.FormattedValue, max(1, fits)); n > 1 {
			high = max(high, float64(n)*size*lineHeight+rowPadding)
		}
	}
	return math.Min(highestRow, high)
}

// wrappedLines counts the lines of a text that breaks between words, and within those
// that are longer than a line of so many letters.
func wrappedLines(text string, fits int) int {
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		at := 0 // letters on the last line
		for word := range strings.FieldsSeq(line) {
			w := utf8.RuneCountInString(word)
			if at > 0 && at+1+w > fits {
				n++
				at = 0
			}
			if at > 0 {
				at++
			}
			at += w
			for ; at > fits; at -= fits {
				n++
			}
		}
	}
	return n
}

// inMerge tells of a tab's cells which are merged.
func (b *workbook) inMerge(sh *sheets.Sheet) func(row, col int) bool {
	merged := map[pos]bool{}
	for _, m := range sh.Merges {
		if m == nil {
			continue
		}
		if r0, c0, _, _, ok := b.limits(m); ok { // what is shown is the first cell's
			merged[pos{r0, c0}] = true
		}
	}
	return func(row, col int) bool { return merged[pos{row, col}] }
}
