// Package secretfile reads files that hold a secret, as people make them: by an
// editor that puts a byte order mark before it, by PowerShell, which writes
// UTF-16, by copying it with its quotes, by echo, which ends it with a line end.
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

// Read gives the text of the file in UTF-8, without a byte order mark, outer
// white space and one pair of quotes around the whole. An error of opening the
// file is os.ReadFile's.
func Read(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	// A mark says which encoding it is; without one it is taken for UTF-8.
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
