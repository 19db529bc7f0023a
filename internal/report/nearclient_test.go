package report

import (
	"encoding/json"
	"os"
	"testing"
)

// Real ways to type a client whose name is on the list, names that are equal for
// everything that counts, so that nobody is asked, and names of other clients. The form
// of the page is tested with the same names.
func TestNearestClient(t *testing.T) {
	b, err := os.ReadFile("testdata/near-clients.json")
	if err != nil {
		t.Fatal(err)
	}
	var names struct {
		List []string
		Near map[string]string
	}
	if err := json.Unmarshal(b, &names); err != nil {
		t.Fatal(err)
	}
	if len(names.Near) < 40 {
		t.Errorf("only %d names", len(names.Near))
	}
	n := newClientNames(names.List)
	for typed, want := range names.Near {
		for range 2 { // asked again, the answer is the same
			if got, _ := n.nearest(typed); got != want {
				t.Errorf("%q is near %q, want %q", typed, got, want)
			}
		}
	}
	if got, ok := (*clientNames)(nil).nearest("Ромашка"); ok {
		t.Errorf("without a list: %q", got)
	}
}
