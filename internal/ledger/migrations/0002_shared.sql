-- With whom the worker shared each file.
ALTER TABLE files ADD COLUMN shared TEXT NOT NULL DEFAULT '';
