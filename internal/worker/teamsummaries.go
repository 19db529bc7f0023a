package worker

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/api/sheets/v4"

	"svodka/internal/configuration"
	"svodka/internal/control"
	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/google"
	"svodka/internal/publish"
	"svodka/internal/sharing"
	"svodka/internal/summary"
	"svodka/internal/workbook"
)

// teamFile is the summary of a team that somebody leads.
type teamFile struct {
	team  department.Team
	file  files.File
	fresh bool // made by this run, and empty
}

// toShare returns the team's summary, made in this run, with the people to share it with.
func (t *teamFile) toShare(h homes) sharing.File {
	folder := h.of(t.team.Name)
	return sharing.File{ID: t.file.ID, Kind: files.Team, Name: t.team.Name, Team: t.team.ID,
		Want: sharing.ForTeam(t.team.Leads), Folder: folder, Home: h.known[t.team.ID].Folder, ByHome: true}
}

// ofTeam finds the live summary of a team.
func ofTeam(list []files.File, id string) (files.File, bool) {
	i := slices.IndexFunc(list, func(f files.File) bool {
		return f.Kind == files.Team && string(f.Person) == id && !f.Gone()
	})
	if i < 0 {
		return files.File{}, false
	}
	return list[i], true
}

// knownTeams returns the teams whose summaries exist.
func knownTeams(cfg *configuration.Config, list []files.File) []*teamFile {
	var out []*teamFile
	for _, team := range cfg.Department.Led() {
		if f, ok := ofTeam(list, team.ID); ok {
			out = append(out, &teamFile{team: team, file: f})
		}
	}
	return out
}

// makeTeams finds the summaries of teams that somebody leads, and makes the missing ones,
// in the folders of the teams. If Google refuses to make one, that is a failure of its
// own.
func (s summariser) makeTeams(ctx context.Context, r *run) (out Outcome, err error) {
	led := r.cfg.Department.Led()
	if len(led) == 0 || r.noSummary {
		return out, nil
	}
	list, err := s.ledger.FilesOf(ctx, files.Team)
	if err != nil {
		return out, err
	}
	for _, team := range led {
		t := &teamFile{team: team}
		var ok bool
		if t.file, ok = ofTeam(list, team.ID); !ok {
			t.file, t.fresh, err = s.tracker.Make(ctx, files.Team, department.PersonID(team.ID),
				summary.Title(team.Name, s.lang), r.homes.of(team.Name))
			var ge *google.Error
			switch {
			case err != nil && ctx.Err() == nil && errors.As(err, &ge):
				out.Failures = append(out.Failures, &Fault{doingWrite, team.Name, "", err})
				continue
			case err != nil:
				return out, err
			}
		}
		r.teams = append(r.teams, t)
	}
	return out, nil
}

// summariseTeams writes the summaries of teams that are not as they should be. A team
// without changes costs no call, and is not laid out if none of its inputs has changed.
func (s summariser) summariseTeams(ctx context.Context, r *run, access *sharing.Run) (out Outcome, err error) {
	if len(r.teams) == 0 || r.company.Engine == nil {
		return out, nil
	}
	company := r.company
	company.Homes = r.homes.lying(r.units, access.Folder)
	teams, err := s.divide(ctx, company)
	if err != nil {
		return out, err
	}
	for _, t := range r.teams {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		wrote, err := s.summariseTeam(ctx, r, teams, t)
		out.Summary = out.Summary || wrote
		if err == nil && t.fresh {
			err = access.OpenNew(ctx, t.toShare(r.homes))
		}
		var ge *google.Error
		switch {
		case err != nil && ctx.Err() == nil && errors.As(err, &ge):
			out.Failures = append(out.Failures, &Fault{doingWrite, t.team.Name, t.file.ID, err})
		case err != nil:
			return out, err
		}
	}
	return out, nil
}

// divided is the director's input divided among the teams, with what one cycle need find
// out only once.
type divided struct {
	*summary.Teams
	company summary.Input
	version int64                                 // of the closes
	facts   map[department.PersonID]string        // fingerprints of people's figures
	gone    func() ([]department.PersonID, error) // people with closes who are in «Сотрудники» no more
}

// divide divides the director's input.
func (s summariser) divide(ctx context.Context, company summary.Input) (*divided, error) {
	v, err := s.ledger.CloseVersion(ctx)
	return &divided{summary.ByTeam(company), company, v.Version, map[department.PersonID]string{},
		sync.OnceValues(func() ([]department.PersonID, error) {
			known, err := s.ledger.ClosedNames(ctx)
			for _, p := range company.Dep.People {
				delete(known, p.ID)
			}
			return slices.Sorted(maps.Keys(known)), err
		})}, err
}

// closes returns the closed periods of a team that «История» shows.
func (s summariser) closes(ctx context.Context, d *divided, in summary.Input) ([]department.Closed, error) {
	var of []department.PersonID
	for _, p := range in.Dep.People {
		of = append(of, p.ID)
	}
	gone, err := d.gone()
	if err != nil {
		return nil, err
	}
	of = append(of, gone...)
	if len(of) > mostOfAll*len(d.company.Dep.People)/100 {
		of = nil // then reading everybody's, newest first, ends sooner
	}
	var out []department.Closed
	n := 0
	err = s.closing.ClosedOf(ctx, in.Dep.Settings, in.At, of, func(c department.Closed) bool {
		if d.Has(in.Team, c) {
			out = append(out, c)
			n += len(c.KPIs)
		}
		return n <= summary.HistoryRows
	})
	return out, err
}

