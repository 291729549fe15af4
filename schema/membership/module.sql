-- The membership module: an association, club or marketplace whose members are portal users, and whose staff works
-- with their profiles, memberships and the queue.
-- needs: crm/permission.sql identity/module.sql ops/audit_log.sql ops/module.sql ops/permission.sql ops/touch.sql ops/hidden_column.sql

GRANT USAGE ON SCHEMA membership TO tenantry_app;

INSERT INTO identity.module (name) VALUES ('membership') ON CONFLICT (name) DO NOTHING;

INSERT INTO ops.settings_table (name, copied) VALUES ('membership.agreement_documents', true), ('membership.monitoring_rules', true),
	('membership.report_templates', true), ('membership.signup_policies', true) ON CONFLICT DO NOTHING;

-- Returns the ID of the caller's profile.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.own_id() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN (SELECT p.id FROM membership.user_profiles p
		WHERE p.org_id = ops.org()
		  AND p.user_id = ops.caller());
END $$;

-- Limits the rows of a table to those that the caller's grants permit and, for the actions in own_actions, the caller's
-- own rows. The argument member is the column with the profile of a row.
CREATE OR REPLACE FUNCTION membership.restrict(resource text, member name) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	tenant_table regclass := format('membership.%I', resource);
	own text[] := (SELECT r.own_actions FROM identity.resource r WHERE r.name = resource);
BEGIN
	PERFORM ops.require_module(tenant_table, 'membership');
	PERFORM ops.restrict(tenant_table, NULL, NULL, format('ops.permits(%L, $action, NULL) '
		'OR $action = ANY (%L) AND %I = (SELECT membership.own_id())', resource, own, member));
END $$;

-- Logs the new rows of a table once per statement, since switching the module on adds many rows.
CREATE OR REPLACE FUNCTION membership.audit_by_statement(tenant_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE OR REPLACE TRIGGER audit AFTER UPDATE OR DELETE ON %s '
		'FOR EACH ROW EXECUTE FUNCTION ops.audit()', tenant_table);
	EXECUTE format('CREATE OR REPLACE TRIGGER audit_of_new AFTER INSERT ON %s REFERENCING NEW TABLE AS written '
		'FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_new()', tenant_table);
END $$;

-- Completes the member of a new row. A row without a member is about the caller. A member whom the caller cannot see
-- is refused as if the member did not exist.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.complete_member() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.member_id IS NULL THEN
		NEW.member_id := membership.own_id();
	ELSIF current_setting('app.grants', true) NOT IN ('', '*')
	    AND NOT EXISTS (SELECT FROM membership.user_profiles p WHERE p.id = NEW.member_id) THEN
		RAISE EXCEPTION 'no such row' USING ERRCODE = 'foreign_key_violation', COLUMN = 'member_id';
	END IF;
	RETURN NEW;
END $$;

-- Secrets, and settings that contain them.
SELECT ops.hide_columns(h.relation, h.hidden) FROM (VALUES
	('membership.sealed_keys'::regclass, '{sealed}'::name[]),
	('membership.signup_sessions', '{token_hash,link_hash,code_mac,entered}'),
	('membership.tax_forms', '{identifier_sealed}'),
	('membership.user_payment_methods', '{token}'),
	('membership.verification_codes', '{mac}')) h (relation, hidden);
