-- Converts texts of the API to values of the enumerations. ALTER TYPE ... ADD VALUE adds a value while the server runs.

-- Refuses a text that is not a value of the type, and lists the valid values. field is the column of this type.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION factory_app.check_value(type regtype, field text, value text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	allowed text[] := ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = type ORDER BY e.enumsortorder);
BEGIN
	IF value <> ALL (allowed) THEN
		PERFORM ops.refuse('not_in_enumeration', field, array_to_string(allowed, ', '));
	END IF;
	RETURN value;
END $$;

-- Creates a cast for assignments by the resource engine, since its parameters are texts.
DO $$
DECLARE
	type text;
	field text;
BEGIN
	FOR type, field IN VALUES ('user_role', 'role'), ('integration_type', 'type'), ('integration_status', 'status'),
	    ('job_status', 'status') LOOP
		EXECUTE format('DROP CAST IF EXISTS (text AS factory_app.%I)', type);
		EXECUTE format('CREATE OR REPLACE FUNCTION factory_app.read_%1$s(value text) RETURNS factory_app.%1$I '
			'LANGUAGE plpgsql STABLE STRICT AS $f$ BEGIN '
			'RETURN (SELECT x FROM unnest(enum_range(NULL::factory_app.%1$I)) x '
			'WHERE x::text = factory_app.check_value(''factory_app.%1$s'', %2$L, value)); END $f$', type, field);
		EXECUTE format('GRANT EXECUTE ON FUNCTION factory_app.read_%I(text) TO tenantry_app', type);
		EXECUTE format('CREATE CAST (text AS factory_app.%1$I) WITH FUNCTION factory_app.read_%1$s(text) AS ASSIGNMENT', type);
	END LOOP;
END $$;
