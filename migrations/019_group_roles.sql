\warn 'tenantry schema up runs this step, once' \quit
-- Roles that a member has by the groups of an identity provider.
-- needs: ops/tenant.sql

CREATE TABLE identity.group_role (
	id              text PRIMARY KEY,
	organization_id uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	-- A name of TENANTRY_PROVIDERS.
	provider_id     text NOT NULL CONSTRAINT group_role_provider_id_check
		CHECK (char_length(provider_id) BETWEEN 1 AND 64),
	group_name      text NOT NULL CONSTRAINT group_role_group_name_check
		CHECK (char_length(group_name) BETWEEN 1 AND 256),
	role            text NOT NULL CONSTRAINT group_role_role_check CHECK (role ~ '^[^,]+$'),
	-- Users with this group become members of the organization.
	joins           boolean NOT NULL DEFAULT false,
	created_at      timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT group_role_unique UNIQUE (organization_id, provider_id, group_name, role)
);
CREATE INDEX group_role_joins ON identity.group_role (provider_id, group_name) WHERE joins;
SELECT ops.protect_internal('identity.group_role');

-- The roles that groups gave, by provider: {"acme": ["admin"]}; all others were given by hand.
-- An empty list: the last role was taken away, and the member is therefore disabled.
ALTER TABLE identity.organization_member ADD COLUMN group_roles jsonb NOT NULL DEFAULT '{}';
ALTER TABLE identity.deleted_member ADD COLUMN group_roles jsonb NOT NULL DEFAULT '{}';

-- schema/identity/oauth.sql defines these with the groups.
DROP FUNCTION IF EXISTS identity.oauth_enter(text, text, text, text, boolean, text, text, json, text,
	boolean, bytea, boolean, text, text, bytea, text, text);
DROP FUNCTION IF EXISTS identity.oauth_refused(text, text);
DROP FUNCTION IF EXISTS identity.oauth_link(text, text, text, text, text, text, boolean, json, text);
-- down
DROP FUNCTION IF EXISTS identity.oauth_enter(text, text, text, text, boolean, text, text, json, text,
	boolean, bytea, boolean, text, text, bytea, text, text, json);
DROP FUNCTION IF EXISTS identity.oauth_refused(text, text, text, text, json);
DROP FUNCTION IF EXISTS identity.oauth_link(text, text, text, text, text, text, boolean, json, text, json);
-- CASCADE: a trigger of schema/ goes with the column.
ALTER TABLE identity.organization_member DROP COLUMN group_roles CASCADE;
ALTER TABLE identity.deleted_member DROP COLUMN group_roles;
DROP TABLE identity.group_role CASCADE;
