#!/bin/sh
# Dumps each department of the database to a file of its own, NAME.dump, and what else
# belongs to them all, svodka_departments.dump: backup-departments.sh FOLDER
# The database is that of PGHOST, PGUSER, PGDATABASE and their like, or of DATABASE_URL.
#
# One department is put back, over what there is of it, by
#   pg_restore --clean --if-exists --dbname "$DATABASE_URL" NAME.dump
set -eu
umask 077
to=${1:?the folder to write to}
database=${DATABASE_URL:-}
schemas=$(psql --no-psqlrc --tuples-only --no-align --dbname "$database" --command "
	SELECT table_schema FROM information_schema.tables
	WHERE table_name = 'closed_kpis' AND table_schema !~ '_moved[0-9]*$'
	UNION ALL SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'svodka_departments'
	ORDER BY 1")
[ -n "$schemas" ] || { echo "backup: the database holds no department" >&2; exit 1; }
for schema in $schemas; do
	# Under its name only once it is whole.
	pg_dump --schema "$schema" --format custom --file "$to/$schema.part" --dbname "$database"
	mv "$to/$schema.part" "$to/$schema.dump"
	echo "backup: $schema"
done
