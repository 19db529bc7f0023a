// Package secretfile reads files that hold a secret, in the forms in which people make
// them: with a byte order mark from an editor, in UTF-16 from PowerShell, with quotes
// copied along, with a line end from echo.
//
// It is an edge. It never puts what it read into an error.
package secretfile

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Read returns the text of the file in UTF-8, without a byte order mark, outer white
// space and one pair of quotes around the whole. If the file cannot be opened, the error
// is os.ReadFile's.
func Read(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	// A mark determines the encoding; without one it is UTF-8.
	b, _, err = transform.Bytes(unicode.BOMOverride(transform.Nop), b)
	if err != nil || !utf8.Valid(b) {
		return "", fmt.Errorf("%s is no text file (save it as UTF-8)", file)
	}
	return Unquote(string(b)), nil
}

// Unquote drops outer white space and one pair of quotes around the whole.
func Unquote(s string) string {
	s = strings.TrimSpace(s)
	for _, q := range []string{`""`, "''", "“”", "«»"} {
		first, last := q[:len(q)/2], q[len(q)/2:]
		if len(s) >= len(q) && strings.HasPrefix(s, first) && strings.HasSuffix(s, last) {
			return strings.TrimSpace(s[len(first) : len(s)-len(last)])
		}
	}
	return s
}
