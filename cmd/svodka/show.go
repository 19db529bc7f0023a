package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"
	"google.golang.org/api/sheets/v4"

	"svodka/internal/department"
	"svodka/internal/ledger"
)

var showCommand = command{
	name:  "show",
	args:  "[SPREADSHEET [TAB]] [--all]",
	short: "print a tab of a spreadsheet as a table",
	long: `
SPREADSHEET is control, summary, a person's name or a part of it, or a
spreadsheet's id; without it the spreadsheets are listed. TAB is a tab's title or
a part of it; without it the first tab is shown. Hidden rows and columns are left
out.

  --all   every tab, one after the other
`,
	run: runShow,
}

func runShow(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
	all := fs.Bool("all", false, "")
	rest, err := parse(fs, args, 0, 2)
	if err != nil {
		return err
	}
	x, err := a.open(ctx)
	if err != nil {
		return err
	}
	err = func() error {
		files, names, err := x.spreadsheets(ctx)
		if err != nil {
			return err
		}
		if len(rest) == 0 {
			for i, f := range files {
				fmt.Fprintf(a.stdout, "%-8s %-32s %s\n", f.Kind, names[i], f.URL)
			}
			return nil
		}
		id, err := pick(files, names, rest[0])
		if err != nil {
			return err
		}
		s, err := x.client.Spreadsheet(ctx, id, showFields)
		if err != nil {
			return err
		}
		out := bufio.NewWriter(a.stdout)
		shown := 0
		for _, sh := range s.Sheets {
			if sh.Properties.Hidden || len(rest) == 2 && !strings.Contains(strings.ToLower(sh.Properties.Title), strings.ToLower(rest[1])) {
				continue
			}
			if shown > 0 {
				fmt.Fprintln(out)
			}
			fmt.Fprintf(out, "%s / %s\n", s.Properties.Title, sh.Properties.Title)
			table(out, sh)
			if shown++; !*all {
				break
			}
		}
		if shown == 0 {
			var titles []string
			for _, sh := range s.Sheets {
				titles = append(titles, sh.Properties.Title)
			}
			return fmt.Errorf("no tab %q in «%s» (its tabs: %s)", rest[1], s.Properties.Title, strings.Join(titles, ", "))
		}
		return out.Flush()
	}()
	return errors.Join(err, x.close())
}

// showFields is what a table is printed from.
const showFields = "properties.title,sheets(properties(title,hidden),data(rowMetadata.hiddenByUser,columnMetadata.hiddenByUser,rowData.values(formattedValue,effectiveValue.numberValue)))"

// spreadsheets lists the worker's files with the names people know them by.
func (x *session) spreadsheets(ctx context.Context) ([]ledger.File, []string, error) {
	list, err := x.ledger.Files(ctx)
	if err != nil {
		return nil, nil, err
	}
	people := map[department.PersonID]string{}
	dep, err := x.worker.Department(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range dep.People {
		people[p.ID] = p.Name
	}
	var files []ledger.File
	var names []string
	for _, f := range list {
		if f.Gone {
			continue
		}
		name := f.Kind
		if f.Kind == ledger.Report {
			if name = people[f.Person]; name == "" {
				name = f.ID
			}
		}
		files, names = append(files, f), append(names, name)
	}
	return files, names, nil
}

// pick finds the spreadsheet that is meant.
func pick(files []ledger.File, names []string, what string) (string, error) {
	var hits []int
	for i, f := range files {
		if f.ID == what || strings.EqualFold(names[i], what) {
			return f.ID, nil
		}
		if strings.Contains(strings.ToLower(names[i]), strings.ToLower(what)) {
			hits = append(hits, i)
		}
	}
	switch len(hits) {
	case 0:
		return "", fmt.Errorf("no spreadsheet is called %q (all of them: svodka show)", what)
	case 1:
		return files[hits[0]].ID, nil
	}
	var which []string
	for _, i := range hits {
		which = append(which, names[i])
	}
	return "", fmt.Errorf("%q may be %s (say which)", what, strings.Join(which, ", "))
}

// widest is how many characters of a cell are printed.
const widest = 48

// table prints a tab's visible cells in columns: numbers to the right.
func table(w io.Writer, sh *sheets.Sheet) {
	if len(sh.Data) == 0 {
		return
	}
	d := sh.Data[0]
	type cell struct {
		text   string
		number bool
	}
	var rows [][]cell
	var widths []int
	for r, row := range d.RowData {
		if r < len(d.RowMetadata) && d.RowMetadata[r].HiddenByUser {
			continue
		}
		var cells []cell
		for c, v := range row.Values {
			if c < len(d.ColumnMetadata) && d.ColumnMetadata[c].HiddenByUser {
				continue
			}
			t := cell{clip(v.FormattedValue), v.EffectiveValue != nil && v.EffectiveValue.NumberValue != nil}
			if len(widths) <= len(cells) {
				widths = append(widths, 0)
			}
			widths[len(cells)] = max(widths[len(cells)], columns(t.text))
			cells = append(cells, t)
		}
		rows = append(rows, cells)
	}
	for _, cells := range rows {
		var b strings.Builder
		for c, t := range cells {
			if widths[c] == 0 {
				continue
			}
			pad := strings.Repeat(" ", widths[c]-columns(t.text))
			if t.number {
				b.WriteString(pad + t.text + "  ")
			} else {
				b.WriteString(t.text + pad + "  ")
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// clip makes a cell's text fit on one line.
func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > widest {
		s = string([]rune(s)[:widest-1]) + "…"
	}
	return s
}

// columns is how many columns of a terminal a text takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
