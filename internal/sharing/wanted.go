package sharing

import (
	"maps"
	"strings"

	"svodka/internal/calendar"
	"svodka/internal/department"
)

// Access is who may do what with a file: roles by e-mail in lower case.
type Access map[string]string

// The roles that files are shared with.
const (
	Reader = "reader"
	Writer = "writer"
)

// with adds people in a role; who has more already keeps it.
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

// ForControl is who shall have access to the control spreadsheet: ops.
func ForControl(set department.Settings) Access { return Access{}.with(set.Ops, Writer) }

// ForSummary is who shall have access to the director's spreadsheet: directors and ops.
// Nobody types there.
func ForSummary(set department.Settings) Access {
	return Access{}.with(set.Directors, Reader).with(set.Ops, Reader)
}

// ForReports is who shall be able to look at whatever lies in the folder of reports: the
// directors, to whom the summary names them.
func ForReports(set department.Settings) Access { return Access{}.with(set.Directors, Reader) }

// ForReport is who shall have access to the spreadsheet in which these people report:
// they, until the end of their last day, and ops.
func ForReport(people []department.Person, set department.Settings, today calendar.Date) Access {
	var emails []string
	for _, p := range people {
		if p.Left.IsZero() || today <= p.Left {
			emails = append(emails, p.Email)
		}
	}
	return Access{}.with(emails, Writer).with(set.Ops, Writer)
}
