// Package legible finds cells of a Book that are hard to read, for tests of layouts.
package legible

import (
	"cmp"
	"fmt"
	"math"
	"strconv"

	"svodka/internal/workbook"
)

const (
	leastContrast = 4.5 // WCAG 2.1, 1.4.3
	leastSize     = 9   // points
)

type look struct {
	ink, back string
	size      int
}

// Check names a cell for each look, from the cell's own style or from any rule over it,
// whose text contrasts with its background by less than 4.5 : 1, or is smaller than 9
// points. looks counts the different looks. Check skips hidden tabs and columns. It fails
// on a string that is not a colour.
func Check(b *workbook.Book) (faults []string, looks int, err error) {
	seen := map[look]bool{}
	for _, t := range b.Tabs {
		if t.Hidden {
			continue
		}
		for r, row := range t.Cells {
			for c, cell := range row {
				if cell.Style == nil || c < len(t.Columns) && t.Columns[c].Hidden {
					continue
				}
				for _, l := range looksOf(t, r, c) {
					if seen[l] {
						continue
					}
					seen[l] = true
					found, err := l.faults()
					where := t.Title + "!" + workbook.A1(r, c)
					if err != nil {
						return nil, 0, fmt.Errorf("%s: %w", where, err)
					}
					for _, f := range found {
						faults = append(faults, where+": "+f)
					}
				}
			}
		}
	}
	return faults, len(seen), nil
}

// looksOf returns the looks that a cell with a style may have: its own, and one for each
// rule over it.
func looksOf(t *workbook.Tab, r, c int) []look {
	style := t.Cells[r][c].Style
	own := look{style.Color, style.Background, style.Size}
	looks := []look{own}
	for _, rule := range t.Rules {
		if over(rule, r, c) {
			looks = append(looks, look{cmp.Or(rule.Color, own.ink), cmp.Or(rule.Back, own.back), own.size})
		}
	}
	return looks
}

func (l look) faults() (faults []string, err error) {
	got, err := contrast(l.ink, l.back)
	if err != nil {
		return nil, err
	}
	if got < leastContrast {
		faults = append(faults, fmt.Sprintf("%s on %s is %.2f : 1", l.ink, l.back, got))
	}
	if l.size != 0 && l.size < leastSize {
		faults = append(faults, fmt.Sprintf("type of %d points", l.size))
	}
	return faults, nil
}

func over(rule workbook.Rule, r, c int) bool {
	for _, a := range rule.Areas {
		if r >= a.R0 && r < a.R1 && c >= a.C0 && c < a.C1 {
			return true
		}
	}
	return false
}

// contrast returns the ratio of WCAG 2.1 of two colours #RRGGBB; empty: black on white.
func contrast(ink, back string) (float64, error) {
	a, err := luminance(ink, "#000000")
	if err != nil {
		return 0, err
	}
	b, err := luminance(back, "#FFFFFF")
	if err != nil {
		return 0, err
	}
	return (max(a, b) + 0.05) / (min(a, b) + 0.05), nil
}

func luminance(color, none string) (float64, error) {
	if color == "" {
		color = none
	}
	n, err := strconv.ParseUint(color[1:], 16, 32)
	if err != nil || len(color) != 7 {
		return 0, fmt.Errorf("%q is no colour #RRGGBB", color)
	}
	sum := 0.0
	for i, weight := range []float64{0.0722, 0.7152, 0.2126} { // blue, green, red
		v := float64(n>>(8*i)&255) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum, nil
}
