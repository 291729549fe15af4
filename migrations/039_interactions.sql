\warn 'tenantry schema up runs this step, once' \quit
-- The module b2b: more types of activities.

-- Those of the module; a trigger refuses them in organizations without it.
ALTER TABLE crm.activities DROP CONSTRAINT activities_type_check;
ALTER TABLE crm.activities ADD CONSTRAINT activities_type_check
	CHECK (type IN ('call', 'email', 'meeting', 'note', 'task', 'demo', 'event', 'sample', 'visit'));
-- down
DROP VIEW IF EXISTS crm.contact_influence_profile, crm.principal_advocacy_dashboard;
DROP FUNCTION IF EXISTS crm.check_interaction_type() CASCADE;
-- Row security applies to the owner as well, so each organization is changed by itself.
DO $$
DECLARE
	org uuid;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		UPDATE crm.activities SET type = 'meeting' WHERE type IN ('demo', 'event', 'sample', 'visit');
	END LOOP;
	PERFORM set_config('app.org_id', '', true);
END $$;
ALTER TABLE crm.activities DROP CONSTRAINT activities_type_check;
ALTER TABLE crm.activities ADD CONSTRAINT activities_type_check
	CHECK (type IN ('call', 'email', 'meeting', 'note', 'task'));
DELETE FROM identity.resource WHERE name IN ('contact_influence_profile', 'principal_advocacy_dashboard');
