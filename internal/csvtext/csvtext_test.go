package csvtext

import "testing"

func TestGuard(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "",
		"Иванова Анна":     "Иванова Анна",
		"О'Нил":            "О'Нил",
		"'тихо'":           "'тихо'",
		`=HYPERLINK("x")`:  `'=HYPERLINK("x")`,
		"+7 999 123-45-67": "'+7 999 123-45-67",
		"-- без имени":     "'-- без имени",
		"@ivanova":         "'@ivanova",
		"\t=1+1":           "'\t=1+1",
		"'=1+1":            "''=1+1",
		"1=1":              "1=1",
		" =1+1":            " =1+1", // after a space it is a text in Excel
		"'":                "'",
		"''":               "''",
	} {
		got := Guard(text)
		if got != want {
			t.Errorf("Guard(%q) is %q, want %q", text, got, want)
		}
		if back := Unguard(got); back != text {
			t.Errorf("%q came back as %q", text, back)
		}
	}
}

// A file that nobody guarded is read unchanged.
func TestUnguardLeavesOthersAlone(t *testing.T) {
	for _, s := range []string{"Иванова", "'тихо'", "=1+1", "+7 999", "-", "'"} {
		if got := Unguard(s); got != s {
			t.Errorf("Unguard(%q) is %q", s, got)
		}
	}
}

func FuzzGuard(f *testing.F) {
	f.Add("'=")
	f.Fuzz(func(t *testing.T, s string) {
		if back := Unguard(Guard(s)); back != s {
			t.Errorf("%q came back as %q", s, back)
		}
	})
}
