-- At which API a person allowed what: the scope tokens of two APIs may read alike. What was allowed before this is
-- remembered of nobody, and asked for once more.

ALTER TABLE consents ADD COLUMN access TEXT COLLATE "C" NOT NULL DEFAULT '{}';
