-- A call may have legs of several operators: it is known by its source, its id
-- there and the operator.
CREATE TABLE call_legs (
	source    TEXT NOT NULL,
	id        TEXT NOT NULL,
	started   INTEGER NOT NULL, -- Unix seconds
	operator  INTEGER NOT NULL REFERENCES operators,
	direction TEXT NOT NULL,
	answer    INTEGER NOT NULL, -- 0 not told, 1 answered, 2 missed
	talk      REAL,             -- seconds; null: not told
	success   INTEGER NOT NULL,
	cost      REAL,             -- roubles; null: not told
	PRIMARY KEY (source, id, operator)
) STRICT, WITHOUT ROWID;
INSERT INTO call_legs (source, id, started, operator, direction, answer, talk, success, cost)
	SELECT source, id, started, operator, direction, answer, talk, success, cost FROM calls;
DROP TABLE calls;
ALTER TABLE call_legs RENAME TO calls;
CREATE INDEX calls_started ON calls (started);
CREATE INDEX calls_operator ON calls (operator, started);
