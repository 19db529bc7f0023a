package calc

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// The cache returns what parsing the formula returns, in each locale, and keeps no more
// than promised.
func TestFormulasAreRemembered(t *testing.T) {
	var f formulas
	for range 3 {
		for _, text := range []string{"=SUM(A1:A3;1,5)", "=1,5", "=A1+", "=IF(B2>1,\"x\",)"} {
			for _, comma := range []bool{false, true} {
				wantNode, wantOK := parse(text, comma)
				if n, ok := f.parse(text, comma); ok != wantOK || !reflect.DeepEqual(n, wantNode) {
					t.Errorf("%s, decimal comma %t: %v %t, want %v %t", text, comma, n, ok, wantNode, wantOK)
				}
			}
		}
	}
	if len(f.young) != 8 {
		t.Errorf("%d texts are remembered, want 8", len(f.young))
	}
	often := "=SUM(A1:A3)"
	want, _ := f.parse(often, false)
	long := `"` + strings.Repeat("x", 1000) + `"` // long to remember, quick to parse
	for i := range 3 * formulasSize / len(long) {
		f.parse(fmt.Sprintf("=%d&%s", i, long), false)
		if n, _ := f.parse(often, false); !reflect.DeepEqual(n, want) {
			t.Fatalf("after %d others it is %v", i, n)
		}
	}
	kept := 0
	for _, generation := range []map[formulaKey]parsedFormula{f.young, f.old} {
		for key := range generation {
			kept += len(key.text)
		}
	}
	if kept > 2*formulasSize {
		t.Errorf("%d bytes are kept", kept)
	}
	if _, ok := f.young[formulaKey{often, false}]; !ok {
		t.Error("a formula that is often asked for was forgotten")
	}
}
