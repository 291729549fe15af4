-- No other organization has the slug
-- kind: blocker
-- on: target

SELECT o.slug, format('the organization "%s" has this slug; write another organization_slug into the plan', o.name)
  FROM identity.organization o
 WHERE o.slug = current_setting('migration.organization_slug') AND current_setting('migration.organization_slug') <> ''
   AND NOT EXISTS (SELECT FROM identity.imported_organization i WHERE i.id = o.id AND i.source_id = 'better-auth ' || current_setting('migration.organization_slug'))
