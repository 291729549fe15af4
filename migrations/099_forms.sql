\warn 'tenantry schema up runs this step, once' \quit
-- Forms that create contacts with a publishable key.
-- needs: ops/tenant.sql

-- The pages that may use a form, and what it asks for; null for other keys.
ALTER TABLE identity.api_key
	ADD COLUMN origins text[] CONSTRAINT api_key_origins_check CHECK (cardinality(origins) BETWEEN 1 AND 20),
	ADD COLUMN form jsonb CONSTRAINT api_key_form_check CHECK (jsonb_typeof(form) = 'object');

-- What they return or take has changed.
DROP FUNCTION IF EXISTS identity.use_publishable(bytea, text, text, boolean),
	identity.begin_publishable(bytea, boolean, bytea, text, text, text, boolean, text, text, text, bytea),
	identity.key_rate(bytea);
-- down
DROP FUNCTION IF EXISTS identity.use_publishable(bytea, text, text, boolean),
	identity.begin_publishable(bytea, boolean, bytea, text, text, text, boolean, text, text, text, bytea),
	identity.key_rate(bytea, text);
-- Without the columns nothing would tell them from other publishable keys.
DELETE FROM identity.api_key WHERE form IS NOT NULL;
ALTER TABLE identity.api_key DROP COLUMN origins CASCADE, DROP COLUMN form CASCADE;
