-- Programs from step 22 on work with it.
-- What waits after the last cycle, for svodka status.
ALTER TABLE cycle ADD COLUMN unmoved bigint NOT NULL DEFAULT 0; -- files to be moved into their folders
ALTER TABLE cycle ADD COLUMN lost bigint NOT NULL DEFAULT 0;    -- spreadsheets that are not made again by themselves
