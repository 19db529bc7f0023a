package sharing

import (
	"maps"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

// Access maps e-mails in lower case to roles on a file.
type Access map[string]string

// The roles that files are shared with.
const (
	Reader = "reader"
	Writer = "writer"
)

// with adds people in a role; someone who has a greater one keeps it.
func (a Access) with(emails []string, role string) Access {
	out := maps.Clone(a)
	if out == nil {
		out = Access{}
	}
	for _, e := range emails {
		if e = strings.ToLower(e); e != "" && out[e] != Writer {
			out[e] = role
		}
	}
	return out
}

// ForControl returns who should have access to the control spreadsheet: ops.
func ForControl(set department.Settings) Access { return Access{}.with(set.Ops, Writer) }

// ForSummary returns who should have access to the director's spreadsheet: directors and
// ops. They only read: nobody types there.
func ForSummary(set department.Settings) Access {
	return Access{}.with(set.Directors, Reader).with(set.Ops, Reader)
}

// ForTeam returns who should have access to the folder of a team: its leads. The leads of
// the teams above and the directors can see it by the folders above.
func ForTeam(leads []string) Access { return Access{}.with(leads, Reader) }

// ForReports returns who should see everything in the folder of reports: the directors,
// because the summary links to it.
func ForReports(set department.Settings) Access { return Access{}.with(set.Directors, Reader) }

// ForReport returns who should have access to the spreadsheet in which these people
// report: they, until the end of their last day, and ops.
func ForReport(people []department.Person, set department.Settings, today calendar.Date) Access {
	var emails []string
	for _, p := range people {
		if p.Left.IsZero() || today <= p.Left {
			emails = append(emails, p.Email)
		}
	}
	return Access{}.with(emails, Writer).with(set.Ops, Writer)
}
