package tabular

import "testing"

// Text that an export guarded comes back as it was typed; a number in text is a number.
func TestTextIsUnguarded(t *testing.T) {
	for in, want := range map[string]string{
		`'=HYPERLINK("x")`: `=HYPERLINK("x")`,
		" '+7 999 ":        "+7 999",
		"'-5":              "-5",
		"О'Нил":            "О'Нил",
		"'тихо'":           "'тихо'",
	} {
		if got := text(in); got.Text != want {
			t.Errorf("text(%q) is %q, want %q", in, got.Text, want)
		}
	}
}
