package postgres_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"svodka/internal/ledger/pgtest"
	"svodka/internal/postgres"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// What is true of a connection is so in a pool and in database/sql.
func TestEveryConnection(t *testing.T) {
	address := pgtest.Address(t)
	pool, err := postgres.Open(t.Context(), address, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	config, err := postgres.Config(address+"&application_name=mine&pool_max_conns=70&pool_min_conns=3", 2)
	if err != nil {
		t.Fatal(err)
	}
	if config.MaxConns != 2 || config.MinConns != 0 {
		t.Errorf("an address decides on connections: %d to %d", config.MinConns, config.MaxConns)
	}
	if d := config.ConnConfig.ConnectTimeout; d != 15*time.Second {
		t.Errorf("a connection may take %v to be made", d)
	}
	patient, err := postgres.Config(address+"&connect_timeout=60", 2)
	if err != nil || patient.ConnConfig.ConnectTimeout != time.Minute {
		t.Errorf("connect_timeout of an address does not count: %v", err)
	}
	db := stdlib.OpenDB(*config.ConnConfig)
	defer db.Close()
	const query = `SELECT current_setting('application_name'), current_setting('idle_in_transaction_session_timeout')`
	var name, idle string
	if err := pool.QueryRow(t.Context(), query).Scan(&name, &idle); err != nil || name != "svodka" ||
		idle != postgres.IdleTooLong {
		t.Errorf("in a pool: %q %q %v", name, idle, err)
	}
	if err := db.QueryRowContext(t.Context(), query).Scan(&name, &idle); err != nil || name != "mine" ||
		idle != postgres.IdleTooLong {
		t.Errorf("in database/sql: %q %q %v", name, idle, err)
	}
}

// A connection that the server has ended while nobody used it is not used again, also if
// that was a moment ago.
func TestConnectionThatTheServerHasEnded(t *testing.T) {
	address := pgtest.Address(t)
	var pools []*pgxpool.Pool
	for range 2 {
		pool, err := postgres.Open(t.Context(), address, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		pools = append(pools, pool)
	}
	for range 3 {
		var pid int
		if err := pools[0].QueryRow(t.Context(), `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
			t.Fatal(err)
		}
		var gone bool
		if err := pools[1].QueryRow(t.Context(), `SELECT pg_terminate_backend($1, 20000)`, pid).Scan(&gone); err != nil ||
			!gone {
			t.Fatalf("the server's process %d has not ended: %v", pid, err)
		}
	}
}

// A wrong address says what is wrong, and nothing of the password.
func TestWrongAddress(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for address, want := range map[string]string{
		"postgres://u:s3cret@host:port/x":            "read the address of the database",
		"postgres://u:s3cret@/x?host=" + t.TempDir(): "connect to the database",
		"postgres://u:s3cret@127.0.0.1:1/x":          "connect to the database", // with TLS, and without
	} {
		_, err := postgres.Open(ctx, address, 1)
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "s3cret") ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%v", err)
		}
	}
}
