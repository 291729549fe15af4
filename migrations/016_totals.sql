\warn 'tenantry schema up runs this step, once' \quit
-- Kept totals of lists.
-- needs: ops/tenant.sql

-- The total is the sum of the changes. A row with "folded" is the sum of earlier ones.
CREATE TABLE ops.totals (
	org_id   uuid NOT NULL,
	resource text NOT NULL,
	change   bigint NOT NULL,
	folded   boolean NOT NULL DEFAULT false
);
CREATE INDEX totals_resource ON ops.totals (org_id, resource) INCLUDE (change);
CREATE INDEX totals_new ON ops.totals (org_id, resource) WHERE NOT folded;
SELECT ops.protect_internal('ops.totals');
-- down
DROP TABLE ops.totals;
