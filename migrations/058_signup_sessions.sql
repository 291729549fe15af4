\warn 'tenantry schema up runs this step, once' \quit
-- The module membership: how visitors join the organization, and what they have entered so far.
-- needs: ops/tenant.sql

-- One row; without it nobody joins by themselves.
CREATE TABLE membership.signup_policies (
	org_id    uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id        bigint NOT NULL DEFAULT ops.new_id(),
	enabled   boolean NOT NULL DEFAULT false,
	tiers     text[] NOT NULL DEFAULT '{}' CONSTRAINT signup_policies_tiers_check
		CHECK (cardinality(tiers) <= 20 AND array_position(tiers, NULL) IS NULL AND length(tiers::text) <= 2500),	-- of which one is chosen
	activates boolean NOT NULL DEFAULT false,	-- the membership is active at once, instead of pending
	PRIMARY KEY (org_id, id),
	CONSTRAINT signup_policies_org_id_key UNIQUE (org_id)
);
SELECT ops.protect('membership.signup_policies', false);

-- What a visitor has entered, for 24 hours.
CREATE TABLE membership.signup_sessions (
	org_id          uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id              bigint NOT NULL DEFAULT ops.new_id(),
	token_hash      bytea NOT NULL CONSTRAINT signup_sessions_token_hash_check CHECK (octet_length(token_hash) = 32),
	email           text NOT NULL CONSTRAINT signup_sessions_email_check CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$'
		AND email !~ '[[:cntrl:]]' AND email = lower(email) AND char_length(email) <= 320),
	entered         jsonb NOT NULL DEFAULT '{}' CONSTRAINT signup_sessions_entered_check
		CHECK (jsonb_typeof(entered) = 'object' AND length(entered::text) <= 8000),
	code_mac        text NOT NULL,
	code_attempts   smallint NOT NULL DEFAULT 0,	-- that were wrong
	code_expires_at timestamptz NOT NULL,
	verified_at     timestamptz,
	completed_at    timestamptz,
	expires_at      timestamptz NOT NULL DEFAULT now() + interval '24 hours',
	created_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT signup_sessions_token_hash_key UNIQUE (org_id, token_hash)
);
CREATE INDEX signup_sessions_expires_at ON membership.signup_sessions (org_id, expires_at);
SELECT ops.protect('membership.signup_sessions', false, false);
-- down
DROP TABLE membership.signup_sessions, membership.signup_policies CASCADE;
