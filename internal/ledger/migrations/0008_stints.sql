-- A person may have a role twice in one period: the closes of both times are kept.
CREATE TABLE closes_of_stints (
	num      INTEGER PRIMARY KEY,
	kind     TEXT NOT NULL,
	first    INTEGER NOT NULL,
	last     INTEGER NOT NULL,
	person   INTEGER NOT NULL REFERENCES people,
	role     TEXT NOT NULL,
	again    INTEGER NOT NULL, -- how many times the person had had the role before
	name     TEXT NOT NULL, -- of the person, then
	title    TEXT NOT NULL, -- of the role, then
	team     TEXT NOT NULL,
	at       INTEGER NOT NULL,
	mended   INTEGER NOT NULL, -- 0: never
	reopened INTEGER NOT NULL, -- an allowed edit came in: the facts are to be taken anew
	UNIQUE (last, kind, person, role, again)
) STRICT;

CREATE TABLE kpis_of_stints (
	closed     INTEGER NOT NULL REFERENCES closes_of_stints,
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

INSERT INTO closes_of_stints SELECT num, kind, first, last, person, role, 0, name, title, team, at, mended, reopened FROM closes;
INSERT INTO kpis_of_stints SELECT closed, ord, kpi, title, unit, plan, fact, attainment, light, version, working, reported, missing FROM closed_kpis;
DROP TABLE closed_kpis;
DROP TABLE closes;
ALTER TABLE closes_of_stints RENAME TO closes;
ALTER TABLE kpis_of_stints RENAME TO closed_kpis;
