-- Deals that an import wrote: the id that the CRM knows the deal by, and what was
-- written, to tell whether anybody edited the row since. Both stand in hidden columns
-- of the spreadsheet, from which they come back.
ALTER TABLE deals ADD COLUMN crm_id TEXT NOT NULL DEFAULT '';
ALTER TABLE deals ADD COLUMN written TEXT NOT NULL DEFAULT '';
