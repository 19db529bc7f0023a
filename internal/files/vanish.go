package files

import "time"

// lossWindow is the time within which files that vanish are taken to have vanished by one
// act, such as a folder that went into the trash.
const lossWindow = time.Hour

// MassLoss tells that more spreadsheets vanished within the last hour than people delete
// by mistake: more than three, and more than 5 % of those that there were. Drive lists
// every file below a folder that was put into the trash.
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

// Lost is the spreadsheet that vanished last of a kind, for a person or for nobody, if
// there is none in its place.
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
