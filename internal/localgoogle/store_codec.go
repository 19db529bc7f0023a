package localgoogle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/wire"
)

// docRecord and sheetRecord are what is stored for each document and tab, as JSON in the
// API's own terms; each row of cells is a compact blob.

type docRecord struct {
	Properties *sheets.SpreadsheetProperties `json:"properties"`
	Sheets     []float64                     `json:"sheets"` // ids in the order of the tabs
	Named      []*sheets.NamedRange          `json:"namedRanges"`
	Meta       []*sheets.DeveloperMetadata   `json:"developerMetadata"`
}

type sheetRecord struct {
	Properties  *sheets.SheetProperties         `json:"properties"`
	Columns     []*columnRecord                 `json:"columns"`
	Merges      []*sheets.GridRange             `json:"merges"`
	Conditional []*sheets.ConditionalFormatRule `json:"conditionalFormats"`
	Protected   []*sheets.ProtectedRange        `json:"protectedRanges"`
	BasicFilter *sheets.BasicFilter             `json:"basicFilter"`
	Charts      []*sheets.EmbeddedChart         `json:"charts"`
	Banded      []*sheets.BandedRange           `json:"bandedRanges"`
	RowGroups   []*sheets.DimensionGroup        `json:"rowGroups"`
	ColGroups   []*sheets.DimensionGroup        `json:"columnGroups"`
	Tables      []*sheets.Table                 `json:"tables"`
}

type columnRecord struct {
	Index    int64 `json:"index"`
	Size     int64 `json:"size"`
	Hidden   bool  `json:"hidden"`
	Filtered bool  `json:"filtered"`
}

func (d *document) encode() []byte {
	rec := docRecord{Properties: d.props, Named: d.named}
	for _, sh := range d.sheets {
		rec.Sheets = append(rec.Sheets, float64(sh.props.SheetId))
	}
	for _, m := range d.meta {
		rec.Meta = append(rec.Meta, m.api())
	}
	return wire.Encode(&rec, nil, false)
}

func decodeDocument(data []byte) (*document, []int64, error) {
	var rec docRecord
	if err := wire.Decode(data, &rec, ""); err != nil {
		return nil, nil, fmt.Errorf("decode document record: %w", err)
	}
	if rec.Properties == nil {
		return nil, nil, errors.New("decode document record: no properties")
	}
	d := &document{props: rec.Properties, named: rec.Named, saved: data,
		formats: newInternTable[sheets.CellFormat](), rules: newInternTable[sheets.DataValidationRule]()}
	for _, m := range rec.Meta {
		d.meta = append(d.meta, metaFromAPI(m))
	}
	ids := make([]int64, len(rec.Sheets))
	for i, id := range rec.Sheets {
		ids[i] = int64(id)
	}
	return d, ids, nil
}

func metaFromAPI(m *sheets.DeveloperMetadata) devMeta {
	out := devMeta{id: m.MetadataId, key: m.MetadataKey, value: m.MetadataValue, visibility: m.Visibility}
	if l := m.Location; l != nil {
		out.location, out.sheet = l.LocationType, l.SheetId
		if dr := l.DimensionRange; dr != nil {
			out.sheet, out.start, out.end = dr.SheetId, int(dr.StartIndex), int(dr.EndIndex)
		}
	}
	return out
}

func (sh *sheet) encode() []byte {
	rec := sheetRecord{Properties: sh.props, Merges: sh.merges, Conditional: sh.conditional, Protected: sh.protected,
		BasicFilter: sh.basicFilter,
		Charts:      sh.charts, Banded: sh.banded, RowGroups: sh.rowGroups, ColGroups: sh.colGroups, Tables: sh.tables}
	for i, c := range sh.cols {
		if c != (dimension{}) {
			rec.Columns = append(rec.Columns, &columnRecord{int64(i), int64(c.size), c.hidden, c.filtered})
		}
	}
	return wire.Encode(&rec, nil, false)
}

func decodeSheet(data []byte) (*sheet, error) {
	var rec sheetRecord
	if err := wire.Decode(data, &rec, ""); err != nil {
		return nil, fmt.Errorf("decode tab record: %w", err)
	}
	if rec.Properties == nil {
		return nil, errors.New("decode tab record: no properties")
	}
	if rec.Properties.GridProperties == nil {
		rec.Properties.GridProperties = &sheets.GridProperties{}
	}
	sh := &sheet{props: rec.Properties, merges: rec.Merges, conditional: rec.Conditional, protected: rec.Protected,
		basicFilter: rec.BasicFilter,
		charts:      rec.Charts, banded: rec.Banded, rowGroups: rec.RowGroups, colGroups: rec.ColGroups,
		tables: rec.Tables,
		saved:  data}
	for _, c := range rec.Columns {
		if c.Index >= 0 && c.Index < maxColumns {
			*sh.ensureCol(int(c.Index)) = dimension{int32(c.Size), c.Hidden, c.Filtered}
		}
	}
	return sh, nil
}

