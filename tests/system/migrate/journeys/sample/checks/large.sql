-- Tables of the source that are not migrated.
-- kind: note
SELECT c.oid::regclass::text, 'is not read' FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname = 'ignored'
