package workbook

import (
	"fmt"
	"slices"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/apijson"
)

// ReadColumns reads the columns that have one of the metadata ids from an answer with
// ReadFields: what FoundOf finds in one with ColumnFields. An answer holds thousands of
// cells, and structs for them took a quarter of the memory of a sync.
func ReadColumns(answer []byte, ids []int64) ([]Found, error) {
	r := &columnReader{ids: ids, texts: map[string]any{}}
	r.onRow, r.onCell = r.readRow, r.readCell
	r.inCell, r.inValue, r.inError = r.cellField, r.valueField, r.errorField
	r.inFormat, r.inNumberFormat = r.formatField, r.numberFormatField
	err := apijson.Each(answer, func(p *apijson.Parts) error {
		r.p = p
		return p.Object(func(name []byte) error {
			if string(name) != "sheets" {
				return p.Skip()
			}
			return p.List(r.sheet)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read columns from %d bytes: %w", len(answer), err)
	}
	return r.found, nil
}

// columnReader goes from sheet to area to row to cell. The fields of an object may come
// in any order.
type columnReader struct {
	p     *apijson.Parts
	ids   []int64
	found []Found
	texts map[string]any // that have occurred: most do so often

	tags     []columnTag // of an area
	area     []Found     // the values and formats of its columns
	rows     int         // of the last area
	row, col int
	cell     readCell

	onRow, onCell                                      func() error
	inCell, inValue, inError, inFormat, inNumberFormat func(name []byte) error
}

// columnTag is a wanted tag of the column at a place of an area.
type columnTag struct {
	id  int64
	col int
}

// readCell is a cell as it is read.
type readCell struct {
	number, text, truth any
	fault               *sheets.ErrorValue
	format              string
}

// value is effective of the cell.
func (c *readCell) value() any {
	switch {
	case c.number != nil:
		return c.number
	case c.text != nil:
		return c.text
	case c.truth != nil:
		return c.truth
	case c.fault != nil:
		return errorText(c.fault)
	}
	return nil
}

func (r *columnReader) sheet() error {
	first, known, title := len(r.found), false, ""
	err := r.p.Object(func(name []byte) error {
		switch string(name) {
		case "properties":
			known = true
			return r.p.Object(func(name []byte) error {
				if string(name) != "title" {
					return r.p.Skip()
				}
				text, err := r.p.Text()
				title = string(text)
				return err
			})
		case "data":
			return r.p.List(r.readArea)
		}
		return r.p.Skip()
	})
	if !known {
		r.found = r.found[:first]
	}
	for i := range r.found[first:] {
		r.found[first+i].Sheet = title
	}
	return err
}

func (r *columnReader) readArea() error {
	var row, col int64
	r.tags, r.area, r.row = r.tags[:0], r.area[:0], 0
	err := r.p.Object(func(name []byte) (err error) {
		switch string(name) {
		case "startRow":
			row, err = r.p.Int()
			return err
		case "startColumn":
			col, err = r.p.Int()
			return err
		case "columnMetadata":
			at := -1
			return r.p.List(func() error {
				at++
				return r.readTags(at)
			})
		case "rowData":
			return r.p.List(r.onRow)
		}
		return r.p.Skip()
	})
	r.rows = r.row
	for _, t := range r.tags {
		f := Found{MetaID: t.id, Col: int(col) + t.col, Row: int(row)}
		if t.col < len(r.area) {
			f.Values, f.Formats = r.area[t.col].Values, r.area[t.col].Formats
		}
		r.found = append(r.found, f)
	}
	return err
}

// readTags reads the tags of the column at a place of the area.
func (r *columnReader) readTags(col int) error {
	return r.p.Object(func(name []byte) error {
		if string(name) != "developerMetadata" {
			return r.p.Skip()
		}
		return r.p.List(func() error {
			return r.p.Object(func(name []byte) error {
				if string(name) != "metadataId" {
					return r.p.Skip()
				}
				id, err := r.p.Int()
				if slices.Contains(r.ids, id) {
					r.tags = append(r.tags, columnTag{id, col})
				}
				return err
			})
		})
	})
}

func (r *columnReader) readRow() error {
	r.col = 0
	err := r.p.Object(func(name []byte) error {
		if string(name) != "values" {
			return r.p.Skip()
		}
		return r.p.List(r.onCell)
	})
	r.row++
	return err
}

func (r *columnReader) readCell() error {
	r.cell = readCell{}
	err := r.p.Object(r.inCell)
	if r.col == len(r.area) {
		r.area = append(r.area, Found{})
	}
	f := &r.area[r.col]
	if v := r.cell.value(); v != nil {
		if f.Values == nil {
			f.Values = make([]any, 0, max(r.rows, r.row+1))
		}
		f.Values = append(f.Values, make([]any, r.row-len(f.Values))...)
		f.Values = append(f.Values, v)
	}
	if r.cell.format != "" {
		if f.Formats == nil {
			f.Formats = make([]string, 0, max(r.rows, r.row+1))
		}
		f.Formats = append(f.Formats, make([]string, r.row-len(f.Formats))...)
		f.Formats = append(f.Formats, r.cell.format)
	}
	r.col++
	return err
}

func (r *columnReader) cellField(name []byte) error {
	switch string(name) {
	case "effectiveValue":
		return r.p.Object(r.inValue)
	case "userEnteredFormat":
		return r.p.Object(r.inFormat)
	}
	return r.p.Skip()
}

func (r *columnReader) valueField(name []byte) error {
	c := &r.cell
	switch string(name) {
	case "numberValue":
		n, ok, err := r.p.Float()
		if ok {
			c.number = n
		}
		return err
	case "stringValue":
		text, err := r.p.Text()
		if len(text) > 0 {
			c.text = r.text(text)
		}
		return err
	case "boolValue":
		is, ok, err := r.p.Bool()
		if ok {
			c.truth = is
		}
		return err
	case "errorValue":
		c.fault = &sheets.ErrorValue{}
		return r.p.Object(r.inError)
	}
	return r.p.Skip()
}

func (r *columnReader) errorField(name []byte) (err error) {
	var text []byte
	switch string(name) {
	case "type":
		text, err = r.p.Text()
		r.cell.fault.Type = string(text)
	case "message":
		text, err = r.p.Text()
		r.cell.fault.Message = string(text)
	default:
		err = r.p.Skip()
	}
	return err
}

func (r *columnReader) formatField(name []byte) error {
	if string(name) != "numberFormat" {
		return r.p.Skip()
	}
	return r.p.Object(r.inNumberFormat)
}

func (r *columnReader) numberFormatField(name []byte) error {
	if string(name) != "type" {
		return r.p.Skip()
	}
	text, err := r.p.Text()
	if len(text) > 0 {
		r.cell.format, _ = r.text(text).(string)
	}
	return err
}

// text returns a text as a value, the same one each time.
func (r *columnReader) text(b []byte) any {
	v, ok := r.texts[string(b)]
	if !ok {
		s := string(b)
		v = s
		r.texts[s] = v
	}
	return v
}
