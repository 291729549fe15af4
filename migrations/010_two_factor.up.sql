-- The second factor.
SELECT 1;
