\warn 'tenantry schema up runs this step, once' \quit
-- The retention of the feed is a setting, an argument of ops.purge_changes().
DROP FUNCTION IF EXISTS ops.purge_changes(integer);
-- down
DROP FUNCTION IF EXISTS ops.purge_changes(integer, integer);
