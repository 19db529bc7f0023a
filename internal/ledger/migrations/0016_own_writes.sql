-- How a late entry of the change feed is told to be of a write of ours. Times are Unix
-- milliseconds by Google's clock, 0: none.
ALTER TABLE files ADD COLUMN wrote INTEGER NOT NULL DEFAULT 0; -- the last write was not after
ALTER TABLE files ADD COLUMN told INTEGER NOT NULL DEFAULT 0;  -- the modification that the feed told of last
