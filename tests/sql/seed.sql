-- The demo data: complete, and inserted once.
CREATE FUNCTION test.demo() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('%s=%s', n, c), ' ' ORDER BY n) FROM (
		SELECT 'organizations' AS n, count(*) AS c FROM identity.organization
		UNION ALL SELECT 'users', count(*) FROM identity."user"
		UNION ALL SELECT 'contacts', count(*) FROM crm.contacts WHERE tags <> '{}'
		UNION ALL SELECT 'deals', count(DISTINCT stage) FROM crm.deals
		UNION ALL SELECT 'appointments', count(*) FROM crm.appointments WHERE starts_at > now()
		UNION ALL SELECT 'automations', count(*) FROM crm.automations
		UNION ALL SELECT 'activities', count(DISTINCT type) FROM crm.activities
		UNION ALL SELECT 'metrics', count(*) FROM crm.daily_metrics
			WHERE date BETWEEN current_date - 6 AND current_date
		UNION ALL SELECT 'log', count(*) FROM ops.audit_log) x
$$;
SELECT nspowner::regrole AS owner FROM pg_namespace WHERE nspname = 'crm' \gset
SET ROLE :owner;
SELECT set_config('tenantry.demo_password', '', false) AS x \gset
\set ON_ERROR_STOP off
\ir ../../migrations/seed/demo.sql
\set ON_ERROR_STOP on
RESET ROLE;
SELECT test.is((SELECT count(*)::text FROM identity.organization), '0', 'without a password nothing is made');
SET ROLE :owner;
SELECT set_config('tenantry.demo_password', 'salt:key', false) AS x \gset
\ir ../../migrations/seed/demo.sql
RESET ROLE;
SELECT test.is(test.demo(), 'activities=3 appointments=5 automations=2 contacts=10 deals=5 log=56 metrics=7 organizations=1 users=1',
	'the demo'), test.demo() AS demo \gset
SELECT test.is((SELECT format('%s %s %s', o.name, u.email, m.role) FROM identity.organization o
	JOIN identity.organization_member m ON m.organization_id = o.id JOIN identity."user" u ON u.id = m.user_id),
	'ClientFlow Demo demo@clientflow.test owner', 'and whose it is'),
	test.is((SELECT string_agg(stage, ' ' ORDER BY stage) FROM crm.deals), 'lead lost proposal qualified won', 'one deal a stage'),
	test.is((SELECT string_agg(s->>'value', ' ') FROM crm.configuration, jsonb_array_elements(config->'dealStages') s),
		'lead qualified proposal won lost', 'which are its own'),
	test.is((SELECT string_agg(name, ', ' ORDER BY name) FROM crm.automations), 'Booking confirmation, Follow-up reminder', 'automations'),
	test.is((SELECT string_agg(DISTINCT type, ' ') FROM crm.activities), 'call email note', 'activities'),
	test.ok(NOT identity.init_state(), 'it does not count as a sign-up'), test.ok(identity.has_demo(), 'there is a demo');
SET ROLE :owner;
\ir ../../migrations/seed/demo.sql
RESET ROLE;
SELECT test.is(test.demo(), :'demo', 'a second time changes nothing');
SET ROLE tenantry_app;
SELECT test.is((SELECT password FROM identity.sign_in_begin('demo@clientflow.test', '', '/', false)), 'salt:key', 'it can sign in');
SELECT test.ok(test.sign_up('first') IS NOT NULL, 'and the first real user founds an organization');
SELECT test.ok(identity.init_state(), 'that counts');
