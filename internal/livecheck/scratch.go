package livecheck

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/google"
	"svodka/internal/workbook"
)

// scratch makes a separate spreadsheet for a row.
func (t *trial) scratch(ctx context.Context, name string) (string, error) {
	f, err := t.client.Create(ctx, "svodka check: "+name,
		map[string]string{propSpace: t.space, propKind: "scratch " + name})
	return f.ID, err
}

// write turns a scratch spreadsheet into a book, and returns the new state.
func (t *trial) write(ctx context.Context, id string, have *workbook.State, book *workbook.Book) (*workbook.State,
	error) {
	reqs, after, err := workbook.Diff(have, book)
	if err != nil {
		return nil, err
	}
	return after, t.client.Apply(ctx, id, reqs)
}

// left returns the requests that a second look at a scratch spreadsheet would send.
func (t *trial) left(ctx context.Context, id string, known *workbook.State, book *workbook.Book) ([]string, error) {
	got, err := t.client.Spreadsheet(ctx, id, workbook.StateFields)
	if err != nil {
		return nil, err
	}
	reqs, _, err := workbook.Diff(workbook.Refresh(known, got), book)
	var out []string
	for _, r := range reqs {
		out = append(out, "would be written again: "+text(r))
	}
	return out, err
}

const scratchTab = "Проверка"

// tab returns a tab of tagged columns, for a scratch spreadsheet.
func tab(key string, columns []string, cells ...[]workbook.Cell) *workbook.Tab {
	t := &workbook.Tab{ID: workbook.SheetID(key), Key: key, Title: scratchTab, Rows: 20, Cols: max(len(columns), 6),
		Cells: cells}
	for _, c := range columns {
		t.Columns = append(t.Columns, workbook.Column{Key: c})
	}
	return t
}

func bookOf(t *trial, name string, tabs ...*workbook.Tab) *workbook.Book {
	return &workbook.Book{Title: "svodka check: " + name, Locale: "ru_RU", TimeZone: t.Zone, Tabs: tabs}
}

// typing types what people type, as a person: the program relies on how the locale
// interprets it (domain: the program tells a person about a figure that became a date).
func (t *trial) typing(ctx context.Context) (Result, error) {
	id, err := t.scratch(ctx, "typing")
	if err != nil {
		return Result{}, err
	}
	if _, err := t.write(ctx, id, workbook.Fresh(), bookOf(t, "typing", tab("typing", []string{"typed"}))); err != nil {
		return Result{}, err
	}
	typed := []string{"12.5", "1-2", "12,5"}
	var cells [][]any
	for _, s := range typed {
		cells = append(cells, []any{s})
	}
	if err := t.client.TypeValues(ctx, id, workbook.Quote(scratchTab)+"!A1:A3", cells); err != nil {
		return Result{}, err
	}
	got, err := t.client.Spreadsheet(ctx, id,
		"sheets(data(rowData(values(userEnteredValue,effectiveValue,effectiveFormat(numberFormat)))))")
	if err != nil {
		return Result{}, err
	}
	// A day and a month; a day and a month; a number with a comma.
	want, seen, found := []string{"date", "date", "number"}, "", []string{}
	for i, s := range typed {
		kind := "nothing"
		if v := cellAt(got, i, 0); v != nil {
			kind = kindOf(v)
		}
		if i > 0 {
			seen += ", "
		}
		seen += fmt.Sprintf("%s: %s", s, kind)
		if kind != want[i] {
			found = append(found, fmt.Sprintf("%s became a %s, expected a %s", s, kind, want[i]))
		}
	}
	return verdict(seen, found), nil
}

// cellAt returns a cell of the first tab; nil: there is none.
func cellAt(s *sheets.Spreadsheet, r, c int) *sheets.CellData {
	if len(s.Sheets) == 0 || len(s.Sheets[0].Data) == 0 || len(s.Sheets[0].Data[0].RowData) <= r ||
		len(s.Sheets[0].Data[0].RowData[r].Values) <= c {
		return nil
	}
	return s.Sheets[0].Data[0].RowData[r].Values[c]
}

func kindOf(v *sheets.CellData) string {
	switch e := v.EffectiveValue; {
	case e == nil:
		return "nothing"
	case e.NumberValue == nil:
		return "text"
	}
	if f := v.EffectiveFormat; f != nil && f.NumberFormat != nil && f.NumberFormat.Type == "DATE" {
		return "date"
	}
	return "number"
}

