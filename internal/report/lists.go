package report

import (
	"strings"

	"svodka/internal/department"
	"svodka/internal/kpi"
	"svodka/internal/workbook"
)

// leastRows is how many rows a list begins with; as it fills, it grows so that spareRows
// always stay free, by whole hundreds so that it grows seldom.
const (
	leastRows = 300
	spareRows = 100
)

// dealClientWidth leaves room for the day and the amount beside the client on a phone.
const dealClientWidth = 176

// listSpec describes a list that the person fills in row by row.
type listSpec struct {
	key, title string
	columns    []listColumn
	lines      []listLine // what is known to be typed
	free       int        // rows to add besides those that are always free
	above      string     // formula of the client's heading if that shows more than the title; empty: none
	tall       int        // the most lines of that heading
}

// listLine is a row: its cells, as Blank, Number and Text, in the order of the columns
// that people type into, and its key.
type listLine struct {
	cells []workbook.Cell
	key   string
	marks map[string]string // of an import, by column
}

type listColumn struct {
	key, title, note string
	width            int
	style            *workbook.Style
	check            *workbook.Validation
	formula          func(cell func(column string) string) string // of computed columns; nil: a person types
}

// typedInto reports whether people type into the column of a list: it is not one of keys,
// of an import's marks, or computed.
func typedInto(column string) bool {
	return column != ColKey && column != ColID && column != ColWritten && !strings.HasPrefix(column, ColOther)
}

// keyColumn holds the keys of the rows. It is behind the typed columns, so that three
// columns pasted from elsewhere fill three columns, and it is open, so that people can
// sort and move rows with their keys.
func (d *desk) keyColumn() listColumn {
	return listColumn{
		key: ColKey, title: d.lang.T("ключ строки", "row key"), width: 60, style: &workbook.Style{Align: "LEFT"},
		note: d.lang.T("По нему строка узнаётся после сортировки и правки. Не меняйте.",
			"By it a row is told after sorting and editing. Leave it as it is."),
	}
}

// rowKey returns the first key of row r of a list, 0-based below the heading: one that no
// known line has.
func rowKey(r int, used map[string]bool) string {
	key := "r" + itoa(r+1)
	for n := 2; used[key]; n++ {
		key = "r" + itoa(r+1) + "." + itoa(n)
	}
	return key
}

func (d *desk) dateCheck(message string) *workbook.Validation {
	return &workbook.Validation{Kind: "DATE_IS_VALID", Message: message}
}

// leastAmount returns the smallest amount of a deal that counts: any, if refunds are
// allowed.
func (d *desk) leastAmount() string {
	if d.in.Dep.Settings.NoRefunds {
		return "0"
	}
	return lowest
}

// deals returns the list of deals.
func (d *desk) deals() listSpec {
	T := d.lang.T
	about := T("Сумма сделки в рублях.", "The amount of the deal.")
	hint := T("Сумма сделки, например 45000", "The amount of the deal, such as 45000")
	if !d.in.Dep.Settings.NoRefunds {
		about += T(" Возврат — с минусом: он уменьшает сумму, но не считается сделкой.",
			" A refund is below zero: it lowers the sum and counts as no deal.")
		hint += T("; возврат — с минусом", "; a refund is below zero")
	}
	l := listSpec{
		key:   TabDeals,
		title: T("Сделки", "Deals"),
		columns: []listColumn{
			{ColDate, T("Дата", "Date"), T("День сделки, например 15.05.2026.",
				"The day of the deal, such as 2026-05-15."), 84,
				&workbook.Style{Format: fullDate(d.lang), Align: "LEFT"},
				d.dateCheck(T("Дата сделки, например 15.05.2026", "The date of the deal, such as 2026-05-15")), nil},
			{ColClient, T("Клиент", "Client"),
				T("Пишите одного клиента всегда одинаково: по имени видно повторные сделки.",
					"Write a client the same way every time: repeat deals are told by the name."), dealClientWidth,
				&workbook.Style{Align: "LEFT"}, nil, nil},
			{ColAmount, T("Сумма", "Amount"), about, 92,
				&workbook.Style{Format: figure(kpi.Money, d.lang), Align: "RIGHT"},
				&workbook.Validation{Kind: "NUMBER_GREATER_THAN_EQ", Values: []string{d.leastAmount()},
					Message: hint}, nil},
			{ColComment, T("Комментарий", "Comment"), T("По желанию.", "If you like."), 280,
				&workbook.Style{Align: "LEFT", Wrap: "CLIP"}, nil, nil},
			d.keyColumn(),
			{ColID, T("номер в CRM", "id in the CRM"), T("По нему загрузка из CRM узнаёт свою сделку. Не меняйте.",
				"By it an import from the CRM tells its deal. Leave it as it is."), 60,
				&workbook.Style{Align: "LEFT"}, nil, nil},
			{ColWritten, T("загружено", "imported"), T("Что записала загрузка: по этому видно, правили ли строку.",
				"What an import wrote: by it an edit is told."), 60,
				&workbook.Style{Align: "LEFT"}, nil, nil},
		},
	}
	for _, deal := range d.in.Typed.Deals {
		if deal == (department.Deal{}) {
			l.free++
			continue
		}
		l.lines = append(l.lines, listLine{dealLine(deal), deal.Key, dealMarks(deal)})
	}
	return l
}

