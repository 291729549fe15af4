-- Backwards through 008_event.up.sql.
SELECT 1;
