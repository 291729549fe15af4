-- Metadata of every resource of the CRM that clients change. crm.refuse_long_text() checks its size.
-- needs: crm/metadata.sql

DROP FUNCTION IF EXISTS crm.check_metadata() CASCADE;	-- with its triggers
SELECT crm.add_metadata(format('crm.%I', t)::regclass) FROM unnest('{activities,appointments,automation_rules,companies,contact_notes,
	contact_organizations,deal_notes,distributor_terms,messages,opportunity_items,opportunity_participants,pipeline_stages,pipelines,
	price_list_items,price_lists,products,records,tags,tasks}'::text[]) t;
-- down
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
