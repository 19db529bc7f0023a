package ledger

import "strings"

// Queries are written in the SQL that SQLite and PostgreSQL share, with SQLite's
// placeholders: ? and ?1. Booleans are the numbers 0 and 1.

// upsert returns the statement that adds a row, or brings the row with the same key up
// to date. Its arguments follow the order of key and columns, which are lists as SQL
// writes them.
func upsert(table, key, columns string) string {
	var sets []string
	for c := range strings.SplitSeq(columns, ", ") {
		sets = append(sets, c+" = excluded."+c)
	}
	marks := strings.Repeat(", ?", strings.Count(key+", "+columns, ",")+1)[2:]
	return "INSERT INTO " + table + " (" + key + ", " + columns + ") VALUES (" + marks + ") ON CONFLICT (" + key +
		") DO UPDATE SET " + strings.Join(sets, ", ")
}
