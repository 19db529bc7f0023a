package control

import (
	"fmt"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/words"
)

// AddRow returns the requests that type a row below the last one of a tab, as ops would:
// values by the keys of their columns, unchecked.
func AddRow(s *sheets.Spreadsheet, tab string, values map[string]any, lang words.Lang) ([]*sheets.Request, error) {
	r := &reader{lang: lang, grids: map[string]*grid{}}
	g := r.locate(ContentsOf(s), tabOf(tab))
	if !g.found {
		return nil, fmt.Errorf("adding a row: the tab %q is not in the control spreadsheet", tabOf(tab).title.in(lang))
	}
	last := g.head
	for _, row := range g.rows() {
		last = max(last, row.At)
	}
	for key := range values {
		if _, ok := g.cols[key]; !ok {
			return nil, fmt.Errorf("adding a row: the tab %q has no column %q", g.title, key)
		}
	}
	typed := rowWriter{g: g}
	typed.row(last+1, values)
	return typed.requests(last + 1), nil
}

// Errors counts the problems that are mistakes, not warnings.
func Errors(problems []Problem) int {
	n := 0
	for _, p := range problems {
		if p.Severity == Error {
			n++
		}
	}
	return n
}

// SetSetting returns the requests that type the value of a setting into its row of
// «Параметры», as ops would, unchecked.
func SetSetting(s *sheets.Spreadsheet, key string, value any, lang words.Lang) ([]*sheets.Request, error) {
	r := &reader{lang: lang, grids: map[string]*grid{}}
	g := r.locate(ContentsOf(s), tabOf(TabSettings))
	if _, ok := g.cols["value"]; !g.found || !ok {
		return nil, fmt.Errorf("setting %s: the tab %q is not whole", key, tabOf(TabSettings).title.in(lang))
	}
	for _, row := range g.rows() {
		if settingKey(row.Cells) == key {
			typed := rowWriter{g: g}
			typed.row(row.At, map[string]any{"value": value})
			return typed.requests(row.At), nil
		}
	}
	return nil, fmt.Errorf("setting %s: the tab %q has no such row", key, g.title)
}
