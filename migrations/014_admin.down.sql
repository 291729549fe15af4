-- Backwards through 014_admin.up.sql.
SELECT 1;
