-- The processes that serve the departments.
CREATE TABLE svodka_departments.processes (
    name text COLLATE "C" PRIMARY KEY, -- also of the queue of its runs
    seen timestamptz NOT NULL          -- when it was last at work
);
-- Whose turn a department is: that process remembers what stands in its ledger. Empty:
-- nobody's yet.
ALTER TABLE svodka_departments.departments ADD COLUMN process text COLLATE "C" NOT NULL DEFAULT '';
