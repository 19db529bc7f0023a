package google

import (
	"fmt"
	"strings"
)

// parseRange reads the sheet's title and the 0-based first row and column off a
// range as Google echoes it: Title!A1:B2, 'It”s'!C3, Title!A:A.
func parseRange(s string) (title string, row, col int, err error) {
	bad := func() (string, int, int, error) {
		return "", 0, 0, fmt.Errorf("range %q is not of the form Tab!A1:B2", s)
	}
	i := strings.LastIndexByte(s, '!')
	if i < 1 {
		return bad()
	}
	title = s[:i]
	if len(title) >= 2 && title[0] == '\'' && title[len(title)-1] == '\'' {
		title = strings.ReplaceAll(title[1:len(title)-1], "''", "'")
	}
	first, _, _ := strings.Cut(s[i+1:], ":")
	letters, digits := 0, 0
	for _, r := range strings.ReplaceAll(first, "$", "") {
		switch {
		case r >= 'A' && r <= 'Z' && digits == 0 && letters < 3:
			letters++
			col = col*26 + int(r-'A') + 1
		case r >= '0' && r <= '9' && digits < 8:
			digits++
			row = row*10 + int(r-'0')
		default:
			return bad()
		}
	}
	if letters == 0 && digits == 0 || digits > 0 && row == 0 {
		return bad()
	}
	// A range of whole rows or columns begins at the first.
	return title, max(row-1, 0), max(col-1, 0), nil
}
