package report

import (
	"math"
	"slices"
	"strconv"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// desk is an Input prepared for laying out tabs.
type desk struct {
	in       Input
	lang     words.Lang
	entries  map[entryKey]float64
	flags    map[flagKey]Flag
	pairOf   map[flagKey]Pair
	absences []department.Absence
	// A role with KPIs from deals has the list of deals; one with KPIs from clients has
	// both lists, because those are computed from deals, too.
	hasDeals, hasClients bool
	frame                bool // it is a Frame that is laid out
}

type entryKey struct {
	kpi string
	day calendar.Date
}

type flagKey struct {
	tab, column string
	day         calendar.Date
	row         int
}

func newDesk(in Input) *desk {
	d := &desk{
		in:      in,
		lang:    in.Lang,
		entries: make(map[entryKey]float64, len(in.Typed.Entries)),
		flags:   make(map[flagKey]Flag, len(in.Flags)),
		pairOf:  make(map[flagKey]Pair, len(in.Pairs)),
	}
	for _, e := range in.Typed.Entries {
		d.entries[entryKey{e.KPI, e.Date}] = e.Value
	}
	for _, f := range in.Flags {
		d.flags[flagKey{f.Tab, f.Column, f.Day, f.Row}] = f
	}
	for _, p := range in.Pairs {
		d.pairOf[flagKey{p.Tab, p.Column, p.Day, 0}] = p
	}
	for _, a := range in.Dep.Absences {
		if a.Person == in.Person.ID {
			d.absences = append(d.absences, a)
		}
	}
	roles := []department.Role{in.Role}
	for _, b := range in.Person.Before { // whose months still count from the lists
		if role, ok := in.Dep.Role(b.Role); ok {
			roles = append(roles, role)
		}
	}
	d.hasClients = slices.ContainsFunc(roles, func(r department.Role) bool { return r.Uses(kpi.Clients) })
	d.hasDeals = slices.ContainsFunc(roles, department.Role.ListsDeals)
	return d
}

// tab starts a tab with its identity. In a spreadsheet that several people share, its
// title ends in the person's name.
func (d *desk) tab(key, title string) *workbook.Tab {
	key = d.in.Tag + key
	return &workbook.Tab{ID: workbook.SheetID(key), Key: key, Title: d.title(title), Notes: ourNotes}
}

func (d *desk) title(title string) string {
	if d.in.Tag != "" {
		title += " · " + d.in.Person.Name
	}
	return title
}

func (d *desk) dealsTitle() string { return d.title(d.lang.T("Сделки", "Deals")) }

// protect closes a tab except its open cells: only the worker may edit what is closed. If
// several people share a spreadsheet, only the tab's owner may edit it: cells left open
// would be open to everybody there.
func (d *desk) protect(t *workbook.Tab) {
	t.Protect = &workbook.Protect{
		ID:   workbook.MetaID(t.ID, "protect"),
		Note: d.lang.T("Открыты только ячейки для ввода", "Only the cells to fill in are open"),
		Open: openAreas(t.Cells),
	}
	if d.in.Tag != "" && d.in.Person.Email != "" && len(t.Protect.Open) > 0 {
		t.Protect.Note = d.lang.T("Вкладка: ", "Tab of ") + d.in.Person.Name
		t.Protect.Open = nil
		t.Protect.Editors = []string{d.in.Person.Email}
	}
}

// openAreas covers the open cells with few rectangles: runs of rows in each column,
// joined to the right while the runs are equal.
func openAreas(cells [][]workbook.Cell) []workbook.Area {
	var areas []workbook.Area
	width := 0
	for _, row := range cells {
		width = max(width, len(row))
	}
	open := func(r, c int) bool { return c < len(cells[r]) && cells[r][c].Open }
	for c := range width {
		for r := 0; r < len(cells); r++ {
			if !open(r, c) {
				continue
			}
			from := r
			for r < len(cells) && open(r, c) {
				r++
			}
			left := slices.IndexFunc(areas, func(a workbook.Area) bool {
				return a.R0 == from && a.R1 == r && a.C1 == c
			})
			if left >= 0 {
				areas[left].C1 = c + 1
			} else {
				areas = append(areas, workbook.Area{R0: from, C0: c, R1: r, C1: c + 1})
			}
		}
	}
	return areas
}

// marked adds the look and the note of a flag to a cell. A number that the person should
// confirm becomes a text when it is typed again: so it differs from the flagged one, and
// Sheets does not turn it into a date again.
func marked(c workbook.Cell, f Flag) workbook.Cell {
	st := *c.Style
	if f.Code == string(kpi.CodeCellDate) || f.Code == string(kpi.CodeCellFarDate) {
		st.Format = workbook.NumberFormat{Type: "TEXT", Pattern: "@"}
	}
	st.Background, st.Color = softBack, ink
	if !f.Soft {
		st.Background, st.Color = badBack, red.Ink
	}
	c.Style, c.Note = &st, f.Note
	return c
}

// ourNotes are texts that identify the worker's notes on cells into which people type, in
// any language.
var ourNotes = []string{
	"Сейчас не считается", "Not counted now", "Сейчас в ячейке текст", "The cell has the text", "Посчитано: понято",
	"Посчитано: число", "Counted: understood", "Counted: a number", "Не считается: дата приёма",
	"Not counted: the date of hiring", "Не считается: последний рабочий день", "Not counted: the last day at work",
	"эта правка не считается", "this edit does not count", "строка не считается", "The row is not counted",
	"the row is not counted", "Проверьте год: ", "Check the year: ", "Сделка посчитана без имени",
	"The deal is counted without", "Похоже на „", "Much like “", "Этот клиент уже есть в строке",
	"This client stands already",
}

// put gives a cell a value.
func put(c, value workbook.Cell) workbook.Cell {
	c.Kind, c.Num, c.Str = value.Kind, value.Num, value.Str
	return c
}

// asTyped returns the value of a cell in which a person typed the text: a number if it is
// one. What the worker could not understand is stored nowhere else.
func asTyped(s string) workbook.Cell {
	if v, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
		return workbook.N(v, nil)
	}
	return typedText(s)
}

func typedText(s string) workbook.Cell {
	if s == "" {
		return workbook.Cell{}
	}
	return workbook.Txt(s, nil)
}
