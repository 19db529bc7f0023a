package localgoogle

import (
	"strconv"
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/wire"
)

// rendering says how values are read.
type rendering struct {
	columns   bool // majorDimension COLUMNS
	value     string
	dateTexts bool // dateTimeRenderOption FORMATTED_STRING
}

const (
	renderFormatted   = "FORMATTED_VALUE"
	renderUnformatted = "UNFORMATTED_VALUE"
	renderFormula     = "FORMULA"
)

// readRendering checks the three options; absent ones have their defaults.
func readRendering(dimension, value, dates string) (rendering, error) {
	r := rendering{value: renderFormatted}
	switch enum(dimension, dimensions) {
	case "", "ROWS", "DIMENSION_UNSPECIFIED":
	case "COLUMNS":
		r.columns = true
	default:
		return r, badEnum("major_dimension", "Dimension", dimension)
	}
	switch how := enum(value, []string{renderFormatted, renderUnformatted, renderFormula}); how {
	case "":
	case renderFormatted, renderUnformatted, renderFormula:
		r.value = how
	default:
		return r, badEnum("value_render_option", "ValueRenderOption", value)
	}
	switch enum(dates, []string{"SERIAL_NUMBER", "FORMATTED_STRING"}) {
	case "", "SERIAL_NUMBER":
	case "FORMATTED_STRING":
		r.dateTexts = true
	default:
		return r, badEnum("date_time_render_option", "DateTimeRenderOption", dates)
	}
	return r, nil
}

// dimensions are the values of Dimension by number.
var dimensions = []string{"DIMENSION_UNSPECIFIED", "ROWS", "COLUMNS"}

// enum returns the name of an enumeration's value: Google also accepts numbers, small
// letters, and hyphens in place of underscores.
func enum(value string, names []string) string {
	if n, err := strconv.Atoi(value); err == nil && n >= 0 && n < len(names) {
		return names[n]
	}
	return strings.ToUpper(strings.ReplaceAll(value, "-", "_"))
}

func badEnum(field, kind, value string) *wire.Error {
	return wire.BadField(field, `Invalid value at '%s' (type.googleapis.com/google.apps.sheets.v4.%s), "%s"`, field,
		kind, value)
}

// read returns a range of values as Google does: without trailing blanks in each row and
// without trailing blank rows.
func (v *view) read(sh *sheet, a rect, how rendering) *sheets.ValueRange {
	out := &sheets.ValueRange{Range: located{sh: sh, area: a}.label(), MajorDimension: "ROWS"}
	used := sh.usedIn(a.r0, a.r1, hasValue)
	in := a.intersect(used)
	if how.columns {
		out.MajorDimension = "COLUMNS"
		out.Values = trimmed(in.c1-a.c0, in.r1-a.r0, func(i, j int) any { return v.render(sh, a.r0+j, a.c0+i, how) })
		return out
	}
	out.Values = trimmed(in.r1-a.r0, in.c1-a.c0, func(i, j int) any { return v.render(sh, a.r0+i, a.c0+j, how) })
	return out
}

// trimmed returns a list of lists without blanks at their ends. at returns "" for a
// blank.
func trimmed(outer, inner int, at func(i, j int) any) [][]any {
	var all [][]any
	keep := 0
	for i := range max(outer, 0) {
		line := []any{}
		full := 0
		for j := range max(inner, 0) {
			x := at(i, j)
			line = append(line, x)
			if x != "" {
				full = j + 1
			}
		}
		all = append(all, line[:full])
		if full > 0 {
			keep = i + 1
		}
	}
	return all[:keep]
}

// render returns one value under the options, "" for a blank.
func (v *view) render(sh *sheet, r, c int, how rendering) any {
	cl := sh.at(r, c)
	if cl.kind == cellEmpty {
		return ""
	}
	if how.value == renderFormula && cl.kind == cellFormula {
		return cl.str
	}
	val := v.value(sh, r, c)
	if how.value == renderFormatted {
		return v.text(cl, val)
	}
	switch val.Kind {
	case calc.Number:
		if how.dateTexts && v.isDate(cl, val) {
			return v.text(cl, val)
		}
		return val.Num
	case calc.Bool:
		return val.Bool
	case calc.String:
		return val.Str
	case calc.Error:
		if val.Msg == "" {
			return val.Err.Text()
		}
		return val.Err.Text() + " (" + val.Msg + ")"
	default:
		return ""
	}
}

func (c *call) rendering() (rendering, error) {
	return readRendering(c.query.last("majorDimension"), c.query.get("valueRenderOption"),
		c.query.get("dateTimeRenderOption"))
}

func (c *call) valuesGet() (*answer, error) {
	how, err := c.rendering()
	if err != nil {
		return nil, err
	}
	var out *sheets.ValueRange
	err = c.s.viewing(c, c.file, func(v *view) error {
		out, err = v.readA1(c.arg, how)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &answer{body: out}, nil
}

func (v *view) readA1(rng string, how rendering) (*sheets.ValueRange, error) {
	l, err := v.doc.locate(rng)
	if err != nil {
		return nil, err
	}
	a, err := l.clipped()
	if err != nil {
		return nil, err
	}
	return v.read(l.sh, a, how), nil
}

func (c *call) valuesBatchGet() (*answer, error) {
	how, err := c.rendering()
	if err != nil {
		return nil, err
	}
	out := &sheets.BatchGetValuesResponse{SpreadsheetId: c.file}
	err = c.s.viewing(c, c.file, func(v *view) error {
		for _, rng := range c.query["ranges"] {
			vr, err := v.readA1(rng, how)
			if err != nil {
				return err
			}
			out.ValueRanges = append(out.ValueRanges, vr)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.items = len(out.ValueRanges)
	return &answer{body: out}, nil
}

func (c *call) valuesBatchGetByDataFilter() (*answer, error) {
	var in sheets.BatchGetValuesByDataFilterRequest
	if err := wire.Decode(c.body, &in, ""); err != nil {
		return nil, err
	}
	how, err := readRendering(in.MajorDimension, in.ValueRenderOption, in.DateTimeRenderOption)
	if err != nil {
		return nil, err
	}
	if len(in.DataFilters) == 0 {
		return nil, wire.BadRequest("Must specify at least one dataFilter.")
	}
	c.items = len(in.DataFilters)
	out := &sheets.BatchGetValuesByDataFilterResponse{SpreadsheetId: c.file}
	err = c.s.viewing(c, c.file, func(v *view) error {
		matches, err := v.doc.match(in.DataFilters)
		if err != nil {
			return err
		}
		for _, m := range matches {
			a := m.at.area
			if !a.empty() { // an empty range is answered without values
				if a, err = m.at.clipped(); err != nil {
					return err
				}
			}
			out.ValueRanges = append(out.ValueRanges,
				&sheets.MatchedValueRange{ValueRange: v.read(m.at.sh, a, how), DataFilters: m.filters})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{body: out}, nil
}

// isFormulaText reports whether a text would be taken for a formula.
func isFormulaText(s string) bool { return strings.HasPrefix(s, "=") && len(s) > 1 }
