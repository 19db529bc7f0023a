-- Who works on a department. The row stays when the department is removed: its number
-- must go on rising.
CREATE TABLE svodka_departments.claims (
    department text COLLATE "C" PRIMARY KEY,
    fence      bigint NOT NULL,      -- rises each time somebody takes the claim
    holder     text NOT NULL,        -- the process, for people
    doing      text NOT NULL,        -- for people
    job        bigint NOT NULL,      -- the run it was taken for; 0: a command
    since      timestamptz NOT NULL,
    heartbeat  timestamptz NOT NULL,
    until      timestamptz NOT NULL  -- in the past: nobody works on it
);

-- When the jobs of departments are due, and how they went.
CREATE TABLE svodka_departments.due (
    department text COLLATE "C" NOT NULL REFERENCES svodka_departments.departments ON DELETE CASCADE,
    kind       text COLLATE "C" NOT NULL,
    rank       integer NOT NULL,              -- of those that are due, the lowest goes first
    spec       text NOT NULL,                 -- cron spec and zone that next comes from
    next       timestamptz NOT NULL,
    last       timestamptz,                   -- when the last run that went well began
    job        bigint NOT NULL DEFAULT 0,     -- the run that was handed out last; 0: none
    round      bigint NOT NULL DEFAULT 0,     -- rises with each run; no two runs have the same
    looked     timestamptz,                   -- when somebody last looked what became of it
    failed     timestamptz,                   -- when a run last failed, if none has gone well since
    trouble    text NOT NULL DEFAULT '',      -- and why; names nobody
    PRIMARY KEY (department, kind)
);
CREATE INDEX due_next ON svodka_departments.due (next);