// rewriteLink changes the text of a cell with a link: the link must stay, and change when
// the book changes it.
func (t *trial) rewriteLink(ctx context.Context) (Result, error) {
	id, err := t.scratch(ctx, "link")
	if err != nil {
		return Result{}, err
	}
	const to, then = "https://example.com/one", "https://example.com/two"
	book := func(text, link string) *workbook.Book {
		c := workbook.Txt(text, nil)
		c.Link = link
		return bookOf(t, "link", tab("link", []string{"name"}, []workbook.Cell{c}))
	}
	state, err := t.write(ctx, id, workbook.Fresh(), book("до", to))
	if err != nil {
		return Result{}, err
	}
	var found []string
	for _, step := range []struct{ text, link string }{{"после", to}, {"после", then}, {"без ссылки", ""}} {
		b := book(step.text, step.link)
		if state, err = t.write(ctx, id, state, b); err != nil {
			return Result{}, err
		}
		got, err := t.client.Spreadsheet(ctx, id, "sheets(data(rowData(values(userEnteredValue,hyperlink))))")
		if err != nil {
			return Result{}, err
		}
		text, link := "", ""
		if v := cellAt(got, 0, 0); v != nil {
			link = v.Hyperlink
			if v.UserEnteredValue != nil && v.UserEnteredValue.StringValue != nil {
				text = *v.UserEnteredValue.StringValue
			}
		}
		if text != step.text || link != step.link {
			found = append(found, fmt.Sprintf("“%s” leads to “%s”, expected “%s” to “%s”", text, link, step.text,
				step.link))
		}
		more, err := t.left(ctx, id, state, b)
		if err != nil {
			return Result{}, err
		}
		found = append(found, more...)
	}
	seen := "so it is"
	if len(found) > 0 {
		seen = "otherwise"
	}
	return verdict(seen, found), nil
}

// deleteColumn deletes a tagged column, as people do, and reads all columns by their
// tags: the deleted one must be missing, the others where they are.
func (t *trial) deleteColumn(ctx context.Context) (Result, error) {
	id, err := t.scratch(ctx, "column")
	if err != nil {
		return Result{}, err
	}
	book := bookOf(t, "column", tab("column", []string{"a", "b", "c"},
		[]workbook.Cell{workbook.Txt("А", nil), workbook.Txt("Б", nil), workbook.Txt("В", nil)},
		[]workbook.Cell{workbook.N(1, nil), workbook.N(2, nil), workbook.N(3, nil)}))
	if _, err := t.write(ctx, id, workbook.Fresh(), book); err != nil {
		return Result{}, err
	}
	sheet := workbook.SheetID("column")
	err = t.client.Apply(ctx, id, []*sheets.Request{{DeleteDimension: &sheets.DeleteDimensionRequest{
		Range: &sheets.DimensionRange{SheetId: sheet, Dimension: "COLUMNS", StartIndex: 1, EndIndex: 2},
	}}})
	if err != nil {
		return Result{}, err
	}
	keys := map[int64]string{}
	for _, k := range []string{"a", "b", "c"} {
		keys[workbook.MetaID(sheet, k)] = k
	}
	read, err := t.client.Columns(ctx, id, slices.Collect(maps.Keys(keys)))
	if err != nil {
		return Result{}, err
	}
	var there []string
	for _, f := range read {
		values := slices.Clone(f.Values)
		for len(values) > 0 && values[len(values)-1] == nil {
			values = values[:len(values)-1]
		}
		there = append(there, fmt.Sprintf("%s in column %s: %v", keys[f.MetaID], workbook.ColumnName(f.Col), values))
	}
	slices.Sort(there)
	const want = "a in column A: [А 1], c in column B: [В 3]"
	seen := strings.Join(there, ", ")
	var found []string
	if seen != want {
		found = []string{seen + ", expected " + want}
	}
	return verdict(seen, found), nil
}

// setAside sets a tab aside as for one that Google keeps refusing. It tells, too, what is
// not documented: whether tags and protections are copied along with a tab.
func (t *trial) setAside(ctx context.Context) (Result, error) {
	id, err := t.scratch(ctx, "aside")
	if err != nil {
		return Result{}, err
	}
	aside := tab("aside", []string{"a", "b"}, []workbook.Cell{workbook.Txt("А", nil), workbook.N(1, nil)})
	aside.Protect = &workbook.Protect{ID: 1}
	other := tab("other", []string{"a"})
	other.Title = "Другая"
	book := bookOf(t, "aside", aside, other)
	if _, err := t.write(ctx, id, workbook.Fresh(), book); err != nil {
		return Result{}, err
	}
	got, err := t.client.Spreadsheet(ctx, id, workbook.LookFields)
	if err != nil {
		return Result{}, err
	}
	a, _ := workbook.NewAside(got, aside.ID, func(title string) string { return title + " (прежний)" })
	question, err := a.Question(got, book)
	if err != nil {
		return Result{}, err
	}
	err = t.client.Apply(ctx, id, question)
	i, why, ok := google.RefusedRequest(err)
	if !ok {
		return Result{}, fmt.Errorf("a batch that cannot be carried out: %w", cmp.Or(err, errors.New("it was")))
	}
	var found []string
	if i != len(question)-1 {
		found = append(found, fmt.Sprintf("request %d of %d was refused: %s", i+1, len(question), why))
		return verdict("another one was refused", found), nil
	}
	after, err := t.client.ApplyAndRead(ctx, id, a.Requests(got), workbook.LookFields)
	if err != nil {
		return Result{}, err
	}
	if _, ok := a.Standing(after); !ok {
		found = append(found, "the tab is still there, or the copy is not")
	}
	tags, protections := 0, 0
	for _, sh := range after.Sheets {
		if sh.Properties.SheetId != a.Copy {
			continue
		}
		if tags = len(sh.DeveloperMetadata); !sh.Properties.Hidden {
			found = append(found, "the copy is to be seen")
		}
		protections = len(sh.ProtectedRanges)
	}
	return verdict(fmt.Sprintf("so it is; copied with it: tags %t, protections %t", tags > 0, protections > 0),
		found), nil
}
