-- Compares what each role may do with deals and with opportunities
--
-- Reads as each role, in one snapshot, without and with the module, up to 10,000 deals. The result and the definitions
-- of deals are compared with those after the run.

-- forward
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
SELECT ops.enter_chosen_organization();
DO $$
DECLARE
	me name := current_user;
	org uuid := current_setting('app.org_id')::uuid;
	r record;
	sample bigint[] := ARRAY(SELECT d.id FROM crm.deals d WHERE d.org_id = org ORDER BY hashint8(d.id) LIMIT 10000);
	seen text;
	shown text;
BEGIN
	FOR r IN SELECT x.role, m.user_id, m.sales_id
		  FROM (SELECT unnest('{owner,admin,member,viewer,portal}'::text[])
			UNION SELECT o.role FROM identity.organization_role o WHERE o.organization_id = org) x (role)
		  LEFT JOIN LATERAL (SELECT m.user_id, m.sales_id FROM identity.organization_member m
			WHERE m.organization_id = org AND x.role = ANY (string_to_array(m.role, ','))
			ORDER BY m.created_at, m.id LIMIT 1) m ON true LOOP
		PERFORM set_config('app.grants', coalesce(identity.grants_of(org, r.role), ''), true),
			set_config('app.role', CASE r.role WHEN 'portal' THEN r.role ELSE identity.strongest_role(r.role) END, true),
			set_config('app.user_id', coalesce(r.user_id, ''), true), set_config('app.sales_id', coalesce(r.sales_id::text, ''), true),
			set_config('app.shaped', 'on', true), set_config('app.modules', '{}', true);
		EXECUTE 'SET LOCAL ROLE tenantry_app';
		SELECT concat_ws(' ', count(*), sum(d.id)) INTO seen FROM crm.deals d WHERE d.id = ANY (sample);
		PERFORM set_config('app.modules', '{b2b}', true);
		SELECT concat_ws(' ', count(*), sum(d.id)) INTO shown FROM crm.opportunities_summary d WHERE d.id = ANY (sample);
		EXECUTE format('SET LOCAL ROLE %I', me);
		INSERT INTO ops.migration_row (source_key, target_id)
		VALUES ('role ' || r.role, jsonb_build_object('deals', ops.scopes_of(org, r.role, 'deals') || jsonb_build_object('rows', seen),
			'opportunities', ops.scopes_of(org, r.role, 'opportunities') || jsonb_build_object('rows', shown)));
	END LOOP;
	INSERT INTO ops.migration_row (source_key, target_id)
	SELECT d.what, md5(d.definition) FROM ops.definitions_of('crm.deals') d
	UNION ALL SELECT 'schema', ops.schema_state();
END $$

-- verify
SELECT format('the %s may do %s with deals and %s with opportunities', r.source_key, r.target_id::jsonb->'deals', r.target_id::jsonb->'opportunities')
  FROM (SELECT r.* FROM ops.migration_row r WHERE r.migration_id = current_setting('migration.id')::bigint
	   AND r.step = current_setting('migration.step')::integer AND r.source_key LIKE 'role %' OFFSET 0) r
 WHERE r.target_id::jsonb->'deals' <> r.target_id::jsonb->'opportunities'

-- reverse
SELECT 1