// dealLine and clientLine return the cells of a line, in the order of the columns that
// people type into.
func dealLine(d department.Deal) []workbook.Cell {
	return []workbook.Cell{workbook.N(d.Date.Serial(), nil), typedText(d.Client), workbook.N(d.Amount, nil),
		typedText(d.Comment)}
}

// dealMarks returns the marks of an import on a deal, by column.
func dealMarks(d department.Deal) map[string]string {
	if d.ID == "" && d.Written == "" {
		return nil
	}
	return map[string]string{ColID: d.ID, ColWritten: d.Written}
}

func clientLine(c department.Client) []workbook.Cell {
	day := workbook.Cell{}
	if !c.HandedOver.IsZero() {
		day = workbook.N(c.HandedOver.Serial(), nil)
	}
	return []workbook.Cell{typedText(c.Name), day, typedText(c.From)}
}

// clients returns the list of clients that were handed over to the person.
func (d *desk) clients() listSpec {
	T := d.lang.T
	l := listSpec{
		key:   TabClients,
		title: T("Клиенты", "Clients"),
		columns: []listColumn{
			{ColClient, T("Клиент", "Client"), T("Так же, как на вкладке «Сделки».",
				"The same as on the tab Deals."), 240,
				&workbook.Style{Align: "LEFT"}, nil, nil},
			{ColHanded, T("Передан", "Handed over on"), T("День, с которого клиент ваш. Пусто: с самого начала.",
				"The day since which the client is yours. Empty: from the beginning."), 112,
				&workbook.Style{Format: fullDate(d.lang), Align: "LEFT"},
				d.dateCheck(T("Дата передачи, например 15.05.2026",
					"The date of the handover, such as 2026-05-15")), nil},
			{ColFrom, T("От кого", "From whom"), T("Кто передал клиента.", "Who handed the client over."), 200,
				&workbook.Style{Align: "LEFT"}, nil, nil},
		},
	}
	l.columns = append(l.columns, d.computed()...)
	l.columns = append(l.columns, d.keyColumn())
	for _, c := range d.in.Typed.Clients {
		if c == (department.Client{}) {
			l.free++
			continue
		}
		l.lines = append(l.lines, listLine{clientLine(c), c.Key, nil})
	}
	return l
}

