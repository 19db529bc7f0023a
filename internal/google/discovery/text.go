package discovery

import (
	"encoding/json"
	"iter"
)

// text walks over JSON that is known to be valid, value by value. Bodies hold hundreds of
// thousands of values, of which a check needs no more than their kinds: to make values
// of them took a tenth of the tests that send them.
type text struct {
	b []byte // what has not been walked over
}

// space steps over what means nothing.
func (t *text) space() {
	for len(t.b) > 0 {
		switch t.b[0] {
		case ' ', '\t', '\n', '\r':
			t.b = t.b[1:]
		default:
			return
		}
	}
}

// kind is the first byte of the next value, which tells of which type it is.
func (t *text) kind() byte {
	t.space()
	return t.b[0]
}

// skip steps over the next value and gives its text.
func (t *text) skip() []byte {
	t.space()
	from := t.b
	for depth := 0; ; {
		switch t.b[0] {
		case '{', '[':
			depth++
			t.b = t.b[1:]
		case '}', ']':
			depth--
			t.b = t.b[1:]
		case '"':
			t.b = t.b[quoted(t.b):]
		case ',', ':', ' ', '\t', '\n', '\r':
			t.b = t.b[1:]
			continue
		default:
			t.b = t.b[bare(t.b):]
		}
		if depth == 0 {
			return from[:len(from)-len(t.b)]
		}
	}
}

// quoted is how long the text at the beginning of b is, with its quotes.
func quoted(b []byte) int {
	for i := 1; ; i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// bare is how long the number or word at the beginning of b is.
func bare(b []byte) int {
	for i, c := range b {
		switch c {
		case ',', ']', '}', ' ', '\t', '\n', '\r':
			return i
		}
	}
	return len(b)
}

// items goes through a list; the loop's body steps over each of its values.
func (t *text) items() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; t.more(i == 0); i++ {
			if !yield(i) {
				return
			}
		}
	}
}

// members goes through an object by the names of its members; the loop's body steps over
// each of their values.
func (t *text) members() iter.Seq[string] {
	return func(yield func(string) bool) {
		for first := true; t.more(first); first = false {
			name := unquoted(t.skip())
			t.space()
			t.b = t.b[1:] // the colon
			if !yield(name) {
				return
			}
		}
	}
}

// more steps over what stands before the next item of a list or an object, or over its
// end.
func (t *text) more(first bool) bool {
	if first {
		t.space()
		t.b = t.b[1:] // the bracket
	}
	switch t.kind() {
	case ']', '}':
		t.b = t.b[1:]
		return false
	case ',':
		t.b = t.b[1:]
	}
	t.space()
	return true
}

// unquoted is what a text says; one that nothing can be made of says nothing.
func unquoted(raw []byte) string {
	for _, c := range raw {
		if c == '\\' {
			var s string
			if err := json.Unmarshal(raw, &s); err != nil {
				return ""
			}
			return s
		}
	}
	return string(raw[1 : len(raw)-1])
}
