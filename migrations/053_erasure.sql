\warn 'tenantry schema up runs this step, once' \quit
-- The module membership: legal holds, and the proofs of erasures of personal data.
-- needs: ops/tenant.sql

ALTER TABLE membership.user_profiles ADD COLUMN erased_at timestamptz;	-- the personal data; null: not

CREATE TABLE membership.legal_holds (
	org_id      uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id          bigint NOT NULL DEFAULT ops.new_id(),
	member_id   bigint NOT NULL,
	reason      text NOT NULL CONSTRAINT legal_holds_reason_check CHECK (reason ~ '\S' AND char_length(reason) <= 2000),
	set_by      text NOT NULL DEFAULT current_setting('app.user_id', true),	-- the account
	released_at timestamptz,
	created_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT legal_holds_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles
);
CREATE INDEX legal_holds_member_id ON membership.legal_holds (org_id, member_id, id);
SELECT ops.protect('membership.legal_holds', false);
GRANT SELECT, INSERT, UPDATE ON membership.legal_holds TO tenantry_app;

CREATE TABLE membership.erasures (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	member_id  bigint NOT NULL,
	hash       text NOT NULL,	-- SHA-256 of the rows that were erased, as JSON
	erased     jsonb NOT NULL,	-- their number by table
	reason     text NOT NULL CONSTRAINT erasures_reason_check CHECK (reason ~ '\S' AND char_length(reason) <= 2000),
	user_id    text,	-- the account that did it
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT erasures_member_id_key UNIQUE (org_id, member_id),
	CONSTRAINT erasures_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles
);
SELECT ops.protect('membership.erasures', false);
GRANT SELECT ON membership.erasures TO tenantry_app;
-- down
-- CASCADE: its triggers on other tables.
DROP FUNCTION IF EXISTS membership.keep_held() CASCADE;
DROP TABLE membership.erasures, membership.legal_holds CASCADE;
ALTER TABLE membership.user_profiles DROP COLUMN erased_at;
DELETE FROM identity.resource WHERE name IN ('legal_holds', 'erasures');
