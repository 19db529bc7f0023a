package control_test

import (
	"testing"

	"svodka/internal/control"
	"svodka/internal/words"
	"svodka/internal/workbook/legible"
)

// Every style of every tab is legible, in both languages.
func TestLegible(t *testing.T) {
	for _, lang := range []words.Lang{words.RU, words.EN} {
		faults, looks, err := legible.Check(control.Layout(control.LayoutInput{Seed: staffed(), Lang: lang,
			Zone: "Europe/Moscow", Year: 2026}))
		if err != nil || looks < 5 {
			t.Fatalf("%d looks, %v", looks, err)
		}
		for _, f := range faults {
			t.Error(f)
		}
	}
}
