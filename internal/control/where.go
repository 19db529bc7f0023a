package control

import (
	"fmt"

	"svodka/internal/words"
)

// Where returns the place of a problem for people: the titles of the tab and the column,
// and the number of the row in the spreadsheet.
func (p Problem) Where(lang words.Lang) string {
	t := tabOf(p.Tab)
	s := "«" + t.title.in(lang) + "»"
	if p.Row >= 0 {
		s += fmt.Sprintf(", row %d", p.Row+1)
	}
	if c := t.column(p.Column); c != nil {
		s += ", «" + c.title.in(lang) + "»"
	}
	return s
}
