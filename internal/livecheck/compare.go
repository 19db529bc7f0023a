package livecheck

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/workbook"
)

// bookFields are the fields by which spreadsheets are compared. Row heights are left out:
// Google sets those of wrapped text itself.
const bookFields = "properties(title,locale,timeZone,autoRecalc),sheets(properties(sheetId,title,index,hidden,tabColorStyle,gridProperties),merges,conditionalFormats,protectedRanges(protectedRangeId,description,range,unprotectedRanges,warningOnly),charts(chartId,position,spec),basicFilter(range),data(columnMetadata(pixelSize,hiddenByUser),rowData(values(userEnteredValue,effectiveValue(errorValue),formattedValue,userEnteredFormat,hyperlink,note,dataValidation))))"

// differences returns where got differs from want: values and how they are shown, looks,
// links, rules, charts, protections. It ignores fields that want lacks, because Google
// may return more than was set, but not values where want has none.
func differences(want, got *sheets.Spreadsheet) ([]string, error) {
	w, err := plain(want)
	if err != nil {
		return nil, err
	}
	g, err := plain(got)
	if err != nil {
		return nil, err
	}
	var c comparison
	c.value("properties", w["properties"], g["properties"])
	ws, gs := list(w["sheets"]), list(g["sheets"])
	if len(ws) != len(gs) {
		c.add("tabs", len(ws), len(gs))
	}
	for i := range min(len(ws), len(gs)) {
		c.tab(object(ws[i]), object(gs[i]))
	}
	return c.found, nil
}

// plain returns a spreadsheet as JSON values.
func plain(s *sheets.Spreadsheet) (map[string]any, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("comparing spreadsheets: %w", err)
	}
	out := map[string]any{}
	err = json.Unmarshal(b, &out)
	return out, err
}

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }
func list(v any) []any            { l, _ := v.([]any); return l }

type comparison struct{ found []string }

func (c *comparison) add(where string, want, got any) {
	c.found = append(c.found, fmt.Sprintf("%s: %s, expected %s", where, text(got), text(want)))
}

// text returns a value for people, cut to a line.
func text(v any) string {
	if v == nil {
		return "nothing"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return line(string(b))
}

// tab compares two tabs.
func (c *comparison) tab(want, got map[string]any) {
	title := fmt.Sprint(object(want["properties"])["title"])
	c.value(title+": properties", want["properties"], got["properties"])
	for _, part := range []string{"conditionalFormats", "merges", "protectedRanges", "charts", "basicFilter"} {
		a, b := want[part], got[part]
		if part != "conditionalFormats" && part != "basicFilter" { // the order of rules counts
			a, b = ordered(nameless(a)), ordered(nameless(b))
		} else if part == "conditionalFormats" {
			a, b = list(a), list(b)
		}
		c.value(title+": "+part, a, b)
	}
	wd, gd := first(want["data"]), first(got["data"])
	wc, gc := list(wd["columnMetadata"]), list(gd["columnMetadata"])
	for i := range max(len(wc), len(gc)) {
		c.value(fmt.Sprintf("%s: column %s", title, workbook.ColumnName(i)), at(wc, i), at(gc, i))
	}
	wr, gr := list(wd["rowData"]), list(gd["rowData"])
	for r := range max(len(wr), len(gr)) {
		wv, gv := list(object(at(wr, r))["values"]), list(object(at(gr, r))["values"])
		for i := range max(len(wv), len(gv)) {
			c.cell(title+" "+workbook.A1(r, i), object(at(wv, i)), object(at(gv, i)))
		}
	}
}

// nameless returns a list of objects without the ids of charts and protections: in a copy
// of a tab Google chooses them. workbook compares those that are ours.
func nameless(v any) any {
	l := slices.Clone(list(v))
	for i := range l {
		m := maps.Clone(object(l[i]))
		delete(m, "chartId")
		delete(m, "protectedRangeId")
		l[i] = m
	}
	return l
}

func first(v any) map[string]any { return object(at(list(v), 0)) }

func at(l []any, i int) any {
	if i < len(l) {
		return l[i]
	}
	return nil
}

// ordered sorts a list whose items Google may return in any order.
func ordered(v any) any {
	l := slices.Clone(list(v))
	slices.SortFunc(l, func(a, b any) int { return strings.Compare(text(a), text(b)) })
	return l
}

// cell compares two cells. It ignores the text of a formula with the current time, which
// was read at two moments.
func (c *comparison) cell(where string, want, got map[string]any) {
	formula, _ := object(want["userEnteredValue"])["formulaValue"].(string)
	for _, k := range []string{"userEnteredValue", "formattedValue", "effectiveValue", "hyperlink", "note",
		"dataValidation", "userEnteredFormat"} {
		if k == "formattedValue" && strings.Contains(formula, "NOW(") {
			continue
		}
		a, b := want[k], got[k]
		if a == nil && b != nil && k != "userEnteredFormat" {
			c.add(where+" "+k, nil, b)
			continue
		}
		c.value(where+" "+k, a, b)
	}
}

// near is how far apart two equal numbers may be: a colour is stored in 8 bits.
const near = 1.0 / 255

// value compares two JSON values.
func (c *comparison) value(where string, want, got any) {
	switch w := want.(type) {
	case nil:
		return
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok && !blank(want) {
			c.add(where, want, got)
			return
		}
		for _, k := range sortedKeys(w) {
			c.value(where+" "+k, w[k], g[k])
		}
		return
	case []any:
		g := list(got)
		if len(w) != len(g) {
			c.add(where, fmt.Sprintf("%d of them", len(w)), fmt.Sprintf("%d of them", len(g)))
			return
		}
		for i := range w {
			c.value(fmt.Sprintf("%s %d", where, i+1), w[i], g[i])
		}
		return
	case float64:
		g, ok := got.(float64)
		if !ok && got != nil || math.Abs(w-g) > max(1e-9*math.Abs(w), tolerance(where)) {
			c.add(where, want, got)
		}
		return
	}
	if want != got && !(got == nil && blank(want)) {
		c.add(where, want, got)
	}
}

func tolerance(where string) float64 {
	for _, color := range []string{" red", " green", " blue"} {
		if strings.HasSuffix(where, color) {
			return near
		}
	}
	return 1e-9
}

// blank reports whether a value is empty: Google may leave it out.
func blank(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		for _, x := range v {
			if !blank(x) {
				return false
			}
		}
		return true
	case []any:
		return len(v) == 0
	}
	return v == false || v == 0.0 || v == ""
}

// errorCells names the cells of a spreadsheet that show an error.
func errorCells(s *sheets.Spreadsheet) (cells int, broken []string) {
	for _, sh := range s.Sheets {
		for _, d := range sh.Data {
			for r, row := range d.RowData {
				for i, v := range row.Values {
					if v.UserEnteredValue != nil {
						cells++
					}
					if e := v.EffectiveValue; e != nil && e.ErrorValue != nil {
						broken = append(broken, fmt.Sprintf("%s %s: %s %s", sh.Properties.Title, workbook.A1(r, i),
							e.ErrorValue.Type, e.ErrorValue.Message))
					}
				}
			}
		}
	}
	return cells, broken
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
