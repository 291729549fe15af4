-- Rows that break the guarantees of the API
--
-- The rules follow from the catalogue: see ops.promises().
-- on: target

SELECT p.key, p.detail FROM identity.imported_organization i JOIN identity.organization o ON o.id = i.id,
	LATERAL (SELECT ops.enter_organization(o.id, '') AS org OFFSET 0) s, LATERAL ops.broken_promises(s.org) p
 WHERE i.source_id NOT LIKE 'supabase %'
