// Package postgres is the program's one door to PostgreSQL: what is true of each of its
// connections is said here, whoever works with them.
//
// It is an edge: it connects, and knows nothing of what is stored.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// Oldest is the oldest version of the server that the tests have run on.
	Oldest = 15
	// IdleTooLong is when the server ends a transaction whose process does not go on with
	// it: it was paused, or its machine is gone, and others wait for its locks.
	IdleTooLong = "20s"
	// mostConnections is more than a process needs: a server has as many by default.
	mostConnections = 100
	// connectWithin is how long a connection may take to be made, unless the address says
	// otherwise (connect_timeout): what takes one and never answers is no server.
	connectWithin = 15 * time.Second
	// unused is for how long a connection that nobody needs is kept.
	unused = 5 * time.Minute
	// doubtful is for how long a connection may have been unused before the server is
	// asked whether it is still there, though nothing was heard of it.
	doubtful = 30 * time.Second
	// deaf is the same where nothing can be heard.
	deaf = time.Second
)

// Doubtful reports whether it is to be asked, before a connection is used that was not
// used for a while, whether the server is still there: what asks is a round trip, as dear
// as most queries.
func Doubtful(c *pgconn.PgConn, idle time.Duration) bool {
	if canHear {
		return idle > doubtful || heard(c)
	}
	return idle > deaf
}

// Config returns how to connect to the database at an address, postgres://user@host/name
// or a list of settings as libpq takes it, with at most that many connections at a time.
// It connects to nothing.
func Config(address string, connections int) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		// pgx leaves the password out of its message.
		return nil, fmt.Errorf("read the address of the database: %w", err)
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "svodka"
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectWithin
	}
	config.ConnConfig.AfterConnect = begin
	config.MaxConns, config.MinConns, config.MinIdleConns = int32(min(max(connections, 1), mostConnections)), 0, 0
	config.MaxConnIdleTime = unused
	config.ShouldPing = func(_ context.Context, p pgxpool.ShouldPingParams) bool {
		return Doubtful(p.Conn.PgConn(), p.IdleDuration)
	}
	return config, nil
}

// begin makes a new connection the program's. The setting is no parameter of the start:
// poolers refuse those that they do not know.
func begin(ctx context.Context, c *pgconn.PgConn) error {
	if err := check(c.ParameterStatus("server_version")); err != nil {
		return err
	}
	_, err := c.Exec(ctx, `SET idle_in_transaction_session_timeout = '`+IdleTooLong+`'`).ReadAll()
	return err
}

// check returns an error if a server of a version, such as "15.8 (Debian 15.8-1)", is too
// old.
func check(version string) error {
	number, _, _ := strings.Cut(version, ".")
	digits := strings.IndexFunc(number, func(r rune) bool { return r < '0' || r > '9' }) // "19devel", "19beta1"
	if digits >= 0 {
		number = number[:digits]
	}
	major, err := strconv.Atoi(number)
	if err != nil {
		return fmt.Errorf("read the server's version %q: %w", version, err)
	}
	if major < Oldest {
		return &oldError{major}
	}
	return nil
}

// oldError means that the server is too old.
type oldError struct{ major int }

func (e *oldError) Error() string {
	return fmt.Sprintf("PostgreSQL %d is too old: use %d or newer", e.major, Oldest)
}

// Open connects to the database at an address, with at most that many connections at a
// time. It makes one, so that a wrong address fails here.
func Open(ctx context.Context, address string, connections int) (*pgxpool.Pool, error) {
	config, err := Config(address, connections)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, Failed(err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, Failed(err)
	}
	return pool, nil
}

// Failed says that a connection could not be made, and why.
func Failed(err error) error {
	var old *oldError
	if errors.As(err, &old) {
		err = old // and not by which step of pgx
	}
	return fmt.Errorf("connect to the database: %w", oneLine{err})
}

// oneLine is an error in one line: pgx has one for each way that it has tried.
type oneLine struct{ error }

// Unwrap returns the error as it was.
func (e oneLine) Unwrap() error { return e.error }

// Error implements error.
func (e oneLine) Error() string {
	first, rest, several := strings.Cut(e.error.Error(), "\n")
	if !several {
		return first
	}
	var ways []string
	for way := range strings.Lines(rest) {
		ways = append(ways, strings.TrimSpace(way))
	}
	return first + " " + strings.Join(ways, "; ")
}

// hints are what to do about errors of the server, by their codes.
var hints = map[string]string{
	"25006": "it is a standby, or its database can only be read: use the server that it follows",
	"28000": "look at the user in the address, and at the server's pg_hba.conf",
	"28P01": "look at the user and the password in the address",
	"3D000": "make the database: createdb --owner USER NAME",
	"42501": "the database, and all in it, must belong to the user in the address: ALTER DATABASE NAME OWNER TO " +
		"USER, and ALTER SCHEMA, ALTER TABLE",
	"53300": "raise the server's max_connections, or the user's limit; or lower SVODKA_AT_ONCE, or have fewer " +
		"processes",
}

// Hint returns what to do about an error of the server; empty: it is none, or says
// enough.
func Hint(err error) string {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return ""
	}
	return hints[e.Code]
}
