-- Backwards through 034_passport.up.sql.

CREATE OR REPLACE FUNCTION ops.purge_organizations(grace interval, batch integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
	tenant_table regclass;
	n integer;
	room integer := batch;
BEGIN
	SELECT o.id INTO org FROM identity.organization o WHERE o.deleted_at <= now() - grace
	 ORDER BY o.deleted_at LIMIT 1 FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN 0;
	END IF;
	UPDATE identity.organization o SET purging = true WHERE o.id = org AND NOT o.purging;
	PERFORM set_config('app.org_id', org::text, true), set_config('app.purging', org::text, true);
	-- Younger tables refer to older ones, so they are emptied first.
	FOR tenant_table IN SELECT c.oid FROM pg_class c
	    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id'
	    WHERE c.relnamespace = 'crm'::regnamespace AND c.relkind = 'r'
	    ORDER BY c.oid DESC LOOP
		EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY('
			'SELECT ctid FROM %1$s WHERE org_id = $1 LIMIT $2))', tenant_table)
			USING org, room;
		GET DIAGNOSTICS n = ROW_COUNT;
		room := room - n;
		EXIT WHEN room <= 0;
	END LOOP;
	IF room > 0 THEN
		DELETE FROM identity.organization o WHERE o.id = org;
		room := room - 1;
	END IF;
	PERFORM set_config('app.org_id', other, true), set_config('app.purging', '', true);
	RETURN batch - room;
END $$;
DROP FUNCTION ops.outlives_organization();

DROP FUNCTION ops.passport_take(uuid, text, json);
DROP FUNCTION ops.passport_silence(uuid);
DROP FUNCTION ops.passport_silenced();
DROP FUNCTION ops.passport_take_rows(uuid, regclass, json);
DROP FUNCTION ops.passport_open(json, text, uuid);
DROP FUNCTION ops.passport_parts(uuid);
DROP FUNCTION ops.passport_query(regclass, uuid);
DROP FUNCTION ops.passport_columns(regclass);
DROP FUNCTION ops.passport_tables();
DROP FUNCTION ops.passport_derived();
DROP TABLE ops.passport_log;
DROP FUNCTION ops.refuse_while_alive();
