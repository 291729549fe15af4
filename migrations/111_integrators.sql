\warn 'tenantry schema up runs this step, once' \quit
-- For integrators: metadata of every resource of the CRM that clients change, whose size crm.refuse_long_text() checks;
-- when an organization was last changed; and the entries of the audit log of a request.
-- needs: crm/metadata.sql ops/touch.sql

DROP FUNCTION IF EXISTS crm.check_metadata() CASCADE;	-- with its triggers
SELECT crm.add_metadata(format('crm.%I', t)::regclass) FROM unnest('{activities,appointments,automation_rules,companies,contact_notes,
	contact_organizations,deal_notes,distributor_terms,messages,opportunity_items,opportunity_participants,pipeline_stages,pipelines,
	price_list_items,price_lists,products,records,tags,tasks}'::text[]) t;

DROP FUNCTION IF EXISTS identity.own_organizations() CASCADE;	-- it returns another column
ALTER TABLE identity.organization ADD updated_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE identity.organization DISABLE TRIGGER USER;
UPDATE identity.organization SET updated_at = created_at;
ALTER TABLE identity.organization ENABLE TRIGGER USER;
SELECT ops.touch('identity.organization');

CREATE INDEX audit_log_request_id ON ops.audit_log (org_id, request_id, at, id) WHERE request_id IS NOT NULL;
-- down
DROP INDEX ops.audit_log_request_id;
DROP TRIGGER IF EXISTS touch ON identity.organization;
DROP FUNCTION IF EXISTS identity.own_organizations() CASCADE;
ALTER TABLE identity.organization DROP updated_at;
DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY '{companies,contact_notes,contact_organizations,deal_notes,distributor_terms,opportunity_items,
	    opportunity_participants,pipeline_stages,pipelines,price_list_items,price_lists,products,records,tags,tasks}'::text[] LOOP
		EXECUTE format('ALTER TABLE crm.%I DROP metadata CASCADE', t);	-- with triggers and views of schema/
		IF t <> 'companies' THEN
			EXECUTE format('DROP POLICY search ON crm.%I', t);
			EXECUTE format('REVOKE SELECT (org_id, id) ON crm.%I FROM tenantry_search', t);
		END IF;
	END LOOP;
END $$;
DROP INDEX crm.appointments_metadata, crm.automation_rules_metadata, crm.messages_metadata;
DROP POLICY search ON crm.appointments;
DROP POLICY search ON crm.automation_rules;
REVOKE SELECT (org_id, id, metadata) ON crm.appointments, crm.automation_rules FROM tenantry_search;
REVOKE SELECT (metadata) ON crm.messages FROM tenantry_search;
