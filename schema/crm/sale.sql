-- The CRM's row for each member of the organization.
-- needs: identity/assistant_key.sql

-- Trigger functions run as the writer, so row security applies inside them. The triggers have no WHEN clause: every
-- statement would parse the clause again, which costs more than a call that does nothing.

-- Returns the caller's row of crm.sales. identity.begin_request() stores its ID in a setting. If the setting is
-- missing, as in a seed, the row is looked up.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.own_sales_id(org uuid) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF ops.sale() IS NOT NULL THEN
		RETURN ops.sale();
	END IF;
	RETURN (SELECT s.id FROM crm.sales s WHERE s.org_id = org AND s.user_id = ops.caller());
END $$;

-- Assigns new rows to the caller unless they name a different user. Rows restored from the trash are unchanged.
CREATE OR REPLACE FUNCTION crm.default_sales_id() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.sales_id IS NULL
	    AND NOT ops.mode('restoring') THEN
		NEW.sales_id := crm.own_sales_id(NEW.org_id);
	END IF;
	RETURN NEW;
END $$;

-- Updates crm.sales when a member changes. If a member leaves or becomes a portal user, the row is disabled and kept,
-- since notes and deals refer to it. If the member returns, the row is enabled again, without the previous shares.
-- Portal users have no enabled row. The row of a service account is disabled, since records are not assigned to it.
-- Owners and admins are administrators.
CREATE OR REPLACE FUNCTION crm.member_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	m identity.organization_member := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
	-- A data migration writes and removes rows of crm.sales itself, in batches.
	IF TG_OP <> 'UPDATE' AND ops.mode('importing') THEN
		RETURN m;
	END IF;
	PERFORM ops.set_org(m.organization_id);
	IF TG_OP = 'DELETE' OR m.acts_as = 'portal' THEN
		UPDATE crm.sales s SET disabled = true, administrator = false
		 WHERE s.org_id = m.organization_id AND s.user_id = m.user_id;
		m.sales_id := NULL;
	ELSE
		INSERT INTO crm.sales AS s (org_id, user_id, first_name, last_name, email, avatar,
			administrator, disabled)
		SELECT m.organization_id, u.id, left(u.first_name, 500), left(u.last_name, 500), u.email,
			CASE WHEN u.image IS NOT NULL THEN jsonb_build_object('src', u.image) END,
			m.acts_as IN ('owner', 'admin'), m.disabled OR u.service_of IS NOT NULL
		  FROM identity."user" u WHERE u.id = m.user_id
		ON CONFLICT (org_id, user_id) DO UPDATE
			SET administrator = excluded.administrator, disabled = excluded.disabled,
				email = excluded.email
		RETURNING s.id INTO m.sales_id;
	END IF;
	IF TG_OP = 'DELETE' THEN
		-- Shares in a deleted organization are kept, since they are restored with it.
		DELETE FROM crm.shares s
		 WHERE s.org_id = m.organization_id AND s.user_id = m.user_id
		   AND EXISTS (SELECT FROM identity.organization o WHERE o.id = m.organization_id
			AND o.deleted_at IS NULL);
	END IF;
	PERFORM ops.set_org(other);
	RETURN m;
END $$;

CREATE OR REPLACE FUNCTION crm.user_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	org uuid;
BEGIN
	FOR org IN SELECT m.organization_id FROM identity.organization_member m
	    WHERE m.user_id = NEW.id LOOP
		PERFORM ops.set_org(org);
		UPDATE crm.sales s SET email = NEW.email,
			first_name = CASE WHEN NEW.name = OLD.name THEN s.first_name
				ELSE left(NEW.first_name, 500) END,
			last_name = CASE WHEN NEW.name = OLD.name THEN s.last_name
				ELSE left(NEW.last_name, 500) END
		 WHERE s.org_id = org AND s.user_id = NEW.id;
	END LOOP;
	PERFORM ops.set_org(other);
	RETURN NULL;
END $$;

