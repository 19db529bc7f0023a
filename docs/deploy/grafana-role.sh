#!/bin/sh
# Makes the role that Grafana reads as. It may read nothing yet: svodka ledger reader
# grafana lets it read the views of a department.
set -eu
export GRAFANA_PASSWORD_FILE="${GRAFANA_PASSWORD_FILE:-/run/secrets/grafana-password}"
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\set password `cat "$GRAFANA_PASSWORD_FILE"`
CREATE ROLE grafana LOGIN CONNECTION LIMIT 8 PASSWORD :'password';
ALTER ROLE grafana SET statement_timeout = '30s';
ALTER ROLE grafana SET default_transaction_read_only = on;
SQL
