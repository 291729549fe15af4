\warn 'tenantry schema up runs this step, once' \quit
-- API keys: how often they may still be used, lists of fields, a log of requests, and service accounts.
-- needs: ops/tenant.sql

-- The fields to which the permissions of a key are limited, {"contacts": {"read": ["last_name"]}}; null for all.
ALTER TABLE identity.api_key ADD COLUMN fields jsonb;

-- Whether the bodies of refused requests are kept.
ALTER TABLE identity.api_key ADD COLUMN log_bodies boolean NOT NULL DEFAULT false;

-- Requests of the last 24 hours, which workers write many at a time. A crash empties it. There is no foreign key, since its check
-- would write to the row of the key each time: rows of deleted keys are invisible, and expire.
CREATE UNLOGGED TABLE identity.api_key_request (
	key_id      text NOT NULL,
	at          timestamptz NOT NULL,
	method      text NOT NULL,
	route       text NOT NULL,
	status      smallint NOT NULL,
	code        text,	-- of a refusal
	duration    numeric(12,3) NOT NULL,	-- ms
	request_id  text NOT NULL,
	body        text	-- the first 8000 bytes of a refused request
);
CREATE INDEX api_key_request_key_id ON identity.api_key_request (key_id, at, request_id);
SELECT ops.protect_internal('identity.api_key_request');

-- What the last attempt of a delivery has sent.
ALTER TABLE crm.webhook_deliveries ADD COLUMN request_headers jsonb, ADD COLUMN request_body text;

-- The organization that owns a service account; null for people.
ALTER TABLE identity."user" ADD COLUMN service_of uuid
	CONSTRAINT user_service_of_fkey REFERENCES identity.organization ON DELETE CASCADE;
CREATE INDEX user_service_of ON identity."user" (service_of) WHERE service_of IS NOT NULL;

-- What they take or return has changed.
DROP FUNCTION IF EXISTS ops.end_delivery(text, integer, integer, integer, text, text, text),
	identity.begin_key(bytea, text, text, text, boolean, text, text, boolean, text, bytea),
	identity.use_key(identity.api_key);
-- down
-- Without the column nothing would tell them from people. Their rows in crm.sales are disabled already.
ALTER TABLE identity."user" DISABLE TRIGGER USER;
ALTER TABLE identity.organization_member DISABLE TRIGGER USER;
DELETE FROM identity."user" WHERE service_of IS NOT NULL;
ALTER TABLE identity."user" ENABLE TRIGGER USER;
ALTER TABLE identity.organization_member ENABLE TRIGGER USER;
ALTER TABLE identity."user" DROP COLUMN service_of;
-- CASCADE: views.
ALTER TABLE crm.webhook_deliveries DROP COLUMN request_headers CASCADE, DROP COLUMN request_body CASCADE;
DROP TABLE identity.api_key_request CASCADE;
ALTER TABLE identity.api_key DROP COLUMN fields, DROP COLUMN log_bodies;
DROP FUNCTION IF EXISTS ops.end_delivery(text, integer, integer, integer, text, text, text, json, text),
	identity.begin_key(bytea, text, text, text, boolean, text, text, boolean, text, bytea),
	identity.use_key(identity.api_key);
