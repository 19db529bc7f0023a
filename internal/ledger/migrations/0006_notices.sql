-- Reminders and digests: what was sent to whom about a day, so that nobody gets
-- it twice.
CREATE TABLE notices (
	day     INTEGER NOT NULL,
	kind    TEXT NOT NULL,
	who     TEXT NOT NULL, -- id of a person; of a digest, the address
	state   TEXT NOT NULL, -- taken, sent, failed
	tries   INTEGER NOT NULL,
	problem TEXT NOT NULL, -- why the last try failed
	at      INTEGER NOT NULL, -- of the last change
	PRIMARY KEY (day, kind, who)
) STRICT, WITHOUT ROWID;
