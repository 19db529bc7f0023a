-- What waits after the last cycle, for svodka status.
ALTER TABLE cycle ADD COLUMN unmoved INTEGER NOT NULL DEFAULT 0; -- files to be moved into their folders
ALTER TABLE cycle ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;    -- spreadsheets that are not made again by themselves
