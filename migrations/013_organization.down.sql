-- Backwards through 013_organization.up.sql.
SELECT 1;
