-- All tables as they are at this version: a new ledger begins here, an older one comes
-- here by the steps. Days are days since 1970-01-01; times are Unix seconds, of edits
-- milliseconds.

-- What is remembered of spreadsheets. Times here are Unix milliseconds, 0: none.
CREATE TABLE files (
	id      TEXT PRIMARY KEY NOT NULL,
	kind    TEXT NOT NULL,
	person  TEXT NOT NULL,
	url     TEXT NOT NULL,
	digest  TEXT NOT NULL,
	unread  INTEGER NOT NULL,
	trouble TEXT NOT NULL,
	gone    INTEGER NOT NULL, -- when that was seen
	writing INTEGER NOT NULL DEFAULT 0, -- a write was begun, nothing is known of its end
	changed INTEGER NOT NULL DEFAULT 0, -- when an edit was seen of which more may come
	wrote   INTEGER NOT NULL DEFAULT 0, -- the last write was not after
	told    INTEGER NOT NULL DEFAULT 0, -- the modification that the feed told of last
	kept    INTEGER NOT NULL DEFAULT 0, -- the layout's number; 0: it is not known
	asides  TEXT NOT NULL DEFAULT '' -- tabs set aside, since Google kept refusing what touches them, as JSON
) STRICT, WITHOUT ROWID;

