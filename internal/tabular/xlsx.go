package tabular

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// maxUnzipped limits the unpacked size of an .xlsx, in bytes.
const maxUnzipped = 1 << 30

// readXLSX reads a sheet of a workbook.
func (s *Sheet) readXLSX(data []byte) (err error) {
	damaged := func(why any) error {
		return fmt.Errorf("%s: %s", s.file,
			s.o.say("книга Excel не читается (%v): откройте её в Excel и сохраните ещё раз",
				"the Excel workbook cannot be read (%v): open it in Excel and save it again", why))
	}
	// A damaged workbook may make the library panic; it is still somebody's file, and
	// they should get an answer.
	defer func() {
		if p := recover(); p != nil {
			err = damaged(p)
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxUnzipped})
	if err != nil {
		return damaged(err)
	}
	defer func() {
		if cerr := f.Close(); cerr != nil && err == nil {
			err = damaged(cerr)
		}
	}()
	names := f.GetSheetList()
	if s.o.Sheet != "" {
		i := slices.IndexFunc(names, func(n string) bool { return Fold(n) == Fold(s.o.Sheet) })
		if i < 0 {
			return fmt.Errorf("%s: %s", s.file, s.o.say("листа «%s» нет; есть: %s",
				"there is no sheet “%s”; there are: %s", s.o.Sheet, strings.Join(names, ", ")))
		}
		names = names[i : i+1]
	}
	x := &book{f: f, kinds: map[int]Kind{}}
	if p, err := f.GetWorkbookProps(); err == nil && p.Date1904 != nil && *p.Date1904 {
		x.shift = 1462 // days from 1899-12-30 to 1904-01-01
	}
	for i, name := range names {
		if s.rows, err = x.rows(name); err != nil {
			return damaged(err)
		}
		if len(s.rows) > 0 {
			if rest := names[i+1:]; len(rest) > 0 {
				s.notes = append(s.notes, Note{0, s.o.say("прочитан лист «%s»; есть ещё: %s (другой лист: --sheet)",
					"the sheet “%s” was read; there are also: %s (another one: --sheet)", name,
					strings.Join(rest, ", "))})
			}
			return nil
		}
	}
	return nil
}

// book is a workbook that is being read.
type book struct {
	f     *excelize.File
	kinds map[int]Kind // kinds of numbers, by the style of their cells
	shift float64      // days to add to serial numbers
}

// rows returns the rows of a sheet without empty ones at its end.
func (b *book) rows(sheet string) ([]row, error) {
	rows, err := b.f.Rows(sheet)
	if err != nil {
		return nil, err
	}
	var out []row
	filled := 0
	for n := 1; rows.Next(); n++ {
		raw, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, err
		}
		r := row{line: n, cells: make([]Cell, len(raw))}
		for i, v := range raw {
			if v == "" {
				continue
			}
			if r.cells[i], err = b.cell(sheet, i+1, n, v); err != nil {
				return nil, err
			}
		}
		if out = append(out, r.trimmed()); !r.blank() {
			filled = len(out)
		}
	}
	if err := rows.Error(); err != nil {
		return nil, err
	}
	return out[:filled], rows.Close()
}

// cell gives a raw value its type.
func (b *book) cell(sheet string, col, line int, raw string) (Cell, error) {
	name, err := excelize.CoordinatesToCellName(col, line)
	if err != nil {
		return Cell{}, err
	}
	t, err := b.f.GetCellType(sheet, name)
	if err != nil {
		return Cell{}, err
	}
	if t != excelize.CellTypeUnset && t != excelize.CellTypeNumber {
		return text(raw), nil
	}
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return text(raw), nil
	}
	style, err := b.f.GetCellStyle(sheet, name)
	if err != nil {
		return Cell{}, err
	}
	kind, known := b.kinds[style]
	if !known {
		st, err := b.f.GetStyle(style)
		if err != nil {
			return Cell{}, err
		}
		custom := ""
		if st.CustomNumFmt != nil {
			custom = *st.CustomNumFmt
		}
		kind = kindOf(st.NumFmt, custom)
		b.kinds[style] = kind
	}
	if kind == Date {
		v += b.shift
	}
	return typed(kind, v), nil
}

// typed returns a typed cell with its text as a person would write it.
func typed(kind Kind, v float64) Cell {
	c := Cell{Kind: kind, Value: v}
	switch kind {
	case Date:
		at, ok := ofSerial(v)
		switch {
		case !ok:
			return typed(Number, v)
		case v == math.Trunc(v):
			c.Text = at.Format("2006-01-02")
		default:
			c.Text = at.Format("2006-01-02 15:04:05")
		}
	case Clock:
		if v < 0 || v > 1e5 {
			return typed(Number, v)
		}
		sec := int(math.Round(v * 86400))
		c.Text = fmt.Sprintf("%d:%02d:%02d", sec/3600, sec/60%60, sec%60)
	default:
		c.Text = strconv.FormatFloat(v, 'f', -1, 64)
	}
	return c
}

// ofSerial returns the moment of a spreadsheet's serial number, to the second, in UTC.
func ofSerial(v float64) (time.Time, bool) {
	if !(v >= 1 && v < 2958466) { // 9999-12-31
		return time.Time{}, false
	}
	days := math.Floor(v)
	sec := math.Round((v - days) * 86400)
	return time.Date(1899, time.December, 30+int(days), 0, 0, int(sec), 0, time.UTC), true
}

// kindOf tells the kind of a number from its format: an id of ECMA-376 18.8.30, or a
// format code.
func kindOf(id int, code string) Kind {
	if code != "" {
		return kindOfCode(code)
	}
	switch {
	case id >= 14 && id <= 17, id == 22, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return Date
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47, id == 55, id == 56:
		return Clock
	}
	return Number
}

// kindOfCode reads the first section of a format code.
func kindOfCode(code string) Kind {
	code, _, _ = strings.Cut(strings.ToLower(code), ";")
	clock, month := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			if n := strings.IndexByte(code[i+1:], '"'); n >= 0 {
				i += n + 1
			}
		case '\\', '_', '*':
			i++
		case '[':
			n := strings.IndexByte(code[i:], ']')
			if n < 0 {
				return Number
			}
			if n > 1 && strings.Trim(code[i+1:i+n], "hms") == "" {
				return Clock // [h]:mm
			}
			i += n
		case 'y', 'd', 'g':
			if strings.HasPrefix(code[i:], "general") {
				return Number
			}
			return Date
		case 'h', 's':
			clock = true
		case 'm':
			month = true
		}
	}
	switch {
	case clock:
		return Clock
	case month:
		return Date
	}
	return Number
}
