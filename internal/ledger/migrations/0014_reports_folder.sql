-- The folder of people's reports, which directors may open; empty: not known.
ALTER TABLE sharing ADD COLUMN folder TEXT NOT NULL DEFAULT '';

-- Why a file could not be moved into it, in Google's word; empty: it could, or was not tried.
ALTER TABLE shared_files ADD COLUMN unmoved TEXT NOT NULL DEFAULT '';