// mostOfAll is the share of all people, in percent, up to which closed periods are looked
// up by person.
const mostOfAll = 25

// summariseTeam writes one. A newer time of the figures alone is not a difference:
// otherwise every team's summary would be written whenever anybody types.
func (s summariser) summariseTeam(ctx context.Context, r *run, d *divided, t *teamFile) (wrote bool, err error) {
	in, digest, err := s.teamInput(ctx, d, t)
	if err != nil {
		return false, err
	}
	if d.company.Engine.Short() { // the director's summary asked for nothing that old
		engine, first, err := r.figures.Whole(ctx)
		if err != nil {
			return false, err
		}
		company := d.company
		company.Engine, company.First = engine, first
		whole, err := s.divide(ctx, company)
		if err != nil {
			return false, err
		}
		*d = *whole
		if in, digest, err = s.teamInput(ctx, d, t); err != nil {
			return false, err
		}
	}
	stands := t.file.Known() && !t.file.ToRead() && !t.file.BeingWritten()
	if stands && t.file.Digest() == digest {
		return false, nil
	}
	return s.publisher.Publish(ctx, publish.Job{
		File:   &t.file,
		Name:   "the summary of a team",
		Fresh:  t.fresh,
		Look:   workbook.LookFields,
		Digest: digest,
		Book: func(ctx context.Context, state *workbook.State, _ *sheets.Spreadsheet) (*workbook.Book, error) {
			return s.teamBook(ctx, d, in, in.Inputs != "" && state.MadeOf(summary.TabHistory) == in.Inputs)
		},
	})
}

// teamInput returns the input of a team's summary and the digest of its layout. It lays
// the summary out only if its inputs have another fingerprint than in the last cycle.
func (s summariser) teamInput(ctx context.Context, d *divided, t *teamFile) (in summary.Input, digest string,
	err error) {
	in = d.Of(t.team.Name)
	in.Inputs = summary.HistoryInputs(in)
	inputs, err := s.digests.ofTeam(d, in)
	if err != nil {
		return in, "", err
	}
	digest, known := s.digests.spare(t.file, inputs)
	if known {
		return in, digest, nil
	}
	if digest, err = s.teamDigest(ctx, d, in); err == nil && !in.Engine.Short() {
		s.digests.keep(t.file, inputs, digest)
	}
	return in, digest, err
}

// teamDigest lays a team's summary out to get its digest: «История» as it stands if
// nothing that it is made from has changed.
func (s summariser) teamDigest(ctx context.Context, d *divided, in summary.Input) (string, error) {
	in.Now = time.Time{}
	book, err := s.teamBook(ctx, d, in, in.Inputs != "")
	if err != nil {
		return "", err
	}
	return workbook.Digest(book) + " " + in.Inputs, nil
}

// teamBook lays a team's summary out; without «История», if that stands.
func (s summariser) teamBook(ctx context.Context, d *divided, in summary.Input, stands bool) (*workbook.Book, error) {
	if in.HistoryStands = stands; !stands {
		var err error
		if in.Closed, err = s.closes(ctx, d, in); err != nil {
			return nil, err
		}
	}
	return s.protect(summary.Layout(in)), nil
}

// teamLinks returns the addresses of the summaries of teams, by name.
func teamLinks(teams []*teamFile) map[string]string {
	out := map[string]string{}
	for _, t := range teams {
		out[t.team.Name] = t.file.URL
	}
	return out
}

// teamStatuses returns what «Команды» of the control spreadsheet shows of each team.
func (t opsReporter) teamStatuses(r *run, list []sharing.File, access *sharing.Run) map[string]control.TeamStatus {
	out, away := map[string]control.TeamStatus{}, access.AwayFrom(list)
	for _, team := range r.cfg.Department.Teams {
		if len(team.Leads) == 0 {
			out[team.ID] = control.TeamStatus{Status: t.lang.T("действует; сводка появится, когда будет руководитель",
				"in force; a summary comes once there is a lead")}
		}
	}
	for _, of := range r.teams {
		s := control.TeamStatus{Link: of.file.URL, Status: t.lang.T("сводка готова", "summary is ready")}
		var closed []string
		for _, lead := range of.team.Leads {
			if !access.CanOpen(of.file.ID, lead) && !access.CanOpen(r.homes.known[of.team.ID].Folder, lead) {
				closed = append(closed, lead)
			}
		}
		if len(closed) > 0 {
			s.Status += t.lang.T("; доступ ещё не открылся: ", "; not shared yet with ") + strings.Join(closed, ", ")
		}
		if n := away[r.homes.known[of.team.ID].Folder]; n > 0 {
			s.Status += t.lang.T("; таблиц ещё переедет в папку команды: ",
				"; spreadsheets still to move to the team's folder: ") + strconv.Itoa(n)
		}
		out[of.team.ID] = s
	}
	return out
}
