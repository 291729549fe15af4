-- Backwards through 012_oauth.up.sql.
SELECT 1;
