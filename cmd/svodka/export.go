package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strconv"

	"golang.org/x/term"

	"svodka/internal/calendar"
	"svodka/internal/csvtext"
	"svodka/internal/department"
	"svodka/internal/localgoogle"
	"svodka/internal/summary"
	"svodka/internal/workbook"
)

var exportCommand = command{
	name: "export",
	args: "entries|summary [--period day|week|month] [--from DATE] [--to DATE] [--as-of DATE] [--format " +
		"csv|json|xlsx]",
	short: "print what was read, or plan against fact, as CSV, JSON or Excel",
	long: `
entries are the figures that people typed: date,manager,kpi,value. summary is a
row per period, person and KPI. Both speak of what the last sync read; no call to
Google is made. Percentages are fractions, durations are seconds, weeks are whole
ISO weeks.

  --period P     day, week or month (month)
  --from DATE    first day (the first with a figure); widened to whole periods
  --to DATE      last day (that of the last sync)
  --as-of DATE   as if it were the end of that day (the moment of the last sync)
  --format F     csv, json or, of summary, xlsx (csv)

As xlsx, summary is the director's spreadsheet as it looks, with the rows on a last
tab: svodka export summary --format xlsx > summary.xlsx
`,
	run: runExport,
}

func runExport(a *app, ctx context.Context, fs *flag.FlagSet, args []string) error {
	var from, to, asOf dateFlag
	period := fs.String("period", "month", "")
	format := fs.String("format", "csv", "")
	fs.Var(&from, "from", "")
	fs.Var(&to, "to", "")
	fs.Var(&asOf, "as-of", "")
	rest, err := parse(fs, args, 1, 1)
	if err != nil {
		return err
	}
	kind := calendar.Kind(*period)
	switch {
	case rest[0] != "entries" && rest[0] != "summary":
		return usagef("export: %q is neither entries nor summary", rest[0])
	case kind != calendar.Day && kind != calendar.Week && kind != calendar.Month:
		return usagef("export: --period %q is none of day, week, month", *period)
	case *format != "csv" && *format != "json" && *format != "xlsx":
		return usagef("export: --format %q is none of csv, json, xlsx", *format)
	case rest[0] == "entries" && *format == "xlsx":
		return usagef("export: entries are csv or json: --format xlsx goes with summary")
	case *format == "xlsx" && isTerminal(a.stdout):
		return usagef("export: a terminal cannot show xlsx (write it into a file: svodka export summary --format " +
			"xlsx > summary.xlsx)")
	case rest[0] == "entries" && isSet(fs, "period"):
		return usagef("export: entries are days: --period goes with summary")
	case !from.IsZero() && !to.IsZero() && to.Date < from.Date:
		return usagef("export: --to %s is before --from %s", to.Date, from.Date)
	}
	x, err := a.open(ctx, ledgerOnly)
	if err != nil {
		return err
	}
	err = x.work(ctx, func() error { // not between two writes of a sync
		dep, engine, at, span, err := x.worker.Figures(ctx, asOf.Date)
		if err != nil {
			return err
		}
		if !from.IsZero() {
			span.From = from.Date
		}
		if !to.IsZero() {
			span.To = to.Date
		}
		out := bufio.NewWriter(a.stdout)
		if rest[0] == "summary" {
			var closed []department.Closed
			if kind != calendar.Day { // days do not close
				if closed, err = x.worker.Closed(ctx, dep, at); err != nil {
					return err
				}
			}
			rows := summary.Rows(dep, engine, closed, kind, span)
			switch *format {
			case "json":
				err = summary.WriteJSON(out, rows)
			case "xlsx":
				err = x.writeXLSX(ctx, out, asOf.Date, summary.Data(rows, dep, x.worker.Lang))
			default:
				err = summary.WriteCSV(out, rows)
			}
			return errors.Join(err, out.Flush())
		}
		if !asOf.IsZero() {
			span.To = min(span.To, at.Today)
		}
		var entries []department.Entry
		if err := x.ledger.Entries(ctx, span, func(e department.Entry) { entries = append(entries, e) }); err != nil {
			return err
		}
		return errors.Join(writeEntries(out, dep, entries, *format), out.Flush())
	})
	return errors.Join(err, x.close())
}

// writeXLSX writes the director's spreadsheet, as it should be on the day asOf, and one
// more tab as a workbook.
func (x *session) writeXLSX(ctx context.Context, w io.Writer, asOf calendar.Date, data *workbook.Tab) error {
	book, err := x.worker.SummaryBook(ctx, asOf)
	if err != nil {
		return err
	}
	book.Tabs = append(book.Tabs, data)
	doc, err := workbook.Document(book)
	if err != nil {
		return err
	}
	return localgoogle.WriteXLSX(w, doc)
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// isSet reports whether a flag was given.
func isSet(fs *flag.FlagSet, name string) bool {
	set := false
	fs.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}

// sortEntries sorts entries by day, by the order of «Сотрудники», and by key.
func sortEntries(dep *department.Department, entries []department.Entry) {
	place := map[department.PersonID]int{}
	for i, p := range dep.People {
		place[p.ID] = i - len(dep.People) // people who are gone come last
	}
	slices.SortFunc(entries, func(a, b department.Entry) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(place[a.Person], place[b.Person]),
			cmp.Compare(a.Person, b.Person), cmp.Compare(a.KPI, b.KPI))
	})
}

// entryRow is an exported entry; its names are the columns that import reads.
type entryRow struct {
	Date    string  `json:"date"`
	Manager string  `json:"manager"`
	KPI     string  `json:"kpi"`
	Value   float64 `json:"value"`
}

// writeEntries writes entries in the form that import reads, or as a JSON array with one
// line for each.
func writeEntries(w io.Writer, dep *department.Department, entries []department.Entry, format string) error {
	sortEntries(dep, entries)
	names := map[department.PersonID]string{}
	for _, p := range dep.People {
		names[p.ID] = p.Name
	}
	rows := func(yield func(entryRow) bool) {
		for _, e := range entries {
			name := cmp.Or(names[e.Person], string(e.Person)) // the id, for people who are gone
			if !yield(entryRow{e.Date.String(), name, e.KPI, e.Value}) {
				return
			}
		}
	}
	write := writeEntriesCSV
	if format == "json" {
		write = writeEntriesJSON
	}
	if err := write(w, rows); err != nil {
		return fmt.Errorf("writing entries: %w", err)
	}
	return nil
}

func writeEntriesCSV(w io.Writer, rows iter.Seq[entryRow]) error {
	c := csv.NewWriter(w)
	if err := c.Write([]string{"date", "manager", "kpi", "value"}); err != nil {
		return err
	}
	for r := range rows {
		if err := c.Write([]string{r.Date, csvtext.Guard(r.Manager), csvtext.Guard(r.KPI),
			strconv.FormatFloat(r.Value, 'f', -1, 64)}); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func writeEntriesJSON(w io.Writer, rows iter.Seq[entryRow]) error {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	out := bufio.NewWriter(w) // keeps its first error for Flush
	open, end := "[", "]\n"
	for r := range rows {
		line.Reset()
		if err := enc.Encode(r); err != nil {
			return err
		}
		out.WriteString(open + "\n")
		out.Write(bytes.TrimRight(line.Bytes(), "\n"))
		open, end = ",", "\n]\n"
	}
	if end == "]\n" { // there were none
		out.WriteString(open)
	}
	out.WriteString(end)
	return out.Flush()
}
