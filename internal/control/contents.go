package control

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/workbook"
)

// Contents is what reading needs of a control spreadsheet: its tabs, the metadata that
// identify tabs, columns and headings, and the values of the cells. It has no styles,
// notes or rules, so that it is small enough to be stored whole between runs. It is
// stored as JSON.
type Contents struct {
	Title string        `json:"title"` // of the spreadsheet
	Tabs  []tabContents `json:"tabs"`
}

// tabContents is a tab of any kind, including people's own.
type tabContents struct {
	ID    int64            `json:"id"`
	Title string           `json:"title"`
	Marks []string         `json:"marks,omitempty"` // values of the metadata of our tabs
	Rows  int              `json:"rows"`            // of the grid
	Head  int              `json:"head"`            // row with the mark of the heading; −1: none
	Cols  map[string][]int `json:"cols,omitempty"`  // columns by their mark; a copied column has the same
	Cells values           `json:"cells,omitempty"`
}

// ContentsOf returns the contents of a spreadsheet got with Fields.
func ContentsOf(s *sheets.Spreadsheet) *Contents {
	c := new(Contents)
	if s.Properties != nil {
		c.Title = s.Properties.Title
	}
	for _, sh := range s.Sheets {
		if sh == nil || sh.Properties == nil {
			continue
		}
		t := tabContents{ID: sh.Properties.SheetId, Title: sh.Properties.Title, Head: -1}
		if p := sh.Properties.GridProperties; p != nil {
			t.Rows = int(p.RowCount)
		}
		for _, m := range sh.DeveloperMetadata {
			if m != nil && m.MetadataKey == tabMeta {
				t.Marks = append(t.Marks, m.MetadataValue)
			}
		}
		for _, d := range sh.Data {
			if d != nil {
				t.take(d)
			}
		}
		c.Tabs = append(c.Tabs, t)
	}
	return c
}

// take adds a block of a tab.
func (t *tabContents) take(d *sheets.GridData) {
	t.Cells.take(d)
	for i, m := range d.RowMetadata {
		if m != nil && slices.ContainsFunc(m.DeveloperMetadata, func(md *sheets.DeveloperMetadata) bool {
			return md != nil && md.MetadataKey == rowMeta && md.MetadataValue == headTag
		}) {
			t.Head = int(d.StartRow) + i
		}
	}
	for i, m := range d.ColumnMetadata {
		if m == nil {
			continue
		}
		for _, md := range m.DeveloperMetadata {
			if md != nil && md.MetadataKey == columnMeta {
				if t.Cols == nil {
					t.Cols = map[string][]int{}
				}
				t.Cols[md.MetadataValue] = append(t.Cols[md.MetadataValue], int(d.StartColumn)+i)
			}
		}
	}
}

// find finds one of our tabs by its mark, else by the id that it was made with, else by
// its title.
func (c *Contents) find(t *tab) *tabContents {
	for _, is := range []func(*tabContents) bool{
		func(o *tabContents) bool { return slices.Contains(o.Marks, t.key) },
		func(o *tabContents) bool { return o.ID == workbook.SheetID(t.key) },
		func(o *tabContents) bool {
			title := norm(o.Title)
			return title == normOwn(t.title[0]) || title == normOwn(t.title[1])
		},
	} {
		for i := range c.Tabs {
			if is(&c.Tabs[i]) {
				return &c.Tabs[i]
			}
		}
	}
	return nil
}

// values are cells by row and column from 0: nil, string, float64, bool or failed.
type values [][]any

// failed is the value of a cell whose formula fails.
type failed string

// MarshalJSON distinguishes an error from a text.
func (f failed) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"error": string(f)})
}

// UnmarshalJSON reads what was marshalled, errors too.
func (v *values) UnmarshalJSON(b []byte) error {
	var rows [][]any
	if err := json.Unmarshal(b, &rows); err != nil {
		return fmt.Errorf("reading the cells of a tab: %w", err)
	}
	for _, row := range rows {
		for i, cell := range row {
			if m, ok := cell.(map[string]any); ok {
				text, ok := m["error"].(string)
				if !ok {
					return fmt.Errorf("reading the cells of a tab: %v is no value", m)
				}
				row[i] = failed(text)
			}
		}
	}
	*v = rows
	return nil
}

// take adds a block of cells.
func (v *values) take(d *sheets.GridData) {
	for i, row := range d.RowData {
		if row == nil {
			continue
		}
		at := int(d.StartRow) + i
		for len(*v) <= at {
			*v = append(*v, nil)
		}
		for j, c := range row.Values {
			value := valueOf(c)
			if value == nil {
				continue
			}
			col := int(d.StartColumn) + j
			for len((*v)[at]) <= col {
				(*v)[at] = append((*v)[at], nil)
			}
			(*v)[at][col] = value
		}
	}
}

// valueOf returns the value of a cell: nil, string, float64, bool or failed.
func valueOf(c *sheets.CellData) any {
	if c == nil {
		return nil
	}
	v := c.EffectiveValue
	if v == nil {
		v = c.UserEnteredValue
	}
	switch {
	case v == nil:
		return nil
	case v.ErrorValue != nil:
		return failed(errorText(v.ErrorValue))
	// JSON cannot store infinite numbers; Google does not send them either.
	case v.NumberValue != nil && !math.IsInf(*v.NumberValue, 0) && !math.IsNaN(*v.NumberValue):
		return *v.NumberValue
	case v.BoolValue != nil:
		return *v.BoolValue
	case v.StringValue != nil && *v.StringValue != "":
		return *v.StringValue
	}
	return nil
}

// errorText names an error value as the spreadsheet shows it.
func errorText(e *sheets.ErrorValue) string {
	switch e.Type {
	case "DIVIDE_BY_ZERO":
		return "#DIV/0!"
	case "N_A":
		return "#N/A"
	case "NAME":
		return "#NAME?"
	case "NULL_VALUE":
		return "#NULL!"
	case "NUM", "REF", "VALUE", "ERROR":
		return "#" + e.Type + "!"
	}
	return "#ERROR!"
}
