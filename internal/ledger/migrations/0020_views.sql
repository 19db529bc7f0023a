-- What analysts read with SQL (docs/sql.md). The worker stores lines of plan and fact as it
-- computed them, and who works where; the views, whose names begin with v1_, only select.
-- A step that changes a table which a view reads drops the view before and makes it again.

-- Everybody who is or was in the department, under the last known name. They are not of
-- table people: that begins with a person's first reading.
CREATE TABLE names (
	num  INTEGER PRIMARY KEY,
	id   TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL
) STRICT;
INSERT INTO names (id, name)
	SELECT p.id, (SELECT c.name FROM closes c WHERE c.person = p.num ORDER BY c.last DESC, c.num LIMIT 1)
	FROM people p WHERE p.num IN (SELECT person FROM closes);

ALTER TABLE closes ADD COLUMN shown INTEGER NOT NULL DEFAULT 0; -- its lines are stored
CREATE INDEX closes_shown ON closes (num) WHERE shown = 0;

-- One person's KPI in one period.
CREATE TABLE lines (
	person     INTEGER NOT NULL REFERENCES names,
	kind       TEXT NOT NULL, -- day, week, month
	first      INTEGER NOT NULL,
	role       TEXT NOT NULL,
	again      INTEGER NOT NULL, -- as in closes
	kpi        TEXT NOT NULL,
	last       INTEGER NOT NULL,
	team       TEXT NOT NULL, -- on the last day
	unit       TEXT NOT NULL,
	plan       REAL,
	fact       REAL,
	to_date    REAL, -- plan of the closed days
	attainment REAL,
	pace       REAL,
	deviation  REAL,
	forecast   REAL,
	remaining  REAL,
	per_day    REAL, -- needed on each day left
	light      TEXT NOT NULL,
	reported   INTEGER NOT NULL,
	missing    INTEGER NOT NULL,
	digest     INTEGER NOT NULL, -- of last and all after it
	frozen     INTEGER NOT NULL, -- from closes
	PRIMARY KEY (person, kind, first, role, again, kpi)
) STRICT, WITHOUT ROWID;

-- What became of a person's report of a day.
CREATE TABLE day_states (
	person INTEGER NOT NULL REFERENCES names,
	date   INTEGER NOT NULL,
	state  TEXT NOT NULL,
	PRIMARY KEY (person, date)
) STRICT, WITHOUT ROWID;

-- Of which figures (people.figures) somebody's lines are.
CREATE TABLE lines_of (
	person  INTEGER PRIMARY KEY REFERENCES names,
	figures INTEGER NOT NULL
) STRICT;

-- Of what else all lines are: one row.
CREATE TABLE lines_made (
	one    INTEGER PRIMARY KEY CHECK (one = 1),
	inputs TEXT NOT NULL,    -- a digest of the configuration; empty: nothing holds
	roles  TEXT NOT NULL,    -- a digest of what closed lines follow from
	today  INTEGER NOT NULL,
	over   INTEGER NOT NULL,
	since  INTEGER NOT NULL  -- the first day that lines are of
) STRICT;
INSERT INTO lines_made VALUES (1, '', '', 0, 0, 0);

-- Who works in which role and team.
CREATE TABLE stints (
	person INTEGER NOT NULL REFERENCES names,
	ord    INTEGER NOT NULL,
	role   TEXT NOT NULL,
	team   TEXT NOT NULL, -- empty: none
	first  INTEGER,       -- null: always
	last   INTEGER,       -- null: still
	PRIMARY KEY (person, ord)
) STRICT, WITHOUT ROWID;

CREATE TABLE teams (
	name    TEXT PRIMARY KEY,
	ord     INTEGER NOT NULL,
	part_of TEXT NOT NULL -- empty: none
) STRICT, WITHOUT ROWID;

-- The last known names of roles and their KPIs.
CREATE TABLE titles (
	role  TEXT NOT NULL,
	kpi   TEXT NOT NULL, -- empty: of the role itself
	title TEXT NOT NULL,
	ord   INTEGER NOT NULL,
	PRIMARY KEY (role, kpi)
) STRICT, WITHOUT ROWID;

-- A person's calls of a day, as their figures are counted from them.
CREATE TABLE call_totals (
	person    TEXT NOT NULL,
	date      INTEGER NOT NULL,
	calls     INTEGER NOT NULL,
	outgoing  INTEGER NOT NULL,
	incoming  INTEGER NOT NULL,
	answered  INTEGER NOT NULL,
	missed    INTEGER NOT NULL,
	success   INTEGER NOT NULL,
	talks     INTEGER NOT NULL,
	talk_time REAL NOT NULL, -- seconds
	cost      REAL,          -- roubles; null: not told
	PRIMARY KEY (person, date)
) STRICT, WITHOUT ROWID;
UPDATE call_days SET stale = 1; -- so that they are counted

UPDATE cycle SET up_to_date = ''; -- so that the next cycle stores lines

