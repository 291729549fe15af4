-- The log of identity events.
-- needs: ops/imported_audit_log.sql

-- Writes an event. The actor is the user of the request. Commands set app.actor.
CREATE OR REPLACE FUNCTION identity.log_event(subject text, action text, data json,
	address text DEFAULT NULL, user_agent text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	impersonator text;
	agent text;
BEGIN
	SELECT s.impersonated_by, s.user_agent INTO impersonator, agent
	  FROM identity.session s WHERE s.id = ops.session();
	INSERT INTO identity.event (user_id, actor_id, impersonator_id, organization_id,
		request_id, address, user_agent, action, data)
	VALUES (subject, coalesce(nullif(current_setting('app.actor', true), ''),
			ops.caller()),
		coalesce(impersonator, ops.impersonator()),
		ops.org(),
		ops.request(),
		coalesce(log_event.address, ops.address()),
		coalesce(log_event.user_agent, agent), log_event.action, log_event.data);
END $$;

-- Returns a value in the format of the log.
CREATE OR REPLACE FUNCTION identity.shown(value jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN jsonb_typeof(value) = 'string'
		THEN to_jsonb(left(value #>> '{}', 500)) ELSE value END
$$;

-- Trigger for tables about users. The arguments are the name of the row, followed by the columns that may be logged. A
-- change of other columns is not an event.
CREATE OR REPLACE FUNCTION identity.log_row() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	was jsonb;
	became jsonb;
	subject text;
	data jsonb;
BEGIN
	-- A data migration writes the events itself, in batches, and its rollback removes them.
	IF TG_OP <> 'UPDATE' AND ops.mode('importing') THEN
		RETURN NULL;
	END IF;
	was := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
	became := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
	subject := coalesce(became, was)->>CASE TG_TABLE_NAME WHEN 'user' THEN 'id' ELSE 'user_id' END;
	IF TG_OP = 'UPDATE' THEN
		SELECT jsonb_object_agg(c, jsonb_build_array(identity.shown(was->c),
			identity.shown(became->c))) INTO data
		  FROM unnest(TG_ARGV[1:]) c WHERE was->c IS DISTINCT FROM became->c;
		IF data IS NULL THEN
			RETURN NULL;
		END IF;
	ELSE
		-- Rows deleted with their user are covered by the user's own event.
		IF TG_OP = 'DELETE' AND TG_TABLE_NAME <> 'user' AND NOT EXISTS (
		    SELECT FROM identity."user" u WHERE u.id = subject) THEN
			RETURN NULL;
		END IF;
		SELECT jsonb_object_agg(c, identity.shown(coalesce(became, was)->c)) INTO data
		  FROM unnest(TG_ARGV[1:]) c;
	END IF;
	PERFORM identity.log_event(subject, TG_ARGV[0] || '.' || CASE TG_OP
		WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'updated' ELSE 'deleted' END,
		data::json);
	RETURN NULL;
END $$;

-- Trigger for accounts: passwords and linked accounts. Changes to tokens are not logged.
CREATE OR REPLACE FUNCTION identity.log_account() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	a identity.account := coalesce(NEW, OLD);
	action text;
BEGIN
	IF TG_OP <> 'UPDATE' AND ops.mode('importing') THEN
		RETURN NULL;
	END IF;
	IF a.provider_id <> 'credential' THEN
		action := CASE TG_OP WHEN 'INSERT' THEN 'account.linked'
			WHEN 'DELETE' THEN 'account.unlinked' END;
	ELSIF TG_OP = 'UPDATE' THEN
		IF NEW.password IS DISTINCT FROM OLD.password THEN
			action := CASE
				WHEN ops.caller() IS NOT NULL
					OR nullif(current_setting('app.actor', true), '') IS NOT NULL
					THEN 'password.changed'
				WHEN starts_with(OLD.password, '$2') THEN 'password.rehashed'
				ELSE 'password.reset' END;
		END IF;
	ELSE
		action := CASE TG_OP WHEN 'INSERT' THEN 'password.set' ELSE 'password.removed' END;
	END IF;
	IF action IS NULL OR TG_OP = 'DELETE' AND NOT EXISTS (
	    SELECT FROM identity."user" u WHERE u.id = a.user_id) THEN
		RETURN NULL;
	END IF;
	PERFORM identity.log_event(a.user_id, action, CASE WHEN a.provider_id <> 'credential'
		THEN json_build_object('provider', a.provider_id, 'account', left(a.account_id, 500)) END);
	RETURN NULL;
END $$;

-- Trigger for sessions. app.session_end is the reason for the end. Extending a session is not logged. Neither is a session
-- that a migration imports, or removes in a rollback.
CREATE OR REPLACE FUNCTION identity.log_session() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	s identity.session := coalesce(NEW, OLD);
	action text := 'session.created';
BEGIN
	IF ops.mode('importing') THEN
		RETURN NULL;
	END IF;
	IF TG_OP = 'DELETE' THEN
		IF NOT EXISTS (SELECT FROM identity."user" u WHERE u.id = s.user_id) THEN
			RETURN NULL;
		END IF;
		action := 'session.' || CASE WHEN s.expires_at <= now() THEN 'expired'
			ELSE coalesce(nullif(current_setting('app.session_end', true), ''), 'revoked') END;
		INSERT INTO identity.ended_session AS e (token_hash, reason) VALUES (s.token_hash, substr(action, 9))
		ON CONFLICT ON CONSTRAINT ended_session_pkey DO UPDATE SET reason = excluded.reason, ended_at = excluded.ended_at;
	END IF;
	INSERT INTO identity.event (user_id, actor_id, impersonator_id, organization_id,
		request_id, address, user_agent, action, data)
	VALUES (s.user_id, CASE action WHEN 'session.expired' THEN NULL
		ELSE coalesce(nullif(current_setting('app.actor', true), ''),
			ops.caller(), s.user_id) END,
		s.impersonated_by, s.active_organization_id,
		ops.request(),
		CASE TG_OP WHEN 'INSERT' THEN s.ip_address
			ELSE ops.address() END,
		s.user_agent, action, json_build_object('session', s.id,
			'method', to_jsonb(s)->'method', 'remember', s.remember));
	RETURN NULL;
END $$;

-- Logs a refused attempt. A refused attempt changes no row, so no trigger logs it. The caller's transaction must
-- commit. account is the input of the caller, and subject is the user whom it names, if any. Attempts on unknown
-- accounts are counted as well, so that the response time does not reveal whether an account exists. To limit disk
-- usage, at most 20 attempts per hour are logged for each account, and 1,000 in total.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.log_refusal(account text, subject text, action text,
	user_agent text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF identity.counts('event|' || identity.account_key(account), 20, 3600)
	    AND identity.counts('event', 1000, 3600) THEN
		PERFORM identity.log_event(subject, action, NULL, NULL, log_refusal.user_agent);
	END IF;
END $$;

-- Returns the events before a given event, newest first. Users may read their own events. Only operators may read the
-- events of other users, or all events with '*', and only operators get the names of users.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_events(about text, before bigint, most integer) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	uid text := ops.caller();
	wanted text := coalesce(about, uid);
	operator boolean := EXISTS (SELECT FROM identity."user" u
		WHERE u.id = uid AND 'admin' = ANY (string_to_array(u.role, ',')));
BEGIN
	IF wanted <> uid AND NOT operator THEN
		RAISE EXCEPTION 'only operators may read the events of others'
			USING ERRCODE = '42501';
	END IF;
	RETURN (SELECT coalesce(json_agg(e), '[]') FROM (
		SELECT x.id, identity.iso(x.at) AS at, x.action, x.user_id, x.actor_id,
			x.impersonator_id, x.organization_id, x.request_id, x.address, x.user_agent,
			x.data, s.name AS user_name, a.name AS actor_name
		  FROM identity.event x
		  LEFT JOIN identity."user" s ON operator AND s.id = x.user_id
		  LEFT JOIN identity."user" a ON operator AND a.id = x.actor_id
		 WHERE (wanted = '*' OR x.user_id = wanted)
		   AND (before IS NULL OR (x.at, x.id) < (SELECT b.at, b.id
			FROM identity.event b WHERE b.id = before))
		 ORDER BY x.at DESC, x.id DESC LIMIT coalesce(most, 50)) e);
END $$;

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON identity.event
	FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change();
CREATE OR REPLACE TRIGGER delete_in_rollbacks BEFORE DELETE ON identity.event
	FOR EACH ROW EXECUTE FUNCTION ops.refuse_unless_rolled_back();

CREATE OR REPLACE TRIGGER log_row AFTER INSERT OR DELETE OR UPDATE ON identity."user"
	FOR EACH ROW EXECUTE FUNCTION identity.log_row('user', 'name', 'email', 'email_verified',
		'role', 'banned', 'ban_reason', 'ban_expires', 'two_factor_enabled');

CREATE OR REPLACE TRIGGER log_account AFTER INSERT OR DELETE OR UPDATE OF password ON identity.account
	FOR EACH ROW EXECUTE FUNCTION identity.log_account();

CREATE OR REPLACE TRIGGER log_session AFTER INSERT OR DELETE ON identity.session
	FOR EACH ROW EXECUTE FUNCTION identity.log_session();

CREATE OR REPLACE TRIGGER log_row AFTER INSERT OR DELETE OR UPDATE OF name ON identity.passkey
	FOR EACH ROW EXECUTE FUNCTION identity.log_row('passkey', 'id', 'name', 'aaguid');

CREATE OR REPLACE TRIGGER log_row AFTER INSERT OR DELETE OR UPDATE ON identity.api_key
	FOR EACH ROW EXECUTE FUNCTION identity.log_row('api-key', 'id', 'name', 'start',
		'organization_id', 'permissions', 'enabled', 'expires_at', 'addresses', 'previous_until', 'publishable');

-- Failed attempts are not logged here: a wrong code is logged as second-factor.refused.
CREATE OR REPLACE TRIGGER log_row AFTER INSERT OR DELETE OR UPDATE ON identity.two_factor
	FOR EACH ROW EXECUTE FUNCTION identity.log_row('two-factor', 'verified', 'locked_until');
