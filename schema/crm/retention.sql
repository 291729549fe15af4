-- How long an organization keeps its logs: the key retentionDays of its configuration.
-- needs: ops/organization_task.sql

-- The kinds of logs, with the range of their days.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.retention_kinds() RETURNS TABLE (kind text, fewest integer, most integer)
LANGUAGE sql IMMUTABLE AS $$
	-- Undo, the trash and the feed read entries of the audit log of the last 35 days.
	VALUES ('audit_log', 35, 36500), ('automation_runs', 1, 3650), ('webhook_deliveries', 1, 30)
$$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_retention(days jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	known text := (SELECT string_agg(format('%s (%s to %s)', k.kind, k.fewest, k.most), ', ' ORDER BY k.kind) FROM crm.retention_kinds() k);
	member record;
BEGIN
	IF jsonb_typeof(days) <> 'object' THEN
		PERFORM ops.fault('retention_days', 'config.retentionDays', known);
		RETURN;
	END IF;
	FOR member IN SELECT d.key, d.value, k.fewest, k.most FROM jsonb_each(days) d LEFT JOIN crm.retention_kinds() k ON k.kind = d.key LOOP
		IF (CASE WHEN member.value::text ~ '^[0-9]{1,5}$' THEN (member.value::integer BETWEEN member.fewest AND member.most) IS NOT TRUE ELSE true END) THEN
			PERFORM ops.fault('retention_days', 'config.retentionDays.' || left(member.key, 100), known);
		END IF;
	END LOOP;
END $$;

-- Returns the period of an organization for a kind of log, or null if it has none. The organization must be selected.
CREATE OR REPLACE FUNCTION crm.retention(org uuid, of_kind text) RETURNS interval
LANGUAGE sql STABLE AS $$
	SELECT make_interval(days => (c.config->'retentionDays'->>k.kind)::integer)
	  FROM crm.configuration c JOIN crm.retention_kinds() k ON k.kind = of_kind
	 WHERE c.org_id = org AND c.config->'retentionDays'->>k.kind ~ '^[0-9]{1,5}$'
$$;

-- Returns the time before which entries of the audit log are due for a file, for each organization that limits their
-- period, as an object. Entries are kept for at least the given number of days.
CREATE OR REPLACE FUNCTION crm.audit_due(at_least integer) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid;
	age interval;
	due jsonb := '{}';
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o ORDER BY o.id LOOP
		PERFORM ops.set_org(org);
		age := crm.retention(org, 'audit_log');
		CONTINUE WHEN age IS NULL;
		due := due || jsonb_build_object(org, now() - greatest(age, make_interval(days => greatest(at_least, 35))));
	END LOOP;
	PERFORM ops.set_org(NULL);
	RETURN due;
END $$;
