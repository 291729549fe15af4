\warn 'tenantry schema up runs this step, once' \quit
-- One-time secrets name the account or the address that they were issued to, so that a
-- change of the account can end them.

ALTER TABLE identity.verification ADD COLUMN owner text;
UPDATE identity.verification v SET owner = CASE
	WHEN v.identifier ~ '^(reset-password|delete-account|operator):' THEN nullif(v.value, '')
	WHEN v.identifier LIKE 'magic-link:%' THEN v.value::json->>'email'
	WHEN v.identifier LIKE 'oauth-state:%' THEN v.value::json->>'user'
	WHEN v.identifier LIKE 'passkey:%' THEN nullif(v.value::json->'userData'->>'id', '') END;
CREATE INDEX verification_owner ON identity.verification (owner) WHERE owner IS NOT NULL;

-- schema/identity/issued.sql replaces these.
DROP TRIGGER IF EXISTS end_sessions ON identity."user";
DROP TRIGGER IF EXISTS disable_keys ON identity."user";
DROP FUNCTION IF EXISTS identity.disable_keys();
DROP FUNCTION IF EXISTS identity.forget_links(text);
-- down
ALTER TABLE identity.verification DROP COLUMN owner;
