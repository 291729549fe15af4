\warn 'tenantry schema up runs this step, once' \quit
-- The ids of the audit log never go below what was sealed: see ops.audit_id(). A clock that ran
-- ahead during one seal made later rows look as if they were inserted below it.

CREATE SEQUENCE ops.audit_order AS bigint;
GRANT SELECT, UPDATE ON SEQUENCE ops.audit_order TO tenantry_audit;

DO $$
DECLARE
	upto bigint;
BEGIN
	SET LOCAL ROLE tenantry_audit;
	SELECT max(s.upto) INTO upto FROM ops.audit_seal s;
	RESET ROLE;
	PERFORM setval('ops.audit_order', greatest(upto, 1));
END $$;

DROP FUNCTION IF EXISTS ops.seal_audit(integer, interval, boolean);
-- down
DROP SEQUENCE ops.audit_order CASCADE;
DROP FUNCTION IF EXISTS ops.audit_id(), ops.seal_audit(integer, interval, boolean);
