package discovery

import (
	"encoding/json"
	"iter"
)

// text walks over JSON that is known to be valid, value by value. Bodies hold hundreds of
// thousands of values, and a check needs only their kinds: decoding them took a tenth of
// the time of the tests that send them.
type text struct {
	b []byte // the part not walked over yet
}

// space skips white space.
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

// kind returns the first byte of the next value, which shows its type.
func (t *text) kind() byte {
	t.space()
	return t.b[0]
}

// skip moves past the next value and returns its text.
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

// quoted returns the length of the string at the start of b, with its quotes.
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

// bare returns the length of the number or word at the start of b.
func bare(b []byte) int {
	for i, c := range b {
		switch c {
		case ',', ']', '}', ' ', '\t', '\n', '\r':
			return i
		}
	}
	return len(b)
}

// items ranges over a list; the loop's body must move past each value.
func (t *text) items() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; t.more(i == 0); i++ {
			if !yield(i) {
				return
			}
		}
	}
}

// members ranges over the names of an object's members; the loop's body must move past
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

// more moves to the next item of a list or an object and reports whether there is one; if
// not, it moves past the end.
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

// unquoted decodes a string; if it cannot, it returns an empty one.
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
