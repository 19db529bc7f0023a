package fingerprint_test

import (
	"encoding/hex"
	"testing"
	"time"

	"svodka/internal/fingerprint"
)

type tree struct {
	name string
	of   []*tree
}

type value struct {
	Zone  *time.Location
	Kinds map[string]*time.Location
	At    time.Time
	Any   any
	deep  tree
	n     uint8
	f     float64
	yes   bool
}

func of(t *testing.T, v any) string {
	t.Helper()
	w := fingerprint.New()
	w.Add(v)
	sum, err := w.Sum()
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString([]byte(sum))
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// Equal values that lie elsewhere have one fingerprint; each change of any part makes
// another one.
func TestAdd(t *testing.T) {
	make := func(change func(*value)) *value {
		v := &value{
			Zone:  zone(t, "Europe/Moscow"),
			Kinds: map[string]*time.Location{"a": zone(t, "Asia/Omsk"), "b": nil, "c": time.UTC},
			At:    time.Date(2026, 5, 14, 12, 0, 0, 5, time.UTC),
			Any:   7, n: 3, f: 0.5, yes: true,
			deep: tree{"root", []*tree{{name: "ab"}, {name: "c"}, nil}},
		}
		change(v)
		return v
	}
	plain := of(t, make(func(*value) {}))
	same := make(func(*value) {})
	// This looks something up in the zone, which remembers it.
	if name, _ := same.At.In(same.Zone).Zone(); name != "MSK" {
		t.Errorf("the zone of Moscow is called %q", name)
	}
	if of(t, same) != plain {
		t.Error("equal values have two fingerprints")
	}
	seen := map[string]string{plain: "nothing"}
	for what, change := range map[string]func(*value){
		"another zone":        func(v *value) { v.Zone = zone(t, "Asia/Omsk") },
		"no zone":             func(v *value) { v.Zone = nil },
		"a key":               func(v *value) { v.Kinds["d"] = time.UTC },
		"one key less":        func(v *value) { delete(v.Kinds, "b") },
		"values change place": func(v *value) { v.Kinds["a"], v.Kinds["c"] = v.Kinds["c"], v.Kinds["a"] },
		"a nanosecond":        func(v *value) { v.At = v.At.Add(1) },
		"a time elsewhere":    func(v *value) { v.At = v.At.In(v.Zone) },
		"another type":        func(v *value) { v.Any = int8(7) },
		"nothing in it":       func(v *value) { v.Any = nil },
		"a small number":      func(v *value) { v.n++ },
		"a fraction":          func(v *value) { v.f = 0.25 },
		"no":                  func(v *value) { v.yes = false },
		"texts cut elsewhere": func(v *value) { v.deep.of[0].name, v.deep.of[1].name = "a", "bc" },
		"order":               func(v *value) { v.deep.of[0], v.deep.of[1] = v.deep.of[1], v.deep.of[0] },
		"below":               func(v *value) { v.deep.of[2] = &tree{} },
		"far below":           func(v *value) { v.deep.of[1].of = []*tree{{}} },
	} {
		sum := of(t, make(change))
		if before, ok := seen[sum]; ok {
			t.Errorf("%s has the fingerprint of %s", what, before)
		}
		seen[sum] = what
	}
}

// A fingerprint is the same in every process and program: it is kept on disk.
func TestSumIsKept(t *testing.T) {
	w := fingerprint.New()
	w.Int(-1)
	w.Float(0.1)
	w.Text("план")
	w.Add(map[string][]int{"a": {1, 2}, "b": nil})
	sum, err := w.Sum()
	if got := hex.EncodeToString([]byte(sum)); err != nil || got != "4ad306c88a6073f8ac408e385b766046" {
		t.Error(got, err)
	}
}

// What cannot be compared has no fingerprint, rather than a wrong one.
func TestNone(t *testing.T) {
	loop := &tree{}
	loop.of = []*tree{loop}
	for what, v := range map[string]any{
		"a function":      func() {},
		"in a struct":     struct{ f func() }{},
		"in a map":        map[string]chan int{"a": nil},
		"itself":          loop,
		"a zone unseen":   struct{ z *time.Location }{time.UTC},
		"a time unseen":   struct{ t time.Time }{},
		"a zone by value": struct{ Z time.Location }{},
	} {
		w := fingerprint.New()
		w.Add(v)
		if sum, err := w.Sum(); err == nil {
			t.Errorf("%s: %x", what, sum)
		}
	}
}