// list lays out a list: a heading and open rows. A row that could not be read is known
// only from its flags; it is added after the others when the tab is made again.
func (d *desk) list(l listSpec) *workbook.Tab {
	t := d.tab(l.key, l.title)
	place := map[string]int{} // of columns
	var typed []int           // columns that people type into
	for i, c := range l.columns {
		t.Columns = append(t.Columns, workbook.Column{Key: c.key, Width: c.width, Hidden: c.key == colName ||
			c.formula == nil && !typedInto(c.key)})
		place[c.key] = i
		c.style.Color, c.style.Bottom, c.style.Right = ink, hairline, hairline
		if c.formula != nil {
			c.style.Color, c.style.Background = computedInk, computedBack
		}
		if typedInto(c.key) {
			typed = append(typed, i)
		}
	}
	unread, last := d.unreadLines(t.Key, len(typed))
	l.lines = append(l.lines, unread...)
	used := map[string]bool{}
	for _, line := range l.lines {
		used[line.key] = true
	}
	rows := listRows(max(len(l.lines), last)) + (l.free+99)/100*100
	t.Cells = append(make([][]workbook.Cell, 0, rows+1), l.head())
	t.RowIDs = []workbook.RowID{{Tag: "head"}}
	t.Rows, t.Cols = rows+1, len(l.columns)
	if d.frame { // all rows are as the first one
		t.Cells = append(t.Cells, d.openRow(t.Key, l.columns, 1, place))
		return t
	}
	for r := range rows {
		row := d.openRow(t.Key, l.columns, r+1, place)
		key := ""
		if r < len(l.lines) {
			key = l.lines[r].key
			for i, v := range l.lines[r].cells {
				row[typed[i]] = put(row[typed[i]], v)
			}
			for column, mark := range l.lines[r].marks {
				row[place[column]] = put(row[place[column]], typedText(mark))
			}
		}
		if key == "" {
			key = rowKey(r, used)
		}
		row[place[ColKey]] = put(row[place[ColKey]], workbook.Txt(key, nil))
		t.Cells = append(t.Cells, row)
	}
	t.FrozenRows = 1
	t.Heights = map[int]int{0: max(40, 6+lineHeight*l.tall)}
	if c, ok := place[colStanding]; ok {
		t.Rules = d.standingRules(rows, c)
	}
	d.protect(t)
	return t
}

// head returns the row of headings.
func (l *listSpec) head() []workbook.Cell {
	out := make([]workbook.Cell, len(l.columns))
	for i, c := range l.columns {
		look := headLeft
		switch c.style.Align {
		case "RIGHT":
			look = headRight
		case "CENTER":
			look = headStyle
		}
		if l.above != "" { // the titles stand on the first line, what is left below them
			high := *look
			high.VAlign = "TOP"
			look = &high
		}
		out[i] = workbook.Txt(c.title, look)
		if c.key == ColClient && l.above != "" {
			out[i] = workbook.F("="+l.above, look)
		}
		out[i].Note = c.note
	}
	return out
}

// unreadLines returns the rows of a list that could not be read, as typed into the given
// number of columns, and the last row of which anything is known.
func (d *desk) unreadLines(tab string, columns int) (lines []listLine, last int) {
	met := map[int]bool{}
	for _, f := range d.in.Flags {
		if f.Tab != tab {
			continue
		}
		last = max(last, f.Row)
		if f.Soft || len(f.Line) == 0 || met[f.Row] {
			continue
		}
		met[f.Row] = true
		line := listLine{cells: make([]workbook.Cell, columns)}
		for i := range min(columns, len(f.Line)) {
			line.cells[i] = asTyped(f.Line[i])
		}
		lines = append(lines, line)
	}
	return lines, last
}

// openRow returns a row of a list without values: open cells, marked if their content
// could not be read, and formulas.
func (d *desk) openRow(tab string, columns []listColumn, at int, place map[string]int) []workbook.Cell {
	row := make([]workbook.Cell, len(columns))
	for i, col := range columns {
		if col.formula != nil {
			row[i] = workbook.F("="+col.formula(d.cellOf(tab, at, place)), col.style)
			continue
		}
		c := workbook.Cell{Open: true, Style: col.style, Check: col.check}
		if f, ok := d.flags[flagKey{tab, col.key, 0, at}]; ok {
			c = marked(c, f)
		}
		row[i] = c
	}
	return row
}

// cellOf returns a function that gives formulas of a row the references of its columns.
func (d *desk) cellOf(tab string, row int, place map[string]int) func(column string) string {
	return func(column string) string {
		if !typedInto(column) {
			return "$" + at(row, place[column])
		}
		return d.understoodDate(tab, column, row, inRow(place[column]))
	}
}

// understoodDate returns the reference of a cell of a list or, for a date that was typed
// as a text and understood, that date as long as the text is there.
func (d *desk) understoodDate(tab, column string, row int, cell string) string {
	f, ok := d.flags[flagKey{tab, column, 0, row}]
	if !ok || f.Code != CodeTextDate {
		return cell
	}
	day, _, ok := readDate(f.Text)
	if !ok {
		return cell
	}
	return "IF(EXACT(" + cell + ";" + text(f.Text) + ");" + itoa(int(day.Serial())) + ";" + cell + ")"
}

// listRows returns how many rows below the heading a list has that is filled down to row
// n.
func listRows(n int) int { return max(leastRows, (n+spareRows+99)/100*100) }
