-- Call logs, as far as figures need them: no phone numbers. A call is known by
-- its source and its id there.

CREATE TABLE operators (
	num    INTEGER PRIMARY KEY,
	source TEXT NOT NULL,
	ident  TEXT NOT NULL,
	ext    TEXT NOT NULL,
	name   TEXT NOT NULL,
	UNIQUE (source, ident, ext, name)
) STRICT;

CREATE TABLE calls (
	source    TEXT NOT NULL,
	id        TEXT NOT NULL,
	started   INTEGER NOT NULL, -- Unix seconds
	operator  INTEGER NOT NULL REFERENCES operators,
	direction TEXT NOT NULL,
	answer    INTEGER NOT NULL, -- 0 not told, 1 answered, 2 missed
	talk      REAL,             -- seconds; null: not told
	success   INTEGER NOT NULL,
	cost      REAL,             -- roubles; null: not told
	PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX calls_started ON calls (started);
CREATE INDEX calls_operator ON calls (operator, started);

-- The days that a source's log covers, and whether their figures are still to be
-- counted.
CREATE TABLE call_days (
	source TEXT NOT NULL,
	date   INTEGER NOT NULL,
	stale  INTEGER NOT NULL,
	PRIMARY KEY (source, date)
) STRICT, WITHOUT ROWID;

-- Whose figures were counted from a source.
CREATE TABLE call_people (
	source TEXT NOT NULL,
	person TEXT NOT NULL,
	PRIMARY KEY (source, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE call_costs (
	person TEXT NOT NULL,
	date   INTEGER NOT NULL,
	cost   REAL NOT NULL,
	PRIMARY KEY (person, date)
) STRICT, WITHOUT ROWID;

-- Months' tabs that do not show yet what was counted.
CREATE TABLE call_months (
	person TEXT NOT NULL,
	month  INTEGER NOT NULL, -- its first day
	PRIMARY KEY (person, month)
) STRICT, WITHOUT ROWID;