CREATE VIEW v1_entries AS
SELECT date(e.date * 86400, 'unixepoch') AS day, p.id AS person_id, coalesce(n.name, p.id) AS person,
	k.key AS kpi, e.value AS value,
	CASE WHEN h.person IS NULL THEN e.value ELSE h.value END AS counted, e.late AS late,
	strftime('%Y-%m-%dT%H:%M:%SZ', e.seen, 'unixepoch') AS first_read_at,
	strftime('%Y-%m-%dT%H:%M:%SZ', e.changed, 'unixepoch') AS changed_at
FROM entries e JOIN people p ON p.num = e.person JOIN kpis k ON k.num = e.kpi LEFT JOIN names n ON n.id = p.id
LEFT JOIN held h ON h.person = e.person AND h.date = e.date AND h.kpi = e.kpi
UNION ALL
SELECT date(h.date * 86400, 'unixepoch'), p.id, coalesce(n.name, p.id), k.key, NULL, h.value, 0, NULL, NULL
FROM held h JOIN people p ON p.num = h.person JOIN kpis k ON k.num = h.kpi LEFT JOIN names n ON n.id = p.id
WHERE h.value IS NOT NULL
	AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.person = h.person AND e.date = h.date AND e.kpi = h.kpi);

CREATE VIEW v1_deals AS
SELECT date(x.date * 86400, 'unixepoch') AS day, p.id AS person_id, coalesce(n.name, p.id) AS person,
	x.client AS client, x.amount AS amount
FROM (
	SELECT d.person, CASE WHEN h.num IS NULL THEN d.date ELSE h.counts_date END AS date,
		CASE WHEN h.num IS NULL THEN d.client ELSE h.counts_client END AS client,
		CASE WHEN h.num IS NULL THEN d.amount ELSE h.counts_amount END AS amount
	FROM (SELECT deals.*, row_number() OVER (PARTITION BY person, date, client, amount ORDER BY ord) AS n FROM deals) d
	LEFT JOIN (SELECT held_deals.*, row_number() OVER (PARTITION BY person, date, client, amount ORDER BY num) AS n FROM held_deals) h
		ON h.person = d.person AND h.date = d.date AND h.client = d.client AND h.amount = d.amount AND h.n = d.n
	UNION ALL
	SELECT person, counts_date, counts_client, counts_amount FROM held_deals WHERE date IS NULL
) x JOIN people p ON p.num = x.person LEFT JOIN names n ON n.id = p.id
WHERE x.date IS NOT NULL;

CREATE VIEW v1_calls_by_day AS
SELECT date(t.date * 86400, 'unixepoch') AS day, t.person AS person_id, coalesce(n.name, t.person) AS person,
	t.calls AS calls, t.outgoing AS outgoing, t.incoming AS incoming, t.answered AS answered, t.missed AS missed, t.success AS successful,
	t.talks AS conversations, t.talk_time AS talk_seconds, t.cost AS cost
FROM call_totals t LEFT JOIN names n ON n.id = t.person;

CREATE VIEW v1_plan_fact AS
SELECT l.kind AS period, date(l.first * 86400, 'unixepoch') AS first_day, date(l.last * 86400, 'unixepoch') AS last_day,
	n.id AS person_id, n.name AS person, nullif(l.team, '') AS team, l.role AS role, coalesce(r.title, l.role) AS role_title, l.kpi AS kpi,
	coalesce(t.title, l.kpi) AS kpi_title, l.unit AS unit, l.plan AS plan, l.fact AS fact, l.to_date AS plan_to_date,
	l.attainment AS attainment, l.pace AS pace, l.deviation AS deviation, l.forecast AS forecast,
	l.remaining AS remaining, l.per_day AS needed_per_day, nullif(l.light, '') AS light, l.reported AS reported_days,
	l.missing AS missing_days, l.frozen AS frozen
FROM lines l JOIN names n ON n.num = l.person
LEFT JOIN titles r ON r.role = l.role AND r.kpi = ''
LEFT JOIN titles t ON t.role = l.role AND t.kpi = l.kpi;

CREATE VIEW v1_reports AS
SELECT date(s.date * 86400, 'unixepoch') AS day, n.id AS person_id, n.name AS person, s.state AS state
FROM day_states s JOIN names n ON n.num = s.person;

CREATE VIEW v1_people AS
SELECT n.id AS person_id, n.name AS person, s.role AS role, coalesce(r.title, s.role) AS role_title,
	nullif(s.team, '') AS team, date(s.first * 86400, 'unixepoch') AS first_day, date(s.last * 86400, 'unixepoch') AS last_day
FROM stints s JOIN names n ON n.num = s.person LEFT JOIN titles r ON r.role = s.role AND r.kpi = '';

CREATE VIEW v1_teams AS
SELECT t.name AS team, nullif(t.part_of, '') AS part_of FROM teams t;

CREATE VIEW v1_health AS
SELECT date(nullif(c.today, 0) * 86400, 'unixepoch') AS today, strftime('%Y-%m-%dT%H:%M:%SZ', nullif(c.changed, 0) / 1000, 'unixepoch') AS changed_at,
	c.served AS people_served,
	c.unreadable AS people_unreadable, c.bad_cells AS people_with_bad_cells, c.not_reported AS people_not_reported,
	c.unshared AS spreadsheets_unshared, c.by_hand AS spreadsheets_shared_by_hand
FROM cycle c;
