-- View as: an administrator sees the organization as one of its members does, for an hour. identity.begin_request()
-- gives the session the roles and rows of the member in this organization, for read-only requests. In other
-- organizations, and in the administrator's account, nothing changes.

-- Begins a view. The session must belong to an administrator whose roles include those of the member.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.begin_view(token_hash bytea, user_id text, reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	uid text := ops.caller();
	mine identity.organization_member;
	m identity.organization_member;
	until timestamptz := now() + interval '1 hour';
BEGIN
	IF char_length(btrim(reason)) NOT BETWEEN 1 AND 500 THEN
		PERFORM ops.refuse('length_1_to_500', 'reason');
	END IF;
	-- The lock keeps both members from losing a role between this check and end_views().
	PERFORM FROM identity.organization_member x WHERE x.organization_id = org
		AND x.user_id IN (uid, begin_view.user_id) ORDER BY x.id FOR SHARE;
	SELECT * INTO mine FROM identity.organization_member x WHERE x.organization_id = org AND x.user_id = uid;
	SELECT * INTO m FROM identity.organization_member x
	 WHERE x.organization_id = org AND x.user_id = begin_view.user_id AND NOT x.disabled;
	IF NOT FOUND OR mine.acts_as NOT IN ('owner', 'admin') THEN
		PERFORM ops.refuse('no_such_member', 'user_id');
	ELSIF m.user_id = uid THEN
		PERFORM ops.refuse('view_as_oneself', 'user_id');
	ELSIF NOT identity.covers(org, mine.role, m.role) THEN
		PERFORM ops.refuse('member_exceeds', 'user_id');
	END IF;
	UPDATE identity.session s SET viewed_organization_id = org, viewed_user_id = m.user_id,
		viewed_until = until
	 WHERE s.token_hash = begin_view.token_hash AND s.user_id = uid AND s.impersonated_by IS NULL;
	IF NOT FOUND THEN
		PERFORM ops.refuse('session_required');
	END IF;
	PERFORM identity.log_event(m.user_id, 'view.started', json_build_object('reason', btrim(reason),
		'until', identity.iso(until)));
	RETURN json_build_object('user_id', m.user_id, 'until', until);
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.end_view() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	s identity.session;
BEGIN
	SELECT * INTO s FROM identity.session x WHERE x.id = ops.session() FOR UPDATE;
	IF s.viewed_until > now() THEN
		PERFORM identity.log_event(s.viewed_user_id, 'view.stopped', '{}');
		UPDATE identity.session x SET viewed_organization_id = NULL, viewed_user_id = NULL,
			viewed_until = NULL
		 WHERE x.id = s.id;
	END IF;
	RETURN '{}';
END $$;

-- Refuses a request that may write, during a view.
CREATE OR REPLACE FUNCTION identity.refuse_viewing() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ops.refuse('viewing');
END $$;

-- Returns the JSON member of /api/me that names the user whom the session's user views, or null.
CREATE OR REPLACE FUNCTION identity.viewing() RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
BEGIN
	IF coalesce(current_setting('app.viewed_until', true), '') = '' THEN
		RETURN NULL;
	END IF;
	RETURN json_build_object('by', (SELECT u.name FROM identity."user" u
			WHERE u.id = ops.impersonator()),
		'until', current_setting('app.viewed_until')::timestamptz);
END $$;

-- Ends views when the roles of the administrator or the member change, since the roles were compared at the beginning.
CREATE OR REPLACE FUNCTION identity.end_views() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	s identity.session;
BEGIN
	FOR s IN SELECT * FROM identity.session x WHERE x.viewed_user_id IS NOT NULL
		AND x.viewed_organization_id = OLD.organization_id
		AND (x.viewed_user_id = OLD.user_id OR x.user_id = OLD.user_id) ORDER BY x.id FOR UPDATE LOOP
		IF s.viewed_until > now() THEN
			PERFORM identity.log_event(s.viewed_user_id, 'view.stopped', json_build_object('by', s.user_id));
		END IF;
		UPDATE identity.session x SET viewed_organization_id = NULL, viewed_user_id = NULL,
			viewed_until = NULL
		 WHERE x.id = s.id;
	END LOOP;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER end_views AFTER UPDATE OF role, acts_as, grants, disabled OR DELETE
	ON identity.organization_member FOR EACH ROW EXECUTE FUNCTION identity.end_views();
