-- Programs from step 19 on work with it.
-- When the last sync that went well began, for v1_health.
ALTER TABLE cycle ADD COLUMN synced bigint NOT NULL DEFAULT 0; -- Unix milliseconds; 0: none yet
CREATE OR REPLACE VIEW v1_health AS
SELECT DATE '1970-01-01' + (nullif(c.today, 0))::integer AS today, to_timestamp(nullif(c.changed, 0) / 1000) AS changed_at,
	c.served AS people_served,
	c.unreadable AS people_unreadable, c.bad_cells AS people_with_bad_cells, c.not_reported AS people_not_reported,
	c.unshared AS spreadsheets_unshared, c.by_hand AS spreadsheets_shared_by_hand,
	to_timestamp(nullif(c.synced, 0) / 1000) AS last_good_sync_at
FROM cycle c;
