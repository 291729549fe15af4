-- Backwards through 011_passkey.up.sql.
SELECT 1;
