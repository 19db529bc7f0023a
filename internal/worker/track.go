package worker

import (
	"context"

	"svodka/internal/changes"
	"svodka/internal/configuration"
	"svodka/internal/files"
)

// tracker follows the department's spreadsheets.
func (w *Worker) tracker() *changes.Tracker {
	return &changes.Tracker{Google: w.Google, Ledger: w.Ledger, Log: w.Log, Now: w.Now, Space: w.Space, Link: w.Link, Follow: w.Reread, FoundShared: sharedBefore}
}

// acknowledgeOwnWrites passes by the changes that this run made itself, so that the
// next one does not read them as somebody's.
func (w *Worker) acknowledgeOwnWrites(ctx context.Context, cfg *configuration.Config, units []*unit) error {
	own := map[string]bool{}
	if cfg.Wrote {
		own[cfg.File.ID] = true
	}
	for _, u := range units {
		if u.wrote {
			own[u.file.ID] = true
		}
	}
	return w.tracker().AcknowledgeOwnWrites(ctx, own)
}

// Distrust marks that the spreadsheets may not be as this ledger remembers to have
// left them: another worker has written since, or the ledger is an old copy. The
// next run looks at all of them before it writes.
func (w *Worker) Distrust(ctx context.Context) error { return w.tracker().Distrust(ctx) }

// Backup writes a copy of the ledger to a new file. Put back, it looks at all
// spreadsheets before it writes.
func (w *Worker) Backup(ctx context.Context, path string) error {
	return w.Ledger.Backup(ctx, path, changes.Distrusted())
}

// file is the ledger's one live file of a kind.
func (w *Worker) file(ctx context.Context, kind string) (files.File, bool, error) {
	list, err := w.Ledger.Files(ctx)
	if err != nil {
		return files.File{}, false, err
	}
	for _, f := range list {
		if f.Kind == kind && !f.Gone() {
			return f, true, nil
		}
	}
	return files.File{}, false, nil
}
