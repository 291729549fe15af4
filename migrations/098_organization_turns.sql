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

DROP FUNCTION IF EXISTS ops.claim_metrics(), ops.compute_metrics(uuid), ops.in_organizations(text, text, integer, text),
	ops.purge_trash_of(uuid, integer, interval), ops.wrong_totals(), crm.wrong_documents(), crm.document_faults(uuid),
	membership.wrong_ledgers();
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
DROP FUNCTION IF EXISTS ops.purge_trash_of(uuid, integer, interval);
