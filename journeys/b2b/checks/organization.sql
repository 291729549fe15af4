-- The organization that gets opportunities, by its slug or ID
--
-- If only one organization does not have the module, this is the default.
-- kind: value

SELECT min(o.slug), 'the only organization without the module'
  FROM identity.organization o
 WHERE o.deleted_at IS NULL AND NOT o.modules @> '{b2b}'
HAVING count(*) = 1
