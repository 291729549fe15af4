\warn 'tenantry schema up runs this step, once' \quit
-- The time of creation and of the last change of each row that the API lists, with an index for each.
-- needs: ops/tenant.sql

-- New columns whose default is this time rewrite no table: existing rows have changed now for those who ask
-- what has changed since some time. Only where rows had no time of creation, it is derived from their ids,
-- see ops.new_id(), or from the given expression if the id came from elsewhere, which rewrites the table.
-- Its columns begin with all columns of a view that gets more.
DROP VIEW IF EXISTS crm.contacts_export;

DO $$
DECLARE
	made record;
	t text;
BEGIN
	FOR made IN SELECT * FROM (VALUES ('crm.sales', 'now()'), ('crm.configuration', 'now()'), ('crm.contacts', 'first_seen'),
	    ('crm.contact_notes', 'date'), ('crm.deal_notes', 'date'), ('crm.tasks', 'now()'), ('crm.tags', 'now()'),
	    ('crm.company_profiles', 'now()'), ('crm.pipeline_stages', 'now()'), ('crm.merges', 'merged_at'),
	    ('crm.duplicates', 'found_at'), ('membership.user_agreements', 'accepted_at'),
	    ('membership.user_settings', 'updated_at'), ('membership.user_security_settings', 'updated_at'),
	    ('membership.user_notification_preferences', 'updated_at'), ('membership.user_payment_settings', 'updated_at'),
	    ('membership.user_privacy_settings', 'updated_at'), ('membership.user_appearance_settings', 'updated_at'))
	    v (name, otherwise) LOOP
		EXECUTE format('ALTER TABLE %s ADD COLUMN created_at timestamptz NOT NULL DEFAULT now()', made.name);
		EXECUTE format('ALTER TABLE %s ALTER COLUMN created_at TYPE timestamptz USING CASE WHEN id >> 12 BETWEEN 86400000 '
			'AND (extract(epoch FROM now()) - 1735689600) * 1000 THEN to_timestamp((id >> 12) / 1000.0 + 1735689600) '
			'ELSE coalesce(least(%s, now()), now()) END', made.name, made.otherwise);
	END LOOP;
	FOREACH t IN ARRAY '{crm.sales,crm.configuration,crm.contacts,crm.contact_notes,crm.deal_notes,crm.tasks,crm.tags,
	    crm.company_profiles,crm.pipeline_stages,crm.merges,crm.duplicates,membership.user_agreements,crm.companies,
	    crm.activities,crm.automation_runs,crm.messages,crm.imports,crm.import_mappings,crm.bulk_changes,crm.views,
	    crm.webhook_deliveries,crm.shares,crm.contact_organizations,crm.pipelines,crm.opportunity_participants,
	    membership.ledger_accounts,membership.ledger_transactions,membership.ledger_entries,membership.agreement_documents,
	    membership.payout_accounts,membership.payout_batches,membership.kyc_evidence,membership.kyc_decisions,
	    membership.tax_forms,membership.transaction_monitoring,membership.legal_holds,membership.erasures,
	    membership.member_messages,crm.contact_holds,crm.contact_erasures,factory_app.cost_calculations,factory_app.audit_log}'::text[] LOOP
		EXECUTE format('ALTER TABLE %s ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now()', t);
	END LOOP;
END $$;

-- The times are never null, so one index serves both orders, and views that sort other times with them.
DROP INDEX crm.deals_updated_at, crm.companies_created_at, crm.deals_created_at, crm.bulk_changes_created_at,
	crm.webhook_deliveries_created_at, factory_app.cost_calculations_created_at, factory_app.audit_log_created_at;
DO $$
DECLARE
	t regclass;
	time text;
BEGIN
	FOR t, time IN SELECT c.oid, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
	    JOIN pg_attribute k ON k.attrelid = c.oid AND k.attname = 'id'
	    WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text IN ('crm', 'factory_app', 'membership')
	      AND a.attname IN ('created_at', 'updated_at')
	      AND EXISTS (SELECT FROM pg_attribute b WHERE b.attrelid = c.oid AND b.attname = 'created_at')
	      AND EXISTS (SELECT FROM pg_attribute b WHERE b.attrelid = c.oid AND b.attname = 'updated_at')
	    ORDER BY c.oid::regclass::text, 2 LOOP
		EXECUTE format('CREATE INDEX %I ON %s (org_id, %I DESC NULLS LAST, id DESC)',
			(SELECT relname FROM pg_class WHERE oid = t) || '_' || time, t, time);
	END LOOP;
