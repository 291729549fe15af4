-- Rows that break the guarantees of the API
--
-- The rules follow from the catalogue: see ops.promises().
-- on: target

SELECT p.key, p.detail FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s, LATERAL ops.broken_promises(s.org) p
