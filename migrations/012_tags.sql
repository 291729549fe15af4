\warn 'tenantry schema up runs this step, once' \quit
-- The names of an organization's tags differ without case.

ALTER TABLE crm.tags ADD COLUMN name_key text GENERATED ALWAYS AS (lower(name)) STORED;

-- Merges tags of one name into the oldest, and warns of each. The audit log has the changed rows
-- under this id of a request.
DO $$
DECLARE
	org uuid;
	t record;
BEGIN
	PERFORM set_config('app.request_id', 'migration tags', true), set_config('app.restoring', 'on', true);
	-- Rules are checked against other rows when they are written.
	ALTER TABLE crm.automation_rules DISABLE TRIGGER USER;
	FOR org IN SELECT o.id FROM identity.organization o LOOP
		PERFORM set_config('app.org_id', org::text, true), set_config('app.purging', org::text, true);
		FOR t IN SELECT min(x.id) AS kept, array_agg(x.id ORDER BY x.id) AS ids,
				array_agg(x.name ORDER BY x.id) AS names
			  FROM crm.tags x WHERE x.org_id = org GROUP BY x.name_key HAVING count(*) > 1 LOOP
			INSERT INTO crm.contact_tags (org_id, contact_id, tag_id)
			SELECT DISTINCT c.org_id, c.contact_id, t.kept FROM crm.contact_tags c
			 WHERE c.org_id = org AND c.tag_id = ANY (t.ids) ON CONFLICT DO NOTHING;
			UPDATE crm.contacts c SET tags = ARRAY(SELECT y.id FROM (
				SELECT CASE WHEN u.id = ANY (t.ids) THEN t.kept ELSE u.id END AS id, min(u.n) AS n
				  FROM unnest(c.tags) WITH ORDINALITY u (id, n) GROUP BY 1) y ORDER BY y.n)
			 WHERE c.org_id = org AND c.tags && t.ids[2:];
			UPDATE crm.automation_rules r SET
				trigger_config = CASE WHEN (r.trigger_config->>'tag_id')::bigint = ANY (t.ids)
					THEN jsonb_set(r.trigger_config, '{tag_id}', to_jsonb(t.kept)) ELSE r.trigger_config END,
				action_config = CASE WHEN (r.action_config->>'tag_id')::bigint = ANY (t.ids)
					THEN jsonb_set(r.action_config, '{tag_id}', to_jsonb(t.kept)) ELSE r.action_config END
			 WHERE r.org_id = org AND ((r.trigger_config->>'tag_id')::bigint = ANY (t.ids)
				OR (r.action_config->>'tag_id')::bigint = ANY (t.ids));
			DELETE FROM crm.tags x WHERE x.org_id = org AND x.id = ANY (t.ids[2:]);
			RAISE WARNING 'organization %: the tags % are now one, number %', org, t.names, t.kept;
		END LOOP;
	END LOOP;
	ALTER TABLE crm.automation_rules ENABLE TRIGGER USER;
	PERFORM set_config('app.org_id', '', true), set_config('app.request_id', '', true),
		set_config('app.restoring', '', true), set_config('app.purging', '', true);
END $$;

ALTER TABLE crm.tags ADD CONSTRAINT tags_name_key UNIQUE (org_id, name_key);
-- down
ALTER TABLE crm.tags DROP CONSTRAINT tags_name_key, DROP COLUMN name_key;
