\warn 'tenantry schema up runs this step, once' \quit
-- Organizations whose data cannot be changed for a while.

ALTER TABLE identity.organization ADD COLUMN read_only_at timestamptz;
-- down
ALTER TABLE identity.organization DROP COLUMN read_only_at;
