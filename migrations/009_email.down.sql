-- Backwards through 009_email.up.sql.
SELECT 1;
