\warn 'tenantry schema up runs this step, once' \quit
-- Roles that are limited to some fields of a resource.

ALTER TABLE identity.resource ADD COLUMN fields boolean NOT NULL DEFAULT false;
DROP FUNCTION IF EXISTS crm.check_parents(crm.trash, regclass);
-- down
-- Earlier versions do not know lists of fields, and would show all fields: such roles and their members
-- lose their rights in the CRM until the roles are changed.
UPDATE identity.organization_role SET permission = '{}'
 WHERE EXISTS (SELECT FROM jsonb_object_keys(permission) k WHERE strpos(k, '.') > 0);
UPDATE identity.organization_member SET grants = '{}' WHERE strpos(grants, '"fields"') > 0;
UPDATE identity.deleted_member SET grants = '{}' WHERE strpos(grants, '"fields"') > 0;
ALTER TABLE identity.resource DROP COLUMN fields;
