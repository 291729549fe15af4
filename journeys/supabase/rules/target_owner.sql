-- Organizations without an owner
-- on: target

SELECT o.id, format('the organization %s has no owner', o.slug)
  FROM identity.organization o
 WHERE o.deleted_at IS NULL
   AND NOT EXISTS (SELECT FROM identity.organization_member m
	WHERE m.organization_id = o.id AND m.acts_as = 'owner' AND NOT m.disabled)
