-- How often what others are made from has changed, so that what is kept of it elsewhere
-- is known to be still right. Triggers count, so that no statement can be forgotten.

ALTER TABLE people ADD COLUMN figures INTEGER NOT NULL DEFAULT 0; -- changes of the person's figures, deals and clients

CREATE TABLE versions (
	one        INTEGER PRIMARY KEY CHECK (one = 1),
	closes     INTEGER NOT NULL, -- changes of closed periods as they are shown
	call_costs INTEGER NOT NULL, -- changes of what calls cost
	settled    INTEGER NOT NULL, -- all periods that end by this day are closed of all who count
	counting   TEXT NOT NULL     -- who counts, and when, at that time; empty: settled says nothing
) STRICT;
INSERT INTO versions VALUES (1, 1, 1, 0, '');

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

-- Those to be mended are looked for in every cycle.
CREATE INDEX closes_reopened ON closes (reopened) WHERE reopened <> 0;
