-- What is remembered of files, of the change feed and of the last cycle, each part in
-- a column of its own. Times are Unix milliseconds, 0: none.

ALTER TABLE files RENAME COLUMN state TO layout;                     -- empty: not known
ALTER TABLE files RENAME COLUMN dirty TO unread;
ALTER TABLE files ADD COLUMN writing INTEGER NOT NULL DEFAULT 0;     -- a write was begun, nothing is known of its end
ALTER TABLE files ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;     -- when an edit was seen of which more may come
-- gone tells by now when that was seen.
UPDATE files SET gone = 1000 WHERE gone <> 0;
UPDATE files SET changed = coalesce((SELECT 1000 * unixepoch(j.value) FROM named n, json_each(CAST(n.value AS TEXT)) j
	WHERE n.name = 'recent' AND json_valid(CAST(n.value AS TEXT)) AND j.key = files.id), 0);

-- Files that are about to be made: a file that is here may be there without being known.
CREATE TABLE files_begun (
	kind   TEXT NOT NULL,
	person TEXT NOT NULL, -- empty: nobody's
	PRIMARY KEY (kind, person)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO files_begun
	SELECT substr(rest, 1, instr(rest, '/') - 1), substr(rest, instr(rest, '/') + 1)
	FROM (SELECT substr(name, 10) AS rest FROM named WHERE substr(name, 1, 9) = 'creating:') WHERE instr(rest, '/') > 0;

-- How far Drive's change feed was followed: one row.
CREATE TABLE feed (
	one        INTEGER PRIMARY KEY CHECK (one = 1),
	cursor     TEXT NOT NULL,    -- empty: never
	distrusted INTEGER NOT NULL  -- all files are to be looked for
) STRICT;
INSERT INTO feed VALUES (1,
	coalesce((SELECT CAST(value AS TEXT) FROM named WHERE name = 'cursor'), ''),
	EXISTS (SELECT 1 FROM named WHERE name = 'distrust'));

-- What the last cycle left for the next: one row.
CREATE TABLE cycle (
	one            INTEGER PRIMARY KEY CHECK (one = 1),
	up_to_date     TEXT NOT NULL,    -- the moment that all spreadsheets stand for; empty: something is to be done
	today          INTEGER NOT NULL, -- of its moment; 0: there was none
	over           INTEGER NOT NULL,
	changed        INTEGER NOT NULL, -- when a figure or the configuration last changed
	read_by        TEXT NOT NULL,
	transfers_told INTEGER NOT NULL, -- a day; 0: never
	looked         INTEGER NOT NULL, -- the last day whose reports would have been late; 0: none
	read_to        INTEGER NOT NULL, -- the last day of the periods before whose close all was read; 0: none
	restore        INTEGER NOT NULL, -- closes and late edits are to be read from the summary
	served         INTEGER NOT NULL,
	unreadable     INTEGER NOT NULL,
	bad_cells      INTEGER NOT NULL,
	not_reported   INTEGER NOT NULL,
	unshared       INTEGER NOT NULL,
	by_hand        INTEGER NOT NULL
) STRICT;
-- What follows says what it is worth if it is not there: the next cycle finds it out.
INSERT INTO cycle VALUES (1, '',
	coalesce((SELECT unixepoch(json_extract(CAST(value AS TEXT), '$.Today')) / 86400 FROM named WHERE name = 'as-of'), 0),
	coalesce((SELECT json_extract(CAST(value AS TEXT), '$.Over') FROM named WHERE name = 'as-of'), 0),
	coalesce((SELECT 1000 * unixepoch(CAST(value AS TEXT)) FROM named WHERE name = 'changed-at'), 0),
	coalesce((SELECT CAST(value AS TEXT) FROM named WHERE name = 'read_by'), ''),
	coalesce((SELECT unixepoch(CAST(value AS TEXT)) / 86400 FROM named WHERE name = 'transfers'), 0),
	coalesce((SELECT unixepoch(CAST(value AS TEXT)) / 86400 FROM named WHERE name = 'looked'), 0),
	coalesce((SELECT unixepoch(CAST(value AS TEXT)) / 86400 FROM named WHERE name = 'swept'), 0),
	EXISTS (SELECT 1 FROM named WHERE name = 'restore'),
	0, 0, 0, 0, 0, 0);

DELETE FROM named WHERE name IN ('cursor', 'distrust', 'recent', 'settled', 'as-of', 'states', 'changed-at', 'read_by', 'transfers', 'looked', 'swept', 'restore') OR substr(name, 1, 9) = 'creating:';
