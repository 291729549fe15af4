-- The organization does not have the module yet
--
-- An exception is a run of this journey that has switched the module on. It can be resumed or rolled back.
-- kind: blocker
-- on: target

SELECT o.slug, 'has the module already; "tenantry org module" switches it off, which keeps its data'
  FROM identity.organization o
 WHERE o.id = ops.chosen_organization() AND o.modules @> '{b2b}'
   AND NOT EXISTS (SELECT FROM ops.migration m JOIN ops.migration_row r ON r.migration_id = m.id AND r.target_id = o.id::text
	  JOIN ops.migration_step s ON s.migration_id = m.id AND s.step = r.step AND s.name = '090_module'
	WHERE m.journey = 'b2b')
