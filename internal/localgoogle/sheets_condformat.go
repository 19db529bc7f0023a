package localgoogle

import (
	"math"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/localgoogle/calc"
	"svodka/internal/localgoogle/cellfmt"
)

// band is one banded range of a tab, prepared for painting.
type band struct {
	area       rect
	rows, cols stripes
}

// stripes are the formats of banding in one direction; nil: no colour.
type stripes struct{ header, first, second, footer *sheets.CellFormat }

func bandsOf(sh *sheet) []band {
	var out []band
	for _, b := range sh.banded {
		out = append(out, band{bounded(b.Range, sh), stripesOf(b.RowProperties), stripesOf(b.ColumnProperties)})
	}
	return out
}

func stripesOf(p *sheets.BandingProperties) stripes {
	if p == nil {
		return stripes{}
	}
	return stripes{fill(p.HeaderColor), fill(p.FirstBandColor), fill(p.SecondBandColor), fill(p.FooterColor)}
}

// fill returns a format with only a background; nil for no colour.
func fill(c *sheets.Color) *sheets.CellFormat {
	if c == nil {
		return nil
	}
	return &sheets.CellFormat{BackgroundColor: c, BackgroundColorStyle: &sheets.ColorStyle{RgbColor: c}}
}

// band returns the format that banding gives to a cell, nil for none.
func (p *painter) band(r, c int) *sheets.CellFormat {
	for _, b := range p.bands {
		if !b.area.contains(r, c) {
			continue
		}
		if f := b.rows.at(r-b.area.r0, b.area.r1-b.area.r0); f != nil {
			return f
		}
		return b.cols.at(c-b.area.c0, b.area.c1-b.area.c0)
	}
	return nil
}

// at returns the stripe of the i-th of n rows or columns.
func (s stripes) at(i, n int) *sheets.CellFormat {
	if s.header != nil {
		if i == 0 {
			return s.header
		}
		i, n = i-1, n-1
	}
	switch {
	case i == n-1 && s.footer != nil:
		return s.footer
	case i%2 == 1:
		return s.second
	}
	return s.first
}

// ruleEval is a conditional format rule, prepared for evaluation.
type ruleEval struct {
	rule   *sheets.ConditionalFormatRule
	areas  []rect
	r0, c0 int // where relative references start: the first range
	points *gradient
}

func (v *view) conditionalRules(sh *sheet) []*ruleEval {
	var out []*ruleEval
	for _, rule := range sh.conditional {
		e := &ruleEval{rule: rule}
		for i, g := range rule.Ranges {
			a := bounded(g, sh)
			e.areas = append(e.areas, a)
			if i == 0 {
				e.r0, e.c0 = a.r0, a.c0
			}
		}
		out = append(out, e)
	}
	return out
}

func (e *ruleEval) covers(r, c int) bool {
	return slices.ContainsFunc(e.areas, func(a rect) bool { return a.contains(r, c) })
}

// conditional returns the formats of the rules that apply to a cell, the topmost last: an
// earlier rule overrides a later one.
func (p *painter) conditional(r, c int, val calc.Value) []*sheets.CellFormat {
	var out []*sheets.CellFormat
	for _, e := range slices.Backward(p.rules) {
		if !e.covers(r, c) {
			continue
		}
		if g := e.rule.GradientRule; g != nil {
			if f := fill(p.v.gradientColor(p.sh, e, val)); f != nil {
				out = append(out, f)
			}
			continue
		}
		if b := e.rule.BooleanRule; b != nil && b.Format != nil && p.v.holds(p.sh, b.Condition, r, c, e.r0, e.c0, val) {
			out = append(out, b.Format)
		}
	}
	return out
}

