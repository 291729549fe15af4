-- Contacts and addresses of members. One row of each kind is the default: the first row, until another row is made the
-- default.
-- needs: crm/uniqueness.sql membership/module.sql

-- The condition does not compare OLD.*, since a generated column has no value yet. It does not compare row constructors
-- either: a restored dump shows them with different parentheses, and backups compare definitions.
CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.user_contacts
	FOR EACH ROW WHEN (OLD.kind IS DISTINCT FROM NEW.kind OR OLD.value IS DISTINCT FROM NEW.value
		OR OLD.label IS DISTINCT FROM NEW.label OR OLD.is_default IS DISTINCT FROM NEW.is_default
		OR OLD.verified_at IS DISTINCT FROM NEW.verified_at)
	EXECUTE FUNCTION ops.touch_row();

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.user_addresses
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();

CREATE OR REPLACE TRIGGER a_member BEFORE INSERT OR UPDATE OF member_id ON membership.user_contacts
	FOR EACH ROW EXECUTE FUNCTION membership.complete_member();

CREATE OR REPLACE TRIGGER a_member BEFORE INSERT OR UPDATE OF member_id ON membership.user_addresses
	FOR EACH ROW EXECUTE FUNCTION membership.complete_member();

-- Refuses to move a row to a different member.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.keep_member() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.refuse('not_changeable', 'member_id');
END $$;

CREATE OR REPLACE TRIGGER keep_member BEFORE UPDATE OF member_id ON membership.user_contacts
	FOR EACH ROW WHEN (NEW.member_id <> OLD.member_id) EXECUTE FUNCTION membership.keep_member();

CREATE OR REPLACE TRIGGER keep_member BEFORE UPDATE OF member_id ON membership.user_addresses
	FOR EACH ROW WHEN (NEW.member_id <> OLD.member_id) EXECUTE FUNCTION membership.keep_member();

-- Maintains the default row. A row that becomes the default takes the flag from the previous default row. The first row
-- of a kind becomes the default. The lock serializes writers of rows of the same member, who would otherwise both write
-- the first row.
CREATE OR REPLACE FUNCTION membership.place_default() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other bigint;
BEGIN
	PERFORM pg_advisory_xact_lock(crm.value_key(NEW.org_id, TG_TABLE_NAME || ' ' || coalesce(NEW.member_id, 0)));
	EXECUTE format('SELECT x.id FROM membership.%I x WHERE x.org_id = $1 AND x.member_id = $2 AND x.kind = $3 '
		'AND x.is_default AND x.id <> $4', TG_TABLE_NAME) INTO other USING NEW.org_id, NEW.member_id, NEW.kind, NEW.id;
	IF other IS NULL THEN
		NEW.is_default := true;
	ELSIF NEW.is_default THEN
		EXECUTE format('UPDATE membership.%I x SET is_default = false WHERE x.org_id = $1 AND x.id = $2', TG_TABLE_NAME)
			USING NEW.org_id, other;
	END IF;
	RETURN NEW;
END $$;

-- The condition excludes updates that remove the default flag of a row.
CREATE OR REPLACE TRIGGER place_default BEFORE INSERT OR UPDATE OF kind, is_default ON membership.user_contacts
	FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.place_default();

CREATE OR REPLACE TRIGGER place_default BEFORE INSERT OR UPDATE OF kind, is_default ON membership.user_addresses
	FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.place_default();

-- Makes the oldest other row the default when a default row is deleted or gets a different kind.
CREATE OR REPLACE FUNCTION membership.promote_default() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	EXECUTE format('UPDATE membership.%1$I x SET is_default = true WHERE x.org_id = $1 AND x.id = (SELECT min(y.id) '
		'FROM membership.%1$I y WHERE y.org_id = $1 AND y.member_id = $2 AND y.kind = $3) AND NOT EXISTS (SELECT '
		'FROM membership.%1$I y WHERE y.org_id = $1 AND y.member_id = $2 AND y.kind = $3 AND y.is_default)',
		TG_TABLE_NAME) USING OLD.org_id, OLD.member_id, OLD.kind;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER promote_default AFTER DELETE ON membership.user_contacts
	FOR EACH ROW WHEN (OLD.is_default AND pg_trigger_depth() = 0
		AND current_setting('app.purging', true) IS DISTINCT FROM OLD.org_id::text)
	EXECUTE FUNCTION membership.promote_default();
CREATE OR REPLACE TRIGGER promote_default_of_kind AFTER UPDATE OF kind ON membership.user_contacts
	FOR EACH ROW WHEN (OLD.is_default AND NEW.kind <> OLD.kind) EXECUTE FUNCTION membership.promote_default();

CREATE OR REPLACE TRIGGER promote_default AFTER DELETE ON membership.user_addresses
	FOR EACH ROW WHEN (OLD.is_default AND pg_trigger_depth() = 0
		AND current_setting('app.purging', true) IS DISTINCT FROM OLD.org_id::text)
	EXECUTE FUNCTION membership.promote_default();
CREATE OR REPLACE TRIGGER promote_default_of_kind AFTER UPDATE OF kind ON membership.user_addresses
	FOR EACH ROW WHEN (OLD.is_default AND NEW.kind <> OLD.kind) EXECUTE FUNCTION membership.promote_default();
