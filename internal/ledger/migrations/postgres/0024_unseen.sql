-- Programs from step 22 on work with it.
-- What the last reading of a spreadsheet left out: the last day of the months that it did not see, the day since when,
-- and the first days of the months before that it saw nevertheless; empty: nothing.
ALTER TABLE files ADD COLUMN unseen text COLLATE "C" NOT NULL DEFAULT '';
-- A late edit in a month that earlier readings left out: when it was typed is not known.
ALTER TABLE late_edits ADD COLUMN noticed bigint NOT NULL DEFAULT 0;
