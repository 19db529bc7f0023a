package words_test

import (
	"testing"

	"svodka/internal/words"
)

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"иванов", "иванов", 0}, {"иванов", "иванова", 1}, {"петров", "пертов", 2},
		{"import", "imort", 1}, {"kitten", "sitting", 3}} {
		if got, back := words.Distance(c.a, c.b), words.Distance(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("%q and %q are %d and %d apart, want %d", c.a, c.b, got, back, c.want)
		}
	}
}
