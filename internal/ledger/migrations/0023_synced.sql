-- When the last sync that went well began, for v1_health.
ALTER TABLE cycle ADD COLUMN synced INTEGER NOT NULL DEFAULT 0; -- Unix milliseconds; 0: none yet
DROP VIEW v1_health;
CREATE VIEW v1_health AS
SELECT date(nullif(c.today, 0) * 86400, 'unixepoch') AS today, strftime('%Y-%m-%dT%H:%M:%SZ', nullif(c.changed, 0) / 1000, 'unixepoch') AS changed_at,
	c.served AS people_served,
	c.unreadable AS people_unreadable, c.bad_cells AS people_with_bad_cells, c.not_reported AS people_not_reported,
	c.unshared AS spreadsheets_unshared, c.by_hand AS spreadsheets_shared_by_hand,
	strftime('%Y-%m-%dT%H:%M:%SZ', nullif(c.synced, 0) / 1000, 'unixepoch') AS last_good_sync_at
FROM cycle c;
