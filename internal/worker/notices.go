package worker

import (
	"context"

	"svodka/internal/department"
	"svodka/internal/files"
	"svodka/internal/notices"
	"svodka/internal/planfact"
	"svodka/internal/summary"
)

// Remind reminds the people who have not reported today, if it is time to.
func (w *Worker) Remind(ctx context.Context, n notices.Notifier) (notices.Result, error) {
	return w.notices().Remind(ctx, n)
}

// SendDigest sends «Главное» in words to the directors and the rooms, and that of each
// team to its leads, if it is time to.
func (w *Worker) SendDigest(ctx context.Context, n notices.Notifier) (notices.Result, error) {
	return w.notices().SendDigest(ctx, n)
}

func (w *Worker) notices() notices.Sender {
	return notices.Sender{Ledger: w.Ledger, Source: noticeSource{w}, Now: w.Now, Lang: w.Lang}
}

// noticeSource implements notices.Source for the worker.
type noticeSource struct{ w *Worker }

func (s noticeSource) Department(ctx context.Context) (*department.Department, error) {
	return s.w.Department(ctx)
}

func (s noticeSource) Sync(ctx context.Context) error {
	_, err := s.w.Sync(ctx, 0)
	return err
}

func (s noticeSource) Sheets(ctx context.Context, dep *department.Department, at planfact.AsOf) ([]notices.Sheet,
	error) {
	units, err := s.w.units(ctx, dep, at, nobody)
	places := s.w.places(ctx, dep, at.Today)
	var out []notices.Sheet
	for _, u := range units {
		if u.file.ID != "" {
			now := *u
			now.file = s.w.present(u.file)
			out = append(out, notices.Sheet{People: u.people, Unread: u.file.ToRead() || u.err != nil,
				Link: func(p department.Person) (string, error) { return places.link(&now, p) }})
		}
	}
	return out, err
}

func (s noticeSource) Digests(ctx context.Context) (func(team string) summary.Message, error) {
	return s.w.Digests(ctx)
}

func (s noticeSource) TeamLinks(ctx context.Context, dep *department.Department) (map[string]string, error) {
	list, err := s.w.Ledger.FilesOf(ctx, files.Team)
	out := map[string]string{}
	for _, t := range dep.Led() {
		if f, ok := ofTeam(list, t.ID); ok {
			out[t.Name] = s.w.Link(f.ID)
		}
	}
	return out, err
}

func (s noticeSource) Outdate(ctx context.Context) error {
	return s.w.cycleRecord().outdate(ctx)
}
