package worker

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"svodka/internal/changes"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/ledger"
	"svodka/internal/sharing"
	"svodka/internal/summary"
)

// homes says in which folder what belongs to a team should lie: in that of the team if it
// is led, else of the nearest team above that is, else in the folder of reports. Folders
// of teams lie in each other as the teams do, so that one share of a folder lets a lead
// see what is in it and below. The zero value knows no folder.
type homes struct {
	tree    *department.Tree
	reports string                  // the folder of all reports; empty: none yet
	known   map[string]changes.Team // by the teams' ids
	folders map[string]string       // of the teams that are led, by name
	leads   map[string][]string     // of these, by id
}

// homesOf finds the folders among those that are known.
func homesOf(dep *department.Department, known map[string]changes.Team, reports string) homes {
	h := homes{dep.Tree(), reports, known, map[string]string{}, map[string][]string{}}
	for _, t := range dep.Led() {
		h.leads[t.ID] = t.Leads
		if id := known[t.ID].Folder; id != "" {
			h.folders[t.Name] = id
		}
	}
	return h
}

// of returns the folder of a team; empty: there is none.
func (h homes) of(team string) string {
	if h.tree == nil {
		return ""
	}
	if id := h.folders[team]; id != "" {
		return id
	}
	return h.above(team)
}

// above returns the folder in which that of a team lies.
func (h homes) above(team string) string {
	for _, name := range h.tree.Above(team) {
		if id := h.folders[name]; id != "" {
			return id
		}
	}
	return h.reports
}

// inside returns the folders of teams.
func (h homes) inside() map[string]bool {
	out := map[string]bool{}
	for _, t := range h.known {
		if t.Folder != "" {
			out[t.Folder] = true
		}
	}
	return out
}

// toShare returns the folders of teams, with the people to share them with: with nobody
// if the team no longer exists or nobody leads it. Who leads a team above can open a
// folder by that of the team above.
func (h homes) toShare(dep *department.Department) []sharing.File {
	names := map[string]string{}
	for _, t := range dep.Teams {
		names[t.ID] = t.Name
	}
	var out []sharing.File
	for _, id := range slices.Sorted(maps.Keys(h.known)) {
		if h.known[id].Folder == "" {
			continue
		}
		f := sharing.File{ID: h.known[id].Folder, Kind: files.TeamReports, Name: h.known[id].Name, Team: id,
			Want: sharing.ForTeam(h.leads[id])}
		if len(h.leads[id]) > 0 {
			f.Home = h.above(names[id])
			for _, name := range h.tree.Above(names[id]) {
				if t, ok := h.tree.Team(name); ok && h.folders[name] != "" {
					for _, lead := range t.Leads {
						delete(f.Want, strings.ToLower(lead))
					}
				}
			}
		}
		out = append(out, f)
	}
	return out
}

// homes returns the folders in the ledger, without a call.
func (w *Worker) homes(ctx context.Context, dep *department.Department) (homes, error) {
	reports, err := w.Ledger.ReportsFolder(ctx)
	if err != nil {
		return homes{}, err
	}
	known, err := w.tracker().KnownTeams(ctx)
	return homesOf(dep, known, reports), err
}

// lying returns the names of the teams in whose folders people's spreadsheets lie.
func (h homes) lying(units []*unit, folder func(file string) string) map[department.PersonID]string {
	name := map[string]string{}
	for team, id := range h.folders {
		name[id] = team
	}
	out := map[department.PersonID]string{}
	for _, u := range units {
		if u.file.ID == "" || u.shared {
			continue
		}
		if team := name[folder(u.file.ID)]; team != "" {
			for _, p := range u.people {
				out[p.ID] = team
			}
		}
	}
	return out
}

// teamFolders makes the folders of teams that are led, names them after their teams, and
// says of those that are led no longer, in the name of folder and summary, that they are
// an archive. It makes no call if there is nothing to do.
func (w *Worker) teamFolders(ctx context.Context, r *run) (out Outcome, err error) {
	dep := &r.cfg.Department
	reports, err := w.Ledger.ReportsFolder(ctx)
	if err != nil || reports == "" || r.holds() {
		return out, err
	}
	led := dep.Led()
	known, err := w.tracker().KnownTeams(ctx)
	if err == nil && known == nil && len(led) > 0 {
		known, err = w.tracker().FindTeams(ctx)
	}
	if err == nil {
		err = w.makeTeamFolders(ctx, r, led, known, reports)
	}
	if err == nil {
		err = w.archiveTeams(ctx, led, known)
	}
	r.homes = homesOf(dep, known, reports)
	var ge *google.Error
	if err != nil && ctx.Err() == nil && errors.As(err, &ge) { // what they are for lies elsewhere meanwhile
		return Outcome{Failures: []error{&Fault{doingFolders, "teams", "", err}}}, nil
	}
	return out, err
}

// makeTeamFolders makes and names folders, those above first.
func (w *Worker) makeTeamFolders(ctx context.Context, r *run, led []department.Team, known map[string]changes.Team,
	reports string) error {
	byName, tree := map[string]department.Team{}, r.cfg.Department.Tree()
	for _, t := range led {
		byName[t.Name] = t
	}
	for _, top := range tree.Parts("") {
		for _, name := range tree.Below(top) {
			t, is := byName[name]
			was := known[t.ID]
			switch {
			case !is || was.Folder != "" && was.Name == name && !was.Archived:
				continue
			case was.Folder != "":
				if err := w.tracker().Rename(ctx, was.Folder, name); err != nil {
					return err
				}
				known[t.ID] = changes.Team{Folder: was.Folder, Name: name}
				if err := w.tracker().PutTeams(ctx, known); err != nil {
					return err
				}
				continue
			}
			in := homesOf(&r.cfg.Department, known, reports).above(name)
			if err := w.tracker().MakeTeamFolder(ctx, known, t.ID, name, in); err != nil {
				return err
			}
			if err := w.Ledger.PutShares(ctx, known[t.ID].Folder, ledger.Shares{Known: true, Folder: in}); err != nil {
				return err
			}
		}
	}
	return nil
}

// archiveTeams names folders and summaries of teams that are led no longer.
func (w *Worker) archiveTeams(ctx context.Context, led []department.Team, known map[string]changes.Team) error {
	is := map[string]bool{}
	for _, t := range led {
		is[t.ID] = true
	}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		was := known[id]
		if is[id] || was.Archived {
			continue
		}
		archive := w.Lang.T(" (архив)", " (archive)")
		list, err := w.Ledger.FilesOf(ctx, files.Team)
		if err != nil {
			return err
		}
		if f, there := ofTeam(list, id); there {
			// If the team comes back, what stands there is looked at first.
			if err := w.Ledger.ChangeFile(ctx, f.ID, (*files.File).Distrust); err != nil {
				return err
			}
			if err := w.tracker().Rename(ctx, f.ID, summary.Title(was.Name, w.Lang)+archive); err != nil {
				return err
			}
		}
		if was.Folder != "" {
			if err := w.tracker().Rename(ctx, was.Folder, was.Name+archive); err != nil {
				return err
			}
		}
		was.Archived = true
		known[id] = was
		if err := w.tracker().PutTeams(ctx, known); err != nil {
			return err
		}
	}
	return nil
}