// holds reports whether a condition is true for a cell. Its formulas are relative to the
// cell (r0, c0).
func (v *view) holds(sh *sheet, cond *sheets.BooleanCondition, r, c, r0, c0 int, val calc.Value) bool {
	if cond == nil {
		return false
	}
	arg := func(i int) calc.Value {
		if i >= len(cond.Values) || cond.Values[i] == nil {
			return calc.Value{}
		}
		x := cond.Values[i]
		if x.RelativeDate != "" {
			return v.relativeDate(x.RelativeDate)
		}
		return v.operand(sh, x.UserEnteredValue, r, c, r0, c0)
	}
	kind := cond.Type
	switch {
	case kind == "CUSTOM_FORMULA":
		res := arg(0)
		return res.Kind == calc.Bool && res.Bool || res.Kind == calc.Number && res.Num != 0
	case kind == "BLANK":
		return val.Kind == calc.Empty || val.Kind == calc.String && val.Str == ""
	case kind == "NOT_BLANK":
		return val.Kind != calc.Empty && (val.Kind != calc.String || val.Str != "")
	case strings.HasPrefix(kind, "NUMBER_"):
		return numberHolds(kind, val, arg)
	case strings.HasPrefix(kind, "TEXT_"):
		return v.textHolds(kind, sh.at(r, c), val, arg)
	case strings.HasPrefix(kind, "DATE_"):
		return dateHolds(kind, val, arg)
	case kind == "BOOLEAN":
		return val.Kind == calc.Bool
	case kind == "ONE_OF_LIST":
		return slices.ContainsFunc(cond.Values, func(x *sheets.ConditionValue) bool {
			return x != nil && strings.EqualFold(x.UserEnteredValue, v.text(sh.at(r, c), val))
		})
	}
	return false
}

// operand returns a value of a condition: a formula's result, or what the text means.
func (v *view) operand(sh *sheet, text string, r, c, r0, c0 int) calc.Value {
	if isFormulaText(text) {
		return v.evaluate(sh, calc.Relative(text, r-r0, c-c0), r, c)
	}
	_, val, _ := cellfmt.Parse(text, v.doc.locale(), v.s.now().In(v.doc.location()))
	return val
}

func numberHolds(kind string, val calc.Value, arg func(int) calc.Value) bool {
	if val.Kind != calc.Number {
		return false
	}
	a := arg(0)
	if a.Kind != calc.Number && a.Kind != calc.Empty {
		return false
	}
	switch kind {
	case "NUMBER_EQ":
		return val.Num == a.Num
	case "NUMBER_NOT_EQ":
		return val.Num != a.Num
	case "NUMBER_GREATER":
		return val.Num > a.Num
	case "NUMBER_GREATER_THAN_EQ":
		return val.Num >= a.Num
	case "NUMBER_LESS":
		return val.Num < a.Num
	case "NUMBER_LESS_THAN_EQ":
		return val.Num <= a.Num
	}
	b := arg(1)
	if b.Kind != calc.Number && b.Kind != calc.Empty {
		return false
	}
	inside := val.Num >= min(a.Num, b.Num) && val.Num <= max(a.Num, b.Num)
	switch kind {
	case "NUMBER_BETWEEN":
		return inside
	case "NUMBER_NOT_BETWEEN":
		return !inside
	}
	return false
}

func (v *view) textHolds(kind string, cl *cell, val calc.Value, arg func(int) calc.Value) bool {
	text := strings.ToLower(v.text(cl, val))
	a := arg(0)
	want := a.Str
	if a.Kind != calc.String {
		want, _ = cellfmt.Format(a, nil, v.doc.locale())
	}
	want = strings.ToLower(want)
	switch kind {
	case "TEXT_CONTAINS":
		return want != "" && strings.Contains(text, want)
	case "TEXT_NOT_CONTAINS":
		return !strings.Contains(text, want)
	case "TEXT_STARTS_WITH":
		return want != "" && strings.HasPrefix(text, want)
	case "TEXT_ENDS_WITH":
		return want != "" && strings.HasSuffix(text, want)
	case "TEXT_EQ":
		return text == want
	case "TEXT_NOT_EQ":
		return text != want
	case "TEXT_IS_EMAIL":
		addr, err := mail.ParseAddress(text)
		return err == nil && addr.Address == text
	case "TEXT_IS_URL":
		u, err := url.Parse(text)
		return err == nil && u.Scheme != "" && u.Host != ""
	}
	return false
}

