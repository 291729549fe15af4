\warn 'tenantry schema up runs this step, once' \quit
-- The mailed link of a visitor who joins has a separate token, so that whoever began with the address of somebody else
-- does not hold it. Sign-ups that are under way had one token for both: they end, and visitors begin again.
-- incompatible: the sign-up of a visitor has two tokens

TRUNCATE membership.signup_sessions;
ALTER TABLE membership.signup_sessions
	ADD COLUMN link_hash bytea NOT NULL CONSTRAINT signup_sessions_link_hash_check CHECK (octet_length(link_hash) = 32),
	ADD CONSTRAINT signup_sessions_link_hash_key UNIQUE (org_id, link_hash);
-- down
ALTER TABLE membership.signup_sessions DROP COLUMN link_hash;
