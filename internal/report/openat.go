package report

import (
	"strconv"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/workbook"
)

// OpenAt is the end of a link to a person's spreadsheet that leads to where the person
// types on a day, #gid=…&range=…: a spreadsheet cannot be scrolled by the API. It is the
// first figure of the day's row, wherever that has been moved to; of a role in which
// nothing is typed day by day it is «Сделки», below as many rows as there are deals.
// Empty if s, what stands in the spreadsheet, has no such place.
func OpenAt(s *workbook.State, role department.Role, day calendar.Date, deals int) string {
	month := TabMonth + calendar.MonthOf(day).String()
	column := ColDate
	for _, k := range role.KPIs {
		if k.Typed() && k.Active(day) {
			column = ColKPI + k.Key
			break
		}
	}
	if column == ColDate && (role.Uses(kpi.Deals) || role.Uses(kpi.Clients)) && s.Has(TabDeals) {
		return place(TabDeals, deals+1, 0)
	}
	_, row, col, ok := s.Cell(month, day.Serial(), column)
	if !ok {
		return ""
	}
	return place(month, row, col)
}

// place is the end of a link to a cell, by its row and column from 0.
func place(tab string, row, col int) string {
	return "#gid=" + strconv.FormatInt(workbook.SheetID(tab), 10) + "&range=" + workbook.ColumnName(col) + itoa(row+1)
}
