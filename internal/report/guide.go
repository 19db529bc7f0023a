package report

import (
	"fmt"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/words"
	"svodka/internal/workbook"
)

// guide returns the tab «Как заполнять»: five lines.
func (d *desk) guide() *workbook.Tab {
	T := d.lang.T
	t := d.tab(TabGuide, T("Как заполнять", "How to fill it in"))
	var typed, computed []string
	for _, k := range activeIn(d.in.Role, calendar.MonthOf(d.in.Today).Span) {
		if k.Typed() {
			typed = append(typed, "«"+k.Title+"»")
		} else {
			computed = append(computed, "«"+k.Title+"»")
		}
	}
	deadline := d.in.Dep.Settings.Deadline
	by := words.Clock(deadline)

	var what []string
	if len(typed) > 0 {
		what = append(what, T("откройте вкладку месяца, найдите подсвеченную строку сегодняшнего дня и заполните ",
			"open the month's tab, find today's row, which is marked, and fill in ")+strings.Join(typed, ", "))
	}
	if d.hasDeals {
		what = append(what, T("впишите каждую сделку во вкладку «Сделки»: дата, клиент, сумма",
			"write each deal on the tab Deals: date, client, amount"))
	}
	if d.hasClients {
		what = append(what, T("нового клиента — во вкладку «Клиенты»", "a new client on the tab Clients"))
	}
	if len(what) == 0 {
		what = append(what, T("загляните во вкладку месяца: вводить ничего не нужно",
			"have a look at the month's tab: there is nothing to type"))
	}
	own := T("Остальное считается само. ", "The rest is computed. ")
	if len(computed) > 0 {
		own = strings.Join(computed, ", ") + T(" и весь верх вкладки считаются сами. ",
			" and the whole top of the tab are computed. ")
	}
	grace := T(fmt.Sprintf("%d дн.", d.in.Dep.Settings.GraceDays), fmt.Sprintf("%d days", d.in.Dep.Settings.GraceDays))
	lines := []string{
		T("Каждый рабочий день до ", "Every working day by ") + by + ": " + strings.Join(what, T("; ", "; ")) + ".",
		T("Нет результата — поставьте 0. Пустая ячейка значит «отчёт не сдан».",
			"Nothing to show is 0. An empty cell means \"not reported\"."),
		own + T("Смотрите на «Осталось сегодня»: оно убывает, пока вы вводите, и становится «✓ готово». «Нужно в "+
			"день» — сколько приносить каждый оставшийся рабочий день, чтобы выполнить план.",
			"Look at \"Left today\": it goes down as you type, to \"✓ done\". \"Needed per day\" is what each "+
				"working day left has to bring to reach the plan."),
		T("Красная ячейка — введённое не понято и не посчитано, жёлтая — понято с догадкой. Наведите на ячейку: в "+
			"заметке сказано, что исправить.", "A red cell was not understood and is not counted, a yellow one was "+
			"understood with a guess. Point at the cell: its note says what to mend."),
		T("Ошиблись в прошлом дне — исправьте его прямо в строке; причину напишите в «Комментарий». Дни старше "+grace+
			" бледные: они закрыты, и правка не посчитается, пока вам их не откроют. Остальные ячейки защищены: "+
			"сломать ничего нельзя.",
			"A mistake in an earlier day is mended in its row; say why under Comment. Days more than "+grace+
				" old are pale: they are locked, and an edit does not count until they are opened to you. All other "+
				"cells are protected: nothing can be broken."),
	}
	number := &workbook.Style{Bold: true, Color: white, Background: navy, Align: "CENTER", VAlign: "MIDDLE", Size: 12}
	line := &workbook.Style{Color: ink, Wrap: "WRAP", VAlign: "MIDDLE", Size: 11, Bottom: hairline, PadLeft: 8}
	for i, s := range lines {
		t.Cells = append(t.Cells, []workbook.Cell{workbook.N(float64(i+1), number), workbook.Txt(s, line)})
	}
	t.Exclusive = true
	t.HideGrid = true
	const width = 322 // a phone shows it whole
	t.Columns = []workbook.Column{{Width: 32}, {Width: width}}
	t.Rows, t.Cols = len(lines), 2
	t.Heights = map[int]int{}
	for i, s := range lines {
		t.Heights[i] = 20 + 20*workbook.LinesOf(s, width-line.PadLeft, letter*11/10)
	}
	d.protect(t)
	return t
}
