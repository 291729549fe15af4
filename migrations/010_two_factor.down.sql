-- Backwards through 010_two_factor.up.sql.
SELECT 1;
