// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Programs of the factory: what a login in the tenantry_factory role can do with SQL, and what it cannot do.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { add, good } from '../lib/answers.mjs';
import { sql } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

const INPUTS = { currency: 'EUR', quantity: 10, materials: [{ code: 'steel', quantity_per_unit: 2 }] };
const RATE = { kind: 'materials', code: 'steel', currency: 'EUR', rate: 2.5, valid_from: '2026-01-01', valid_to: null };
const TABLES = ['user_profiles', 'cost_calculations', 'cost_rates', 'integration_configs', 'data_mappings', 'integration_jobs', 'audit_log'];
let boss, max, other, bare, client, config;

const login = `plant${process.pid}`;

before(async () => {
	const page = readFileSync(`${process.env.SOURCES}/docs/databases.md`, 'utf8');
	sql(/^CREATE ROLE plant[^]*?(?=^SQL$)/m.exec(page)[0].replaceAll('plant', login));
	client = new pg.Client({ host: process.env.PGHOST, database: process.env.PGDATABASE, user: login });
	await client.connect();
	boss = await owner('plant');
	other = await owner('elsewhere');
	bare = await owner('without');
	for (const who of [boss, other]) {
		await good(who.browser.put('/api/modules/factory', { enabled: true }));
		await add(who, 'cost_rates', RATE);
		await add(who, 'cost_calculations', { name: `of ${who.organization.id}`, inputs: INPUTS });
	}
	max = await member(boss);
	config = await add(boss, 'integration_configs', { name: 'press', type: 'webhook_in', status: 'active' });
	await add(boss, 'data_mappings', { name: 'm', integration_id: config.id, resource: 'companies', fields: [{ target: 'name', source: 'n' }] });
});
after(async () => {
	await client.end();
	sql(`DROP ROLE ${login}`);
});

const act = async (who, user = '') => {
	await client.query('SELECT set_config($1, $2, false), set_config($3, $4, false)',
		['app.org_id', who?.organization.id ?? '', 'app.user_id', user]);
};
const rows = async (text, ...values) => (await client.query(text, values)).rows;
const refused = async (text, code, ...values) => {
	await assert.rejects(client.query(text, values), (e) => e.code === code || assert.fail(`${text}: ${e.code} ${e.message}`));
};

test('a program reads the rows of an organization with the module, and no others', async () => {
	for (const who of [boss, other]) {
		await act(who);
		assert.deepEqual(await rows('SELECT DISTINCT name FROM cost_calculations'), [{ name: `of ${who.organization.id}` }]);
		for (const table of TABLES)
			assert.deepEqual((await rows(`SELECT DISTINCT org_id FROM ${table}`)).filter((r) => r.org_id !== who.organization.id), [], table);
	}
	await act(boss);
	assert.deepEqual(await rows('SELECT id, mappings FROM active_integrations'), [{ id: String(config.id), mappings: '1' }]);
	for (const who of [null, bare]) {
		await act(who);
		for (const table of TABLES)
			assert.deepEqual(await rows(`SELECT FROM ${table}`), [], table);
	}
});

test('a program stores calculations, whose result the database computes', async () => {
	await act(boss, max.id);
	assert.equal((await rows('SELECT (calculate_total_cost($1, rates_of($1, current_date))->>\'total_cost\')::float AS cost', INPUTS))[0].cost, 50);
	const [made] = await rows('INSERT INTO cost_calculations (name, inputs) VALUES ($1, $2) RETURNING sales_id, total_cost, formula_version', 'by SQL', INPUTS);
	assert.deepEqual(made, { sales_id: String(max.me.id), total_cost: '50.00', formula_version: 1 });
	assert.equal((await good(max.browser.get('/api/cost_calculations'))).filter((c) => c.name === 'by SQL').length, 1);
	const [logged] = await rows("SELECT action, sales_id FROM audit_log WHERE resource = 'cost_calculations' ORDER BY created_at DESC, id DESC LIMIT 1");
	assert.deepEqual(logged, { action: 'insert', sales_id: String(max.me.id) });
	await refused('INSERT INTO cost_calculations (name, inputs, total_cost) VALUES ($1, $2, 1)', '42501', 'x', INPUTS);
	await refused('INSERT INTO cost_calculations (org_id, name, inputs) VALUES ($1, $2, $3)', '42501', other.organization.id, 'x', INPUTS);
	await act(bare, bare.id);
	await refused('INSERT INTO cost_calculations (name, inputs) VALUES ($1, $2)', '42501', 'x', INPUTS);
	await act(boss, max.id);
	for (const text of ['UPDATE cost_calculations SET name = name', 'DELETE FROM cost_calculations', 'TRUNCATE cost_calculations'])
		await refused(text, '42501');
});

