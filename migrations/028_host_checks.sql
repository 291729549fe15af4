\warn 'tenantry schema up runs this step, once' \quit
-- What tenantry-jobs measured on its machine.
-- needs: ops/tenant.sql

CREATE TABLE ops.host_check (
	name       text PRIMARY KEY,
	checked_at timestamptz NOT NULL DEFAULT now(),
	amount     numeric,	-- null: it could not be measured
	error      text CHECK (char_length(error) <= 1000)
);
SELECT ops.protect_internal('ops.host_check');
-- down
DROP TABLE ops.host_check;
