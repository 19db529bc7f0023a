-- Each edit that counts looks for the person's closes of its day.
CREATE INDEX closes_person ON closes (person, last);
