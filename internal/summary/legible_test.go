package summary

import (
	"testing"

	"svodka/internal/words"
	"svodka/internal/workbook/legible"
)

// Every style of every tab is legible, in both languages.
func TestLegible(t *testing.T) {
	for _, in := range []Input{golden(words.RU), golden(words.EN), crowd(40, 10)} {
		faults, looks, err := legible.Check(Layout(in))
		if err != nil || looks < 10 {
			t.Fatalf("%d looks, %v", looks, err)
		}
		for _, f := range faults {
			t.Error(f)
		}
	}
}
