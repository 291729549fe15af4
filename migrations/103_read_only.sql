-- Organizations whose data cannot be changed for a while.

ALTER TABLE identity.organization ADD COLUMN read_only_at timestamptz;
-- down
-- Triggers of this version ask it until those of the version before replace them.
CREATE OR REPLACE FUNCTION ops.read_only(org uuid) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT false';
ALTER TABLE identity.organization DROP COLUMN read_only_at;
