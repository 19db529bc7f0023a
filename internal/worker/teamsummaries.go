package worker

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/sheets/v4"

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

// toShare returns the team's summary, with the people to share it with; folder is the one
// in which a new one was made.
func (t *teamFile) toShare(folder string) sharing.File {
	return sharing.File{ID: t.file.ID, Kind: files.Team, Name: t.team.Name, Want: sharing.ForTeam(t.team.Leads),
		Folder: folder}
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

// makeTeams finds the summaries of teams that somebody leads, and makes the missing ones,
// in the folder of reports. If Google refuses to make one, that is a failure of its own.
func (s summariser) makeTeams(ctx context.Context, r *run) (out Outcome, err error) {
	led := r.cfg.Department.Led()
	if len(led) == 0 || r.noSummary {
		return out, nil
	}
	list, err := s.ledger.Files(ctx)
	if err != nil {
		return out, err
	}
	folder, err := s.ledger.ReportsFolder(ctx)
	if err != nil {
		return out, err
	}
	for _, team := range led {
		t := &teamFile{team: team}
		var ok bool
		if t.file, ok = ofTeam(list, team.ID); !ok {
			t.file, t.fresh, err = s.tracker.Make(ctx, files.Team, department.PersonID(team.ID),
				summary.Title(team.Name, s.lang), folder)
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

// summariseTeams writes the summaries of teams that are not as they should be: a team
// without changes costs no call.
func (s summariser) summariseTeams(ctx context.Context, r *run, access *sharing.Run) (out Outcome, err error) {
	folder, err := s.ledger.ReportsFolder(ctx)
	if err != nil {
		return out, err
	}
	if len(r.teams) == 0 || r.company.Engine == nil {
		return out, nil
	}
	company := r.company // each team's «История» is laid out anew, from all closed periods
	company.Settled, company.Inputs, company.HistoryStands = 0, "", false
	if company.Closed, err = s.closing.Closed(ctx, company.Dep.Settings, r.at, summary.HistoryRows); err != nil {
		return out, err
	}
	for _, t := range r.teams {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		wrote, err := s.summariseTeam(ctx, company, t)
		out.Summary = out.Summary || wrote
		if err == nil && t.fresh {
			err = access.OpenNew(ctx, t.toShare(folder))
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

// summariseTeam writes one. A newer time of the figures alone is not a difference:
// otherwise every team's summary would be written whenever anybody types.
func (s summariser) summariseTeam(ctx context.Context, company summary.Input, t *teamFile) (wrote bool, err error) {
	in := summary.OfTeam(company, t.team.Name)
	now := in.Now
	in.Now = time.Time{}
	digest := workbook.Digest(summary.Layout(in))
	if t.file.Known() && t.file.Digest() == digest && !t.file.ToRead() && !t.file.BeingWritten() {
		return false, nil
	}
	in.Now = now
	book := s.protect(summary.Layout(in))
	return s.publisher.Publish(ctx, publish.Job{
		File:   &t.file,
		Name:   "the summary of a team",
		Fresh:  t.fresh,
		Look:   workbook.LookFields,
		Digest: digest,
		Book: func(context.Context, *workbook.State, *sheets.Spreadsheet) (*workbook.Book, error) {
			return book, nil
		},
	})
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
func (t opsReporter) teamStatuses(r *run, access *sharing.Run) map[string]control.TeamStatus {
	out := map[string]control.TeamStatus{}
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
			if !access.HasAccess(of.file.ID, lead) && !of.fresh {
				closed = append(closed, lead)
			}
		}
		if len(closed) > 0 {
			s.Status += t.lang.T("; доступ ещё не открылся: ", "; not shared yet with ") + strings.Join(closed, ", ")
		}
		out[of.team.ID] = s
	}
	return out
}
