\warn 'tenantry schema up runs this step, once' \quit
-- Teams of an organization. A team can be below another one.
-- needs: ops/tenant.sql

CREATE TABLE identity.team (
	id              text PRIMARY KEY,
	organization_id uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	-- The team above; null at the top.
	parent_id       text,
	name            text NOT NULL CONSTRAINT team_name_check
		CHECK (name <> '' AND char_length(name) <= 500),
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	UNIQUE (organization_id, id),
	CONSTRAINT team_parent_id_fkey FOREIGN KEY (organization_id, parent_id)
		REFERENCES identity.team (organization_id, id)
);
CREATE INDEX team_parent_id ON identity.team (organization_id, parent_id);

-- Who leaves the organization leaves its teams.
CREATE TABLE identity.team_member (
	id              text PRIMARY KEY,
	organization_id uuid NOT NULL,
	team_id         text NOT NULL,
	user_id         text NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	UNIQUE (organization_id, team_id, user_id),
	CONSTRAINT team_member_team_id_fkey FOREIGN KEY (organization_id, team_id)
		REFERENCES identity.team (organization_id, id) ON DELETE CASCADE,
	CONSTRAINT team_member_user_id_fkey FOREIGN KEY (organization_id, user_id)
		REFERENCES identity.organization_member (organization_id, user_id) ON DELETE CASCADE
);
CREATE INDEX team_member_user_id ON identity.team_member (organization_id, user_id);

-- The same of deleted organizations, whose members are in deleted_member.
CREATE TABLE identity.deleted_team_member (
	LIKE identity.team_member,
	PRIMARY KEY (id),
	CONSTRAINT deleted_team_member_team_id_fkey FOREIGN KEY (organization_id, team_id)
		REFERENCES identity.team (organization_id, id) ON DELETE CASCADE,
	CONSTRAINT deleted_team_member_user_id_fkey FOREIGN KEY (user_id)
		REFERENCES identity."user" ON DELETE CASCADE
);
CREATE INDEX deleted_team_member_team_id
	ON identity.deleted_team_member (organization_id, team_id);
CREATE INDEX deleted_team_member_user_id ON identity.deleted_team_member (user_id);

SELECT ops.protect_internal(t) FROM unnest(ARRAY['identity.team'::regclass,
	'identity.team_member', 'identity.deleted_team_member']) t;

ALTER TABLE identity.session ADD COLUMN active_team_id text
	CONSTRAINT session_active_team_id_fkey REFERENCES identity.team ON DELETE SET NULL;
CREATE INDEX session_active_team_id ON identity.session (active_team_id)
	WHERE active_team_id IS NOT NULL;

-- Teams that an invited user joins by accepting.
ALTER TABLE identity.organization_invitation ADD COLUMN team_ids text[] NOT NULL DEFAULT '{}';

-- schema/identity/invitation.sql defines this with teams.
DROP FUNCTION IF EXISTS identity.invite_member(text, bytea, text, text, text, boolean, text, text, boolean);
-- down
DROP FUNCTION IF EXISTS identity.invite_member(text, bytea, text, text, text, boolean, text, text,
	boolean, json);
DROP TRIGGER IF EXISTS organization_left ON identity.session;
ALTER TABLE identity.organization_invitation DROP COLUMN team_ids;
ALTER TABLE identity.session DROP COLUMN active_team_id;
DROP TABLE identity.team, identity.team_member, identity.deleted_team_member CASCADE;
