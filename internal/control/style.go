package control

import (
	"svodka/internal/kpi"
	"svodka/internal/terms"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// The palette: calm, so that only mistakes catch the eye.
const (
	slate    = "#1F3A5F"
	pale     = "#E8EEF5"
	grey     = "#5F6673"
	paleGrey = "#F3F4F6"
)

// What has a light has the colours of lights.
var (
	bad  = terms.LightColors(kpi.Red)
	soSo = terms.LightColors(kpi.Yellow)
	good = terms.LightColors(kpi.Green)
)

var (
	headStyle = &workbook.Style{Bold: true, Color: slate, Background: pale, Align: "LEFT", Wrap: "WRAP",
		Bottom: "medium " + slate}
	ownedHeadStyle = &workbook.Style{Bold: true, Italic: true, Color: grey, Background: paleGrey, Align: "LEFT",
		Wrap: "WRAP", Bottom: "medium " + grey}
	partStyle    = &workbook.Style{Bold: true, Size: 12, Color: slate, Background: pale}
	plainStyle   = &workbook.Style{VAlign: "TOP", Wrap: "WRAP"}
	linkStyle    = &workbook.Style{VAlign: "TOP", Color: "#1155CC"}
	errorStyle   = &workbook.Style{VAlign: "TOP", Bold: true, Color: bad.Ink, Background: bad.Back}
	warningStyle = &workbook.Style{VAlign: "TOP", Bold: true, Color: soSo.Ink, Background: soSo.Back}
	wellStyle    = &workbook.Style{Bold: true, Size: 12, Color: good.Ink, Background: good.Back}
	wrongStyle   = &workbook.Style{Bold: true, Size: 12, Color: bad.Ink, Background: bad.Back}
	soSoStyle    = &workbook.Style{Bold: true, Size: 12, Color: soSo.Ink, Background: soSo.Back}
)

// styles holds one pointer for each style, so that equal cells share it.
type styles map[workbook.Style]*workbook.Style

func (s styles) of(st workbook.Style) *workbook.Style {
	p, ok := s[st]
	if !ok {
		p = &st
		s[st] = p
	}
	return p
}

func dateFormat(lang words.Lang) workbook.NumberFormat {
	return workbook.NumberFormat{Type: "DATE", Pattern: lang.T("dd.mm.yyyy", "yyyy-mm-dd")}
}

// figureFormat returns the format of a plan in the unit of its KPI; without a unit the
// spreadsheet decides by what is typed.
func figureFormat(u kpi.Unit) workbook.NumberFormat {
	switch u {
	case kpi.Count:
		return workbook.NumberFormat{Type: "NUMBER", Pattern: "#,##0"}
	case kpi.Money:
		return workbook.NumberFormat{Type: "NUMBER", Pattern: `#,##0" ₽"`}
	case kpi.Duration:
		return workbook.NumberFormat{Type: "TIME", Pattern: "[h]:mm:ss"}
	case kpi.Percent:
		return workbook.NumberFormat{Type: "PERCENT", Pattern: "0.0%"}
	}
	return workbook.NumberFormat{}
}

func settingFormat(k settingKind) workbook.NumberFormat {
	switch k {
	case ofTime:
		return workbook.NumberFormat{Type: "TIME", Pattern: "hh:mm"}
	case ofShare:
		return workbook.NumberFormat{Type: "PERCENT", Pattern: "0%"}
	case ofMoney:
		return figureFormat(kpi.Money)
	}
	return workbook.NumberFormat{}
}
