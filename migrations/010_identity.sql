\warn 'tenantry schema up runs this step, once' \quit
-- A secret URL made with an API key ends with the key. The key of existing URLs is not known.

ALTER TABLE identity.secret_url
	ADD COLUMN api_key_id text REFERENCES identity.api_key ON DELETE CASCADE;
CREATE INDEX secret_url_api_key ON identity.secret_url (api_key_id) WHERE api_key_id IS NOT NULL;

-- schema/identity/magic_link.sql and email_code.sql define these with a language.
DROP FUNCTION IF EXISTS identity.enter_by_link(text, text, text, bytea, bytea, text, text, boolean, json);
DROP FUNCTION IF EXISTS identity.enter_by_code(text, text, text, text, text, text, bytea, bytea, text,
	text, boolean, boolean, json);
DROP FUNCTION IF EXISTS identity.prove_user(text, text, text, text, bytea, boolean);
-- schema/identity/sign_up.sql defines these with an argument more.
DROP FUNCTION IF EXISTS identity.sign_up(text, text, text, text, text, text, text, text, bytea, boolean,
	text, text, bytea, boolean);
DROP FUNCTION IF EXISTS identity.sign_up_unverified(text, text, text, text, text, text, text, bytea,
	boolean, text, text);
DROP FUNCTION IF EXISTS identity.add_newcomer(text, text, text, text, text, text, text, bytea, boolean);
DROP FUNCTION IF EXISTS identity.register(text, text, text, text, text, boolean, text, bytea, boolean);
-- schema/identity/sign_in.sql defines these with a device and a proof of work.
DROP FUNCTION IF EXISTS identity.sign_in_begin(text, text, text, boolean);
DROP FUNCTION IF EXISTS identity.sign_in(text, text, bytea, boolean, text, text, text, text, json);
-- down
ALTER TABLE identity.secret_url DROP COLUMN api_key_id;
