\warn 'tenantry schema up runs this step, once' \quit
-- What a module lets portal users read, and tells them in /api/me, as functions that the core calls.

-- portal_reads(resource text, row_id bigint) returns boolean: whether the caller reads a row, or with null any row, as one
-- of those for whom the module has rows; portal_ids(resource text) returns bigint[]: those rows of a resource whose
-- user limits who reads them; portal_me() returns json: members of /api/me, or null.
ALTER TABLE identity.module
	ADD COLUMN portal_reads text CONSTRAINT module_portal_reads_check CHECK (portal_reads ~ '^[a-z_]+\.[a-z_0-9]+$'),
	ADD COLUMN portal_ids text CONSTRAINT module_portal_ids_check CHECK (portal_ids ~ '^[a-z_]+\.[a-z_0-9]+$'),
	ADD COLUMN portal_me text CONSTRAINT module_portal_me_check CHECK (portal_me ~ '^[a-z_]+\.[a-z_0-9]+$');
-- down
ALTER TABLE identity.module DROP COLUMN portal_reads, DROP COLUMN portal_ids, DROP COLUMN portal_me;
