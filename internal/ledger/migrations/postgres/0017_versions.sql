-- How often what others are made from has changed: see the step of SQLite. Functions find
-- the tables of the schema that the transaction works in.

ALTER TABLE people ADD COLUMN figures bigint NOT NULL DEFAULT 0;

CREATE TABLE versions (
	one        bigint PRIMARY KEY CHECK (one = 1),
	closes     bigint NOT NULL,
	call_costs bigint NOT NULL,
	settled    bigint NOT NULL,
	counting   text COLLATE "C" NOT NULL
);
INSERT INTO versions VALUES (1, 1, 1, 0, '');

CREATE FUNCTION count_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		UPDATE people SET figures = figures + 1 WHERE num = OLD.person;
	ELSE
		UPDATE people SET figures = figures + 1 WHERE num = NEW.person;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER entries_count AFTER INSERT OR UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION count_figures();
CREATE TRIGGER held_count AFTER INSERT OR UPDATE OR DELETE ON held FOR EACH ROW EXECUTE FUNCTION count_figures();
CREATE TRIGGER deals_count AFTER INSERT OR UPDATE OR DELETE ON deals FOR EACH ROW EXECUTE FUNCTION count_figures();
CREATE TRIGGER held_deals_count AFTER INSERT OR UPDATE OR DELETE ON held_deals FOR EACH ROW EXECUTE FUNCTION count_figures();
CREATE TRIGGER clients_count AFTER INSERT OR UPDATE OR DELETE ON clients FOR EACH ROW EXECUTE FUNCTION count_figures();
CREATE TRIGGER gone_clients_count AFTER INSERT OR UPDATE OR DELETE ON gone_clients FOR EACH ROW EXECUTE FUNCTION count_figures();

CREATE FUNCTION count_call_costs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE versions SET call_costs = call_costs + 1;
	RETURN NULL;
END $$;
CREATE TRIGGER call_costs_count AFTER INSERT OR UPDATE OR DELETE ON call_costs FOR EACH ROW EXECUTE FUNCTION count_call_costs();

CREATE FUNCTION count_closes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE versions SET closes = closes + 1, counting = CASE WHEN TG_OP = 'DELETE' THEN '' ELSE counting END;
	RETURN NULL;
END $$;
CREATE TRIGGER closes_count AFTER INSERT OR DELETE OR UPDATE OF kind, first, last, person, role, again, name, title, team, at, mended
	ON closes FOR EACH ROW EXECUTE FUNCTION count_closes();

CREATE INDEX closes_reopened ON closes (reopened) WHERE reopened <> 0;
