-- The migration before this one makes the constraint anew.
SELECT 1;
