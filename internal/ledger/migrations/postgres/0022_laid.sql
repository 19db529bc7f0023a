-- Programs from step 19 on work with it.
-- What people's layouts were made from, as fingerprints: a new process lays out only those that are made from something
-- else. It may be emptied at any time.
CREATE TABLE laid (
	file   text COLLATE "C" PRIMARY KEY,
	inputs bytea NOT NULL, -- the fingerprint
	digest text COLLATE "C" NOT NULL -- of the layout
);
