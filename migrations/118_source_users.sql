\warn 'tenantry schema up runs this step, once' \quit
-- The function returns the ID that a user has in the source, which is not always a UUID.

DROP FUNCTION IF EXISTS membership.imported_user(bigint);
-- down
DROP FUNCTION IF EXISTS membership.imported_user(bigint);
