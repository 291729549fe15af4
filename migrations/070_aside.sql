\warn 'tenantry schema up runs this step, once' \quit
-- Rows that a loop over all organizations could not process, so that it continued without them.
-- needs: ops/tenant.sql

CREATE TABLE ops.aside (
	queue     text NOT NULL,	-- or periodic task
	org_id    uuid,
	entry     text NOT NULL,	-- the id of the row; that of the organization, if all its rows are set aside
	error     text NOT NULL,
	failures  integer NOT NULL DEFAULT 1,
	since     timestamptz NOT NULL DEFAULT clock_timestamp(),
	failed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	retry_at  timestamptz NOT NULL,
	CONSTRAINT aside_key UNIQUE NULLS NOT DISTINCT (queue, org_id, entry)
);
SELECT ops.protect_internal('ops.aside');

-- Organizations with rows of the audit log that are to be sealed: those from "since" on, below "upto". All other rows with an id below
-- the highest "upto" of a seal are sealed.
CREATE TABLE ops.audit_pending (
	org_id uuid NOT NULL PRIMARY KEY,
	since  bigint NOT NULL,
	upto   bigint NOT NULL,
	late   boolean NOT NULL DEFAULT false	-- also rows below "since" that no seal has
);
SELECT ops.protect_internal('ops.audit_pending');
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.audit_pending TO tenantry_audit;

-- Changes of organizations that were deleted, by a rollback for example. Their numbers would occur twice
-- when an organization with the same id is created.
DELETE FROM ops.change c WHERE NOT EXISTS (SELECT FROM identity.organization o WHERE o.id = c.org_id);
-- Of one that exists again, the numbers continue.
UPDATE ops.feed_channel f SET numbered = c.seq
  FROM (SELECT org_id, max(seq) AS seq FROM ops.change GROUP BY org_id) c
 WHERE c.org_id = f.org_id AND c.seq > f.numbered;
-- down
DROP TABLE ops.aside, ops.audit_pending CASCADE;
