-- How long an organization keeps its logs and messages: the key retentionDays of its configuration.
-- needs: ops/organization_task.sql

-- The kinds of records, with the range of their days.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.retention_kinds() RETURNS TABLE (kind text, fewest integer, most integer)
LANGUAGE sql IMMUTABLE AS $$
	-- Undo, the trash and the feed read entries of the audit log of the last 35 days.
	VALUES ('audit_log', 35, 36500), ('automation_runs', 1, 3650), ('messages', 30, 36500), ('webhook_deliveries', 1, 30)
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

-- Returns how long the organization keeps records of each kind, and deleted rows of each resource: the configured
-- number of days, its range, and the default. The arguments are the operator's settings. Zero in the arguments and null
-- in the result mean permanently.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.show_retention(automation_days integer, trash_days integer) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('records', (SELECT json_agg(json_build_object('kind', k.kind,
			'days', CASE WHEN c.config->'retentionDays'->>k.kind ~ '^[0-9]{1,5}$'
				THEN (c.config->'retentionDays'->>k.kind)::integer END,
			'default_days', CASE k.kind WHEN 'webhook_deliveries' THEN k.most WHEN 'automation_runs' THEN automation_days END,
			'min_days', k.fewest, 'max_days', CASE k.kind WHEN 'automation_runs' THEN automation_days ELSE k.most END)
			ORDER BY k.kind) FROM crm.retention_kinds() k),
		'trash', (SELECT json_agg(json_build_object('kind', t.resource,
			'days', CASE WHEN c.config->'trashDays'->>t.resource ~ '^[0-9]{1,4}$'
				THEN (c.config->'trashDays'->>t.resource)::integer END,
			'default_days', nullif(trash_days, 0), 'min_days', 0, 'max_days', 3650) ORDER BY t.resource) FROM crm.trash_resources() t))::text
	  FROM (SELECT) x LEFT JOIN crm.configuration c ON c.org_id = ops.org()
$$;

-- Deletes up to "batch" messages that are older than the retention of their organization, and returns their number.
-- Like all deleted messages, they go to the trash. Messages of contacts with a legal hold are kept.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.sweep_messages(batch integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
	SELECT ops.in_organizations('messages', 'WITH gone AS (DELETE FROM crm.messages m '
		'WHERE m.org_id = $1 AND m.id = ANY (ARRAY(SELECT x.id FROM crm.messages x WHERE x.org_id = $1 '
		'AND x.sent_at < now() - (SELECT crm.retention($1, ''messages'')) '
		'AND NOT EXISTS (SELECT FROM crm.contact_holds h WHERE h.org_id = $1 AND h.contact_id = x.contact_id '
		'AND h.released_at IS NULL) ORDER BY x.sent_at NULLS FIRST LIMIT $2)) RETURNING 1) SELECT count(*) FROM gone', batch)
$$;
SELECT ops.give_turns('messages', '1 day');
