\warn 'tenantry schema up runs this step, once' \quit
-- How long an entry of a queue has waited: since it was queued or last made progress. A failed attempt does not change it.
ALTER TABLE ops.mail ADD COLUMN since timestamptz NOT NULL DEFAULT now();
ALTER TABLE ops.import_queue ADD COLUMN since timestamptz NOT NULL DEFAULT now();
ALTER TABLE ops.picture_wanted ADD COLUMN since timestamptz NOT NULL DEFAULT now();
ALTER TABLE ops.embedding_wanted ADD COLUMN since timestamptz NOT NULL DEFAULT now();
ALTER TABLE ops.integration_queue ADD COLUMN since timestamptz NOT NULL DEFAULT now();
UPDATE ops.mail SET since = created_at WHERE status IN ('waiting', 'sending');
UPDATE ops.integration_queue SET since = due_at;
DROP FUNCTION IF EXISTS ops.queues();
-- down
ALTER TABLE ops.integration_queue DROP COLUMN since;
ALTER TABLE ops.embedding_wanted DROP COLUMN since;
ALTER TABLE ops.picture_wanted DROP COLUMN since;
ALTER TABLE ops.import_queue DROP COLUMN since;
ALTER TABLE ops.mail DROP COLUMN since;
