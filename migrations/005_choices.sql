\warn 'tenantry schema up runs this step, once' \quit
-- Choices of an organization as rows, and values of existing rows that were none.
-- needs: crm/choice.sql ops/tenant.sql

CREATE TABLE crm.choices (
	org_id   uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id       bigint NOT NULL DEFAULT ops.new_id(),
	kind     text NOT NULL,	-- the member of the configuration with the list
	value    text NOT NULL,
	label    text NOT NULL,
	position smallint NOT NULL,
	PRIMARY KEY (org_id, kind, value),
	CONSTRAINT choices_org_id_fkey FOREIGN KEY (org_id)
		REFERENCES identity.organization ON DELETE CASCADE
);
SELECT ops.protect('crm.choices', false, false);
GRANT SELECT, INSERT, UPDATE, DELETE ON crm.choices TO tenantry_app;

-- The audit log has the changed rows under this id of a request.
DO $$
DECLARE
	org uuid;
BEGIN
	PERFORM set_config('app.request_id', 'migration choices', true);
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true);
		PERFORM crm.adopt_choices();
	END LOOP;
	PERFORM set_config('app.org_id', '', true), set_config('app.request_id', '', true);
END $$;
DROP FUNCTION IF EXISTS crm.rename_in_deals(text, name, text[], text[], boolean);
-- down
-- CASCADE: triggers and policies of schema/ go with their table.
DROP TABLE crm.choices CASCADE;
