package worker

import (
	"context"
	"errors"

	"svodka/internal/configuration"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/planfact"
	"svodka/internal/sharing"
)

// filesToShare returns the files of a cycle, with the people to share them with. known
// are the summaries and the spreadsheets of years.
func filesToShare(known []files.File, cfg *configuration.Config, units []*unit, at planfact.AsOf,
	h homes) []sharing.File {
	set := cfg.Department.Settings
	list := []sharing.File{{ID: cfg.File.ID, Kind: files.Control, Name: "ops", Want: sharing.ForControl(set)}}
	if summary, ok := oneFile(known, files.Summary); ok {
		list = append(list, sharing.File{ID: summary.ID, Kind: files.Summary, Name: "the director",
			Want: sharing.ForSummary(set)})
	}
	for _, f := range known {
		if f.Kind == files.History && !f.Gone() {
			list = append(list, sharing.File{ID: f.ID, Kind: files.History, Name: string(f.Person),
				Want: sharing.ForSummary(set)})
		}
	}
	if h.reports != "" {
		list = append(list, sharing.File{ID: h.reports, Kind: files.Reports, Name: "the folder of reports",
			Want: sharing.ForReports(set)})
	}
	list = append(list, h.toShare(&cfg.Department)...)
	for _, f := range known { // shared with nobody if the team no longer exists or has no lead
		if f.Kind == files.Team && !f.Gone() {
			id := string(f.Person)
			list = append(list, sharing.File{ID: f.ID, Kind: files.Team, Name: "a team", Team: id,
				Want: sharing.ForTeam(h.leads[id]), Home: h.known[id].Folder, ByHome: true})
		}
	}
	for _, u := range units {
		if u.file.ID != "" && u.err == nil {
			list = append(list, u.toShare(cfg, at, h))
		}
	}
	return list
}

// toShare returns the unit's file, with the people to share it with.
func (u *unit) toShare(cfg *configuration.Config, at planfact.AsOf, h homes) sharing.File {
	return sharing.File{
		ID: u.file.ID, Kind: files.Report, Name: u.name(), People: u.people,
		Want: sharing.ForReport(u.people, cfg.Department.Settings, at.Today), Given: u.shared,
		Folder: u.folder, Home: h.of(u.people[0].TeamOn(at.Today)),
	}
}

// shareNew returns a function that shares a spreadsheet just made. If Google refuses,
// that is a failure of its own.
func shareNew(access *sharing.Run, r *run) func(context.Context, *unit) (failed, err error) {
	return func(ctx context.Context, u *unit) (failed, err error) {
		var ge *google.Error
		u.closed = access.OpenNew(ctx, u.toShare(r.cfg, r.at, r.homes))
		switch {
		case u.closed == nil:
			return nil, nil
		case !errors.As(u.closed, &ge):
			return nil, u.closed
		}
		return &Fault{doingShare, u.name(), u.file.ID, u.closed}, nil
	}
}

// share gives access to each file to those who work with it, and takes away that of
// leavers. A spreadsheet just made was shared when it was filled.
func share(ctx context.Context, access *sharing.Run, r *run, list []sharing.File) (Outcome, error) {
	failures, err := access.Open(ctx, list)
	return Outcome{Failures: faultsOf(failures)}, err
}

// checkAccess looks who can open the files, by one Drive call for each.
func checkAccess(ctx context.Context, access *sharing.Run, list []sharing.File) (Outcome, error) {
	failures, err := access.CheckAccess(ctx, list)
	return Outcome{Failures: faultsOf(failures)}, err
}

func faultsOf(failures []*sharing.Failure) []error {
	var out []error
	for _, f := range failures {
		out = append(out, &Fault{f.Doing, f.File.Name, f.File.ID, f.Err})
	}
	return out
}
