// Package lazyregexp provides regular expressions that are compiled at their first use.
//
// The program would compile package-level patterns of package regexp at every start, even
// to print its version, which wastes time and memory. Declare them with this package,
// which knows nothing of what they match.
package lazyregexp

import (
	"os"
	"regexp"
	"strings"
	"sync"
)

// Regexp is a regular expression that is compiled when it is needed. Its methods are
// those of regexp.Regexp. It is safe for concurrent use.
type Regexp struct {
	compile func() *regexp.Regexp
}

// inTests reports whether this is a program of go test. Package testing would know as
// well, but would be linked into the product.
var inTests = len(os.Args) > 0 && strings.HasSuffix(strings.TrimSuffix(os.Args[0], ".exe"), ".test")

// New returns a Regexp for an expression of package regexp. If that is invalid, the first
// use panics; in tests New itself does, so that an unused one is found.
func New(expr string) *Regexp {
	re := &Regexp{compile: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })}
	if inTests {
		re.compile()
	}
	return re
}

// MatchString does what it does for a regexp.Regexp.
func (re *Regexp) MatchString(s string) bool { return re.compile().MatchString(s) }

// FindString does what it does for a regexp.Regexp.
func (re *Regexp) FindString(s string) string { return re.compile().FindString(s) }

// FindStringIndex does what it does for a regexp.Regexp.
func (re *Regexp) FindStringIndex(s string) []int { return re.compile().FindStringIndex(s) }

// FindStringSubmatch does what it does for a regexp.Regexp.
func (re *Regexp) FindStringSubmatch(s string) []string { return re.compile().FindStringSubmatch(s) }

// FindStringSubmatchIndex does what it does for a regexp.Regexp.
func (re *Regexp) FindStringSubmatchIndex(s string) []int {
	return re.compile().FindStringSubmatchIndex(s)
}

// FindAllStringSubmatch does what it does for a regexp.Regexp.
func (re *Regexp) FindAllStringSubmatch(s string, n int) [][]string {
	return re.compile().FindAllStringSubmatch(s, n)
}

// FindAllStringSubmatchIndex does what it does for a regexp.Regexp.
func (re *Regexp) FindAllStringSubmatchIndex(s string, n int) [][]int {
	return re.compile().FindAllStringSubmatchIndex(s, n)
}

// ReplaceAllString does what it does for a regexp.Regexp.
func (re *Regexp) ReplaceAllString(s, with string) string {
	return re.compile().ReplaceAllString(s, with)
}

// ReplaceAllStringFunc does what it does for a regexp.Regexp.
func (re *Regexp) ReplaceAllStringFunc(s string, with func(string) string) string {
	return re.compile().ReplaceAllStringFunc(s, with)
}
