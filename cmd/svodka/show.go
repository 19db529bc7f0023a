package main

import (
	"bufio"
	"cmp"
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/calendar"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/report"
	"svodka/internal/workbook"
)

var showCommand = command{
	name:  "show",
	args:  "[SPREADSHEET [TAB]] [--all]",
	short: "print a tab of a spreadsheet as a table",
	long: `
SPREADSHEET is summary, control, a person's name or a part of it, their e-mail, or
a spreadsheet's id; without it the spreadsheets are listed. TAB is a tab's title or
a part of it; without it the first tab is shown, of a person that of this month.
Hidden tabs, rows and columns are left out. On a terminal, columns for which
there is no room are left out too; a pipe gets them all (svodka show … | less -S).

  --all   every tab, one after the other
`,
	run: runShow,
}

func runShow(a *app, ctx context.Context, fs *flag.FlagSet, args []string) (err error) {
	all := fs.Bool("all", false, "")
	rest, err := parse(fs, args, 0, 2)
	if err != nil {
		return err
	}
	if *all && len(rest) != 1 {
		return usagef("show: --all goes with a spreadsheet and no tab")
	}
	x, err := a.open(ctx, looking)
	if err != nil {
		return err
	}
	defer closing(&err, x.close)
	files, err := x.spreadsheets(ctx)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return x.list(ctx, files, calendar.FromTime(a.now().In(x.zone())))
	}
	f, err := pick(files, rest[0])
	if err != nil {
		return err
	}
	s, err := x.client.Spreadsheet(ctx, f.ID, showFields)
	if err != nil {
		return err
	}
	tab := ""
	if len(rest) == 2 {
		tab = rest[1]
	}
	shown, err := tabsToShow(s, tab, workbook.SheetID(report.TabMonth+
		calendar.MonthOf(calendar.FromTime(a.now().In(x.zone()))).String()))
	if err != nil {
		return err
	}
	if !*all {
		shown = shown[:1]
	}
	out := bufio.NewWriter(a.stdout)
	for i, sh := range shown {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "%s / %s\n", s.Properties.Title, sh.Properties.Title)
		printTable(out, cellsOf(sh), terminalWidth(a.stdout))
	}
	return out.Flush()
}

// showFields is the field mask for printing a table.
const showFields = "properties.title,sheets(properties(sheetId,title,hidden),data(rowMetadata.hiddenByUser,columnMetadata.hiddenByUser,rowData.values(formattedValue,effectiveValue(numberValue,boolValue))))"

// shownFile is a spreadsheet and the name that people call it.
type shownFile struct {
	files.File
	name  string
	email string // of the person whose report it is
}

// spreadsheets lists the worker's files: those of the director and of ops, then people's
// in the order of «Сотрудники».
func (x *session) spreadsheets(ctx context.Context) ([]shownFile, error) {
	list, err := x.ledger.Files(ctx)
	if err != nil {
		return nil, err
	}
	dep, err := x.worker.Department(ctx)
	if err != nil {
		return nil, err
	}
	var shown []shownFile
	for _, f := range list {
		if f.Gone() {
			continue
		}
		name, email := f.Kind, ""
		if f.Kind == files.History {
			name += " " + string(f.Person)
		}
		if f.Kind == files.Report {
			name = f.ID
			if p, ok := dep.Person(f.Person); ok {
				name, email = p.Name, p.Email
			}
		}
		shown = append(shown, shownFile{f, name, email})
	}
	tellApart(shown)
	place := func(f shownFile) int {
		switch f.Kind {
		case files.Summary:
			return -2
		case files.Control:
			return -1
		}
		if i := slices.IndexFunc(dep.People, func(p department.Person) bool { return p.ID == f.Person }); i >= 0 {
			return i
		}
		return len(dep.People)
	}
	slices.SortStableFunc(shown, func(a, b shownFile) int { return cmp.Compare(place(a), place(b)) })
	return shown, nil
}

// tellApart adds the e-mail, or the spreadsheet's id, to the name of people who share it.
func tellApart(shown []shownFile) {
	times := map[string]int{}
	for _, f := range shown {
		times[fold(f.name)]++
	}
	for i := range shown {
		if f := &shown[i]; times[fold(f.name)] > 1 {
			f.name += " (" + cmp.Or(f.email, f.ID) + ")"
		}
	}
}

