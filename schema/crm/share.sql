-- Rows that are shared with a user or a team, to read or to write, until a time or permanently.
-- needs: crm/sale.sql identity/team.sql

-- Contains the shares that currently apply to the caller: shares with the caller, with the caller's teams, and with the
-- teams below them. app.shares is off while only the caller's own grants are checked.
CREATE OR REPLACE VIEW crm.own_shares WITH (security_invoker) AS
SELECT s.org_id, s.resource, s.row_id, s.access, s.expires_at, s.sales_id
  FROM crm.shares s
 WHERE s.org_id = (SELECT ops.org())
   AND (s.user_id = (SELECT ops.caller())
	OR s.team_id = ANY ((SELECT identity.own_team_ids())::text[]))
   AND (s.expires_at IS NULL OR s.expires_at > now())
   AND (SELECT current_setting('app.shares', true)) IS DISTINCT FROM 'off';

-- Returns whether the rows of a resource can be shared: if they have a user, see ops.restrict().
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.is_shareable(resource text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
		WHERE c.relnamespace = 'crm'::regnamespace AND c.relname = resource AND g.tgname = 'shares')
$$;

-- Returns whether the caller's own grants, without shares, permit updating a row.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.may_share(resource text, row_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	may boolean;
	ignored text;
BEGIN
	IF ops.scope(resource, 'update') IS NULL OR NOT crm.is_shareable(resource) THEN
		RETURN false;
	END IF;
	ignored := set_config('app.shares', 'off', true);
	EXECUTE format('SELECT ops.permits($1, ''update'', x.sales_id) FROM crm.%I x WHERE x.id = $2', resource)
		INTO may USING resource, row_id;
	ignored := set_config('app.shares', '', true);
	RETURN coalesce(may, false);
END $$;

-- Returns whether the caller may perform an action on a share. Callers may read shares with them and with their
-- teams, and read and delete shares that they created. If their grants permit an update of the shared row, they may
-- perform all actions. crm.check_share() states why a new share is refused.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.reaches_share(action text, s crm.shares) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN action = 'create' OR action = 'read' AND (s.user_id = ops.caller()
			OR s.team_id = ANY (identity.own_team_ids()))
		OR action IN ('read', 'delete') AND s.sales_id = ops.sale()
		OR crm.may_share(s.resource, s.row_id);
END $$;

-- Refuses to share a row that the caller cannot see, or whose update the caller's own grants do not permit. The trigger
-- runs before the write, since an index would reveal that a hidden row is already shared. The owner of the schema
-- imports archives.
CREATE OR REPLACE FUNCTION crm.check_shared_row() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	-- Rows of other organizations are not checked here, because row security refuses them.
	IF current_user <> 'tenantry_app'
	    OR NEW.org_id IS DISTINCT FROM ops.org() THEN
		RETURN NEW;
	ELSIF NOT crm.is_shareable(NEW.resource) THEN
		PERFORM ops.refuse('not_shareable', 'resource');
	ELSIF NOT crm.sees_row(NEW.resource, NEW.row_id) THEN
		PERFORM ops.refuse('row_missing', 'row_id');
	ELSIF NOT crm.may_share(NEW.resource, NEW.row_id) THEN
		PERFORM ops.refuse('role');
	END IF;
	RETURN NEW;
END $$;

-- Allows shares only with members and teams of the organization, and changes only to the access and the end. The
-- trigger runs after the write, when row security has already checked the organization.
CREATE OR REPLACE FUNCTION crm.check_share() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	changed text;
	there integer;
