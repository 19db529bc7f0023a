package control

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"svodka/internal/workbook"
)

// checks lays out «Проверка»: what is wrong, and what the next run will change.
func (l *layout) checks() *workbook.Tab {
	t := &workbook.Tab{
		ID: workbook.SheetID(TabChecks), Key: TabChecks, Title: checksTab.in(l.Lang), Exclusive: true,
		TabColor: bad.Ink, FrozenRows: 2, HideGrid: true,
		Columns: []workbook.Column{{Width: 120}, {Width: 140}, {Width: 90}, {Width: 560}, {Width: 360}},
	}
	var problems []Problem
	if l.Result != nil {
		problems = l.Result.Problems
	}
	sum, style := l.verdict(problems)
	head := workbook.Txt(sum, style)
	head.Note = l.Lang.T(
		"Эту вкладку ведёт программа. Исправьте ячейку, на которую ведёт ссылка: строка исчезнет отсюда при "+
			"следующем запуске.",
		"The program keeps this tab. Correct the cell that the link leads to: the row goes at the next run.")
	cells := [][]workbook.Cell{{head, workbook.Txt("", style), workbook.Txt("", style), workbook.Txt("", style),
		workbook.Txt("", style)}}
	t.Merges = []workbook.Area{{R0: 0, C0: 0, R1: 1, C1: 5}}
	var titles []workbook.Cell
	for _, s := range []ruEN{{"Важность", "Severity"}, {"Вкладка", "Tab"}, {"Ячейка", "Cell"}, {
		"Что не так и как исправить", "What is wrong and how to mend it"},
		{"Что действует сейчас", "What is in force meanwhile"}} {
		titles = append(titles, workbook.Txt(s.in(l.Lang), headStyle))
	}
	cells = append(cells, titles)
	for _, p := range problems {
		severity := workbook.Txt(l.Lang.T("● внимание", "● note"), warningStyle)
		if p.Severity == Error {
			severity = workbook.Txt(l.Lang.T("▼ ошибка", "▼ mistake"), errorStyle)
		}
		tab := tabOf(p.Tab)
		g := l.grid(tab)
		title, sheet := tab.title.in(l.Lang), workbook.SheetID(tab.key)
		if g.found {
			title, sheet = g.title, g.id
		}
		a1 := l.a1(g, p)
		cell := workbook.Txt(a1, linkStyle)
		cell.Link = workbook.Link(sheet, a1)
		if l.SpreadsheetID != "" {
			cell.Link = "https://docs.google.com/spreadsheets/d/" + l.SpreadsheetID + "/edit" + cell.Link
		}
		cells = append(cells, []workbook.Cell{severity, workbook.Txt(title, plainStyle), cell,
			workbook.Txt(p.Message, plainStyle), workbook.Txt(p.InForce, plainStyle)})
	}
	for _, part := range []struct {
		title string
		lines []string
	}{
		{l.Lang.T("Что изменит следующий запуск", "What the next run will change"), l.Pending},
		{l.Lang.T("Что изменила последняя большая правка", "What the last large edit has changed"), l.Done},
	} {
		if len(part.lines) == 0 {
			continue
		}
		title := make([]workbook.Cell, len(t.Columns))
		for i := range title {
			title[i] = workbook.Txt("", partStyle)
		}
		title[0].Str = part.title
		cells = append(cells, nil, title)
		for _, s := range part.lines {
			t.Merges = append(t.Merges, workbook.Area{R0: len(cells), C0: 0, R1: len(cells) + 1, C1: len(t.Columns)})
			if utf8.RuneCountInString(s) > lineRunes { // merged cells do not grow automatically
				if t.Heights == nil {
					t.Heights = map[int]int{}
				}
				t.Heights[len(cells)] = 40
			}
			cells = append(cells, []workbook.Cell{workbook.Txt("• "+s, plainStyle)})
		}
	}
	t.Cells = cells
	t.Rows, t.Cols = max(len(cells), 30), len(t.Columns)
	t.Protect = &workbook.Protect{ID: workbook.SheetID("protect:" + TabChecks),
		Note: l.Lang.T("Эту вкладку ведёт программа", "The program keeps this tab")}
	return t
}

// lineRunes is how many characters certainly fit on a line across the tab.
const lineRunes = 160

// verdict returns the first line: whether all is well.
func (l *layout) verdict(problems []Problem) (string, *workbook.Style) {
	errs := 0
	for _, p := range problems {
		if p.Severity == Error {
			errs++
		}
	}
	warns := len(problems) - errs
	switch {
	case errs > 0 && warns > 0:
		return fmt.Sprintf(l.Lang.T("▼ Ошибок: %d, предупреждений: %d", "▼ Mistakes: %d, notes: %d"), errs, warns),
			wrongStyle
	case errs > 0:
		return fmt.Sprintf(l.Lang.T("▼ Ошибок: %d", "▼ Mistakes: %d"), errs), wrongStyle
	case warns > 0:
		return fmt.Sprintf(l.Lang.T("● Ошибок нет, предупреждений: %d", "● No mistakes, notes: %d"), warns), soSoStyle
	}
	return l.Lang.T("✓ Ошибок нет", "✓ No mistakes"), wellStyle
}

// a1 returns the address of a problem in the sheet.
func (l *layout) a1(g *grid, p Problem) string {
	row, col := p.Row+g.down(), 0
	if p.Row < 0 {
		row = max(g.head, 0)
	}
	if _, ok := g.cols[p.Column]; ok {
		col = l.place(g, p.Column)
	} else if i := slices.IndexFunc(g.tab.columns, func(c column) bool {
		return c.key == p.Column
	}); i >= 0 && !g.found {
		col = i
	}
	return workbook.A1(row, col)
}
