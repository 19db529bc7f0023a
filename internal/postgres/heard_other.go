//go:build !unix

package postgres

import "github.com/jackc/pgx/v5/pgconn"

// canHear says that heard does not know.
const canHear = false

func heard(*pgconn.PgConn) bool { return false }
