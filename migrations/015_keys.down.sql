-- Backwards through 015_keys.up.sql.
SELECT 1;
