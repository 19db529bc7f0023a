-- The tabs that were set aside, since Google kept refusing what touches them, as JSON; empty: none.
ALTER TABLE files ADD COLUMN asides TEXT NOT NULL DEFAULT '';
