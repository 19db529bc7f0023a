package livecheck

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// State is the outcome of a row.
type State uint8

// The outcomes of a row. NotChecked means that something it needs was not given, or could
// not be made.
const (
	OK State = iota
	Failed
	NotChecked
)

// String returns the row's last column.
func (s State) String() string { return [...]string{"yes", "NO", "not checked"}[s] }

// Result is a row of the table.
type Result struct {
	Key      string // of the row, for programs: "formats"
	What     string // what is checked: "formats show their text"
	Expected string
	Seen     string // or why it could not be seen
	State    State
	// Details are the differences, one line each; only if the row failed.
	Details []string
}

// Table holds what a run found, in the order of the rows.
type Table []Result

// Failed counts the rows that failed.
func (t Table) Failed() int {
	n := 0
	for _, r := range t {
		if r.State == Failed {
			n++
		}
	}
	return n
}

// mostDetails limits how many differences of a row are listed.
const mostDetails = 8

// Print writes the table, and below it the differences in failed rows.
func (t Table) Print(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	// tabwriter keeps the first error and returns it from Flush.
	fmt.Fprintln(tw, "what\texpected\tseen\tok")
	for _, r := range t {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", r.What, line(r.Expected), line(r.Seen), r.State)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, r := range t {
		if r.State != Failed {
			continue
		}
		for i, d := range r.Details {
			if i == mostDetails && len(r.Details) > mostDetails+1 {
				d = fmt.Sprintf("and %d more", len(r.Details)-mostDetails)
			}
			if _, err := fmt.Fprintf(w, "  %s: %s\n", r.What, d); err != nil {
				return err
			}
			if i == mostDetails {
				break
			}
		}
	}
	return nil
}

// longest limits a column of the table, in characters.
const longest = 100

// line fits a text into one line of the table.
func line(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) <= longest {
		return s
	}
	r := []rune(s)
	return string(r[:longest-1]) + "…"
}
