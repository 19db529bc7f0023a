package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Laid is a layout of a file: a fingerprint of its inputs, and its digest.
type Laid struct {
	Inputs string
	Digest string
}

// Laid returns the layouts that KeepLaid has stored, by file.
func (l *Ledger) Laid(ctx context.Context) (map[string]Laid, error) {
	out := map[string]Laid{}
	err := l.each(ctx, "list layouts", func(rows *sql.Rows) error {
		var file, digest string
		var inputs []byte
		if err := rows.Scan(&file, &inputs, &digest); err != nil {
			return err
		}
		out[file] = Laid{string(inputs), digest}
		return nil
	}, `SELECT file, inputs, digest FROM laid`)
	return out, err
}

// LaidOf returns the layout of a file that KeepLaid has stored; zero: none.
func (l *Ledger) LaidOf(ctx context.Context, file string) (Laid, error) {
	var inputs []byte
	var laid Laid
	err := l.row(ctx, "get a layout", []any{&inputs, &laid.Digest}, `SELECT inputs, digest FROM laid WHERE file = ?`,
		file)
	if errors.Is(err, sql.ErrNoRows) {
		return Laid{}, nil
	}
	laid.Inputs = string(inputs)
	return laid, err
}

var putLaid = upsert("laid", "file", "inputs, digest")

// KeepLaid adds or replaces layouts by file, and forgets those of files that are no more.
func (l *Ledger) KeepLaid(ctx context.Context, laid map[string]Laid) error {
	return l.write(ctx, fmt.Sprintf("store %d layouts", len(laid)), func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM laid WHERE file NOT IN (SELECT id FROM files)`); err != nil {
			return err
		}
		put, err := tx.PrepareContext(ctx, putLaid)
		if err != nil {
			return err
		}
		for file, of := range laid {
			if _, err := put.ExecContext(ctx, file, []byte(of.Inputs), of.Digest); err != nil {
				return errors.Join(fmt.Errorf("file %s: %w", file, err), put.Close())
			}
		}
		return put.Close()
	})
}