// list prints the spreadsheets; people's links lead to where they type on the given day.
func (x *session) list(ctx context.Context, shown []shownFile, day calendar.Date) error {
	if len(shown) == 0 {
		return fmt.Errorf("there are no spreadsheets in %s yet (run: svodka init)", x.settings.DataDir)
	}
	dep, err := x.worker.Department(ctx)
	if err != nil {
		return err
	}
	list := make([]files.File, len(shown))
	for i, f := range shown {
		list[i] = f.File
	}
	links, err := x.worker.Links(ctx, list, dep, day)
	if err != nil {
		return err
	}
	wide := 0
	for _, f := range shown {
		wide = max(wide, columns(f.name))
	}
	for _, f := range shown {
		fmt.Fprintf(x.stdout, "%s%s  %s\n", f.name, strings.Repeat(" ", wide-columns(f.name)), links[f.ID])
	}
	return nil
}

// pick finds the spreadsheet that is meant: by its id, its name or the person's e-mail,
// else by a whole word of the name, else by a part of it.
func pick(files []shownFile, what string) (shownFile, error) {
	var words, parts []shownFile
	for _, f := range files {
		switch name := fold(f.name); {
		case f.ID == what || name == fold(what) || f.email != "" && strings.EqualFold(f.email, what):
			return f, nil
		case strings.Contains(" "+name+" ", " "+fold(what)+" "):
			words = append(words, f)
		case strings.Contains(name, fold(what)):
			parts = append(parts, f)
		}
	}
	hits := words
	if len(hits) == 0 {
		hits = parts
	}
	switch len(hits) {
	case 0:
		return shownFile{}, fmt.Errorf("no spreadsheet is called %q (all of them: svodka show)", what)
	case 1:
		return hits[0], nil
	}
	var which []string
	for _, f := range hits {
		which = append(which, f.name)
	}
	return shownFile{}, fmt.Errorf("%q may be %s (write more of the name, or the e-mail)", what,
		strings.Join(which, ", "))
}

// fold makes spellings of one name equal.
func fold(s string) string {
	return strings.ReplaceAll(strings.ToLower(strings.Join(strings.Fields(s), " ")), "ё", "е")
}

// tabsToShow returns the tabs that a title, or a part of one, may mean, best first: the
// title itself, then the tab with the id.
func tabsToShow(s *sheets.Spreadsheet, title string, first int64) ([]*sheets.Sheet, error) {
	var out []*sheets.Sheet
	var titles []string
	for _, sh := range s.Sheets {
		if sh.Properties.Hidden {
			continue
		}
		titles = append(titles, sh.Properties.Title)
		if strings.Contains(fold(sh.Properties.Title), fold(title)) {
			out = append(out, sh)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("there is no tab %q in «%s» (its tabs: %s)", title, s.Properties.Title,
			strings.Join(titles, ", "))
	}
	rank := func(sh *sheets.Sheet) int {
		switch {
		case fold(sh.Properties.Title) == fold(title):
			return 0
		case sh.Properties.SheetId == first:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(out, func(a, b *sheets.Sheet) int { return cmp.Compare(rank(a), rank(b)) })
	return out, nil
}

// cellsOf returns the visible cells of a tab. A run of empty rows becomes one.
func cellsOf(sh *sheets.Sheet) [][]cell {
	if len(sh.Data) == 0 {
		return nil
	}
	d := sh.Data[0]
	var rows [][]cell
	empty := true // so far
	for r, row := range d.RowData {
		if r < len(d.RowMetadata) && d.RowMetadata[r].HiddenByUser {
			continue
		}
		var cells []cell
		blank := true
		for c, v := range row.Values {
			if c < len(d.ColumnMetadata) && d.ColumnMetadata[c].HiddenByUser {
				continue
			}
			t := cellOf(v)
			blank = blank && t.text == ""
			cells = append(cells, t)
		}
		if blank && empty {
			continue
		}
		if empty = blank; blank {
			cells = nil
		}
		rows = append(rows, cells)
	}
	if n := len(rows); n > 0 && rows[n-1] == nil {
		rows = rows[:n-1]
	}
	return rows
}

func cellOf(v *sheets.CellData) cell {
	// No-break spaces and line ends become plain spaces.
	c := cell{text: strings.Join(strings.Fields(v.FormattedValue), " ")}
	if e := v.EffectiveValue; e != nil {
		c.number = e.NumberValue != nil
		switch {
		case e.BoolValue == nil:
		case *e.BoolValue:
			c.text = "✓"
		default:
			c.text = "–"
		}
	}
	return c
}
