// Package lazyregexp has regular expressions that are compiled at their first use.
//
// Package-level patterns are compiled whenever the program starts, also to print its
// version: time and memory that nobody gets anything for. This package declares them;
// it knows nothing of what they match.
package lazyregexp

import (
	"os"
	"regexp"
	"strings"
	"sync"
)

// Regexp is a regular expression whose compiling waits until it is needed. Its
// methods are those of regexp.Regexp. It can be used by many at once.
type Regexp struct {
	compile func() *regexp.Regexp
}

// inTests tells that a program of go test runs. Package testing would tell as well, but
// would be linked into the product.
var inTests = len(os.Args) > 0 && strings.HasSuffix(strings.TrimSuffix(os.Args[0], ".exe"), ".test")

// New gives the regular expression of an expression of package regexp. If it is wrong,
// the first use panics; in tests New does, so that a wrong one is found unused.
func New(expr string) *Regexp {
	re := &Regexp{compile: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })}
	if inTests {
		re.compile()
	}
	return re
}

// MatchString is that of regexp.Regexp.
func (re *Regexp) MatchString(s string) bool { return re.compile().MatchString(s) }

// FindString is that of regexp.Regexp.
func (re *Regexp) FindString(s string) string { return re.compile().FindString(s) }

// FindStringIndex is that of regexp.Regexp.
func (re *Regexp) FindStringIndex(s string) []int { return re.compile().FindStringIndex(s) }

// FindStringSubmatch is that of regexp.Regexp.
func (re *Regexp) FindStringSubmatch(s string) []string { return re.compile().FindStringSubmatch(s) }

// FindStringSubmatchIndex is that of regexp.Regexp.
func (re *Regexp) FindStringSubmatchIndex(s string) []int {
	return re.compile().FindStringSubmatchIndex(s)
}

// FindAllStringSubmatch is that of regexp.Regexp.
func (re *Regexp) FindAllStringSubmatch(s string, n int) [][]string {
	return re.compile().FindAllStringSubmatch(s, n)
}

// FindAllStringSubmatchIndex is that of regexp.Regexp.
func (re *Regexp) FindAllStringSubmatchIndex(s string, n int) [][]int {
	return re.compile().FindAllStringSubmatchIndex(s, n)
}

// ReplaceAllString is that of regexp.Regexp.
func (re *Regexp) ReplaceAllString(s, with string) string {
	return re.compile().ReplaceAllString(s, with)
}

// ReplaceAllStringFunc is that of regexp.Regexp.
func (re *Regexp) ReplaceAllStringFunc(s string, with func(string) string) string {
	return re.compile().ReplaceAllStringFunc(s, with)
}
