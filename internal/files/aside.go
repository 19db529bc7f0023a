package files

import (
	"slices"
	"time"
)

// AsideRest is how long after a tab was set aside, or could not be, that is not tried
// with it again, and ops are told of it.
const AsideRest = 7 * 24 * time.Hour

// Aside is a tab that was set aside, since Google kept refusing what touches it: a copy
// is kept, the tab is deleted and made anew.
type Aside struct {
	Tab   int64      `json:"tab"`   // sheetId, of the tab that is made anew, too
	Title string     `json:"title"` // of the tab
	Copy  int64      `json:"copy"`  // sheetId
	Kept  string     `json:"kept"`  // title of the copy
	At    time.Time  `json:"at"`
	Stage AsideStage `json:"stage"`
}

// AsideStage is how far a tab's setting aside has come.
type AsideStage string

// The stages.
const (
	AsideOpen    AsideStage = "open"    // begun; whether the tab stands anew is not known
	AsideDone    AsideStage = "done"    // the tab stands anew
	AsideRefused AsideStage = "refused" // Google refused that, too, and nothing was changed
)

func (a Aside) equal(b Aside) bool {
	same := a.At.Equal(b.At)
	a.At, b.At = time.Time{}, time.Time{}
	return same && a == b
}

// Asides are the tabs that were set aside lately.
func (f File) Asides() []Aside { return slices.Clone(f.r.asides) }

// MayAside tells whether a tab may be set aside: it was not lately, and that was not
// refused.
func (f File) MayAside(tab int64, now time.Time) bool {
	return !slices.ContainsFunc(f.r.asides, func(a Aside) bool { return a.Tab == tab && now.Sub(a.At) < AsideRest })
}

// BeginAside is stored before a tab is set aside: from here on it may be gone, and what
// people typed there stands in the copy alone.
func (f *File) BeginAside(a Aside) {
	f.BeginWrite()
	a.Stage = AsideOpen
	kept := slices.DeleteFunc(slices.Clone(f.r.asides), func(o Aside) bool {
		return o.Tab == a.Tab || a.At.Sub(o.At) >= AsideRest && o.Stage != AsideOpen
	})
	f.r.asides = append(kept, a)
}

// RefuseAside takes it down that Google would not have a tab set aside, and that nothing
// was changed.
func (f *File) RefuseAside(a Aside) {
	f.BeginAside(a)
	f.r.asides[len(f.r.asides)-1].Stage = AsideRefused
}

// DropAside takes it down that a tab was not set aside after all, since nothing was sent.
func (f *File) DropAside(tab int64) {
	f.r.asides = slices.DeleteFunc(slices.Clone(f.r.asides), func(a Aside) bool { return a.Tab == tab })
}

// closeAsides takes it down that the spreadsheet stands as it should.
func (f *File) closeAsides() {
	f.r.asides = slices.Clone(f.r.asides)
	for i, a := range f.r.asides {
		if a.Stage == AsideOpen {
			f.r.asides[i].Stage = AsideDone
		}
	}
}
