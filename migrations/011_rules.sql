\warn 'tenantry schema up runs this step, once' \quit
-- Rules for values: what schema/ no longer has.

DROP FUNCTION IF EXISTS identity.is_address(text);
-- down
