\warn 'tenantry schema up runs this step, once' \quit
-- The hosts that run tenantry-fcgi.
-- needs: ops/tenant.sql

CREATE TABLE ops.host (
	name        text PRIMARY KEY,
	uploads     text NOT NULL,	-- where it stores files: local, or the bucket
	connections integer NOT NULL,	-- that it may open to the database
	seen_at     timestamptz NOT NULL DEFAULT now()
);
SELECT ops.protect_internal('ops.host');
-- down
DROP TABLE ops.host CASCADE;
