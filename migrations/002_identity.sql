\warn 'tenantry schema up runs this step, once' \quit
-- The schema identity: users, organizations, sessions and credentials. Better Auth's model
-- with names in snake case; functions use its camelCase JSON.
--
-- The application may call functions but has no privileges on these tables. The functions
-- run as the owner, so each one names the user or organization that it is about.
-- needs: identity/value.sql

CREATE TABLE identity."user" (
	id                 text PRIMARY KEY,
	name               text NOT NULL CONSTRAINT user_name_check
		CHECK (char_length(name) <= 500),
	-- For the CRM; split from name unless given at sign-up.
	first_name         text NOT NULL,
	last_name          text NOT NULL,
	email              text NOT NULL UNIQUE CONSTRAINT user_email_check
		CHECK (email = lower(email) AND char_length(email) <= 320),
	email_verified     boolean NOT NULL DEFAULT false,
	image              text,
	created_at         timestamptz NOT NULL DEFAULT now(),
	updated_at         timestamptz NOT NULL DEFAULT now(),
	role               text DEFAULT 'user',
	banned             boolean DEFAULT false,
	ban_reason         text,
	ban_expires        timestamptz,
	two_factor_enabled boolean DEFAULT false,
	last_organization_id uuid,
	-- The organization that created the account, until the user becomes a member of another
	-- one: its administrators alone may change the address.
	made_by            uuid
);
CREATE INDEX user_made_by ON identity."user" (made_by) WHERE made_by IS NOT NULL;

CREATE TABLE identity.organization (
	id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	name       text NOT NULL CONSTRAINT organization_name_check
		CHECK (name <> '' AND char_length(name) <= 500),
	slug       text NOT NULL UNIQUE CONSTRAINT organization_slug_check
		CHECK (slug <> '' AND char_length(slug) <= 500),
	logo       text,
	metadata   text,
	-- The demo does not count as a first sign-up.
	demo       boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now(),
	-- A deleted organization keeps its rows and its slug until it is purged.
	deleted_at timestamptz,
	-- The purge has begun, so the organization can no longer be restored.
	purging    boolean NOT NULL DEFAULT false,
	member_limit integer NOT NULL DEFAULT 100
		CONSTRAINT organization_member_limit_check CHECK (member_limit > 0),
	-- Set by an operator: the data is kept, but nobody can use the organization.
	suspended_at timestamptz
);
ALTER TABLE identity."user"
	ADD CONSTRAINT user_last_organization_id_fkey FOREIGN KEY (last_organization_id)
		REFERENCES identity.organization ON DELETE SET NULL,
	ADD CONSTRAINT user_made_by_fkey FOREIGN KEY (made_by)
		REFERENCES identity.organization ON DELETE SET NULL;
CREATE INDEX organization_deleted_at ON identity.organization (deleted_at)
	WHERE deleted_at IS NOT NULL;

CREATE TABLE identity.session (
	id                     text PRIMARY KEY,
	-- SHA-256 of the token; the token itself is not stored.
	token_hash             bytea NOT NULL UNIQUE CONSTRAINT session_token_hash_check
		CHECK (octet_length(token_hash) = 32),
	user_id                text NOT NULL REFERENCES identity."user" ON DELETE CASCADE,
	expires_at             timestamptz NOT NULL,
	remember               boolean NOT NULL DEFAULT true,
	created_at             timestamptz NOT NULL DEFAULT now(),
	updated_at             timestamptz NOT NULL DEFAULT now(),
	ip_address             text,
	user_agent             text,
	active_organization_id uuid REFERENCES identity.organization ON DELETE SET NULL,
	impersonated_by        text,
	-- How the user signed in: password, link, code, passkey or provider.
	method                 text,
	-- The operator's session, which continues after the impersonation.
	opened_from            text
		CONSTRAINT session_opened_from_fkey REFERENCES identity.session ON DELETE CASCADE
);
CREATE INDEX session_user_id ON identity.session (user_id);
CREATE INDEX session_opened_from ON identity.session (opened_from)
	WHERE opened_from IS NOT NULL;

