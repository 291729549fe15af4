\warn 'tenantry schema up runs this step, once' \quit
-- The role of the operators' SQL console, which may only read, and the columns that it cannot read.
-- needs: ops/tenant.sql

-- An owner who may not create the role goes without the console.
DO $$
BEGIN
	IF to_regrole('tenantry_console') IS NULL THEN
		CREATE ROLE tenantry_console NOLOGIN;
	END IF;
	IF NOT pg_has_role(current_user, 'tenantry_console', CASE
	    WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
		GRANT tenantry_console TO CURRENT_USER;
	END IF;
EXCEPTION WHEN insufficient_privilege THEN
	NULL;
END $$;
-- Columns with secrets, which files of schema/ declare: ops.hide_columns().
CREATE TABLE ops.hidden_column (
	table_name  text NOT NULL,	-- with its schema
	column_name name NOT NULL,
	PRIMARY KEY (table_name, column_name)
);
SELECT ops.protect_internal('ops.hidden_column');

-- The list of the console's statements.
CREATE INDEX event_console ON identity.event (at, id) WHERE action = 'console.started';
-- down
DROP INDEX identity.event_console;
DROP TABLE ops.hidden_column CASCADE;
DO $$
BEGIN
	IF to_regrole('tenantry_console') IS NULL OR NOT pg_has_role(current_user, 'tenantry_console', 'MEMBER') THEN
		RETURN;
	END IF;
	DROP OWNED BY tenantry_console;
	IF NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid::regrole::text = 'tenantry_console'
	    AND m.member <> current_user::regrole) THEN
		DROP ROLE tenantry_console;
	END IF;
EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
	NULL;
END $$;
