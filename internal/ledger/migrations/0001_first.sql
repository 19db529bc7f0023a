-- The first schema. Days are days since 1970-01-01; times are Unix seconds, of
-- edits milliseconds. People and KPIs are numbered to keep entries small.

CREATE TABLE files (
	id      TEXT PRIMARY KEY NOT NULL,
	kind    TEXT NOT NULL,
	person  TEXT NOT NULL,
	url     TEXT NOT NULL,
	state   BLOB NOT NULL,
	digest  TEXT NOT NULL,
	dirty   INTEGER NOT NULL,
	trouble TEXT NOT NULL,
	gone    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE named (
	name  TEXT PRIMARY KEY NOT NULL,
	value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE people (
	num INTEGER PRIMARY KEY,
	id  TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE kpis (
	num INTEGER PRIMARY KEY,
	key TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE entries (
	person  INTEGER NOT NULL REFERENCES people,
	date    INTEGER NOT NULL,
	kpi     INTEGER NOT NULL REFERENCES kpis,
	value   REAL NOT NULL,
	seen    INTEGER NOT NULL, -- when it was first read
	changed INTEGER NOT NULL, -- when this value was first read
	PRIMARY KEY (person, date, kpi)
) STRICT, WITHOUT ROWID;

CREATE TABLE edits (
	num    INTEGER PRIMARY KEY,
	at     INTEGER NOT NULL,
	person INTEGER NOT NULL REFERENCES people,
	date   INTEGER NOT NULL,
	kpi    INTEGER NOT NULL REFERENCES kpis,
	was    REAL NOT NULL,
	became REAL -- null: gone
) STRICT;
CREATE INDEX edits_at ON edits (at);

CREATE TABLE comments (
	person INTEGER NOT NULL REFERENCES people,
	date   INTEGER NOT NULL,
	text   TEXT NOT NULL,
	PRIMARY KEY (person, date)
) STRICT, WITHOUT ROWID;

CREATE TABLE deals (
	person INTEGER NOT NULL REFERENCES people,
	ord    INTEGER NOT NULL, -- place in the list, from 0
	date   INTEGER NOT NULL,
	client TEXT NOT NULL,
	amount REAL NOT NULL,
	PRIMARY KEY (person, ord)
) STRICT, WITHOUT ROWID;

CREATE TABLE clients (
	person      INTEGER NOT NULL REFERENCES people,
	ord         INTEGER NOT NULL, -- place in the list, from 0
	name        TEXT NOT NULL,
	handed_over INTEGER NOT NULL, -- 0: from the beginning
	giver       TEXT NOT NULL,
	PRIMARY KEY (person, ord)
) STRICT, WITHOUT ROWID;

CREATE TABLE flags (
	person INTEGER PRIMARY KEY REFERENCES people,
	flags  BLOB NOT NULL
) STRICT;
