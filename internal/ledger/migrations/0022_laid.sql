-- What people's layouts were made from, as fingerprints: a new process lays out only those that are made from something
-- else. It may be emptied at any time.
CREATE TABLE laid (
	file   TEXT PRIMARY KEY,
	inputs BLOB NOT NULL, -- the fingerprint
	digest TEXT NOT NULL  -- of the layout
) STRICT;
