\warn 'tenantry schema up runs this step, once' \quit
-- The tokens of ended sessions, so that a response with 401 can give the reason.
-- needs: ops/tenant.sql

CREATE TABLE identity.ended_session (
	token_hash bytea PRIMARY KEY CONSTRAINT ended_session_token_hash_check CHECK (octet_length(token_hash) = 32),
	reason     text NOT NULL,
	ended_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ended_session_ended_at ON identity.ended_session (ended_at);
SELECT ops.protect_internal('identity.ended_session');
-- down
DROP TABLE identity.ended_session CASCADE;
