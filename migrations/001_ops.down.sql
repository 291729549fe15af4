-- The roles stay: other databases of the cluster may use them.
DROP SCHEMA crm;
DROP SCHEMA identity;
DROP FUNCTION ops.kept_answer(text, bytea, text);
DROP FUNCTION ops.keep_answer(text);
DROP FUNCTION ops.claim_key(text, text, bytea);
DROP TABLE ops.idempotency_key;
DROP FUNCTION ops.protect(regclass, boolean);
DROP TABLE ops.audit_log;
DROP FUNCTION ops.audit();
DROP FUNCTION ops.refuse_change();
DROP FUNCTION ops.new_id();
DROP SEQUENCE ops.row_id;
-- The schema ops stays as well: the ledger of the migrations lives in it.
REVOKE USAGE ON SCHEMA ops FROM tenantry_app;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
DO $$
BEGIN
	IF pg_has_role(current_user, (SELECT datdba FROM pg_database
	    WHERE datname = current_database()), 'USAGE') THEN
		EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database());
	END IF;
END $$;
