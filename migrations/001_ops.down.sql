-- Leaves nothing but the roles, which other databases of the cluster may use.
DROP SCHEMA crm CASCADE;
DROP SCHEMA identity CASCADE;
DROP SCHEMA ops CASCADE;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
DO $$
BEGIN
	IF pg_has_role(current_user, (SELECT datdba FROM pg_database
	    WHERE datname = current_database()), 'USAGE') THEN
		EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database());
	END IF;
END $$;
