-- What stands in spreadsheets lies apart from what else is known of them: a cycle looks at
-- all files, and at the layouts of a few. A number is never given twice.
CREATE TABLE layouts (
	num    INTEGER PRIMARY KEY AUTOINCREMENT,
	layout BLOB NOT NULL
) STRICT;
INSERT INTO layouts (num, layout) SELECT row_number() OVER (ORDER BY id), layout FROM files WHERE length(layout) > 0;
ALTER TABLE files ADD COLUMN kept INTEGER NOT NULL DEFAULT 0; -- the layout's number; 0: it is not known
UPDATE files SET kept = n FROM (SELECT id AS i, row_number() OVER (ORDER BY id) AS n FROM files WHERE length(layout) > 0)
	WHERE id = i;
ALTER TABLE files DROP COLUMN layout;
