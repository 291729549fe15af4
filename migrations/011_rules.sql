-- Rules for values: what schema/ no longer has.

DROP FUNCTION IF EXISTS identity.is_address(text);
-- down
