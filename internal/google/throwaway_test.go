package google_test

import (
	"testing"
)

func TestRemove(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers []answer
		calls   int
		trashed bool
		fails   bool
	}{
		{"deleted", []answer{{status: 204}}, 1, false, false},
		{"gone already", []answer{refused(404, "notFound")}, 1, false, false},
		{"may not delete", []answer{refused(403, "insufficientFilePermissions"), ok(made)}, 2, true, false},
		{"may do neither", []answer{refused(403, "insufficientFilePermissions")}, 2, false, true},
		{"refused", []answer{refused(400, "badRequest")}, 1, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.answers...)
			trashed, err := b.Remove(t.Context(), "f1")
			if trashed != c.trashed || (err != nil) != c.fails {
				t.Errorf("trashed %v, error %v", trashed, err)
			}
			if n := len(b.script.asked); n != c.calls {
				t.Fatalf("%d calls, want %d", n, c.calls)
			}
			if a := b.script.asked[0]; a.method != "DELETE" || a.path != "/drive/v3/files/f1" ||
				a.query.Get("supportsAllDrives") != "true" {
				t.Errorf("asked %+v", a)
			}
			if c.trashed && b.script.asked[1].body != "{\"trashed\":true}\n" {
				t.Errorf("asked %+v", b.script.asked[1])
			}
		})
	}
}

// Google parses typed text by the locale of the spreadsheet.
func TestEnter(t *testing.T) {
	b := newBench(t, ok(`{"updatedCells":1}`))
	if err := b.TypeValues(t.Context(), "f1", "'Май'!A1", [][]any{{"12.5"}}); err != nil {
		t.Fatal(err)
	}
	a := b.script.asked[0]
	if a.method != "PUT" || a.query.Get("valueInputOption") != "USER_ENTERED" || a.body != `{"values":[["12.5"]]}`+
		"\n" {
		t.Errorf("asked %+v", a)
	}
}
