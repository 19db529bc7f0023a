package secretfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

func TestReadTakesFilesAsPeopleMakeThem(t *testing.T) {
	utf16 := func(order unicode.Endianness, s string) string {
		b, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, c := range map[string]struct{ in, want string }{
		"plain":             {"s3cret", "s3cret"},
		"by echo":           {"s3cret\n", "s3cret"},
		"by Windows":        {"s3cret\r\n", "s3cret"},
		"with a mark":       {"\ufeffs3cret\n", "s3cret"},
		"quoted":            {"\"s3cret\"\n", "s3cret"},
		"single quotes":     {"'s3cret'", "s3cret"},
		"mark and quotes":   {"\ufeff\"s3cret\"\r\n", "s3cret"},
		"by PowerShell":     {utf16(unicode.LittleEndian, "s3cret\r\n"), "s3cret"},
		"big endian":        {utf16(unicode.BigEndian, "s3cret\r\n"), "s3cret"},
		"JSON with a mark":  {"\ufeff{\"a\": \"b\"}\n", `{"a": "b"}`},
		"a quote inside":    {`s3"cret`, `s3"cret`},
		"one quote":         {`"`, `"`},
		"half a quote":      {`"s3cret`, `"s3cret`},
		"several lines":     {"a\nb\n", "a\nb"},
		"empty":             {"\n", ""},
		"quotes of nothing": {`""`, ""},
	} {
		file := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(file, []byte(c.in), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Read(file)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}

func TestReadShowsNoSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("s3cret\xff\xfe\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(file); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error is %v", err)
	}
	if _, err := Read(file + "none"); !os.IsNotExist(err) {
		t.Errorf("of no file: %v", err)
	}
}
