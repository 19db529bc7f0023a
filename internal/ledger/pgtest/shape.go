package pgtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Shape is what a program relies on in a schema, by what it is: "table t" and "column
// t.c" with what may be stored there, and whatever acts or holds on a table.
type Shape map[string]string

// shapes are queries for what there is, and how it is, in the schema $1. Names of schemas
// are left out, so that two can be compared.
var shapes = []string{
	`SELECT CASE relkind WHEN 'v' THEN 'view ' WHEN 'S' THEN 'sequence ' ELSE 'table ' END || relname, ''
		FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')`,
	`SELECT CASE relkind WHEN 'v' THEN 'view column ' ELSE 'column ' END || relname || '.' || attname,
			format_type(atttypid, atttypmod) || coalesce(' collate ' || nullif(collname, 'default'), '')
			|| CASE WHEN relkind = 'v' THEN ' as ' || attnum
				WHEN attnotnull AND NOT (atthasdef OR attidentity <> '') THEN ' needed'
				WHEN attnotnull THEN ' not null' ELSE '' END
			|| CASE WHEN attgenerated <> '' OR attidentity = 'a' THEN ' generated' ELSE '' END
		FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_collation ON pg_collation.oid = attcollation
		WHERE relnamespace = $1::regnamespace AND attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'v', 'm')`,
	`SELECT 'constraint ' || conname || ' of ' || relname, pg_get_constraintdef(pg_constraint.oid)
		FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
		WHERE connamespace = $1::regnamespace AND contype <> 'n'`,
	`SELECT 'unique index ' || i.relname || ' of ' || t.relname, pg_get_indexdef(indexrelid)
		FROM pg_index JOIN pg_class AS i ON i.oid = indexrelid JOIN pg_class AS t ON t.oid = indrelid
		WHERE t.relnamespace = $1::regnamespace AND indisunique`,
	`SELECT 'trigger ' || tgname || ' of ' || relname, pg_get_triggerdef(pg_trigger.oid)
		FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
		WHERE relnamespace = $1::regnamespace AND NOT tgisinternal`,
	`SELECT 'function ' || proname || '(' || pg_get_function_identity_arguments(oid) || ')', pg_get_function_result(oid)
		FROM pg_proc WHERE pronamespace = $1::regnamespace AND prokind IN ('f', 'p')`,
	`SELECT 'value ' || typname || '.' || enumlabel, ''
		FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid WHERE typnamespace = $1::regnamespace`,
}

// ShapeOf returns the shape of a schema.
func ShapeOf(ctx context.Context, address, schema string) (out Shape, err error) {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return nil, err
	}
	out = Shape{}
	for _, query := range shapes {
		var rows pgx.Rows
		if rows, err = conn.Query(ctx, query, schema); err != nil {
			break
		}
		var what, how string
		if _, err = pgx.ForEachRow(rows, []any{&what, &how}, func() error {
			out[what] = strings.ReplaceAll(how, schema+".", "")
			return nil
		}); err != nil {
			break
		}
	}
	if cerr := conn.Close(ctx); err == nil {
		err = cerr
	}
	if err != nil {
		return nil, fmt.Errorf("look at the schema %s: %w", schema, err)
	}
	return out, nil
}

// Breaks lists what of a newer schema a program may not survive that was made for this
// one. It survives what is only added: tables, indexes, columns that have a default or
// may be null, columns at the end of views.
func (s Shape) Breaks(newer Shape) (out []string) {
	for _, what := range slices.Sorted(maps.Keys(s)) {
		kind, _, _ := strings.Cut(what, " ")
		how, there := newer[what]
		rule := kind == "constraint" || kind == "unique" // one less stops nobody
		unique := kind == "unique" || strings.HasPrefix(s[what], "PRIMARY") || strings.HasPrefix(s[what], "UNIQUE")
		switch {
		case !there && !rule:
			out = append(out, what+" is gone")
		case !there && unique:
			out = append(out, what+" is gone: ON CONFLICT may name it")
		case there && how != s[what]:
			out = append(out, fmt.Sprintf("%s was %q, is %q", what, s[what], how))
		}
	}
	for _, what := range slices.Sorted(maps.Keys(newer)) {
		if _, there := s[what]; there {
			continue
		}
		kind, rest, _ := strings.Cut(what, " ")
		switch kind {
		case "column":
			table, _, _ := strings.Cut(rest, ".")
			if _, old := s["table "+table]; old && strings.HasSuffix(newer[what], " needed") {
				out = append(out, what+" is new and has no default: what does not name it can add no row")
			}
		case "constraint", "unique", "trigger":
			table := rest[strings.LastIndex(rest, " of ")+len(" of "):]
			if _, old := s["table "+table]; old {
				out = append(out, fmt.Sprintf("%s is new in a table that there was: %s", what, newer[what]))
			}
		}
	}
	return out
}
