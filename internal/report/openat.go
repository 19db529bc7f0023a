package report

import (
	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/workbook"
)

// OpenAt returns the end of a link to a person's spreadsheet, #gid=…&range=…, that leads
// to where the person types on a day: the API cannot scroll a spreadsheet. It is the
// first figure of the day's row, wherever that has been moved; in a role in which nothing
// is typed day by day it is the first row of «Сделки» below lastDeal, the last one with
// any content, 0-based on the sheet (Reading.LastDeal).
//
// s is the state of the spreadsheet; tag begins the keys of tabs there (Input.Tag). If it
// has no such place, the link leads to the top of the month or, without one, is empty.
func OpenAt(s *workbook.State, tag string, role department.Role, day calendar.Date, lastDeal int) string {
	month := tag + TabMonth + calendar.MonthOf(day).String()
	column := ColDate
	for _, k := range role.KPIs {
		if k.Typed() && k.Active(day) {
			column = ColKPI + k.Key
			break
		}
	}
	if column == ColDate && role.ListsDeals() && s.Has(tag+TabDeals) {
		return workbook.Link(workbook.SheetID(tag+TabDeals), workbook.A1(lastDeal+1, 0))
	}
	if _, row, col, ok := s.Cell(month, day.Serial(), column); ok {
		return workbook.Link(workbook.SheetID(month), workbook.A1(row, col))
	}
	if s.Has(month) {
		return workbook.Link(workbook.SheetID(month), "A1")
	}
	return ""
}

// OpenAlways returns the end of a link to a person's spreadsheet that stays the same all
// month: to the top of the open month or, in a role in which nothing is typed day by day,
// of «Сделки». There «сегодня ↓» leads on. It is for links in cells, where a link that
// changed daily would cost a write of the spreadsheet every day.
func OpenAlways(tag string, role department.Role, day calendar.Date) string {
	typed := false
	for _, k := range role.KPIs {
		typed = typed || k.Typed() && k.Active(day)
	}
	if !typed && role.ListsDeals() {
		return workbook.Link(workbook.SheetID(tag+TabDeals), "A1")
	}
	return workbook.Link(workbook.SheetID(tag+TabMonth+calendar.MonthOf(day).String()), "A1")
}
