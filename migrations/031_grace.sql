\warn 'tenantry schema up runs this step, once' \quit
-- Old paths of the API and their callers, the cache epoch, sessions that an import ended, and the schema of
-- Better Auth's views.
-- needs: ops/tenant.sql

-- Old paths that workers of this installation answer. The workers write them at their start.
CREATE TABLE ops.route_alias (
	path       text PRIMARY KEY,
	successor  text NOT NULL,
	since      date NOT NULL,	-- deprecated since
	sunset     date NOT NULL,
	seen_at    timestamptz NOT NULL DEFAULT now(),	-- by workers, at most once a day
	retired_at timestamptz	-- the path is answered with 410 from then on
);
SELECT ops.protect_internal('ops.route_alias');

-- How often each path was called on a day (UTC), and by what. Rows are deleted after 90 days.
CREATE TABLE ops.route_use (
	path     text NOT NULL,
	day      date NOT NULL,
	agent    text NOT NULL CONSTRAINT route_use_agent_check CHECK (char_length(agent) <= 64),
	org_id   uuid,	-- null: no organization, or it is not known
	requests bigint NOT NULL,
	CONSTRAINT route_use_row UNIQUE NULLS NOT DISTINCT (path, day, agent, org_id)
);
CREATE INDEX route_use_day ON ops.route_use (day);
CREATE INDEX route_use_org_id ON ops.route_use (org_id) WHERE org_id IS NOT NULL;
SELECT ops.protect_internal('ops.route_use');

-- The only row: workers drop what they cache when it changes.
CREATE TABLE ops.cache_epoch (
	is_row   boolean PRIMARY KEY DEFAULT true CONSTRAINT cache_epoch_is_row_check CHECK (is_row),
	epoch    bigint NOT NULL DEFAULT 1,
	began_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO ops.cache_epoch DEFAULT VALUES;
SELECT ops.protect_internal('ops.cache_epoch');

-- Sessions of an imported project, which are not continued here: SHA-256 of the id of the session and of each
-- of its refresh tokens.
CREATE TABLE identity.migrated_session (
	token_hash bytea PRIMARY KEY CONSTRAINT migrated_session_token_hash_check
		CHECK (octet_length(token_hash) = 32),
	user_id    text,
	expires_at timestamptz NOT NULL,
	told_at    timestamptz	-- its client was told to sign in again
);
CREATE INDEX migrated_session_expires_at ON identity.migrated_session (expires_at);
SELECT ops.protect_internal('identity.migrated_session');

-- Views that look like the tables of a Better Auth server: schema/identity/better_auth.sql. Logins that may read
-- them are members of tenantry_better_auth. Nothing of ours needs that role, so an owner who may not create
-- it goes without.
CREATE SCHEMA better_auth;
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenantry_better_auth') THEN
		CREATE ROLE tenantry_better_auth NOLOGIN;
	END IF;
EXCEPTION WHEN insufficient_privilege THEN
	NULL;
END $$;
-- down
DROP SCHEMA better_auth CASCADE;
DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid::regrole::text = 'tenantry_better_auth'
	    AND m.member <> current_user::regrole) THEN
		DROP ROLE IF EXISTS tenantry_better_auth;
	END IF;
EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
	NULL;
END $$;
DROP TABLE identity.migrated_session;
DROP TABLE ops.cache_epoch;
DROP TABLE ops.route_use;
DROP TABLE ops.route_alias;
