// Package csvtext makes people's text safe in CSV files that somebody opens in a
// spreadsheet program, and takes it back as it was.
//
// Excel and its like run a CSV field that begins with =, +, - or @ as a formula,
// quoted or not. The package knows no file and no column: whoever writes a text
// that a person typed passes it through Guard, whoever reads one through Unguard.
// Figures are no text: a negative one stays as it is.
package csvtext

import "strings"

// Guard puts an apostrophe before a text that a spreadsheet program would run as
// a formula. Such a program shows the text, with the apostrophe before it.
func Guard(s string) string {
	if runs(s) {
		return "'" + s
	}
	return s
}

// Unguard gives the text that Guard was given.
func Unguard(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && runs(rest) {
		return rest
	}
	return s
}

// runs tells whether a program would run the text, or whether it is one that
// Guard changed: so that Unguard of Guard is always the text itself.
func runs(s string) bool {
	s = strings.TrimLeft(s, "'")
	return s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0]))
}
