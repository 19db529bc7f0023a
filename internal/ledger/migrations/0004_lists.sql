-- Rows of the lists have keys by which they are told, and comments. seen is when
-- a row was first read: of deals Unix seconds, of clients the day; 0: before this
-- was kept.
ALTER TABLE deals ADD COLUMN comment TEXT NOT NULL DEFAULT '';
ALTER TABLE deals ADD COLUMN row_key TEXT NOT NULL DEFAULT '';
ALTER TABLE deals ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN row_key TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;

-- Deals that were changed or taken out after they had been read.
CREATE TABLE deal_edits (
	num     INTEGER PRIMARY KEY,
	at      INTEGER NOT NULL, -- Unix milliseconds
	person  INTEGER NOT NULL REFERENCES people,
	row_key TEXT NOT NULL,
	was_date   INTEGER NOT NULL,
	was_client TEXT NOT NULL,
	was_amount REAL NOT NULL,
	date    INTEGER, -- null: gone
	client  TEXT,
	amount  REAL
) STRICT;
CREATE INDEX deal_edits_at ON deal_edits (at);

-- Clients who were taken out of a list, for the start lists that they were on.
CREATE TABLE gone_clients (
	person      INTEGER NOT NULL REFERENCES people,
	name        TEXT NOT NULL, -- as names are compared
	shown       TEXT NOT NULL, -- as it was typed
	handed_over INTEGER NOT NULL,
	giver       TEXT NOT NULL,
	listed      INTEGER NOT NULL, -- the day on which they were first read
	gone        INTEGER NOT NULL, -- the day since which they were not
	PRIMARY KEY (person, name)
) STRICT, WITHOUT ROWID;
