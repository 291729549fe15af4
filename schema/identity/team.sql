-- Teams of an organization, and the teams below a team.
-- needs: identity/organization.sql

-- Returns a team in the format of the API.
CREATE OR REPLACE FUNCTION identity.team_json(t identity.team) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('name', t.name, 'organizationId', t.organization_id,
		'createdAt', identity.iso(t.created_at), 'updatedAt', identity.iso(t.updated_at),
		'parentId', t.parent_id, 'id', t.id)
$$;

CREATE OR REPLACE FUNCTION identity.team_member_json(m identity.team_member) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('teamId', m.team_id, 'userId', m.user_id,
		'createdAt', identity.iso(m.created_at), 'id', m.id)
$$;

-- Returns the teams that a member sees: all teams or, for a portal user, the user's own teams.
CREATE OR REPLACE FUNCTION identity.teams_json(m identity.organization_member) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT coalesce(json_agg(identity.team_json(t) ORDER BY t.created_at, t.id), '[]')
	  FROM identity.team t WHERE t.organization_id = m.organization_id
	   AND (m.acts_as <> 'portal' OR EXISTS (SELECT FROM identity.team_member x
		WHERE x.organization_id = m.organization_id AND x.team_id = t.id AND x.user_id = m.user_id))
$$;

-- Returns whether an organization has teams. Only then do sessions, invitations and organizations contain data about
-- teams.
CREATE OR REPLACE FUNCTION identity.has_teams(org uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM identity.team t WHERE t.organization_id = org)
$$;

CREATE OR REPLACE FUNCTION identity.find_team(org uuid, team_id text) RETURNS identity.team
LANGUAGE plpgsql STABLE AS $$
DECLARE
	t identity.team;
BEGIN
	SELECT * INTO t FROM identity.team x WHERE x.organization_id = org AND x.id = team_id;
	IF NOT FOUND THEN
		PERFORM identity.refuse('TEAM_NOT_FOUND');
	END IF;
	RETURN t;
END $$;

-- Returns the active team of the caller's session.
CREATE OR REPLACE FUNCTION identity.active_team() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT s.active_team_id FROM identity.session s
	 WHERE s.id = ops.session()
$$;

-- Prevents cycles of teams, and trees with more than eight levels. Changes in an organization are serialized, so that
-- concurrent moves cannot create a cycle.
CREATE OR REPLACE FUNCTION identity.place_team() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	above text[];
	below integer;
