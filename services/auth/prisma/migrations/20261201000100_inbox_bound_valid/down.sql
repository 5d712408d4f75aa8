-- The constraint is dropped together with the migration before this one.
SELECT 1;
