package files

import "time"

// lossWindow is the time within which files count as lost by one act, such as trashing a
// folder.
const lossWindow = time.Hour

// MassLoss reports whether more spreadsheets vanished within the last hour than people
// delete by mistake: more than three, and more than 5 % of all. Drive lists every file
// below a trashed folder.
func MassLoss(list []File, now time.Time) bool {
	lost, there := 0, 0
	for _, f := range list {
		switch {
		case !f.Gone():
			there++
		case now.Sub(f.GoneAt()) <= lossWindow:
			lost++
		}
	}
	return lost > 3 && 20*lost > there+lost
}

// Lost returns the last spreadsheet that vanished among those that is selects, unless
// another has taken its place.
func Lost(list []File, is func(File) bool) (f File, ok bool) {
	for _, x := range list {
		switch {
		case !is(x):
		case !x.Gone():
			return File{}, false
		case !ok || x.GoneAt().After(f.GoneAt()):
			f, ok = x, true
		}
	}
	return f, ok
}
