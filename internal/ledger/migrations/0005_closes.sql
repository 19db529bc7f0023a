-- Closed periods, days locked for counting, and edits that came after that.

ALTER TABLE people ADD COLUMN since INTEGER NOT NULL DEFAULT 0; -- day of the first reading; 0: before this was kept
ALTER TABLE people ADD COLUMN locked INTEGER; -- the last day locked for counting; null: none yet

ALTER TABLE entries ADD COLUMN late INTEGER NOT NULL DEFAULT 0; -- first read after the deadline of its day

-- Figures of locked days that count in the place of what is typed.
CREATE TABLE held (
	person INTEGER NOT NULL REFERENCES people,
	date   INTEGER NOT NULL,
	kpi    INTEGER NOT NULL REFERENCES kpis,
	value  REAL, -- null: none
	PRIMARY KEY (person, date, kpi)
) STRICT, WITHOUT ROWID;

CREATE TABLE late_edits (
	num     INTEGER PRIMARY KEY,
	at      INTEGER NOT NULL,
	person  INTEGER NOT NULL REFERENCES people,
	date    INTEGER NOT NULL,
	kpi     INTEGER NOT NULL REFERENCES kpis,
	was     REAL, -- null: none
	became  REAL, -- null: gone
	counted INTEGER NOT NULL
) STRICT;

-- Days that an import opened, until the person's next reading.
CREATE TABLE opened (
	person INTEGER NOT NULL REFERENCES people,
	first  INTEGER NOT NULL,
	last   INTEGER NOT NULL,
	PRIMARY KEY (person, first, last)
) STRICT, WITHOUT ROWID;

-- A person's closed period, and its KPIs.
CREATE TABLE closes (
	num      INTEGER PRIMARY KEY,
	kind     TEXT NOT NULL,
	first    INTEGER NOT NULL,
	last     INTEGER NOT NULL,
	person   INTEGER NOT NULL REFERENCES people,
	role     TEXT NOT NULL,
	name     TEXT NOT NULL, -- of the person, then
	title    TEXT NOT NULL, -- of the role, then
	team     TEXT NOT NULL,
	at       INTEGER NOT NULL,
	mended   INTEGER NOT NULL, -- 0: never
	reopened INTEGER NOT NULL, -- an allowed edit came in: the facts are to be taken anew
	UNIQUE (last, kind, person, role)
) STRICT;

CREATE TABLE closed_kpis (
	closed     INTEGER NOT NULL REFERENCES closes,
	ord        INTEGER NOT NULL,
	kpi        TEXT NOT NULL,
	title      TEXT NOT NULL,
	unit       TEXT NOT NULL,
	plan       REAL,
	fact       REAL,
	attainment REAL,
	light      TEXT NOT NULL,
	version    TEXT NOT NULL, -- which plan was in force, in words
	working    INTEGER NOT NULL,
	reported   INTEGER NOT NULL,
	missing    INTEGER NOT NULL,
	PRIMARY KEY (closed, ord)
) STRICT, WITHOUT ROWID;
