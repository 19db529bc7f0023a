package report

import (
	"svodka/internal/kpi"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// The palette: quiet, so that the meaningful colours stand out.
const (
	navy         = "#1F3A5F"
	white        = "#FFFFFF"
	ink          = "#202124"
	grey         = "#5A6169" // 4.5 : 1 on every background here
	hairline     = "thin #DADCE0"
	panel        = "#F5F7FA" // labels and figures of the block on top
	todayBand    = "#2B5C94" // what is left today: under the heading, always in view
	accent       = "#E8F0FE" // the row to act on
	offDay       = "#F1F3F4"
	computedBack = "#FAFBFC"
	computedInk  = "#5F6368"
	logBack      = "#EEF7F6" // figures from telephony
	logInk       = "#0B5F5A"
	outside      = "#E3E5E8" // days that are not the person's
	away         = "#F3EBFA"
	todayBack    = "#D2E3FC"
	missing      = "#FDF1E3"
	badBack      = "#F9D2CD"
	softBack     = "#FCE8B2"
	doneBack     = "#188038" // nothing is left to do today
)

// What has a light has the colours of lights.
var (
	red    = terms.LightColors(kpi.Red)
	yellow = terms.LightColors(kpi.Yellow)
	green  = terms.LightColors(kpi.Green)
)

// figure returns the format of figures of a unit: zeros too, right-aligned.
func figure(u kpi.Unit, lang words.Lang) workbook.NumberFormat {
	switch u {
	case kpi.Money:
		return workbook.NumberFormat{Type: "NUMBER", Pattern: lang.T(`#,##0 "₽"`, `#,##0`)}
	case kpi.Duration:
		return workbook.NumberFormat{Type: "TIME", Pattern: "[h]:mm:ss"}
	case kpi.Percent:
		return percent
	}
	return workbook.NumberFormat{Type: "NUMBER", Pattern: "#,##0"}
}

// figureOf returns the format of a KPI's figures: a count that may have fractions shows
// them.
func figureOf(k kpi.KPI, lang words.Lang) workbook.NumberFormat {
	if k.Unit == kpi.Count && k.Fractions {
		return workbook.NumberFormat{Type: "NUMBER", Pattern: "#,##0.0"}
	}
	return figure(k.Unit, lang)
}

var percent = workbook.NumberFormat{Type: "PERCENT", Pattern: "0.0%"}

// perDay returns the format of what is needed per day: a count is rarely whole there.
func perDay(u kpi.Unit, lang words.Lang) workbook.NumberFormat {
	if u == kpi.Count {
		return workbook.NumberFormat{Type: "NUMBER", Pattern: "#,##0.0"}
	}
	return figure(u, lang)
}

// change returns the format of a difference of a KPI's figures: its sign is visible
// before the number. Shares differ by percentage points, times by minutes, and average
// times by seconds.
func change(k kpi.KPI, lang words.Lang) workbook.NumberFormat {
	figure, unit := "#,##0", ""
	switch {
	case k.Unit == kpi.Percent:
		figure, unit = "0.0", lang.T(` "п.п."`, ` "pp"`)
	case k.Unit == kpi.Money:
		unit = lang.T(` "₽"`, "")
	case k.Unit == kpi.Duration && k.Additive():
		unit = lang.T(` "мин"`, ` "min"`)
	case k.Unit == kpi.Duration:
		unit = lang.T(` "с"`, ` "s"`)
	case !k.Additive():
		figure = "#,##0.0"
	}
	return workbook.NumberFormat{Type: "NUMBER", Pattern: `"▲ +"` + figure + unit + `;"▼ −"` + figure + unit + `;"="`}
}

func dayFormat(lang words.Lang) workbook.NumberFormat {
	return workbook.NumberFormat{Type: "DATE", Pattern: lang.T("ddd dd.mm", "ddd d mmm")}
}

func fullDate(lang words.Lang) workbook.NumberFormat {
	return workbook.NumberFormat{Type: "DATE", Pattern: lang.T("dd.mm.yyyy", "d mmm yyyy")}
}

var (
	headStyle    = &workbook.Style{Bold: true, Color: white, Background: navy, Align: "CENTER", Wrap: "WRAP"}
	headRight    = &workbook.Style{Bold: true, Color: white, Background: navy, Align: "RIGHT", Wrap: "WRAP"}
	headLeft     = &workbook.Style{Bold: true, Color: white, Background: navy, Align: "LEFT", Wrap: "WRAP"}
	labelStyle   = &workbook.Style{Color: ink, Background: panel, Bottom: hairline, Wrap: "WRAP"}
	todayLabel   = &workbook.Style{Color: white, Background: todayBand, Bold: true, Wrap: "WRAP"}
	todayNote    = &workbook.Style{Color: white, Background: todayBand, Wrap: "WRAP", PadLeft: 4}
	labelBold    = &workbook.Style{Color: ink, Background: accent, Bold: true, Bottom: hairline, Wrap: "WRAP"}
	blankBlock   = &workbook.Style{Color: grey, Background: panel, Bottom: hairline, Wrap: "WRAP"}
	waitingStyle = &workbook.Style{Color: yellow.Ink, Background: panel, Bold: true, Bottom: hairline, Wrap: "WRAP"}
	closedCell   = &workbook.Style{Color: grey, Background: outside, Align: "RIGHT", Bottom: hairline}
	hintStyle    = &workbook.Style{Color: grey, Background: "#DFE5EC", Size: 9, Align: "CENTER", Wrap: "WRAP"}
	hintLeft     = &workbook.Style{Color: grey, Background: "#DFE5EC", Size: 9, Bold: true}
	lightStyle   = &workbook.Style{Color: grey, Background: panel, Size: 9, Align: "CENTER", Bottom: hairline,
		Wrap: "CLIP"}
	helperCell = &workbook.Style{Color: grey, Size: 8}
)

// todayStyle returns the style of what is left today.
func todayStyle(f workbook.NumberFormat) *workbook.Style {
	return &workbook.Style{Format: f, Color: white, Background: todayBand, Bold: true, Size: 13, Align: "RIGHT",
		Wrap: "CLIP"}
}