CREATE TABLE identity.account (
	id                       text PRIMARY KEY,
	account_id               text NOT NULL,
	provider_id              text NOT NULL,
	issuer                   text,
	user_id                  text NOT NULL REFERENCES identity."user" ON DELETE CASCADE,
	access_token             text,
	refresh_token            text,
	id_token                 text,
	access_token_expires_at  timestamptz,
	refresh_token_expires_at timestamptz,
	scope                    text,
	password                 text,
	created_at               timestamptz NOT NULL DEFAULT now(),
	updated_at               timestamptz NOT NULL DEFAULT now(),
	-- The URL that signs the user out at the provider.
	end_session_url          text,
	UNIQUE (provider_id, account_id)
);
CREATE INDEX account_user_id ON identity.account (user_id);

CREATE TABLE identity.verification (
	id         text PRIMARY KEY,
	identifier text NOT NULL,
	value      text NOT NULL,
	expires_at timestamptz NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX verification_identifier_key ON identity.verification (identifier);

CREATE TABLE identity.organization_member (
	id              text PRIMARY KEY,
	organization_id uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	user_id         text NOT NULL REFERENCES identity."user" ON DELETE CASCADE,
	-- A comma-separated list, as in Better Auth; the strongest role counts.
	role            text NOT NULL CONSTRAINT organization_member_role_check
		CHECK (role ~ '^[^,]+(,[^,]+)*$'),
	disabled        boolean NOT NULL DEFAULT false,
	-- The member's row in the CRM, stored here to save each request a look-up.
	sales_id        bigint,
	created_at      timestamptz NOT NULL DEFAULT now(),
	-- The member's access level in the CRM, stored here to save each request a look-up.
	acts_as         text NOT NULL DEFAULT 'member' CONSTRAINT organization_member_acts_as_check
		CHECK (acts_as IN ('owner', 'admin', 'member')),
	UNIQUE (organization_id, user_id)
);
CREATE INDEX organization_member_user_id ON identity.organization_member (user_id);

CREATE TABLE identity.organization_invitation (
	id              text PRIMARY KEY,
	token_hash      bytea UNIQUE CONSTRAINT organization_invitation_token_hash_check
		CHECK (octet_length(token_hash) = 32),
	organization_id uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	-- Null: any holder of the link may accept.
	email           text CONSTRAINT organization_invitation_email_check
		CHECK (email = lower(email)),
	role            text NOT NULL CONSTRAINT organization_invitation_role_check
		CHECK (role ~ '^[^,]+(,[^,]+)*$'),
	status          text NOT NULL DEFAULT 'pending' CONSTRAINT organization_invitation_status_check
		CHECK (status IN ('pending', 'accepted', 'rejected', 'canceled')),
	expires_at      timestamptz NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	inviter_id      text NOT NULL REFERENCES identity."user" ON DELETE CASCADE,
	-- The row of crm.sales that waits for the invitation to be accepted.
	sales_id        bigint,
	-- The link was sent only by mail, so its holder has access to the mailbox.
	mailed          boolean NOT NULL DEFAULT false
);
CREATE INDEX organization_invitation_organization_id
	ON identity.organization_invitation (organization_id);
CREATE INDEX organization_invitation_email ON identity.organization_invitation (email);

-- Counters of attempts. A crash may reset them, which is acceptable.
CREATE UNLOGGED TABLE identity.rate_limit (
	key          text PRIMARY KEY,
	count        integer NOT NULL,
	last_request timestamptz NOT NULL
);

-- The log of identity events. Triggers write it, and nothing changes it afterwards. Each
-- trigger lists the columns it logs, so that no secret is logged. Rows of an organization
-- are logged in ops.audit_log.
CREATE TABLE identity.event (
	id              bigint PRIMARY KEY DEFAULT ops.new_id(),
	-- The order of events, which ids of the same millisecond do not give.
	at              timestamptz NOT NULL DEFAULT clock_timestamp(),
	-- No foreign keys: the log outlives the rows that it describes.
	user_id         text,
	actor_id        text,	-- null: not signed in
	impersonator_id text,	-- the operator who impersonated the actor
	organization_id uuid,
	request_id      text,
	address         text,
	user_agent      text,
	action          text NOT NULL,	-- "session.created"
	data            json
);
CREATE INDEX event_at ON identity.event (at, id);
CREATE INDEX event_user_id ON identity.event (user_id, at, id);

-- Two-factor authentication: codes of an authenticator, backup codes, codes by
-- mail, and trusted devices that need none.
CREATE TABLE identity.two_factor (
	user_id      text PRIMARY KEY REFERENCES identity."user" ON DELETE CASCADE,
	-- The TOTP secret, encrypted by the workers; null without an authenticator.
	secret       text,
	-- A secret takes effect when a first code has verified it.
	verified     boolean NOT NULL DEFAULT false,
	-- The newest code that was accepted, in steps of 30 seconds.
	last_step    bigint NOT NULL DEFAULT 0,
	-- Consecutive wrong codes, over all challenges and factors.
	failures     integer NOT NULL DEFAULT 0,
	locked_until timestamptz
);

CREATE TABLE identity.backup_code (
	user_id   text NOT NULL REFERENCES identity."user" ON DELETE CASCADE,
	-- A keyed hash with the secret of the workers, so that a code can be looked up. A code has
	-- 59 random bits, so no slow hash is needed.
	code_hash bytea NOT NULL CONSTRAINT backup_code_code_hash_check
		CHECK (octet_length(code_hash) = 32),
	PRIMARY KEY (user_id, code_hash)
);

-- A sign-in after its first factor.
CREATE TABLE identity.two_factor_challenge (
	secret_hash bytea PRIMARY KEY CONSTRAINT two_factor_challenge_secret_hash_check
		CHECK (octet_length(secret_hash) = 32),
	user_id     text NOT NULL REFERENCES identity."user" ON DELETE CASCADE,
	remember    boolean NOT NULL,
	failures    integer NOT NULL DEFAULT 0,
	expires_at  timestamptz NOT NULL
);
CREATE INDEX two_factor_challenge_user_id ON identity.two_factor_challenge (user_id);

-- The code that was mailed for a challenge, or to a signed-in user.
CREATE TABLE identity.two_factor_mail (
	-- SHA-256 of the challenge's secret or of the session's token.
	holder     bytea PRIMARY KEY CONSTRAINT two_factor_mail_holder_check
		CHECK (octet_length(holder) = 32),
	user_id    text NOT NULL REFERENCES identity."user" ON DELETE CASCADE,
	code_hash  bytea NOT NULL,
	failures   integer NOT NULL DEFAULT 0,
	expires_at timestamptz NOT NULL
);
CREATE INDEX two_factor_mail_user_id ON identity.two_factor_mail (user_id);

CREATE TABLE identity.trusted_device (
	secret_hash bytea PRIMARY KEY CONSTRAINT trusted_device_secret_hash_check
		CHECK (octet_length(secret_hash) = 32),
	user_id     text NOT NULL REFERENCES identity."user" ON DELETE CASCADE,
	expires_at  timestamptz NOT NULL
);
CREATE INDEX trusted_device_user_id ON identity.trusted_device (user_id);

-- Passkeys: the public key of each; the private key is in the authenticator.
CREATE TABLE identity.passkey (
	id            text PRIMARY KEY,
	user_id       text NOT NULL REFERENCES identity."user" ON DELETE CASCADE,
	name          text CONSTRAINT passkey_name_check
		CHECK (name <> '' AND char_length(name) <= 500),
	credential_id text NOT NULL UNIQUE,	-- base64url
	public_key    text NOT NULL,	-- base64 of its COSE form
	-- The use counter reported by the authenticator; some always report 0.
	counter       bigint NOT NULL DEFAULT 0 CONSTRAINT passkey_counter_check
		CHECK (counter BETWEEN 0 AND 4294967295),
	-- The authenticator verified its user at registration. A finder of a key without
	-- verification could set its PIN, so such a key is no second factor.
	user_verified boolean NOT NULL DEFAULT false,
	device_type   text NOT NULL CONSTRAINT passkey_device_type_check
		CHECK (device_type IN ('singleDevice', 'multiDevice')),
	backed_up     boolean NOT NULL,
	transports    text,	-- comma list
	aaguid        text,	-- the model of the authenticator
	created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX passkey_user_id ON identity.passkey (user_id);

-- Roles defined by an organization, in addition to owner, admin and member.
CREATE TABLE identity.organization_role (
	id              text PRIMARY KEY,
	organization_id uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	role            text NOT NULL CONSTRAINT organization_role_role_check
		CHECK (role = lower(trim(role)) AND role !~ '[,[:cntrl:]]'
			AND char_length(role) BETWEEN 1 AND 64
			AND role NOT IN ('owner', 'admin', 'member')),
	-- {"invitation": ["create", "cancel"], ...}
	permission      jsonb NOT NULL CONSTRAINT organization_role_permission_check
		CHECK (jsonb_typeof(permission) = 'object'),
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz,
	UNIQUE (organization_id, role)
);

-- Members of deleted organizations. They are moved here, so that queries of memberships need
-- no condition.
CREATE TABLE identity.deleted_member (
	LIKE identity.organization_member,
	PRIMARY KEY (id),
	CONSTRAINT deleted_member_organization_id_fkey FOREIGN KEY (organization_id)
		REFERENCES identity.organization ON DELETE CASCADE,
	CONSTRAINT deleted_member_user_id_fkey FOREIGN KEY (user_id)
		REFERENCES identity."user" ON DELETE CASCADE
);
CREATE INDEX deleted_member_organization_id ON identity.deleted_member (organization_id);
CREATE INDEX deleted_member_user_id ON identity.deleted_member (user_id);

-- API keys, with which programs act for a user within one organization.
CREATE TABLE identity.api_key (
	id                 text PRIMARY KEY,
	-- SHA-256 of the key; the key itself is not stored.
	key_hash           bytea NOT NULL UNIQUE CONSTRAINT api_key_key_hash_check
		CHECK (octet_length(key_hash) = 32),
	name               text CONSTRAINT api_key_name_check CHECK (char_length(name) <= 32),
	prefix             text CONSTRAINT api_key_prefix_check CHECK (prefix ~ '^[A-Za-z0-9_-]{1,32}$'),
	start              text NOT NULL,
	user_id            text NOT NULL,
	organization_id    uuid NOT NULL,
	-- {"contacts":["read","write"],"*":["read"]}; null: all permissions of the user.
	permissions        jsonb,
	metadata           json,
	enabled            boolean NOT NULL DEFAULT true,
	expires_at         timestamptz,
	rate_limit_max     integer NOT NULL DEFAULT 600 CHECK (rate_limit_max > 0),
	rate_limit_window  bigint NOT NULL DEFAULT 60000 CHECK (rate_limit_window > 0), -- ms
	remaining          bigint CHECK (remaining >= 0),
	refill_amount      bigint CHECK (refill_amount > 0),
	refill_interval    bigint CHECK (refill_interval > 0), -- ms
	last_refill_at     timestamptz,
	last_request       timestamptz,	-- written once a minute
	created_at         timestamptz NOT NULL DEFAULT now(),
	updated_at         timestamptz NOT NULL DEFAULT now(),
	-- A key ends with its membership, and so with the user.
	FOREIGN KEY (organization_id, user_id)
		REFERENCES identity.organization_member (organization_id, user_id) ON DELETE CASCADE
);
CREATE INDEX api_key_member ON identity.api_key (organization_id, user_id);
CREATE INDEX api_key_user_id ON identity.api_key (user_id);

-- Requests in the current rate limit window. A crash empties this table and begins new
-- windows, which is cheaper than a disk write for each request.
CREATE UNLOGGED TABLE identity.api_key_use (
	key_id  text PRIMARY KEY REFERENCES identity.api_key ON DELETE CASCADE,
	opened  timestamptz NOT NULL,
	count   integer NOT NULL
);

-- Keys that sign tokens; the newest one signs. Public keys are published until the last
-- token that they verify has expired.
CREATE TABLE identity.signing_key (
	id          text PRIMARY KEY,	-- "kid"
	public_key  json NOT NULL,	-- a JWK
	private_key text NOT NULL,	-- encrypted with the server's secret
	created_at  timestamptz NOT NULL DEFAULT now(),
	retired_at  timestamptz
);
CREATE UNIQUE INDEX signing_key_current ON identity.signing_key ((true))
	WHERE retired_at IS NULL;

-- Ids of imported organizations that are not UUIDs in their original system.
CREATE TABLE identity.imported_organization (
	source_id text PRIMARY KEY,
	id        uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE
);
CREATE INDEX imported_organization_id ON identity.imported_organization (id);

-- When to compute the daily metrics of each organization: every hour, and at the
-- end of its day.
CREATE TABLE identity.organization_metrics (
	organization_id uuid PRIMARY KEY REFERENCES identity.organization ON DELETE CASCADE,
	due_at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX organization_metrics_due_at ON identity.organization_metrics (due_at);

-- Secret URLs, for programs that can send no other credential: calendar feeds and inbound
-- messages. They act as a member and end with the membership.
CREATE TABLE identity.secret_url (
	id              text PRIMARY KEY DEFAULT identity.new_id(),
	kind            text NOT NULL CONSTRAINT secret_url_kind_check
		CHECK (kind IN ('calendar', 'messages')),
	-- SHA-256 of the secret in the URL; the secret itself is not stored.
	token_hash      bytea NOT NULL UNIQUE CONSTRAINT secret_url_token_hash_check
		CHECK (octet_length(token_hash) = 32),
	organization_id uuid NOT NULL,
	user_id         text NOT NULL,
	name            text CONSTRAINT secret_url_name_check CHECK (char_length(name) <= 200),
	settings        jsonb NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	last_used_at    timestamptz,	-- written once an hour
	FOREIGN KEY (organization_id, user_id)
		REFERENCES identity.organization_member (organization_id, user_id) ON DELETE CASCADE
);
CREATE INDEX secret_url_member ON identity.secret_url (organization_id, user_id);

-- Keys for the language model's provider, encrypted by the workers: a member's own, or
-- the organization's, which has no user.
CREATE TABLE identity.assistant_key (
	organization_id uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	user_id         text,
	encrypted_key   text NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT assistant_key_owner UNIQUE NULLS NOT DISTINCT (organization_id, user_id),
	FOREIGN KEY (organization_id, user_id)
		REFERENCES identity.organization_member (organization_id, user_id) ON DELETE CASCADE
);

-- Rows that are deleted with their organization.
ALTER TABLE ops.automation_clock ADD FOREIGN KEY (org_id)
	REFERENCES identity.organization ON DELETE CASCADE;
ALTER TABLE ops.duplicate_scan ADD FOREIGN KEY (org_id)
	REFERENCES identity.organization ON DELETE CASCADE;
ALTER TABLE ops.feed_channel ADD FOREIGN KEY (org_id)
	REFERENCES identity.organization ON DELETE CASCADE;
ALTER TABLE ops.inbound_mail ADD FOREIGN KEY (org_id)
	REFERENCES identity.organization ON DELETE CASCADE;
ALTER TABLE ops.reminder ADD FOREIGN KEY (org_id)
	REFERENCES identity.organization ON DELETE CASCADE;
-- down
-- CASCADE: functions, views, triggers and policies of schema/ go with their tables.
DROP TABLE
	identity."user", identity.account, identity.api_key, identity.api_key_use,
	identity.assistant_key, identity.backup_code, identity.deleted_member,
	identity.event, identity.imported_organization, identity.secret_url,
	identity.organization, identity.organization_invitation,
	identity.organization_member, identity.organization_metrics,
	identity.organization_role, identity.passkey, identity.rate_limit,
	identity.session, identity.signing_key, identity.trusted_device,
	identity.two_factor, identity.two_factor_challenge, identity.two_factor_mail,
	identity.verification
	CASCADE;
