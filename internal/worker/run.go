package worker

import (
	"time"

	"svodka/internal/calendar"
	"svodka/internal/configuration"
	"svodka/internal/control"
	"svodka/internal/figures"
	"svodka/internal/planfact"
	"svodka/internal/summary"
)

// mode says what a cycle must do.
type mode struct {
	asOf    calendar.Date // as at the end of that day; zero: now
	ahead   int           // also for people hired within that many days
	look    bool          // look who can open the spreadsheets
	whole   bool          // look at people's spreadsheets whole
	closes  bool          // lock days and close periods
	mayRest bool          // do nothing if nothing has changed
}

// run is a cycle under way.
type run struct {
	mode
	begun  time.Time
	at     planfact.AsOf
	cfg    *configuration.Config
	clocks []control.Problem // problems with the time
	due    bool              // this cycle carries out an announced edit of the configuration
	units  []*unit
	// figures returns the engines of what the ledger has, once everything is collected.
	figures  *figures.Source
	held     time.Time     // since when nothing lost is made again by itself; zero: it is
	homes    homes         // the folders of teams
	teams    []*teamFile   // the summaries of teams
	company  summary.Input // the input of the director's summary
	recalled restored      // what the director's summary has given back of a lost ledger
	// The summary is lost, and not made again by itself.
	noSummary bool
}

// employed counts the people employed on the day.
func (r *run) employed() int {
	n := 0
	for _, p := range r.cfg.Department.People {
		if p.Employed(r.at.Today) {
			n++
		}
	}
	return n
}

// states counts people by how the cycle leaves their spreadsheets.
func (r *run) states() States {
	var s States
	for _, u := range r.units {
		for _, p := range u.people {
			switch {
			case u.err != nil || u.file.Trouble() != "":
				s.Unreadable++
			case p.Employed(r.at.Today) && u.file.ID != "":
				s.Served++
			}
		}
	}
	return s
}