END $$;

-- The deletions of a resource since some time.
CREATE INDEX trash_resource ON crm.trash (org_id, resource, deleted_at DESC NULLS LAST, row_id DESC);

-- In order within a write, as the time of creation.
ALTER TABLE crm.automation_runs ALTER COLUMN updated_at SET DEFAULT clock_timestamp();

-- Triggers call ops.touch_row() instead.
DROP FUNCTION IF EXISTS crm.touch_row(), membership.touch_row(), factory_app.set_updated_at() CASCADE;
-- down
DROP FUNCTION IF EXISTS ops.touch_row(), crm.touch_contact() CASCADE;
DROP TRIGGER IF EXISTS touch ON membership.user_contacts;	-- it depends on a column that an earlier step adds
DROP INDEX crm.trash_resource;
DO $$
DECLARE
	i text;
	t text;
BEGIN
	FOR i IN SELECT c.oid::regclass FROM pg_class c WHERE c.relkind = 'i' AND c.relname ~ '_(created|updated)_at$'
	    AND c.relnamespace::regnamespace::text IN ('crm', 'factory_app', 'membership') LOOP
		EXECUTE 'DROP INDEX ' || i;
	END LOOP;
	-- CASCADE: their views and triggers.
	FOREACH t IN ARRAY '{crm.sales,crm.configuration,crm.contacts,crm.contact_notes,crm.deal_notes,crm.tasks,crm.tags,
	    crm.company_profiles,crm.pipeline_stages,crm.merges,crm.duplicates,membership.user_agreements,
	    membership.user_settings,membership.user_security_settings,membership.user_notification_preferences,
	    membership.user_payment_settings,membership.user_privacy_settings,membership.user_appearance_settings}'::text[] LOOP
		EXECUTE format('ALTER TABLE %s DROP COLUMN created_at CASCADE', t);
	END LOOP;
	FOREACH t IN ARRAY '{crm.sales,crm.configuration,crm.contacts,crm.contact_notes,crm.deal_notes,crm.tasks,crm.tags,
	    crm.company_profiles,crm.pipeline_stages,crm.merges,crm.duplicates,membership.user_agreements,crm.companies,
	    crm.activities,crm.automation_runs,crm.messages,crm.imports,crm.import_mappings,crm.bulk_changes,crm.views,
	    crm.webhook_deliveries,crm.shares,crm.contact_organizations,crm.pipelines,crm.opportunity_participants,
	    membership.ledger_accounts,membership.ledger_transactions,membership.ledger_entries,membership.agreement_documents,
	    membership.payout_accounts,membership.payout_batches,membership.kyc_evidence,membership.kyc_decisions,
	    membership.tax_forms,membership.transaction_monitoring,membership.legal_holds,membership.erasures,
	    membership.member_messages,crm.contact_holds,crm.contact_erasures,factory_app.cost_calculations,factory_app.audit_log}'::text[] LOOP
		EXECUTE format('ALTER TABLE %s DROP COLUMN updated_at CASCADE', t);
	END LOOP;
END $$;
CREATE INDEX deals_updated_at ON crm.deals (org_id, updated_at DESC NULLS LAST, id DESC);
CREATE INDEX companies_created_at ON crm.companies (org_id, created_at DESC NULLS LAST);
CREATE INDEX deals_created_at ON crm.deals (org_id, created_at DESC NULLS LAST);
CREATE INDEX bulk_changes_created_at ON crm.bulk_changes (org_id, created_at DESC NULLS LAST, id DESC);
CREATE INDEX webhook_deliveries_created_at ON crm.webhook_deliveries (org_id, created_at);
CREATE INDEX cost_calculations_created_at ON factory_app.cost_calculations (org_id, created_at, id);
CREATE INDEX audit_log_created_at ON factory_app.audit_log (org_id, created_at, id);
