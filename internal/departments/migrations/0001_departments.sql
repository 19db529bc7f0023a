-- The departments of a deployment. Settings hold what differs by department, by the name
-- of the setting without its prefix; never a secret.
CREATE TABLE svodka_departments.departments (
    name     text COLLATE "C" PRIMARY KEY,
    settings jsonb NOT NULL,
    version  bigint NOT NULL DEFAULT 1, -- rises with each change
    added    timestamptz NOT NULL DEFAULT now()
);