func dateHolds(kind string, val calc.Value, arg func(int) calc.Value) bool {
	if val.Kind != calc.Number {
		return false
	}
	a := arg(0)
	if a.Kind != calc.Number && kind != "DATE_IS_VALID" {
		return false
	}
	day := math.Floor(val.Num)
	switch kind {
	case "DATE_EQ":
		return day == math.Floor(a.Num)
	case "DATE_NOT_EQ":
		return day != math.Floor(a.Num)
	case "DATE_BEFORE":
		return day < math.Floor(a.Num)
	case "DATE_ON_OR_BEFORE":
		return day <= math.Floor(a.Num)
	case "DATE_AFTER":
		return day > math.Floor(a.Num)
	case "DATE_ON_OR_AFTER":
		return day >= math.Floor(a.Num)
	case "DATE_IS_VALID":
		return true
	}
	b := arg(1)
	if b.Kind != calc.Number {
		return false
	}
	inside := day >= math.Floor(min(a.Num, b.Num)) && day <= math.Floor(max(a.Num, b.Num))
	switch kind {
	case "DATE_BETWEEN":
		return inside
	case "DATE_NOT_BETWEEN":
		return !inside
	}
	return false
}

// relativeDate returns the serial day of today, yesterday, a week ago and so on.
func (v *view) relativeDate(name string) calc.Value {
	now := v.s.now().In(v.doc.location())
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	switch name {
	case "YESTERDAY":
		day = day.AddDate(0, 0, -1)
	case "TOMORROW":
		day = day.AddDate(0, 0, 1)
	case "PAST_WEEK":
		day = day.AddDate(0, 0, -7)
	case "PAST_MONTH":
		day = day.AddDate(0, -1, 0)
	case "PAST_YEAR":
		day = day.AddDate(-1, 0, 0)
	}
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	return calc.Num(math.Round(day.Sub(epoch).Hours() / 24))
}

// gradient is a colour scale over the numbers of its ranges.
type gradient struct {
	at     []float64
	colors []*sheets.Color
}

func (v *view) gradientColor(sh *sheet, e *ruleEval, val calc.Value) *sheets.Color {
	if val.Kind != calc.Number {
		return nil
	}
	if e.points == nil {
		e.points = v.newGradient(sh, e)
	}
	g := e.points
	n := len(g.at)
	if n == 0 {
		return nil
	}
	if val.Num <= g.at[0] {
		return g.colors[0]
	}
	for i := 1; i < n; i++ {
		if val.Num <= g.at[i] {
			if g.at[i] == g.at[i-1] {
				return g.colors[i]
			}
			return blend(g.colors[i-1], g.colors[i], (val.Num-g.at[i-1])/(g.at[i]-g.at[i-1]))
		}
	}
	return g.colors[n-1]
}

func blend(a, b *sheets.Color, f float64) *sheets.Color {
	mix := func(x, y float64) float64 { return x + (y-x)*f }
	return normalColor(&sheets.Color{Red: mix(a.Red, b.Red), Green: mix(a.Green, b.Green), Blue: mix(a.Blue, b.Blue)})
}

func (v *view) newGradient(sh *sheet, e *ruleEval) *gradient {
	var nums []float64
	used := sh.used(hasValue)
	for _, a := range e.areas {
		a = a.intersect(used)
		for r := a.r0; r < a.r1; r++ {
			for c := a.c0; c < a.c1; c++ {
				if x := v.value(sh, r, c); x.Kind == calc.Number {
					nums = append(nums, x.Num)
				}
			}
		}
	}
	slices.Sort(nums)
	g := &gradient{}
	if len(nums) == 0 {
		return g
	}
	rule := e.rule.GradientRule
	for _, p := range []*sheets.InterpolationPoint{rule.Minpoint, rule.Midpoint, rule.Maxpoint} {
		if p == nil {
			continue
		}
		lo, hi := nums[0], nums[len(nums)-1]
		arg := v.operand(sh, p.Value, e.r0, e.c0, e.r0, e.c0).Num
		at := arg
		switch p.Type {
		case "MIN":
			at = lo
		case "MAX":
			at = hi
		case "PERCENT":
			at = lo + (hi-lo)*arg/100
		case "PERCENTILE":
			at = percentile(nums, arg/100)
		}
		color := p.Color
		if color == nil {
			color = rgb(255, 255, 255)
		}
		g.at, g.colors = append(g.at, at), append(g.colors, color)
	}
	return g
}

// percentile returns a percentile of sorted numbers, interpolated between neighbours.
func percentile(sorted []float64, f float64) float64 {
	f = min(max(f, 0), 1)
	x := f * float64(len(sorted)-1)
	i := int(x)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (sorted[i+1]-sorted[i])*(x-float64(i))
}
