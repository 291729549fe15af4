\warn 'tenantry schema up runs this step, once' \quit
-- API keys that are bound to addresses, replaced with overlap, or published.

ALTER TABLE identity.api_key
	ADD COLUMN addresses inet[] CONSTRAINT api_key_addresses_check CHECK (cardinality(addresses) BETWEEN 1 AND 50),
	-- The secret that the last rotation replaced, and how long it is valid.
	ADD COLUMN previous_hash bytea CONSTRAINT api_key_previous_hash_key UNIQUE
		CONSTRAINT api_key_previous_hash_check CHECK (octet_length(previous_hash) = 32),
	ADD COLUMN previous_until timestamptz,
	-- It selects the organization and gives no right: everybody may know it.
	ADD COLUMN publishable boolean NOT NULL DEFAULT false;

-- Each client of a publishable key has a window of its own; '' for other keys.
ALTER TABLE identity.api_key_use
	ADD COLUMN client text NOT NULL DEFAULT '',
	DROP CONSTRAINT api_key_use_pkey,
	ADD CONSTRAINT api_key_use_pkey PRIMARY KEY (key_id, client);

-- The key that made the change, filled in by its default as the impersonator is.
ALTER TABLE ops.audit_log ADD COLUMN api_key_id text;
ALTER TABLE ops.audit_log ALTER COLUMN api_key_id SET DEFAULT nullif(current_setting('app.api_key_id', true), '');
-- down
-- CASCADE: the view of the log.
ALTER TABLE ops.audit_log DROP COLUMN api_key_id CASCADE;
-- Without the column nothing would tell them from other keys.
DELETE FROM identity.api_key WHERE publishable;
ALTER TABLE identity.api_key_use
	DROP CONSTRAINT api_key_use_pkey,
	DROP COLUMN client,
	ADD CONSTRAINT api_key_use_pkey PRIMARY KEY (key_id);
ALTER TABLE identity.api_key DROP COLUMN addresses, DROP COLUMN previous_hash, DROP COLUMN previous_until,
	DROP COLUMN publishable;