BEGIN
	IF current_user <> 'tenantry_app' THEN
		RETURN NULL;
	END IF;
	IF TG_OP = 'UPDATE' THEN
		SELECT n.key INTO changed FROM json_each_text(row_to_json(NEW)) n
		  JOIN json_each_text(row_to_json(OLD)) o ON o.key = n.key
		 WHERE n.key IN ('resource', 'row_id', 'user_id', 'team_id') AND n.value IS DISTINCT FROM o.value LIMIT 1;
		IF FOUND THEN
			PERFORM ops.refuse('share_fixed', changed);
		END IF;
	END IF;
	IF TG_OP = 'UPDATE' AND NOT crm.may_share(NEW.resource, NEW.row_id) THEN
		PERFORM ops.refuse('role');
	ELSIF NEW.expires_at <= now() AND (TG_OP = 'INSERT' OR NEW.expires_at IS DISTINCT FROM OLD.expires_at) THEN
		PERFORM ops.refuse('not_in_the_future', 'expires_at');
	ELSIF TG_OP = 'UPDATE' THEN
		RETURN NULL;
	ELSIF NEW.user_id = ops.caller() THEN
		PERFORM ops.refuse('share_with_oneself', 'user_id');
	ELSIF NOT identity.can_receive(NEW.user_id, NEW.team_id) THEN
		PERFORM ops.refuse('no_such_receiver', CASE WHEN NEW.user_id IS NULL THEN 'team_id' ELSE 'user_id' END,
			CASE WHEN NEW.user_id IS NULL THEN 'team' ELSE 'member' END);
	END IF;
	-- A row that is deleted concurrently would leave an orphaned share.
	EXECUTE format('SELECT FROM crm.%I x WHERE x.id = $1 FOR KEY SHARE', NEW.resource) USING NEW.row_id;
	GET DIAGNOSTICS there = ROW_COUNT;
	IF there = 0 THEN
		PERFORM ops.refuse('row_missing', 'row_id');
	END IF;
	RETURN NULL;
END $$;

-- Deletes the shares of deleted rows, including rows in the trash and merged rows.
CREATE OR REPLACE FUNCTION crm.end_shares() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	DELETE FROM crm.shares s USING gone g
	 WHERE s.org_id = g.org_id AND s.resource = TG_TABLE_NAME::text AND s.row_id = g.id;
	RETURN NULL;
END $$;

-- Deletes the shares with a deleted team.
CREATE OR REPLACE FUNCTION crm.team_removed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
BEGIN
	PERFORM ops.set_org(OLD.organization_id);
	DELETE FROM crm.shares s WHERE s.org_id = OLD.organization_id AND s.team_id = OLD.id;
	PERFORM ops.set_org(other);
	RETURN NULL;
END $$;

-- Returns why an action is permitted by a share: "Shared by Ada Boss until 2026-12-24 18:00 UTC.", or null if no
-- share permits it.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.share_reason(resource text, action text, row_id bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN (SELECT format('Shared%s%s.', ' by ' || nullif(concat_ws(' ', o.first_name, o.last_name), ''),
			' until ' || to_char(s.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'))
		FROM crm.own_shares s LEFT JOIN crm.sales o ON o.org_id = s.org_id AND o.id = s.sales_id
		WHERE s.resource = share_reason.resource AND s.row_id = share_reason.row_id
		  AND (action = 'read' OR action = 'update' AND s.access = 'write')
		ORDER BY s.expires_at DESC NULLS FIRST LIMIT 1);
END $$;

CREATE OR REPLACE TRIGGER default_sales_id BEFORE INSERT ON crm.shares
	FOR EACH ROW EXECUTE FUNCTION crm.default_sales_id();

CREATE OR REPLACE TRIGGER check_shared_row BEFORE INSERT ON crm.shares
	FOR EACH ROW EXECUTE FUNCTION crm.check_shared_row();

CREATE OR REPLACE TRIGGER check_share AFTER INSERT OR UPDATE ON crm.shares
	FOR EACH ROW EXECUTE FUNCTION crm.check_share();

CREATE OR REPLACE TRIGGER crm_team AFTER DELETE ON identity.team
	FOR EACH ROW EXECUTE FUNCTION crm.team_removed();
