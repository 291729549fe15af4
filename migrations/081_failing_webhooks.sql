\warn 'tenantry schema up runs this step, once' \quit
-- Since when the receiver of a webhook fails, and when its organization was notified.
ALTER TABLE ops.webhook_receiver ADD COLUMN failing_since timestamptz, ADD COLUMN told_at timestamptz;
UPDATE ops.webhook_receiver SET failing_since = now() WHERE failures > 0;
-- down
ALTER TABLE ops.webhook_receiver DROP COLUMN failing_since, DROP COLUMN told_at;
