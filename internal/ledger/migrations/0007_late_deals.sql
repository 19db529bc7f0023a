-- Deals of locked days: what counts in the place of what is typed, and the edits
-- that came after the lock.

-- Of the deals that are typed one as the first counts as the second; nulls: none
-- is typed, none counts. Several may be alike.
CREATE TABLE held_deals (
	num    INTEGER PRIMARY KEY,
	person INTEGER NOT NULL REFERENCES people,
	date   INTEGER,
	client TEXT,
	amount REAL,
	counts_date   INTEGER,
	counts_client TEXT,
	counts_amount REAL
) STRICT;
CREATE INDEX held_deals_person ON held_deals (person);

CREATE TABLE late_deals (
	num    INTEGER PRIMARY KEY,
	at     INTEGER NOT NULL, -- Unix milliseconds
	person INTEGER NOT NULL REFERENCES people,
	was_date   INTEGER, -- null: there was none
	was_client TEXT,
	was_amount REAL,
	date   INTEGER, -- null: gone
	client TEXT,
	amount REAL,
	counted INTEGER NOT NULL
) STRICT;
CREATE INDEX late_deals_at ON late_deals (at);
