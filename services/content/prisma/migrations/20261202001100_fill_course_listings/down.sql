-- The rows stay: they are true, and the migration before this one made their tables.
SELECT 1;
