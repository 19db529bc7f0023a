package report

import (
	"strings"

	"svodka/internal/crm"
	"svodka/internal/department"
	"svodka/internal/workbook"
)

// marksAt returns the marks of an import in a row of a list, by column; nil: none.
func marksAt(cols columns, row int) map[string]string {
	id, written := cols.at(ColID, row), cols.at(ColWritten, row)
	if id == nil && written == nil {
		return nil
	}
	return map[string]string{ColID: strings.TrimSpace(shown(id)), ColWritten: strings.TrimSpace(shown(written))}
}

// DealRows returns the rows of the list of deals of a spreadsheet laid out as b: those
// with any content, and those of which only an import's marks are left. It fails if the
// list has lost a column.
func DealRows(in Input, b *workbook.Book, found []workbook.Found) ([]crm.Row, error) {
	t, cols, err := listOf(b, found, TabDeals)
	if err != nil || cols == nil {
		return nil, err
	}
	var out []crm.Row
	r := reader{in: in, lang: in.Lang}
	r.rows = func(l *line, d department.Deal) {
		out = append(out, crm.Row{At: l.row, Deal: d, Bad: l.bad, Shows: strings.Join(l.text[:3], ", ")})
	}
	r.readDeals(t, cols)
	stands := map[int]bool{}
	for _, row := range out {
		stands[row.At] = true
	}
	_, to := cols.rows()
	for row := headRow(t, cols) + 1; row < to; row++ {
		if m := marksAt(cols, row); m != nil && !stands[row] {
			out = append(out, crm.Row{At: row, Bad: true,
				Deal: department.Deal{Person: in.Person.ID, ID: m[ColID], Written: m[ColWritten]}})
		}
	}
	return out, nil
}

// TypeDeals returns where to type what an import changes in the list of deals of a
// spreadsheet laid out as b: the rows to set and the rows of the sheet to clear. add goes
// below the existing rows, as in AddDeals; cells and fresh are as there.
func TypeDeals(b *workbook.Book, found []workbook.Found, add []department.Deal, set []crm.Set,
	clear []int) (cells []workbook.CellAt, fresh []department.Deal, err error) {
	t, cols, err := listOf(b, found, TabDeals)
	if err != nil || cols == nil {
		return nil, add, err
	}
	put := func(row int, column string, c workbook.Cell) {
		if f, ok := cols[column]; ok { // if there is no column of marks, the next layout adds it
			cells = append(cells, workbook.CellAt{Sheet: t.ID, Row: row, Col: f.Col, Cell: c})
		}
	}
	mark := func(row int, d department.Deal) {
		put(row, ColID, typedText(d.ID))
		put(row, ColWritten, typedText(d.Written))
	}
	for _, s := range set {
		if s.Values {
			for i, c := range dealLine(s.Deal)[:3] {
				put(s.At, []string{ColDate, ColClient, ColAmount}[i], c)
			}
		}
		mark(s.At, s.Deal)
	}
	for _, row := range clear {
		for _, column := range []string{ColDate, ColClient, ColAmount, ColComment} {
			put(row, column, workbook.Cell{})
		}
		mark(row, department.Deal{})
	}
	lines := make([][]workbook.Cell, len(add))
	for i, d := range add {
		lines[i] = dealLine(d)
	}
	typed, rows, more := typeLines(t, cols, lines)
	cells = append(cells, typed...)
	for i, d := range add {
		if d.ID != "" {
			mark(rows[i], d)
		}
	}
	return cells, make([]department.Deal, more), nil
}
