package changes

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"svodka/internal/files"
	"svodka/internal/google"
)

// Team is what is remembered of a team for which the worker has made something.
type Team struct {
	Folder   string // id of its folder; empty: none
	Name     string // under which the folder and the summary were named last
	Archived bool   // the names say that the team is no longer led
}

// valTeams names, in the ledger, the teams by their ids.
const valTeams = "team folders"

// KnownTeams returns what the ledger remembers of teams, by their ids; nil: nothing yet.
func (t *Tracker) KnownTeams(ctx context.Context) (map[string]Team, error) {
	text, err := t.Ledger.Get(ctx, valTeams)
	if err != nil || len(text) == 0 {
		return nil, err
	}
	out := map[string]Team{}
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("reading the folders of teams from the ledger: %w", err)
	}
	return out, nil
}

// FindTeams finds the folders of teams by their app properties, as after the loss of the
// ledger, and remembers them. It makes one call.
func (t *Tracker) FindTeams(ctx context.Context) (map[string]Team, error) {
	found, err := t.Google.FindFolders(ctx, map[string]string{propSpace: t.Space, propKind: files.TeamReports})
	if err != nil {
		return nil, err
	}
	out := map[string]Team{}
	for _, g := range found {
		if id := g.Props[propPerson]; out[id].Folder == "" { // the oldest
			out[id] = Team{Folder: g.ID, Name: g.Name}
		}
	}
	return out, t.PutTeams(ctx, out)
}

// PutTeams stores what is remembered of teams.
func (t *Tracker) PutTeams(ctx context.Context, teams map[string]Team) error {
	text, err := json.Marshal(teams)
	if err != nil {
		return fmt.Errorf("keeping the folders of teams: %w", err)
	}
	return t.Ledger.Set(ctx, valTeams, text)
}

// MakeTeamFolder makes the folder of a team in another one, and remembers it.
func (t *Tracker) MakeTeamFolder(ctx context.Context, teams map[string]Team, id, name, in string) error {
	g, err := t.Google.MakeFolderIn(ctx, in, name,
		map[string]string{propSpace: t.Space, propKind: files.TeamReports, propPerson: id})
	if err != nil {
		return err
	}
	teams[id] = Team{Folder: g.ID, Name: name}
	return t.PutTeams(ctx, teams)
}

// Rename renames a file or a folder.
func (t *Tracker) Rename(ctx context.Context, id, name string) error {
	return t.Google.Rename(ctx, id, name)
}

// gone reports whether a file is in the trash, deleted, or no longer ours to see.
func gone(c google.File) bool { return c.Removed || c.Trashed }

// forgetFolders forgets the folders that are gone: they are found or made again when they
// are needed. It reports whether there were any, that of the department among them.
func (t *Tracker) forgetFolders(ctx context.Context, changes []google.File) (bool, error) {
	lost := map[string]bool{}
	for _, c := range changes {
		if c.ID != "" && gone(c) {
			lost[c.ID] = true
		}
	}
	if len(lost) == 0 {
		return false, nil
	}
	found := lost[t.Folder]
	reports, err := t.Ledger.ReportsFolder(ctx)
	if err != nil {
		return false, err
	}
	if lost[reports] {
		found = true
		if err := t.Ledger.SetReportsFolder(ctx, ""); err != nil {
			return false, err
		}
	}
	teams, err := t.KnownTeams(ctx)
	if err != nil {
		return false, err
	}
	before := len(teams)
	maps.DeleteFunc(teams, func(_ string, of Team) bool { return lost[of.Folder] })
	if len(teams) == before {
		return found, nil
	}
	return true, t.PutTeams(ctx, teams)
}
