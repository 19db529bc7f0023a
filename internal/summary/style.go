package summary

import (
	"math"
	"unicode/utf8"

	"svodka/internal/kpi"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// The palette: calm, so that the eye meets the lights first.
const (
	ink     = "#1F2937"
	navy    = "#1F3A5F"
	navyBg  = "#E8EEF5"
	teamBg  = "#F4F6F9"
	grey    = "#5F6673"
	hair    = "thin #E5E7EB"
	groupRn = "thin #B8C4D6"
	totalLn = "medium #1F3A5F"
)

// fig is the kind of a number in a cell, as far as its style depends on it.
type fig uint8

const (
	figValue  fig = iota // a plan, a fact
	figFine              // a derived value; small counts keep decimals
	figParts             // either, for a count that may have fractions
	figDelta             // a difference, with its sign; percentages in points
	figEffect            // of a stage: a difference with as many decimals as the others in its column
	figTrend             // a difference over time, with an arrow
	figPace              // a share with the sign and the colour of its light; grey without a light
	figShare             // a share without a light
	figNeeded            // per day, with a sign if it has grown too much
	figPoints            // of the rating
	figOver              // a share above the allowed, with the sign and colour of its light
)

// band is the kind of a cell's row.
type band uint8

const (
	bandPerson band = iota
	bandTeam
	bandTotal
	bandPlain // outside tables of people: no fill, hairline below
	bandNone  // a row that the next one continues: no line below
)

// look is everything that the style of a number depends on.
type look struct {
	fig    fig
	unit   kpi.Unit
	digits int8 // of a count, and of amounts and points that are nearly zero
	light  kpi.Light
	band   band
	first  bool // first column of a group: a line on its left
	none   bool // no value: a grey dash
	big    bool // of the headline
}

// styles makes each style once, so that the cells share it.
type styles struct {
	lang  words.Lang
	made  map[look]*workbook.Style
	texts map[textLook]*workbook.Style
	lines map[*workbook.Style]*workbook.Style // see wrapped
}

func newStyles(lang words.Lang) *styles {
	return &styles{lang: lang, made: map[look]*workbook.Style{}, texts: map[textLook]*workbook.Style{}}
}

// number returns the style of a number.
func (s *styles) number(l look) *workbook.Style {
	if st, ok := s.made[l]; ok {
		return st
	}
	st := &workbook.Style{Color: ink, Align: "RIGHT"}
	dress(st, l.band)
	if l.first {
		st.Left = groupRn
	}
	if l.big {
		st.Size, st.Bold = 11, true
	}
	switch {
	case l.none:
		st.Color, st.Align, st.Bold = grey, "CENTER", false
	default:
		st.Format = s.format(l)
		if l.fig == figTrend || l.fig == figPace && l.light == kpi.NoLight {
			st.Color = grey
		}
		if c := terms.LightColors(l.light); c != (terms.Colors{}) {
			st.Color = c.Ink
			// Only figures rated by pace have the background: the eye should meet them
			// first.
			if l.fig != figNeeded {
				st.Background = c.Back
			}
		}
	}
	s.made[l] = st
	return st
}

// dress adds the look of its row to a style.
func dress(st *workbook.Style, b band) {
	switch b {
	case bandPerson, bandPlain:
		st.Bottom = hair
	case bandTeam:
		st.Bold, st.Background, st.Bottom = true, teamBg, hair
	case bandTotal:
		st.Bold, st.Top = true, totalLn
	}
}

// format returns the number format of a look. Literals are quoted, so that no locale
// reads them as pattern letters.
func (s *styles) format(l look) workbook.NumberFormat {
	base, kind := "", ""
	switch l.unit {
	case kpi.Money:
		base, kind = [...]string{`#,##0 "₽"`, `#,##0.0 "₽"`, `#,##0.00 "₽"`}[l.digits], "CURRENCY"
	case kpi.Duration:
		base, kind = `[h]:mm:ss`, "TIME"
	case kpi.Percent:
		base, kind = `0.0%`, "PERCENT"
	default:
		base, kind = [...]string{`#,##0`, `#,##0.0`, `#,##0.00`}[l.digits], "NUMBER"
	}
	if l.unit == kpi.Percent && (l.fig == figDelta || l.fig == figTrend) {
		base, kind = s.lang.T(`0.0 "п.п."`, `0.0 "pp"`), "NUMBER"
		if l.digits == 2 {
			base = s.lang.T(`0.00 "п.п."`, `0.00 "pp"`)
		}
	}
	sign := terms.LightSign(l.light)
	if sign != "" {
		sign += " "
	}
	switch l.fig {
	case figDelta, figEffect:
		base = `"` + sign + `+"` + base + `;"` + sign + `−"` + base + `;` + quoted(sign) + base
	case figTrend:
		base = `"↑ "` + base + `;"↓ "` + base + `;"= "` + base
	case figPace, figShare:
		base, kind = `0.0%`, "PERCENT"
		base = quoted(sign) + base
	case figOver:
		base, kind = quoted(sign+"+")+`0%`, "PERCENT"
	case figNeeded:
		base = quoted(sign) + base
	case figPoints:
		base, kind = `0.0`, "NUMBER"
	}
	return workbook.NumberFormat{Type: kind, Pattern: base}
}

// quoted returns a literal of a number format; empty for nothing.
func quoted(s string) string {
	if s == "" {
		return ""
	}
	return `"` + s + `"`
}

// shown returns the value in the cell (durations in days, percentage points whole), how
// many decimals a count keeps, and how many characters it takes on the screen. What is
// not zero is not shown as zero: beside the light of one who is behind, «−0 ₽» would be
// a lie.
func shown(f fig, u kpi.Unit, v float64) (value float64, digits int8, chars int) {
	switch f {
	case figPace, figOver, figPoints:
	case figShare:
		if v > 1e-9 && v < 0.0005 {
			v = 0.001
		}
	default:
		v = kpi.Least(settle(v, 9), u)
	}
	switch {
	case f == figPoints:
		return settle(v*100, 6), 0, 5
	case f == figPace || f == figShare || f == figOver:
		return settle(v, 9), 0, utf8.RuneCountInString("▲ .0%") + max(3, wholeChars(v*100))
	case u == kpi.Duration:
		value = settle(v/86400, 9)
		chars = wholeChars(v/3600) + len(":00:00")
	case u == kpi.Percent && (f == figDelta || f == figTrend):
		value = settle(v*100, 6)
		digits = nearly(value, 0.05)
		chars = wholeChars(value) + len(".0 ....") + int(digits)/2
	case u == kpi.Percent:
		value = settle(v, 9)
		chars = wholeChars(v*100) + len(".0%")
	case u == kpi.Money:
		value = settle(v, 6)
		digits = nearly(value, 0.5)
		chars = wholeChars(v) + len(" ₽") - 2
		if digits > 0 {
			chars += 1 + int(digits)
		}
	default:
		value = settle(v, 6)
		digits = decimals(f, value)
		chars = wholeChars(v)
		if digits > 0 {
			chars += 1 + int(digits)
		}
	}
	switch f {
	case figTrend, figNeeded:
		chars += 2
	case figDelta, figEffect:
		chars += 3
	}
	return value, digits, chars
}

// nearly returns the decimals of a figure that would be rounded to zero.
func nearly(v, half float64) int8 {
	if v != 0 && math.Abs(v) < half {
		return 2
	}
	return 0
}

// ofParts returns the kind of a KPI's figure: if a count may have fractions, they are
// shown, as in people's spreadsheets.
func ofParts(f fig, k kpi.KPI) fig {
	if (f == figValue || f == figFine) && k.Unit == kpi.Count && k.Fractions {
		return figParts
	}
	return f
}

// decimals returns how many decimals a count keeps: none if they say nothing, one for
// small fractions and what is needed per day, two for the tiniest, so that none shows as
// −0.
func decimals(f fig, v float64) int8 {
	a := math.Abs(v)
	switch {
	case a > 0 && a < 0.05:
		return 2
	case f == figParts:
		return 1
	case f == figValue && a >= 10:
		return 0
	case f == figEffect && a < 99.5:
		return 1
	case a == 0, a == math.Trunc(a) && f != figNeeded:
		return 0
	case a > 0 && a < 0.1:
		return 2
	case a < 100:
		return 1
	}
	return 0
}

// wholeChars returns how many characters the whole part of a number takes, with the
// spaces between thousands.
func wholeChars(v float64) int {
	n := 1
	for a := math.Abs(v); a >= 10; a /= 10 {
		n++
	}
	return n + (n-1)/3
}

// settle rounds away the noise of binary sums, so that the same figures make the same
// cell in whatever order they were added.
func settle(v float64, places int) float64 {
	p := math.Pow10(places)
	if math.Abs(v) >= 1e15/p {
		return v
	}
	if r := math.Round(v*p) / p; r != 0 {
		return r
	}
	return 0 // never −0
}

// text is the kind of a text in the spreadsheet.
type text uint8

const (
	textTitle   text = iota // of a tab
	textUnder               // below the title
	textHeading             // of a block or a role
	textHead                // of a column of figures
	textHeadMid             // of a column whose texts, dates and drawings are centred
	textGroup               // over a group of columns
	textName                // a person, a KPI
	textIndent              // a person below a team
	textMuted
	textState // short, centred
	textPlace
	textSmall // a heading inside a block
	textWarn
	textBad
	textGood
	textPerson   // a name in «Кто не сдал отчёт»
	textCause    // a sentence
	textStrong   // a role in the totals
	textHeadLeft // of a column of texts
	textMissed   // a plan that can no longer be met
	textDate
	textDayMonth   // beside the year
	textBig        // a KPI of the headline
	textStrongName // a person to help
	textRun        // extends into the empty cells beside it
	textHeadRun    // over a column of those
	textDay        // a day of «День»
	textTotal      // a KPI of the totals, on as many lines as it needs
	textDrawn      // a bar
)

// textLook is everything that the style of a text depends on.
type textLook struct {
	use   text
	band  band
	first bool
	light kpi.Light
	depth int // of a team that is part of others: how far it is indented
}

// text returns the style of a text.
func (s *styles) text(l textLook) *workbook.Style {
	if st, ok := s.texts[l]; ok {
		return st
	}
	st := &workbook.Style{Color: ink, Align: "LEFT"}
	bad, soSo, good := terms.LightColors(kpi.Red), terms.LightColors(kpi.Yellow), terms.LightColors(kpi.Green)
	table := true
	switch l.use {
	case textTitle:
		st.Bold, st.Size, st.Color, table = true, 18, navy, false
	case textUnder:
		st.Color, table = grey, false
	case textHeading:
		st.Bold, st.Size, st.Color, table = true, 12, navy, false
	case textSmall:
		st.Bold, st.Color, table = true, grey, false
	case textHead, textHeadMid, textHeadLeft: // it stands as what is below it
		st.Bold, st.Size, st.Color, st.Background = true, 9, navy, navyBg
		st.Wrap, st.Bottom, table = "WRAP", groupRn, false
		if l.use != textHeadLeft {
			st.Align = "RIGHT"
		}
		if l.use == textHeadMid {
			st.Align = "CENTER"
		}
	case textPerson:
		table = false
	case textCause:
		st.PadLeft = 6
	case textStrong:
		st.Bold, st.Wrap, st.VAlign = true, "WRAP", "TOP"
	case textGroup:
		st.Bold, st.Color, st.Background = true, navy, navyBg
		// On the left it stays readable when its other columns are off the screen.
		st.Wrap, st.PadLeft, table = "WRAP", 6, false
	case textName:
		st.Wrap = "CLIP"
	case textIndent:
		st.Wrap, st.PadLeft = "CLIP", indentPx
	case textMuted:
		st.Color = grey
	case textBig:
		st.Bold, st.Size, st.Color, st.Wrap = true, 10, navy, "WRAP"
	case textDay:
		st.Bold, st.Size, st.Color, st.Top, table = true, 14, navy, totalLn, false
	case textStrongName:
		st.Bold, st.Wrap = true, "CLIP"
	case textRun:
		st.PadLeft = 6
	case textHeadRun:
		st.Bold, st.Size, st.Color, st.Background, st.PadLeft = true, 9, navy, navyBg, 6
		st.Bottom, table = groupRn, false
	case textTotal:
		st.Wrap, st.PadLeft = "WRAP", indentPx
	case textState:
		st.Align = "CENTER"
	case textPlace:
		st.Align = "CENTER"
		st.Format = workbook.NumberFormat{Type: "NUMBER", Pattern: "#,##0"}
	case textDate:
		st.Align = "CENTER"
		st.Format = workbook.NumberFormat{Type: "DATE", Pattern: s.lang.T("dd.mm.yyyy", "yyyy-mm-dd")}
	case textDayMonth:
		st.Align = "CENTER"
		st.Format = workbook.NumberFormat{Type: "DATE", Pattern: s.lang.T("dd.mm", "mm-dd")}
	case textMissed:
		st.Align, st.Size, st.Color = "RIGHT", 9, bad.Ink
	case textWarn:
		st.Color, st.Background, table = soSo.Ink, soSo.Back, false
	case textBad:
		st.Color, st.Background, table = bad.Ink, bad.Back, false
	case textGood:
		st.Color, table = good.Ink, false
	}
	if table {
		dress(st, l.band)
	}
	if c := terms.LightColors(l.light); c != (terms.Colors{}) {
		st.Color, st.Background = c.Ink, c.Back
	}
	if l.first {
		st.Left = groupRn
	}
	st.PadLeft += l.depth * 2 * indentPx
	s.texts[l] = st
	return st
}