BEGIN
	PERFORM FROM identity.organization o WHERE o.id = NEW.organization_id FOR NO KEY UPDATE;
	WITH RECURSIVE up AS (
		SELECT t.id, t.parent_id FROM identity.team t
		 WHERE t.organization_id = NEW.organization_id AND t.id = NEW.parent_id
		UNION
		SELECT t.id, t.parent_id FROM up JOIN identity.team t
		    ON t.organization_id = NEW.organization_id AND t.id = up.parent_id)
	SELECT array_agg(id) INTO above FROM up;
	IF NEW.id = ANY (above || NEW.parent_id) THEN
		PERFORM identity.refuse('TEAM_CANNOT_BE_BELOW_ITSELF');
	END IF;
	WITH RECURSIVE down AS (
		SELECT NEW.id, 1 AS level
		UNION
		SELECT t.id, down.level + 1 FROM down JOIN identity.team t
		    ON t.organization_id = NEW.organization_id AND t.parent_id = down.id)
	SELECT max(level) INTO below FROM down;
	IF coalesce(cardinality(above), 0) + below > 8 THEN
		PERFORM identity.refuse('TEAM_HIERARCHY_TOO_DEEP');
	END IF;
	RETURN NEW;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.create_team(organization_id text, name text, parent_id text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid := identity.named_organization(organization_id, 'NO_ACTIVE_ORGANIZATION');
	m identity.organization_member := identity.hold_membership(wanted,
		'YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION');
	t identity.team;
BEGIN
	IF NOT identity.may(wanted, m.role, '{"team": ["create"]}') THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_CREATE_TEAMS_IN_THIS_ORGANIZATION');
	END IF;
	IF (SELECT count(*) >= 500 FROM identity.team x WHERE x.organization_id = wanted) THEN
		PERFORM identity.refuse('YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_TEAMS');
	END IF;
	IF parent_id IS NOT NULL THEN
		PERFORM identity.find_team(wanted, parent_id);
	END IF;
	INSERT INTO identity.team (id, organization_id, parent_id, name)
	VALUES (identity.new_id(), wanted, create_team.parent_id, create_team.name)
	RETURNING * INTO t;
	RETURN identity.team_json(t);
END $$;

-- Changes a team. If moves is true, parent_id is the new parent team, or null for none.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.update_team(team_id text, organization_id text, name text,
	parent_id text, moves boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid := identity.named_organization(organization_id, 'NO_ACTIVE_ORGANIZATION');
	m identity.organization_member := identity.hold_membership(wanted,
		'YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_TEAM');
	t identity.team;
BEGIN
	IF NOT identity.may(wanted, m.role, '{"team": ["update"]}') THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_TEAM');
	END IF;
	t := identity.find_team(wanted, team_id);
	IF moves AND parent_id IS NOT NULL THEN
		PERFORM identity.find_team(wanted, parent_id);
	END IF;
	UPDATE identity.team x SET name = coalesce(update_team.name, x.name),
		parent_id = CASE WHEN moves THEN update_team.parent_id ELSE x.parent_id END,
		updated_at = now()
	 WHERE x.id = t.id RETURNING * INTO t;
	RETURN identity.team_json(t);
END $$;

-- Deletes a team. Moves the teams below it to the parent team, so that members keep access to the same teams. Pending
-- invitations no longer refer to the team.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.remove_team(team_id text, organization_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid := identity.named_organization(organization_id, 'NO_ACTIVE_ORGANIZATION');
	m identity.organization_member := identity.hold_membership(wanted,
		'YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_TEAM');
	t identity.team;
BEGIN
	IF team_id = identity.active_team() THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_TEAM');
	ELSIF NOT identity.may(wanted, m.role, '{"team": ["delete"]}') THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_DELETE_TEAMS_IN_THIS_ORGANIZATION');
	END IF;
	t := identity.find_team(wanted, team_id);
	UPDATE identity.team x SET parent_id = t.parent_id, updated_at = now()
	 WHERE x.organization_id = wanted AND x.parent_id = t.id;
	UPDATE identity.organization_invitation i SET team_ids = array_remove(i.team_ids, t.id)
	 WHERE i.organization_id = wanted AND i.status = 'pending' AND t.id = ANY (i.team_ids);
	DELETE FROM identity.team x WHERE x.id = t.id;
	RETURN '{"message":"Team removed successfully."}';
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_teams(organization_id text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	m identity.organization_member := identity.need_membership(
		identity.named_organization(organization_id, 'NO_ACTIVE_ORGANIZATION'),
		'YOU_ARE_NOT_ALLOWED_TO_ACCESS_THIS_ORGANIZATION');
BEGIN
	RETURN identity.teams_json(m);
END $$;

CREATE OR REPLACE FUNCTION identity.activate_team(team_id text) RETURNS void
LANGUAGE sql AS $$
	UPDATE identity.session s SET active_team_id = team_id, updated_at = now()
	 WHERE s.id = ops.session()
$$;

-- Activates a team and returns it. If no team is named, deactivates the active team and returns 'null', or SQL NULL if
-- no team was active.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.set_active_team(team_id text, clear boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	named text := coalesce(team_id, identity.active_team());
	t identity.team;
BEGIN
	IF named IS NULL THEN
		RETURN NULL;
	END IF;
	IF NOT clear THEN
		t := identity.find_team(identity.named_organization(NULL, 'NO_ACTIVE_ORGANIZATION'),
			named);
		IF NOT EXISTS (SELECT FROM identity.team_member m
		    WHERE m.organization_id = t.organization_id AND m.team_id = t.id
		      AND m.user_id = ops.caller()) THEN
			PERFORM identity.refuse('USER_IS_NOT_A_MEMBER_OF_THE_TEAM');
		END IF;
	END IF;
	PERFORM identity.activate_team(t.id);
	RETURN CASE WHEN clear THEN 'null' ELSE identity.team_json(t)::text END;
END $$;

-- Returns the teams of the caller or of another member. Without an organization, returns the caller's teams in all
-- organizations.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_user_teams(user_id text, organization_id text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	caller text := ops.caller();
	about text := coalesce(user_id, caller);
	orgs uuid[];
	m identity.organization_member;
BEGIN
	IF about = caller AND organization_id IS NULL THEN
		orgs := identity.org_ids_for_user(caller);
	ELSE
		m := identity.need_membership(identity.named_organization(organization_id,
			'NO_ACTIVE_ORGANIZATION'), 'YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION');
		orgs := ARRAY[m.organization_id];
	END IF;
	IF about <> caller THEN
		IF NOT identity.may(m.organization_id, m.role, '{"member": ["update"]}') THEN
			PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER');
		END IF;
		PERFORM identity.need_member(m.organization_id, about);
	END IF;
	RETURN (SELECT coalesce(json_agg(identity.team_json(t) ORDER BY x.created_at, x.id), '[]')
		FROM identity.team_member x JOIN identity.team t ON t.id = x.team_id
		WHERE x.organization_id = ANY (orgs) AND x.user_id = about);
END $$;

-- Refuses a user who is not a member.
CREATE OR REPLACE FUNCTION identity.need_member(org uuid, uid text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM identity.organization_member m
	    WHERE m.organization_id = org AND m.user_id = uid) THEN
		PERFORM identity.refuse('USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION/400');
	END IF;
END $$;

-- Returns the members of a team, for its members and for users with permission to change the members. A team of another
-- organization counts as missing.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.list_team_members(team_id text) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted text := coalesce(team_id, identity.active_team());
	t identity.team;
	m identity.organization_member;
BEGIN
	IF wanted IS NULL THEN
		PERFORM identity.refuse('YOU_DO_NOT_HAVE_AN_ACTIVE_TEAM');
	END IF;
	SELECT * INTO t FROM identity.team x WHERE x.id = wanted;
	m := identity.need_membership(t.organization_id, 'TEAM_NOT_FOUND');
	IF NOT EXISTS (SELECT FROM identity.team_member x WHERE x.organization_id = t.organization_id
	    AND x.team_id = t.id AND x.user_id = m.user_id)
	    AND NOT identity.may(t.organization_id, m.role, '{"member": ["update"]}') THEN
		PERFORM identity.refuse('USER_IS_NOT_A_MEMBER_OF_THE_TEAM/400');
	END IF;
	RETURN (SELECT coalesce(json_agg(identity.team_member_json(x)
			ORDER BY x.created_at, x.id), '[]')
		FROM identity.team_member x
		WHERE x.organization_id = t.organization_id AND x.team_id = t.id AND identity.knows(m, x.user_id));
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.add_team_member(team_id text, user_id text, organization_id text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid := identity.named_organization(organization_id, 'NO_ACTIVE_ORGANIZATION');
	m identity.organization_member := identity.hold_membership(wanted,
		'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION/400');
	t identity.team;
	added identity.team_member;
BEGIN
	IF NOT identity.may(wanted, m.role, '{"member": ["update"]}') THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_TEAM_MEMBER');
	END IF;
	PERFORM identity.need_member(wanted, user_id);
	t := identity.find_team(wanted, team_id);
	PERFORM identity.join_teams(wanted, ARRAY[t.id], user_id);
	SELECT * INTO added FROM identity.team_member x WHERE x.organization_id = wanted
	   AND x.team_id = t.id AND x.user_id = add_team_member.user_id;
	RETURN identity.team_member_json(added);
END $$;

-- Adds a member of the organization to the teams with these IDs. Their order determines the times of joining, by which
-- lists are sorted.
CREATE OR REPLACE FUNCTION identity.join_teams(org uuid, team_ids text[], uid text) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO identity.team_member (id, organization_id, team_id, user_id, created_at)
	SELECT identity.new_id(), org, t.id, uid,
		now() + array_position(team_ids, t.id) * interval '1 microsecond'
	  FROM identity.team t WHERE t.organization_id = org AND t.id = ANY (team_ids)
	ON CONFLICT DO NOTHING
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.remove_team_member(team_id text, user_id text,
	organization_id text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	wanted uuid := identity.named_organization(organization_id, 'NO_ACTIVE_ORGANIZATION');
	m identity.organization_member := identity.hold_membership(wanted,
		'USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION/400');
	t identity.team;
BEGIN
	IF NOT identity.may(wanted, m.role, '{"member": ["delete"]}') THEN
		PERFORM identity.refuse('YOU_ARE_NOT_ALLOWED_TO_REMOVE_A_TEAM_MEMBER');
	END IF;
	PERFORM identity.need_member(wanted, user_id);
	t := identity.find_team(wanted, team_id);
	DELETE FROM identity.team_member x WHERE x.organization_id = wanted AND x.team_id = t.id
	   AND x.user_id = remove_team_member.user_id;
	IF NOT FOUND THEN
		PERFORM identity.refuse('USER_IS_NOT_A_MEMBER_OF_THE_TEAM/400');
	END IF;
	RETURN '{"message":"Team member removed successfully."}';
END $$;

-- Returns the teams of an invitation, from an ID or a list of IDs.
CREATE OR REPLACE FUNCTION identity.invited_teams(org uuid, team json) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	ids text[] := CASE json_typeof(team)
		WHEN 'array' THEN ARRAY(SELECT json_array_elements_text(team))
		WHEN 'string' THEN array_remove(ARRAY[team #>> '{}'], '') ELSE '{}' END;
	team_id text;
BEGIN
	IF array_to_string(ids, '') LIKE '%,%' THEN
		PERFORM identity.refuse('INVALID_TEAM_ID');
	END IF;
	FOREACH team_id IN ARRAY ids LOOP
		PERFORM identity.find_team(org, team_id);
	END LOOP;
	RETURN ids;
END $$;

-- Returns the caller's teams and all teams below them.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.own_team_ids() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	RETURN ARRAY(
		WITH RECURSIVE seen AS (
			SELECT m.team_id FROM identity.team_member m
			 WHERE m.organization_id = org AND m.user_id = ops.caller()
			UNION
			SELECT t.id FROM seen JOIN identity.team t
			    ON t.organization_id = org AND t.parent_id = seen.team_id)
		SELECT team_id FROM seen);
END $$;

-- Returns the sales IDs of the members of these teams, and the caller's own. The scope "team" covers the rows of these
-- users.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.team_sales_ids() RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	RETURN ARRAY(
		SELECT o.sales_id FROM identity.organization_member o
		 WHERE o.organization_id = org AND o.sales_id IS NOT NULL
		   AND (o.user_id = ops.caller() OR o.user_id IN (
			SELECT m.user_id FROM identity.team_member m
			 WHERE m.organization_id = org AND m.team_id = ANY (identity.own_team_ids())))
		 ORDER BY 1);
END $$;

-- Returns whether a row can be shared with this user or team, which must be a member or a team of the caller's
-- organization. Locks the user or team until the end of the transaction.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION identity.can_receive(user_id text, team_id text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	IF team_id IS NOT NULL THEN
		PERFORM FROM identity.team t WHERE t.organization_id = org AND t.id = can_receive.team_id
		    FOR KEY SHARE;
	ELSE
		PERFORM FROM identity.organization_member m
		  WHERE m.organization_id = org AND m.user_id = can_receive.user_id FOR KEY SHARE;
	END IF;
	RETURN FOUND;
END $$;

-- Deactivates the active team when a session changes its organization. team_left() does so when the user leaves the
-- team.
CREATE OR REPLACE FUNCTION identity.organization_left() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.active_team_id := NULL;
	RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION identity.team_left() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE identity.session s SET active_team_id = NULL, updated_at = now()
	 WHERE s.user_id = OLD.user_id AND s.active_team_id = OLD.team_id;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER organization_left BEFORE UPDATE OF active_organization_id
	ON identity.session FOR EACH ROW
	WHEN (NEW.active_organization_id IS DISTINCT FROM OLD.active_organization_id)
	EXECUTE FUNCTION identity.organization_left();

CREATE OR REPLACE TRIGGER team_left AFTER DELETE ON identity.team_member
	FOR EACH ROW EXECUTE FUNCTION identity.team_left();

CREATE OR REPLACE TRIGGER place_team BEFORE INSERT OR UPDATE OF parent_id ON identity.team
	FOR EACH ROW EXECUTE FUNCTION identity.place_team();

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON identity.team
	FOR EACH ROW EXECUTE FUNCTION identity.audit();

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON identity.team_member
	FOR EACH ROW EXECUTE FUNCTION identity.audit();
