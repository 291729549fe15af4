\warn 'tenantry schema up runs this step, once' \quit
-- When each periodic task is due in each organization: see schema/ops/organization_task.sql.
-- needs: ops/tenant.sql

CREATE TABLE ops.organization_task (
	name   text PRIMARY KEY,
	every  interval NOT NULL,	-- from one turn of an organization to the next
	module text	-- whose organizations have turns; null: all
);
SELECT ops.protect_internal('ops.organization_task');

CREATE TABLE ops.organization_turn (
	org_id  uuid NOT NULL,
	task    text NOT NULL,
	due_at  timestamptz NOT NULL,
	done_at timestamptz,	-- the last turn without an error; null: none
	failed  boolean NOT NULL DEFAULT false,	-- the last turn
	PRIMARY KEY (org_id, task)
);
CREATE INDEX organization_turn_due_at ON ops.organization_turn (task, due_at);
SELECT ops.protect_internal('ops.organization_turn');

DROP TABLE identity.organization_metrics;
INSERT INTO ops.duplicate_scan (org_id, resource)
SELECT o.id, r FROM identity.organization o, unnest('{contacts,companies}'::text[]) r ON CONFLICT DO NOTHING;

-- Organizations with changes that webhooks do not have yet.
CREATE INDEX feed_channel_queued ON ops.feed_channel (org_id) WHERE queued < numbered;

-- The feed: what has been numbered, as a snapshot. While there is more than one call numbers: up to which snapshot, and up to which id
-- of what is new in it. Now this is the rest of the transaction xid.
LOCK TABLE ops.feed_state IN ACCESS EXCLUSIVE MODE;
ALTER TABLE ops.feed_state ADD COLUMN seen pg_snapshot, ADD COLUMN target pg_snapshot, ADD COLUMN low bigint;
UPDATE ops.feed_state SET seen = format('%1$s:%1$s:', xid)::pg_snapshot, target = format('%1$s:%1$s:', xid::text::bigint + 1)::pg_snapshot;
ALTER TABLE ops.feed_state ALTER COLUMN seen SET NOT NULL, DROP COLUMN xid;

DROP FUNCTION IF EXISTS ops.claim_metrics(), ops.compute_metrics(uuid), ops.in_organizations(text, text, integer, text),
	ops.purge_trash_of(uuid, integer, interval), ops.wrong_totals(), crm.wrong_documents(), crm.document_faults(uuid),
	membership.wrong_ledgers(), ops.seal_audit(integer, interval, boolean);
-- down
DROP TRIGGER IF EXISTS turns ON identity.organization;
DROP TRIGGER IF EXISTS duplicates ON identity.organization;
DROP TABLE ops.organization_task, ops.organization_turn CASCADE;
CREATE TABLE identity.organization_metrics (
	organization_id uuid PRIMARY KEY REFERENCES identity.organization ON DELETE CASCADE,
	due_at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX organization_metrics_due_at ON identity.organization_metrics (due_at);
SELECT ops.protect_internal('identity.organization_metrics');
DROP INDEX ops.feed_channel_queued;
-- The older release continues after a number of a transaction. It numbers the entries of the feed first that are set aside.
LOCK TABLE ops.audit_log IN SHARE MODE;
LOCK TABLE ops.feed_state IN ACCESS EXCLUSIVE MODE;
DO $$
DECLARE
	owner name := current_user;
	orgs uuid[];
	ids bigint[];
BEGIN
	SET LOCAL ROLE tenantry_audit;	-- which sees the entries of all organizations
	SELECT array_agg(a.org_id), array_agg(a.id) INTO orgs, ids FROM ops.feed_state s JOIN ops.audit_log a
		ON a.xid >= pg_snapshot_xmin(s.seen) AND NOT pg_visible_in_snapshot(a.xid, s.seen) AND a.id >= s.since
		AND (s.target IS NULL OR a.id > s.id OR NOT pg_visible_in_snapshot(a.xid, s.target));
	EXECUTE format('SET LOCAL ROLE %I', owner);
	INSERT INTO ops.aside (queue, org_id, entry, error, retry_at)
	SELECT 'feed', e.org_id, e.id, 'not numbered yet', now() FROM unnest(orgs, ids) e (org_id, id) ON CONFLICT DO NOTHING;
END $$;
ALTER TABLE ops.feed_state DROP COLUMN seen CASCADE, DROP COLUMN target CASCADE, DROP COLUMN low CASCADE, ADD COLUMN xid xid8;
UPDATE ops.feed_state SET xid = pg_current_xact_id(), id = 0;
ALTER TABLE ops.feed_state ALTER COLUMN xid SET NOT NULL;
DROP FUNCTION IF EXISTS ops.purge_trash_of(uuid, integer, interval);
