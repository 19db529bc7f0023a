// Package csvtext makes people's text safe for CSV files that somebody opens in a
// spreadsheet program, and recovers the original.
//
// Excel and others run a CSV field that begins with =, +, - or @ as a formula, quoted or
// not. The package knows no file and no column: whoever writes text that a person typed
// passes it through Guard, whoever reads it through Unguard. Figures are not text: a
// negative one stays as it is.
package csvtext

import "strings"

// Guard puts an apostrophe before a text that a spreadsheet program would run as a
// formula. Such a program shows the text with the apostrophe.
func Guard(s string) string {
	if runs(s) {
		return "'" + s
	}
	return s
}

// Unguard returns the text that was passed to Guard.
func Unguard(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && runs(rest) {
		return rest
	}
	return s
}

// runs reports whether a program would run the text, or whether Guard changed it: so
// Unguard of Guard is always the original text.
func runs(s string) bool {
	s = strings.TrimLeft(s, "'")
	return s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0]))
}
