package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Shares says with whom a file is shared, as far as the worker knows.
type Shares struct {
	// Known means that the rest is known. For a file that the worker found, not made, it
	// must look that up first.
	Known bool
	// Folder is the folder into which the worker has moved the file; empty: the file is
	// where it was made.
	Folder string
	// Unmoved is Google's reason for refusing to move the file to its folder.
	Unmoved string
	// Roles are the roles that the worker gave people, by e-mail in lower case.
	Roles map[string]string
	// External is who else could open the file at the last check.
	External []ExternalAccess
}

// ExternalAccess is somebody who can open a file although the worker did not give them
// access.
type ExternalAccess struct {
	Who  string // an e-mail or a domain; empty: everybody who has the link
	Role string
}

// Refusal is an address with which Google refused to share.
type Refusal struct {
	File   string // empty: it would share no file at all
	Email  string // in lower case
	Reason string // Google's reason
	Tries  int
	Again  time.Time // when to try again; zero: not automatically
	Mailed bool      // Google was asked to send a mail
}

// Shares returns with whom files are shared, by id. Nothing is known of a file that is
// missing.
func (l *Ledger) Shares(ctx context.Context) (map[string]Shares, error) {
	m := map[string]Shares{}
	err := l.read(ctx, "list with whom files are shared", func(q querier) error {
		err := eachRow(ctx, q, func(rows *sql.Rows) error {
			var id string
			s := Shares{Known: true, Roles: map[string]string{}}
			if err := rows.Scan(&id, &s.Folder, &s.Unmoved); err != nil {
				return err
			}
			m[id] = s
			return nil
		}, `SELECT file, folder, unmoved FROM shared_files`)
		if err != nil {
			return fmt.Errorf("table shared_files: %w", err)
		}
		err = eachRow(ctx, q, func(rows *sql.Rows) error {
			var id, email, role string
			if err := rows.Scan(&id, &email, &role); err != nil {
				return err
			}
			if s, ok := m[id]; ok {
				s.Roles[email] = role
			}
			return nil
		}, `SELECT file, email, role FROM file_shares`)
		if err != nil {
			return fmt.Errorf("table file_shares: %w", err)
		}
		err = eachRow(ctx, q, func(rows *sql.Rows) error {
			var id string
			var x ExternalAccess
			if err := rows.Scan(&id, &x.Who, &x.Role); err != nil {
				return err
			}
			if s, ok := m[id]; ok {
				s.External = append(s.External, x)
				m[id] = s
			}
			return nil
		}, `SELECT file, who, role FROM external_access ORDER BY file, who, role`)
		if err != nil {
			return fmt.Errorf("table external_access: %w", err)
		}
		return nil
	})
	return m, err
}

// PutShares stores with whom a file is shared.
func (l *Ledger) PutShares(ctx context.Context, file string, s Shares) error {
	return l.write(ctx, "keep with whom file "+file+" is shared", func(tx *sql.Tx) error {
		for _, table := range []string{"shared_files", "file_shares", "external_access"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE file = ?`, file); err != nil {
				return err
			}
		}
		if !s.Known {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO shared_files (file, folder, unmoved) VALUES (?, ?, ?)`, file,
			s.Folder, s.Unmoved); err != nil {
			return err
		}
		for _, email := range slices.Sorted(maps.Keys(s.Roles)) {
			if _, err := tx.ExecContext(ctx, `INSERT INTO file_shares (file, email, role) VALUES (?, ?, ?)`, file,
				email, s.Roles[email]); err != nil {
				return err
			}
		}
		for _, x := range s.External {
			if _, err := tx.ExecContext(ctx,
				`INSERT INTO external_access (file, who, role) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
				file, x.Who, x.Role); err != nil {
				return err
			}
		}
		return nil
	})
}

var putRefusal = upsert("share_refusals", "file, email", "reason, tries, again, mailed")

// Refusals returns the addresses with which Google refused to share, by file and e-mail.
func (l *Ledger) Refusals(ctx context.Context) ([]Refusal, error) {
	var list []Refusal
	err := l.each(ctx, "list whom Google would not share with", func(rows *sql.Rows) error {
		var r Refusal
		var again int64
		if err := rows.Scan(&r.File, &r.Email, &r.Reason, &r.Tries, &again, &r.Mailed); err != nil {
			return fmt.Errorf("table share_refusals, row after %d: %w", len(list), err)
		}
		if again != 0 {
			r.Again = time.UnixMilli(again).UTC()
		}
		list = append(list, r)
		return nil
	}, `SELECT file, email, reason, tries, again, mailed FROM share_refusals ORDER BY file, email`)
	return list, err
}

// PutRefusal adds or replaces a refusal.
func (l *Ledger) PutRefusal(ctx context.Context, r Refusal) error {
	return l.write(ctx, "keep whom Google would not share with", func(tx *sql.Tx) error {
		var again int64
		if !r.Again.IsZero() {
			again = r.Again.UnixMilli()
		}
		_, err := tx.ExecContext(ctx,
			putRefusal,
			r.File, r.Email, r.Reason, r.Tries, again, r.Mailed)
		return err
	})
}

// DeleteRefusal deletes a refusal, if there is one.
func (l *Ledger) DeleteRefusal(ctx context.Context, file, email string) error {
	return l.write(ctx, "forget whom Google would not share with", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM share_refusals WHERE file = ? AND email = ?`, file, email)
		return err
	})
}

// SharingRests returns until when the worker shares nothing, since Google lets the
// account share no more; zero: it may share.
func (l *Ledger) SharingRests(ctx context.Context) (until time.Time, err error) {
	err = l.look(ctx, "look until when sharing rests", func(q querier) error {
		var ms int64
		if err := q.QueryRowContext(ctx, `SELECT rests_until FROM sharing`).Scan(&ms); err != nil || ms == 0 {
			return err
		}
		until = time.UnixMilli(ms).UTC()
		return nil
	})
	return until, err
}

// SetSharingRests stores until when the worker shares nothing; zero: it may share again.
func (l *Ledger) SetSharingRests(ctx context.Context, until time.Time) error {
	return l.write(ctx, "keep until when sharing rests", func(tx *sql.Tx) error {
		var ms int64
		if !until.IsZero() {
			ms = until.UnixMilli()
		}
		_, err := tx.ExecContext(ctx, `UPDATE sharing SET rests_until = ?`, ms)
		return err
	})
}

// ReportsFolder returns the id of the folder of people's reports; empty: not known.
func (l *Ledger) ReportsFolder(ctx context.Context) (id string, err error) {
	err = l.look(ctx, "look for the folder of reports", func(q querier) error {
		return q.QueryRowContext(ctx, `SELECT folder FROM sharing`).Scan(&id)
	})
	return id, err
}

// SetReportsFolder stores the folder of people's reports; empty: it must be found or
// made.
func (l *Ledger) SetReportsFolder(ctx context.Context, id string) error {
	return l.write(ctx, "keep the folder of reports", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE sharing SET folder = ?`, id)
		return err
	})
}
