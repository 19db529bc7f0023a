package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"svodka/internal/ledger/pgtest"
)

// Statements that wait are carried out in their order, before a query that needs rows,
// and before the transaction ends; what each has changed is known when it is asked for.
func TestStatementsOfATransactionWait(t *testing.T) {
	l, _ := twins(t)
	ctx := t.Context()
	err := l.write(ctx, "write", func(tx *sql.Tx) error {
		var results []sql.Result
		for i := range 3 {
			res, err := tx.ExecContext(ctx, `INSERT INTO named (name, value) VALUES (?, ?)`, fmt.Sprint("n", i),
				[]byte{byte(i)})
			if err != nil {
				return err
			}
			results = append(results, res)
		}
		some, err := tx.ExecContext(ctx, `DELETE FROM named WHERE name IN (?, ?)`, "n1", "n7")
		if err != nil {
			return err
		}
		if n, err := some.RowsAffected(); n != 1 || err != nil {
			t.Errorf("deleted: %d, %v", n, err)
		}
		if n, err := results[2].RowsAffected(); n != 1 || err != nil {
			t.Errorf("inserted: %d, %v", n, err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM named WHERE name = ?`, "n2"); err != nil {
			return err
		}
		var left int
		err = tx.QueryRowContext(ctx, `SELECT count(*) FROM named WHERE name LIKE ?`, "n%").Scan(&left)
		if left != 1 {
			t.Errorf("%d are left", left)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM named WHERE name = ?`, "n0"); err != nil {
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := l.Get(ctx, "n0"); b != nil || err != nil {
		t.Errorf("after the transaction: %q, %v", b, err)
	}
}

// A statement that fails fails its transaction, also if nobody asks for what it did: then
// the end tells. The connection can be used afterwards.
func TestStatementThatFailsWhileItWaits(t *testing.T) {
	l, _ := twins(t)
	ctx := t.Context()
	for name, f := range map[string]func(*sql.Tx) error{
		"the end": func(*sql.Tx) error { return nil },
		"a query": func(tx *sql.Tx) error { return tx.QueryRowContext(ctx, `SELECT 1`).Scan(new(int)) },
		"another statement, ignored": func(tx *sql.Tx) error {
			res, err := tx.ExecContext(ctx, `DELETE FROM named WHERE name = ?`, "x")
			if err != nil {
				return err
			}
			if _, err := res.RowsAffected(); err == nil {
				return errors.New("it says nothing")
			}
			return nil // as if it were well
		},
	} {
		err := l.write(ctx, "write", func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, `INSERT INTO named (name, value) VALUES (?, ?)`, "good",
				[]byte("1")); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO named (name, value) VALUES (?, ?)`, "bad", nil); err != nil {
				return err
			}
			return f(tx)
		})
		if err == nil || strings.Contains(err.Error(), "it says nothing") {
			t.Errorf("told by %s: %v", name, err)
		}
		if b, err := l.Get(ctx, "good"); b != nil || err != nil {
			t.Errorf("told by %s: stored %q, %v", name, b, err)
		}
	}
}

// As much as is sent at once has an end: thousands of statements do not pile up.
func TestManyStatementsWait(t *testing.T) {
	l, _ := twins(t)
	ctx := t.Context()
	const many = 3*mostStatements + 7
	if err := l.write(ctx, "write", func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, `INSERT INTO named (name, value) VALUES (?, ?)`)
		if err != nil {
			return err
		}
		for i := range many {
			if _, err := put.ExecContext(ctx, fmt.Sprint("n", i), []byte("x")); err != nil {
				return err
			}
		}
		return put.Close()
	}); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := l.row(ctx, "count", []any{&n}, `SELECT count(*) FROM named`); err != nil || n != many {
		t.Errorf("%d, %v", n, err)
	}
}

// A connection that the server has ended while nobody used it is found out before a
// transaction has it.
func TestTransactionAfterTheServerEndedConnections(t *testing.T) {
	l, others := twins(t)
	ctx := t.Context()
	for i := range 5 {
		want := fmt.Sprint(i)
		if err := l.Set(ctx, "x", []byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := others.Get(ctx, "x"); string(got) != want || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
		db, err := Connect(ctx, pgtest.Address(t), 1)
		if err != nil {
			t.Fatal(err)
		}
		var left int
		err = db.db.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE NOT pg_terminate_backend(pid, 20000))
			FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%named%'
			AND backend_type = 'client backend'`).Scan(&left)
		if err := errors.Join(err, db.Close()); err != nil || left > 0 {
			t.Fatalf("%d connections have not ended: %v", left, err)
		}
	}
}
