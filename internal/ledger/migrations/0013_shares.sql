-- With whom files are shared, a row each. Times are Unix milliseconds, 0: none.

-- Files of which that is known: of others it is to be looked up first.
CREATE TABLE shared_files (
	file   TEXT PRIMARY KEY,
	folder TEXT NOT NULL -- in which the worker has put it; empty: where it was made
) STRICT, WITHOUT ROWID;

-- Whom the worker gave access.
CREATE TABLE file_shares (
	file  TEXT NOT NULL,
	email TEXT NOT NULL, -- in lower case
	role  TEXT NOT NULL,
	PRIMARY KEY (file, email)
) STRICT, WITHOUT ROWID;

-- Who else could open a file when that was looked up last.
CREATE TABLE external_access (
	file TEXT NOT NULL,
	who  TEXT NOT NULL, -- an e-mail or a domain; empty: everybody who has the link
	role TEXT NOT NULL,
	PRIMARY KEY (file, who, role)
) STRICT, WITHOUT ROWID;

-- Addresses with which Google would not share.
CREATE TABLE share_refusals (
	file   TEXT NOT NULL,    -- empty: none of the files
	email  TEXT NOT NULL,
	reason TEXT NOT NULL,    -- Google's word for it
	tries  INTEGER NOT NULL,
	again  INTEGER NOT NULL, -- when it is tried again; 0: not by itself
	mailed INTEGER NOT NULL, -- it was tried with a mail
	PRIMARY KEY (file, email)
) STRICT, WITHOUT ROWID;

-- Until when nothing more is shared, since Google lets the account share no more: one row.
CREATE TABLE sharing (
	one         INTEGER PRIMARY KEY CHECK (one = 1),
	rests_until INTEGER NOT NULL
) STRICT;

INSERT INTO shared_files SELECT id, '' FROM files WHERE json_valid(shared) AND NOT coalesce(json_extract(shared, '$.before'), 0);
INSERT OR IGNORE INTO file_shares SELECT f.id, j.key, j.value FROM files f, json_each(f.shared, '$.roles') j
	WHERE f.id IN (SELECT file FROM shared_files);
INSERT OR IGNORE INTO external_access SELECT f.id, coalesce(json_extract(j.value, '$.who'), ''), json_extract(j.value, '$.role') FROM files f, json_each(f.shared, '$.others') j
	WHERE f.id IN (SELECT file FROM shared_files);
INSERT INTO sharing VALUES (1, coalesce((SELECT 1000 * unixepoch(CAST(value AS TEXT)) FROM named WHERE name = 'sharing.paused'), 0));
DELETE FROM named WHERE name = 'sharing.paused';
ALTER TABLE files DROP COLUMN shared;