-- Values of their own: secrets, and what configuration was last in force.
CREATE TABLE named (
	name  TEXT PRIMARY KEY NOT NULL,
	value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- People and KPIs are numbered to keep entries small.
CREATE TABLE people (
	num     INTEGER PRIMARY KEY,
	id      TEXT NOT NULL UNIQUE,
	since   INTEGER NOT NULL DEFAULT 0, -- day of the first reading; 0: before this was kept
	locked  INTEGER, -- the last day locked for counting; null: none yet
	figures INTEGER NOT NULL DEFAULT 0 -- changes of the person's figures, deals and clients
) STRICT;

CREATE TABLE kpis (
	num INTEGER PRIMARY KEY,
	key TEXT NOT NULL UNIQUE
) STRICT;

-- What people typed.
CREATE TABLE entries (
	person  INTEGER NOT NULL REFERENCES people,
	date    INTEGER NOT NULL,
	kpi     INTEGER NOT NULL REFERENCES kpis,
	value   REAL NOT NULL,
	seen    INTEGER NOT NULL, -- when it was first read
	changed INTEGER NOT NULL, -- when this value was first read
	late    INTEGER NOT NULL DEFAULT 0, -- first read after the deadline of its day
	PRIMARY KEY (person, date, kpi)
) STRICT, WITHOUT ROWID;

-- Entries that were changed or taken out after they had been read.
CREATE TABLE edits (
	num    INTEGER PRIMARY KEY,
	at     INTEGER NOT NULL,
	person INTEGER NOT NULL REFERENCES people,
	date   INTEGER NOT NULL,
	kpi    INTEGER NOT NULL REFERENCES kpis,
	was    REAL NOT NULL,
	became REAL -- null: gone
) STRICT;
CREATE INDEX edits_at ON edits (at);

CREATE TABLE comments (
	person INTEGER NOT NULL REFERENCES people,
	date   INTEGER NOT NULL,
	text   TEXT NOT NULL,
	PRIMARY KEY (person, date)
) STRICT, WITHOUT ROWID;

CREATE TABLE deals (
	person  INTEGER NOT NULL REFERENCES people,
	ord     INTEGER NOT NULL, -- place in the list, from 0
	date    INTEGER NOT NULL,
	client  TEXT NOT NULL,
	amount  REAL NOT NULL,
	comment TEXT NOT NULL DEFAULT '',
	row_key TEXT NOT NULL DEFAULT '', -- by which the row is told
	seen    INTEGER NOT NULL DEFAULT 0, -- when the row was first read; 0: before this was kept
	crm_id  TEXT NOT NULL DEFAULT '', -- by which the CRM knows it
	written TEXT NOT NULL DEFAULT '', -- what an import wrote, to tell whether anybody edited it since
	PRIMARY KEY (person, ord)
) STRICT, WITHOUT ROWID;

CREATE TABLE clients (
	person      INTEGER NOT NULL REFERENCES people,
	ord         INTEGER NOT NULL, -- place in the list, from 0
	name        TEXT NOT NULL,
	handed_over INTEGER NOT NULL, -- 0: from the beginning
	giver       TEXT NOT NULL,
	row_key     TEXT NOT NULL DEFAULT '', -- by which the row is told
	seen        INTEGER NOT NULL DEFAULT 0, -- the day on which it was first read; 0: before this was kept
	PRIMARY KEY (person, ord)
) STRICT, WITHOUT ROWID;

CREATE TABLE flags (
	person INTEGER PRIMARY KEY REFERENCES people,
	flags  BLOB NOT NULL
) STRICT;

-- Call logs, as far as figures need them: no phone numbers.
CREATE TABLE operators (
	num    INTEGER PRIMARY KEY,
	source TEXT NOT NULL,
	ident  TEXT NOT NULL,
	ext    TEXT NOT NULL,
	name   TEXT NOT NULL,
	UNIQUE (source, ident, ext, name)
) STRICT;

-- The days that a source's log covers.
CREATE TABLE call_days (
	source TEXT NOT NULL,
	date   INTEGER NOT NULL,
	stale  INTEGER NOT NULL, -- its figures are still to be counted
	PRIMARY KEY (source, date)
) STRICT, WITHOUT ROWID;

-- Whose figures were counted from a source.
CREATE TABLE call_people (
	source TEXT NOT NULL,
	person TEXT NOT NULL,
	PRIMARY KEY (source, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE call_costs (
	person TEXT NOT NULL,
	date   INTEGER NOT NULL,
	cost   REAL NOT NULL,
	PRIMARY KEY (person, date)
) STRICT, WITHOUT ROWID;

-- Months' tabs that do not show yet what was counted.
CREATE TABLE call_months (
	person TEXT NOT NULL,
	month  INTEGER NOT NULL, -- its first day
	PRIMARY KEY (person, month)
) STRICT, WITHOUT ROWID;

-- Deals that were changed or taken out after they had been read.
CREATE TABLE deal_edits (
	num        INTEGER PRIMARY KEY,
	at         INTEGER NOT NULL, -- Unix milliseconds
	person     INTEGER NOT NULL REFERENCES people,
	row_key    TEXT NOT NULL,
	was_date   INTEGER NOT NULL,
	was_client TEXT NOT NULL,
	was_amount REAL NOT NULL,
	date       INTEGER, -- null: gone
	client     TEXT,
	amount     REAL
) STRICT;
CREATE INDEX deal_edits_at ON deal_edits (at);

-- Clients who were taken out of a list, for the start lists that they were on.
CREATE TABLE gone_clients (
	person      INTEGER NOT NULL REFERENCES people,
	name        TEXT NOT NULL, -- as names are compared
	shown       TEXT NOT NULL, -- as it was typed
	handed_over INTEGER NOT NULL,
	giver       TEXT NOT NULL,
	listed      INTEGER NOT NULL, -- the day on which they were first read
	gone        INTEGER NOT NULL, -- the day since which they were not
	PRIMARY KEY (person, name)
) STRICT, WITHOUT ROWID;

-- Figures of locked days that count in the place of what is typed.
CREATE TABLE held (
	person INTEGER NOT NULL REFERENCES people,
	date   INTEGER NOT NULL,
	kpi    INTEGER NOT NULL REFERENCES kpis,
	value  REAL, -- null: none
	PRIMARY KEY (person, date, kpi)
) STRICT, WITHOUT ROWID;

-- Edits of days that were locked.
CREATE TABLE late_edits (
	num     INTEGER PRIMARY KEY,
	at      INTEGER NOT NULL,
	person  INTEGER NOT NULL REFERENCES people,
	date    INTEGER NOT NULL,
	kpi     INTEGER NOT NULL REFERENCES kpis,
	was     REAL, -- null: none
	became  REAL, -- null: gone
	counted INTEGER NOT NULL
) STRICT;

-- Days that an import opened, until the person's next reading.
CREATE TABLE opened (
	person INTEGER NOT NULL REFERENCES people,
	first  INTEGER NOT NULL,
	last   INTEGER NOT NULL,
	PRIMARY KEY (person, first, last)
) STRICT, WITHOUT ROWID;

-- Reminders and digests: what was sent to whom about a day, so that nobody gets it twice.
CREATE TABLE notices (
	day     INTEGER NOT NULL,
	kind    TEXT NOT NULL,
	who     TEXT NOT NULL, -- id of a person; of a digest, the address
	state   TEXT NOT NULL, -- taken, sent, failed
	tries   INTEGER NOT NULL,
	problem TEXT NOT NULL, -- why the last try failed
	at      INTEGER NOT NULL, -- of the last change
	PRIMARY KEY (day, kind, who)
) STRICT, WITHOUT ROWID;

-- Deals of locked days: of those that are typed one as the first counts as the second;
-- nulls: none is typed, none counts. Several may be alike.
CREATE TABLE held_deals (
	num           INTEGER PRIMARY KEY,
	person        INTEGER NOT NULL REFERENCES people,
	date          INTEGER,
	client        TEXT,
	amount        REAL,
	counts_date   INTEGER,
	counts_client TEXT,
	counts_amount REAL
) STRICT;
CREATE INDEX held_deals_person ON held_deals (person);

-- Edits of deals of days that were locked.
CREATE TABLE late_deals (
	num        INTEGER PRIMARY KEY,
	at         INTEGER NOT NULL, -- Unix milliseconds
	person     INTEGER NOT NULL REFERENCES people,
	was_date   INTEGER, -- null: there was none
	was_client TEXT,
	was_amount REAL,
	date       INTEGER, -- null: gone
	client     TEXT,
	amount     REAL,
	counted    INTEGER NOT NULL
) STRICT;
CREATE INDEX late_deals_at ON late_deals (at);

-- Closed periods of people. A person may have a role twice in one: both are kept.
CREATE TABLE closes (
	num      INTEGER PRIMARY KEY,
	kind     TEXT NOT NULL,
	first    INTEGER NOT NULL,
	last     INTEGER NOT NULL,
	person   INTEGER NOT NULL REFERENCES people,
	role     TEXT NOT NULL,
	again    INTEGER NOT NULL, -- how many times the person had had the role before
	name     TEXT NOT NULL, -- of the person, then
	title    TEXT NOT NULL, -- of the role, then
	team     TEXT NOT NULL,
	at       INTEGER NOT NULL,
	mended   INTEGER NOT NULL, -- 0: never
	reopened INTEGER NOT NULL, -- an allowed edit came in: the facts are to be taken anew
	UNIQUE (last, kind, person, role, again)
) STRICT;

CREATE TABLE closed_kpis (
	closed     INTEGER NOT NULL REFERENCES closes,
	ord        INTEGER NOT NULL,
	kpi        TEXT NOT NULL,
	title      TEXT NOT NULL,
	unit       TEXT NOT NULL,
	plan       REAL,
	fact       REAL,
	attainment REAL,
	light      TEXT NOT NULL,
	version    TEXT NOT NULL, -- which plan was in force, in words
	working    INTEGER NOT NULL,
	reported   INTEGER NOT NULL,
	missing    INTEGER NOT NULL,
	PRIMARY KEY (closed, ord)
) STRICT, WITHOUT ROWID;
CREATE INDEX closes_person ON closes (person, last);

-- A call may have legs of several operators.
CREATE TABLE calls (
	source    TEXT NOT NULL,
	id        TEXT NOT NULL,
	started   INTEGER NOT NULL, -- Unix seconds
	operator  INTEGER NOT NULL REFERENCES operators,
	direction TEXT NOT NULL,
	answer    INTEGER NOT NULL, -- 0 not told, 1 answered, 2 missed
	talk      REAL, -- seconds; null: not told
	success   INTEGER NOT NULL,
	cost      REAL, -- roubles; null: not told
	PRIMARY KEY (source, id, operator)
) STRICT, WITHOUT ROWID;
CREATE INDEX calls_started ON calls (started);
CREATE INDEX calls_operator ON calls (operator, started);

-- Files that are about to be made: one may be there without being known.
CREATE TABLE files_begun (
	kind   TEXT NOT NULL,
	person TEXT NOT NULL, -- empty: nobody's
	PRIMARY KEY (kind, person)
) STRICT, WITHOUT ROWID;

-- How far Drive's change feed was followed: one row.
CREATE TABLE feed (
	one        INTEGER PRIMARY KEY CHECK (one = 1),
	cursor     TEXT NOT NULL, -- empty: never
	distrusted INTEGER NOT NULL, -- all files are to be looked for
	held       INTEGER NOT NULL DEFAULT 0 -- since when nothing that is lost is made again by itself; 0: it is
) STRICT;

-- What the last cycle left for the next: one row.
CREATE TABLE cycle (
	one            INTEGER PRIMARY KEY CHECK (one = 1),
	up_to_date     TEXT NOT NULL, -- the moment that all spreadsheets stand for; empty: something is to be done
	today          INTEGER NOT NULL, -- of its moment; 0: there was none
	over           INTEGER NOT NULL,
	changed        INTEGER NOT NULL, -- when a figure or the configuration last changed
	read_by        TEXT NOT NULL,
	transfers_told INTEGER NOT NULL, -- a day; 0: never
	looked         INTEGER NOT NULL, -- the last day whose reports would have been late; 0: none
	read_to        INTEGER NOT NULL, -- the last day of the periods before whose close all was read; 0: none
	restore        INTEGER NOT NULL, -- closes and late edits are to be read from the summary
	served         INTEGER NOT NULL,
	unreadable     INTEGER NOT NULL,
	bad_cells      INTEGER NOT NULL,
	not_reported   INTEGER NOT NULL,
	unshared       INTEGER NOT NULL,
	by_hand        INTEGER NOT NULL
) STRICT;

-- Files of which it is known with whom they are shared: of others that is looked up first.
CREATE TABLE shared_files (
	file    TEXT PRIMARY KEY,
	folder  TEXT NOT NULL, -- in which the worker has put it; empty: where it was made
	unmoved TEXT NOT NULL DEFAULT '' -- why it could not be moved there, in Google's word; empty: it could, or was not tried
) STRICT, WITHOUT ROWID;

-- Whom the worker gave access.
CREATE TABLE file_shares (
	file  TEXT NOT NULL,
	email TEXT NOT NULL, -- in lower case
	role  TEXT NOT NULL,
	PRIMARY KEY (file, email)
) STRICT, WITHOUT ROWID;

-- Who else could open a file when that was looked up last.
CREATE TABLE external_access (
	file TEXT NOT NULL,
	who  TEXT NOT NULL, -- an e-mail or a domain; empty: everybody who has the link
	role TEXT NOT NULL,
	PRIMARY KEY (file, who, role)
) STRICT, WITHOUT ROWID;

-- Addresses with which Google would not share. Times are Unix milliseconds.
CREATE TABLE share_refusals (
	file   TEXT NOT NULL, -- empty: none of the files
	email  TEXT NOT NULL,
	reason TEXT NOT NULL, -- Google's word for it
	tries  INTEGER NOT NULL,
	again  INTEGER NOT NULL, -- when it is tried again; 0: not by itself
	mailed INTEGER NOT NULL, -- it was tried with a mail
	PRIMARY KEY (file, email)
) STRICT, WITHOUT ROWID;

-- Of sharing altogether: one row.
CREATE TABLE sharing (
	one         INTEGER PRIMARY KEY CHECK (one = 1),
	rests_until INTEGER NOT NULL, -- nothing is shared before, since Google lets the account share no more
	folder      TEXT NOT NULL DEFAULT '' -- of people's reports, which directors may open; empty: not known
) STRICT;

-- How often what others are made from has changed, so that what is kept of it elsewhere
-- is known to be still right: one row. Triggers count, so that no statement can be forgotten.
CREATE TABLE versions (
	one        INTEGER PRIMARY KEY CHECK (one = 1),
	closes     INTEGER NOT NULL, -- changes of closed periods as they are shown
	call_costs INTEGER NOT NULL, -- changes of what calls cost
	settled    INTEGER NOT NULL, -- all periods that end by this day are closed of all who count
	counting   TEXT NOT NULL -- who counts, and when, at that time; empty: settled says nothing
) STRICT;

CREATE TRIGGER entries_come AFTER INSERT ON entries BEGIN UPDATE people SET figures = figures + 1 WHERE num = NEW.person; END;
CREATE TRIGGER entries_change AFTER UPDATE ON entries BEGIN UPDATE people SET figures = figures + 1 WHERE num = NEW.person; END;
CREATE TRIGGER entries_go AFTER DELETE ON entries BEGIN UPDATE people SET figures = figures + 1 WHERE num = OLD.person; END;

CREATE TRIGGER held_come AFTER INSERT ON held BEGIN UPDATE people SET figures = figures + 1 WHERE num = NEW.person; END;
CREATE TRIGGER held_change AFTER UPDATE ON held BEGIN UPDATE people SET figures = figures + 1 WHERE num = NEW.person; END;
CREATE TRIGGER held_go AFTER DELETE ON held BEGIN UPDATE people SET figures = figures + 1 WHERE num = OLD.person; END;

CREATE TRIGGER deals_come AFTER INSERT ON deals BEGIN UPDATE people SET figures = figures + 1 WHERE num = NEW.person; END;
CREATE TRIGGER deals_change AFTER UPDATE ON deals BEGIN UPDATE people SET figures = figures + 1 WHERE num = NEW.person; END;
CREATE TRIGGER deals_go AFTER DELETE ON deals BEGIN UPDATE people SET figures = figures + 1 WHERE num = OLD.person; END;

CREATE TRIGGER held_deals_come AFTER INSERT ON held_deals BEGIN UPDATE people SET figures = figures + 1 WHERE num = NEW.person; END;
CREATE TRIGGER held_deals_change AFTER UPDATE ON held_deals BEGIN UPDATE people SET figures = figures + 1 WHERE num = NEW.person; END;
CREATE TRIGGER held_deals_go AFTER DELETE ON held_deals BEGIN UPDATE people SET figures = figures + 1 WHERE num = OLD.person; END;

CREATE TRIGGER clients_come AFTER INSERT ON clients BEGIN UPDATE people SET figures = figures + 1 WHERE num = NEW.person; END;
CREATE TRIGGER clients_change AFTER UPDATE ON clients BEGIN UPDATE people SET figures = figures + 1 WHERE num = NEW.person; END;
CREATE TRIGGER clients_go AFTER DELETE ON clients BEGIN UPDATE people SET figures = figures + 1 WHERE num = OLD.person; END;

CREATE TRIGGER gone_clients_come AFTER INSERT ON gone_clients BEGIN UPDATE people SET figures = figures + 1 WHERE num = NEW.person; END;
CREATE TRIGGER gone_clients_change AFTER UPDATE ON gone_clients BEGIN UPDATE people SET figures = figures + 1 WHERE num = NEW.person; END;
CREATE TRIGGER gone_clients_go AFTER DELETE ON gone_clients BEGIN UPDATE people SET figures = figures + 1 WHERE num = OLD.person; END;

CREATE TRIGGER call_costs_come AFTER INSERT ON call_costs BEGIN UPDATE versions SET call_costs = call_costs + 1; END;
CREATE TRIGGER call_costs_change AFTER UPDATE ON call_costs BEGIN UPDATE versions SET call_costs = call_costs + 1; END;
CREATE TRIGGER call_costs_go AFTER DELETE ON call_costs BEGIN UPDATE versions SET call_costs = call_costs + 1; END;

CREATE TRIGGER closes_come AFTER INSERT ON closes BEGIN UPDATE versions SET closes = closes + 1; END;
CREATE TRIGGER closes_change AFTER UPDATE OF kind, first, last, person, role, again, name, title, team, at, mended ON closes
	BEGIN UPDATE versions SET closes = closes + 1; END;
CREATE TRIGGER closes_go AFTER DELETE ON closes BEGIN UPDATE versions SET closes = closes + 1, counting = ''; END;
CREATE INDEX closes_reopened ON closes (reopened) WHERE reopened <> 0;

-- What stands in spreadsheets, apart from what else is known of them: a cycle looks at all
-- files, and at the layouts of a few. A number is never given twice.
CREATE TABLE layouts (
	num    INTEGER PRIMARY KEY AUTOINCREMENT,
	layout BLOB NOT NULL
) STRICT;

INSERT INTO feed VALUES (1, '', 0, 0);
INSERT INTO cycle VALUES (1, '', 0, 0, 0, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
INSERT INTO sharing VALUES (1, 0, '');
INSERT INTO versions VALUES (1, 1, 1, 0, '');