const (
	rowCodec   = 1 // the first byte of a row's blob
	hasFormat  = 1 << 3
	hasRule    = 1 << 4
	hasExt     = 1 << 5
	emptyCells = 7 // in place of a kind: a run of blank cells
)

// encode returns the row as a blob, nil if there is nothing to store.
func (rw *row) encode() []byte {
	if rw == nil {
		return nil
	}
	last := len(rw.cells)
	for last > 0 && rw.cells[last-1].blank() {
		last--
	}
	if last == 0 && rw.dim == (dimension{}) {
		return nil
	}
	var flags byte
	if rw.dim.hidden {
		flags |= 1
	}
	if rw.dim.filtered {
		flags |= 2
	}
	b := []byte{rowCodec, flags}
	b = binary.AppendUvarint(b, uint64(rw.dim.size))
	for i := 0; i < last; i++ {
		c := &rw.cells[i]
		if c.blank() {
			n := i
			for rw.cells[n].blank() {
				n++
			}
			b = append(b, emptyCells)
			b = binary.AppendUvarint(b, uint64(n-i))
			i = n - 1
			continue
		}
		b = c.append(b)
	}
	return b
}

func (c *cell) append(b []byte) []byte {
	head := byte(c.kind)
	if c.format != 0 {
		head |= hasFormat
	}
	if c.rule != 0 {
		head |= hasRule
	}
	if c.ext != nil {
		head |= hasExt
	}
	b = append(b, head)
	switch c.kind {
	case cellNumber:
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.num))
	case cellBool:
		b = append(b, byte(c.num))
	case cellString, cellFormula:
		b = binary.AppendUvarint(b, uint64(len(c.str)))
		b = append(b, c.str...)
	case cellEmpty:
	}
	if c.format != 0 {
		b = binary.AppendUvarint(b, uint64(c.format))
	}
	if c.rule != 0 {
		b = binary.AppendUvarint(b, uint64(c.rule))
	}
	if c.ext != nil {
		text := wire.Encode(c.ext, nil, false)
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	return b
}

var errRow = errors.New("decode row: damaged blob")

// rowReader reads a row's blob. It is a string of which the texts of cells are parts: a
// summary has some hundred thousand, and none of them is copied by itself.
type rowReader struct {
	b   string
	err error
}

func (r *rowReader) byte() byte {
	if len(r.b) == 0 {
		r.err = errRow
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *rowReader) uvarint() uint64 {
	var n uint64
	for i := 0; i < len(r.b) && i < binary.MaxVarintLen64; i++ {
		c := r.b[i]
		if i == binary.MaxVarintLen64-1 && c > 1 {
			break // more than 64 bits
		}
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.b = r.b[i+1:]
			return n
		}
	}
	r.err = errRow
	return 0
}

func (r *rowReader) bytes(n uint64) string {
	if n > uint64(len(r.b)) {
		r.err = errRow
		return ""
	}
	s := r.b[:n]
	r.b = r.b[n:]
	return s
}

// decodeRow reads a row from its blob. wide is how many cells it may have: rows of a tab
// have mostly as many as the one before.
func decodeRow(data string, wide int) (*row, error) {
	r := &rowReader{b: data}
	if r.byte() != rowCodec {
		return nil, errRow
	}
	rw := &row{}
	if wide > 0 {
		rw.cells = make([]cell, 0, min(wide, maxColumns))
	}
	flags := r.byte()
	rw.dim = dimension{hidden: flags&1 != 0, filtered: flags&2 != 0, size: int32(r.uvarint())}
	for len(r.b) > 0 && r.err == nil {
		if len(rw.cells) > maxColumns {
			return nil, errRow
		}
		head := r.byte()
		if head&7 == emptyCells {
			n := r.uvarint()
			if n > maxColumns {
				return nil, errRow
			}
			rw.cells = append(rw.cells, make([]cell, n)...)
			continue
		}
		c := cell{kind: cellKind(head & 7)}
		switch c.kind {
		case cellNumber:
			if raw := r.bytes(8); r.err == nil {
				c.num = math.Float64frombits(binary.LittleEndian.Uint64([]byte(raw)))
			}
		case cellBool:
			c.num = float64(r.byte() & 1)
		case cellString, cellFormula:
			c.str = r.bytes(r.uvarint())
		case cellEmpty:
		default:
			return nil, errRow
		}
		if head&hasFormat != 0 {
			c.format = uint32(r.uvarint())
		}
		if head&hasRule != 0 {
			c.rule = uint32(r.uvarint())
		}
		if head&hasExt != 0 {
			c.ext = &cellExt{}
			if err := wire.Decode([]byte(r.bytes(r.uvarint())), c.ext, ""); err != nil {
				return nil, fmt.Errorf("decode row: %w", err)
			}
		}
		rw.cells = append(rw.cells, c)
	}
	if r.err != nil {
		return nil, r.err
	}
	if len(rw.cells) < cap(rw.cells) {
		cells := make([]cell, len(rw.cells))
		copy(cells, rw.cells)
		rw.cells = cells
	}
	return rw, nil
}