-- Removes the rows of members who have left the organization of app.org_id, for a rollback. Rows to which notes,
-- deals or other rows refer are disabled instead.
CREATE OR REPLACE FUNCTION crm.remove_sales(ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := ops.org();
	used bigint[];
	reference text;
BEGIN
	FOR reference IN SELECT format('SELECT array_agg(DISTINCT x.%1$I) FROM %2$s x WHERE x.org_id = $1 AND x.%1$I = ANY ($2)',
			a.attname, f.conrelid::regclass)
		  FROM pg_constraint f JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[2]
		 WHERE f.contype = 'f' AND f.confrelid = 'crm.sales'::regclass LOOP
		EXECUTE reference INTO used USING org, ids;
		CONTINUE WHEN used IS NULL;
		UPDATE crm.sales s SET disabled = true, administrator = false WHERE s.org_id = org AND s.id = ANY (used);
		ids := ARRAY(SELECT unnest(ids) EXCEPT SELECT unnest(used));
	END LOOP;
	DELETE FROM crm.sales s WHERE s.org_id = org AND s.id = ANY (ids);
END $$;

-- Anonymizes the rows of deleted users. They are kept, since notes and deals refer to them.
CREATE OR REPLACE FUNCTION crm.forget_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	org uuid;
	ids text[] := ARRAY(SELECT g.id FROM gone g);
BEGIN
	IF ids = '{}' THEN
		RETURN NULL;
	END IF;
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM ops.set_org(org);
		UPDATE crm.sales s SET user_id = 'deleted-' || s.id, email = '', avatar = NULL,
			disabled = true, administrator = false
		 WHERE s.org_id = org AND s.user_id = ANY (ids);
		UPDATE membership.users u SET user_id = NULL WHERE u.org_id = org AND u.user_id = ANY (ids);
	END LOOP;
	PERFORM ops.set_org(other);
	RETURN NULL;
END $$;

-- Assigns the waiting row to the user who accepts an invitation, unless the user has an earlier row or is a portal
-- user. Disables the row if the invitation is declined or withdrawn.
CREATE OR REPLACE FUNCTION crm.invitation_answered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	uid text := ops.caller();
BEGIN
	PERFORM ops.set_org(NEW.organization_id);
	IF NEW.status = 'accepted' AND uid <> '' AND NOT EXISTS (SELECT FROM crm.sales s
	    WHERE s.org_id = NEW.organization_id AND s.user_id = uid)
	    AND NOT EXISTS (SELECT FROM identity.organization_member m WHERE m.organization_id = NEW.organization_id
		AND m.user_id = uid AND m.acts_as = 'portal') THEN
		UPDATE crm.sales s SET user_id = uid
		 WHERE s.org_id = NEW.organization_id AND s.id = NEW.sales_id
		   AND s.user_id = 'invited-' || s.id;
	ELSE
		UPDATE crm.sales s SET disabled = true
		 WHERE s.org_id = NEW.organization_id AND s.id = NEW.sales_id
		   AND s.user_id = 'invited-' || s.id;
	END IF;
	PERFORM ops.set_org(other);
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER default_sales_id BEFORE INSERT ON crm.contact_notes
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();

CREATE OR REPLACE TRIGGER default_sales_id BEFORE INSERT ON crm.deal_notes
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();

CREATE OR REPLACE TRIGGER default_sales_id BEFORE INSERT ON crm.tasks
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();

CREATE OR REPLACE TRIGGER crm_member BEFORE INSERT OR DELETE OR UPDATE OF role, disabled
	ON identity.organization_member
	FOR EACH ROW EXECUTE FUNCTION crm.member_changed();

CREATE OR REPLACE TRIGGER crm_user AFTER UPDATE OF name, email ON identity."user" FOR EACH ROW
	WHEN (NEW.name IS DISTINCT FROM OLD.name OR NEW.email IS DISTINCT FROM OLD.email)
	EXECUTE FUNCTION crm.user_changed();

CREATE OR REPLACE TRIGGER default_sales_id BEFORE INSERT ON crm.activities
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();

CREATE OR REPLACE TRIGGER default_sales_id BEFORE INSERT ON crm.appointments
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();

CREATE OR REPLACE TRIGGER crm_forget_user AFTER DELETE ON identity."user"
	REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION crm.forget_user();

CREATE OR REPLACE TRIGGER crm_answered AFTER UPDATE OF status ON identity.organization_invitation
	FOR EACH ROW WHEN (NEW.status <> OLD.status AND NEW.sales_id IS NOT NULL)
	EXECUTE FUNCTION crm.invitation_answered();

CREATE OR REPLACE TRIGGER default_sales_id BEFORE INSERT ON crm.merges
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();

CREATE OR REPLACE TRIGGER default_sales_id BEFORE INSERT ON crm.imports
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();

CREATE OR REPLACE TRIGGER default_sales_id BEFORE INSERT ON crm.bulk_changes
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();

CREATE OR REPLACE TRIGGER default_sales_id BEFORE INSERT ON crm.views
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();

DROP POLICY IF EXISTS readers ON crm.sales;
CREATE POLICY readers ON crm.sales FOR SELECT TO tenantry_app, tenantry_mcp, tenantry_mcp_writer
	-- Triggers after a write, including a write by a portal user, run with all permissions.
	USING ((SELECT NOT ops.portal()
		OR current_setting('app.grants', true) = '*'));

DROP POLICY IF EXISTS self_or_administrator ON crm.sales;
CREATE POLICY self_or_administrator ON crm.sales FOR UPDATE TO tenantry_app, tenantry_mcp, tenantry_mcp_writer
	USING (user_id = (SELECT ops.caller())
		OR (SELECT ops.administers()));

CREATE OR REPLACE TRIGGER audit AFTER UPDATE ON crm.sales FOR EACH ROW EXECUTE FUNCTION ops.audit();

CREATE OR REPLACE TRIGGER audit_of_new AFTER INSERT ON crm.sales REFERENCING NEW TABLE AS written
	FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_new();

CREATE OR REPLACE TRIGGER audit_of_old AFTER DELETE ON crm.sales REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_old();

CREATE OR REPLACE TRIGGER audit AFTER UPDATE ON membership.users FOR EACH ROW EXECUTE FUNCTION ops.audit();

CREATE OR REPLACE TRIGGER audit_of_new AFTER INSERT ON membership.users REFERENCING NEW TABLE AS written
	FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_new();

CREATE OR REPLACE TRIGGER audit_of_old AFTER DELETE ON membership.users REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION ops.audit_old();

-- The rows as clients read them, in which the caller's row shows whether there is a key for the assistant.
CREATE OR REPLACE VIEW crm.sales_rows WITH (security_invoker) AS
	SELECT s.org_id, s.id, s.first_name, s.last_name, s.email, s.administrator, s.user_id, s.avatar, s.disabled,
		identity.shown_assistant_key(s.user_id) AS basics_api_key, s.created_at, s.updated_at
	  FROM crm.sales s;
GRANT SELECT ON crm.sales_rows TO tenantry_app;
