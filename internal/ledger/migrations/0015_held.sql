-- Since when nothing that is lost is made again by itself, in Unix milliseconds; 0: it is.
ALTER TABLE feed ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