test('a program changes the texts of profiles, but no roles', async () => {
	await act(boss, max.id);
	assert.deepEqual(await rows('UPDATE user_profiles SET job_title = $1 WHERE id = $2 RETURNING job_title, role', 'Welder', max.me.id),
		[{ job_title: 'Welder', role: 'viewer' }]);
	assert.equal((await good(boss.browser.get(`/api/factory_profiles/${max.me.id}`))).job_title, 'Welder');
	for (const column of ['role = \'admin\'', 'id = id', 'org_id = org_id'])
		await refused(`UPDATE user_profiles SET ${column}`, '42501');
	await refused('INSERT INTO user_profiles (id) VALUES (1)', '42501');
	await act(other);
	assert.deepEqual(await rows('UPDATE user_profiles SET phone = $1 WHERE id = $2 RETURNING id', '1', max.me.id), []);
});

test('a program adds entries to the log with create_audit_log() only', async () => {
	await act(boss, max.id);
	await rows("SELECT create_audit_log('plan.released', 'plans', 7, '{\"week\": 12}')");
	assert.deepEqual(await rows("SELECT action, resource, row_id, details, sales_id FROM audit_log WHERE action = 'plan.released'"),
		[{ action: 'plan.released', resource: 'plans', row_id: '7', details: { week: 12 }, sales_id: String(max.me.id) }]);
	for (const mode of ['', 'on']) {
		await client.query("SELECT set_config('app.restoring', $1, false)", [mode]);
		await refused("INSERT INTO audit_log (action, resource) VALUES ('x', 'x')", '42501');
	}
	await client.query("RESET app.restoring");
	// The context of a statement contains its text.
	for (const name of ['create_audit_log', 'add_entry'])
		await refused(`DO $$ BEGIN
			INSERT INTO factory_app.audit_log (action, resource) VALUES ('x', 'x'); -- factory_app.${name}(text,text,bigint,jsonb)
		END $$`, '42501');
	await refused("SELECT add_entry('x', 'x', 1, NULL)", '42501');
	assert.deepEqual(await rows("SELECT FROM audit_log WHERE action = 'x'"), []);
	for (const text of ["UPDATE audit_log SET action = 'x'", 'DELETE FROM audit_log', 'TRUNCATE audit_log'])
		await refused(text, '42501');
	await act(bare, bare.id);
	await refused("SELECT create_audit_log('x', 'x', 1, NULL)", '42501');
});

test('a program changes nothing that runs with the rights of users', async () => {
	await act(boss, boss.id);
	for (const table of ['cost_rates', 'integration_configs', 'data_mappings', 'integration_jobs']) {
		await refused(`UPDATE ${table} SET created_at = created_at`, '42501');
		await refused(`DELETE FROM ${table}`, '42501');
		await refused(`INSERT INTO ${table} DEFAULT VALUES`, '42501');
	}
});

test('the role owns nothing, and has no rights outside of its schema', async () => {
	assert.deepEqual(sql(`SELECT rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole OR rolcreatedb, (SELECT count(*) FROM pg_shdepend d
		WHERE d.refobjid = r.oid AND d.deptype = 'o'), (SELECT count(*) FROM pg_auth_members m WHERE m.member = r.oid),
		has_database_privilege(r.oid, current_database(), 'TEMPORARY, CREATE') FROM pg_roles r WHERE rolname = 'tenantry_factory'`), [['f', '0', '0', 'f']]);
	const schemas = "c.relnamespace::regnamespace::text IN ('crm', 'identity', 'membership', 'ops', 'better_auth', 'public')";
	assert.deepEqual(sql(`SELECT c.oid::regclass::text FROM pg_class c WHERE ${schemas} AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege('${login}', c.oid, 'USAGE, SELECT, UPDATE')
		WHEN c.relkind IN ('r', 'v', 'm', 'p') THEN has_table_privilege('${login}', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
		OR has_any_column_privilege('${login}', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') ELSE false END`), []);
	assert.deepEqual(sql(`SELECT p.oid::regproc::text FROM pg_proc p WHERE p.prosecdef AND p.pronamespace::regnamespace::text !~ '^(pg_|information_schema)'
		AND has_function_privilege('${login}', p.oid, 'EXECUTE') ORDER BY 1`).flat(), ['factory_app.create_audit_log', 'factory_app.own_id', 'factory_app.program_org', 'factory_app.rates_of', 'ops.new_id']);
	for (const relation of ['crm.contacts', 'crm.sales', 'crm.cost_calculations', 'identity.session', 'ops.sealed_value', 'ops.audit_log'])
		await refused(`SELECT FROM ${relation}`, '42501');
	for (const text of ['SET ROLE tenantry_app', 'CREATE TABLE factory_app.mine ()', 'CREATE TEMPORARY TABLE mine ()', 'CREATE SCHEMA mine'])
		await refused(text, '42501');
});
