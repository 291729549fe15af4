// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_MCP_SQL=on
// own stack: it occupies all statement slots of MCP.
// The permissions of the factory module: each table, role and action, on own rows and on rows of others, through HTTP,
// SQL and MCP.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { good } from '../lib/answers.mjs';
import { sqlFor } from '../lib/database.mjs';
import { keyOf, use } from '../lib/mcp.mjs';
import { member, owner } from '../lib/people.mjs';

// The actions of each role: on all rows, on own rows, or on none. Rows of the last four tables have no owner.
const ROLES = ['admin', 'engineer', 'analyst', 'viewer'];
const VERBS = ['read', 'create', 'update', 'delete'];
const EXPECTED = {
	user_profiles: { read: ['all', 'own', 'own', 'own'], create: ['all', 'own', 'own', 'own'],
		update: ['all', 'own', 'own', 'own'], delete: ['all', 'own', 'own', 'own'] },
	cost_calculations: { read: ['all', 'own', 'own', 'own'], create: ['own', 'own', 'own', 'own'],
		update: ['-', '-', '-', '-'], delete: ['-', '-', '-', '-'] },
	integration_configs: { read: ['all', 'all', '-', '-'], create: ['all', '-', '-', '-'],
		update: ['all', '-', '-', '-'], delete: ['all', '-', '-', '-'] },
	data_mappings: { read: ['all', 'all', '-', '-'], create: ['all', '-', '-', '-'],
		update: ['all', '-', '-', '-'], delete: ['all', '-', '-', '-'] },
	integration_jobs: { read: ['all', 'all', '-', '-'], create: ['all', '-', '-', '-'],
		update: ['all', '-', '-', '-'], delete: ['all', '-', '-', '-'] },
	audit_log: { read: ['all', '-', '-', '-'], create: ['-', '-', '-', '-'],
		update: ['-', '-', '-', '-'], delete: ['-', '-', '-', '-'] },
};
const OWNED = ['user_profiles', 'cost_calculations'];
const RESOURCE = { user_profiles: 'factory_profiles', audit_log: 'factory_audit_log' };
const INPUTS = { currency: 'EUR', quantity: 10, materials: [{ name: 'steel', price: 2, quantity_per_unit: 1 }] };

let boss, other, config, n = 0;
const people = {};
const sql = (text, ...values) => sqlFor(boss.organization.id, text, ...values);

before(async () => {
	boss = await owner('factory');
	await good(boss.browser.put('/api/modules/factory', { enabled: true }));
	for (const role of [...ROLES, 'other'])
		people[role] = await member(boss);
	other = people.other;
	for (const role of ROLES)
		await good(boss.browser.patch(`/api/factory_profiles/${people[role].me.id}`, { role }));
	for (const who of Object.values(people))
		who.key = await keyOf(who, { '*': ['read', 'write'], mcp: ['read', 'write'] });
	config = await good(boss.browser.post('/api/integration_configs', { name: 'base', type: 'postgres' }));
});

// The columns of a new row, for SQL and for request bodies.
const columns = {
	user_profiles: (who) => ({ id: who.me.id }),
	cost_calculations: (who) => ({ name: `c${++n}`, inputs: INPUTS, sales_id: who.me.id }),
	integration_configs: () => ({ name: `i${++n}`, type: 'mysql' }),
	data_mappings: () => ({ name: `m${++n}`, integration_id: config.id }),
	integration_jobs: () => ({ integration_id: config.id }),
	audit_log: () => ({ action: `a${++n}`, resource: 'x' }),
};
const CHANGED = { user_profiles: 'job_title', cost_calculations: 'name', integration_configs: 'name', data_mappings: 'name',
	integration_jobs: 'error', audit_log: 'action' };
const literal = (value) => `'${(typeof value === 'object' ? JSON.stringify(value) : String(value)).replaceAll("'", "''")}'`;
const HIDDEN = { cost_calculations: ['rates', 'formula_version', 'result', 'currency', 'quantity', 'total_cost', 'unit_cost'] };
function insert(name, row, table) {
	// Adds values that a trigger computes.
	const all = { ...row, ...Object.fromEntries((HIDDEN[table] ?? []).map((c) => [c, ['rates', 'result'].includes(c) ? {} : c === 'currency' ? 'XXX' : 0])) };
	return `INSERT INTO ${name} (${Object.keys(all).join(', ')}) VALUES (${Object.values(all).map(literal).join(', ')})`;
}

const statement = (name, table, verb, whose, id) => ({ read: () => `SELECT id FROM ${name} WHERE id = ${id}`,
	create: () => `${insert(name, columns[table](whose), table)} RETURNING 1 AS id`,
	update: () => `UPDATE ${name} SET ${CHANGED[table]} = 'x${++n}' WHERE id = ${id} RETURNING id`,
	delete: () => `DELETE FROM ${name} WHERE id = ${id} RETURNING id` })[verb]();

// Returns each role with each action, on an existing own row and on another user's row.
function casesOf(table) {
	const cases = VERBS.flatMap((verb) => ROLES.flatMap((role, at) => (OWNED.includes(table) ? [people[role], other] : [people[role]])
		.map((whose) => ({ verb, role, whose, caller: people[role], scope: EXPECTED[table][verb][at] }))));
	if (table === 'user_profiles')
		return cases.map((it) => ({ ...it, id: it.whose.me.id }));
	const create = (whose) => table === 'audit_log' ? `SELECT factory_app.create_audit_log('a${++n}', 'x', NULL, '{}')`
		: `${insert(`factory_app.${table}`, columns[table](whose), table)} RETURNING id`;
	const ids = sql(cases.map(({ whose }) => create(whose)).join(';'));
	return cases.map((it, i) => ({ ...it, id: ids[i][0] }));
}
const without = (who) => `DELETE FROM factory_app.user_profiles WHERE id = ${who.me.id}`;
const restored = () => Object.entries(people).map(([role, who]) => `INSERT INTO factory_app.user_profiles (id, role)
	VALUES (${who.me.id}, '${role === 'other' ? 'viewer' : role}') ON CONFLICT (org_id, id) DO UPDATE SET role = excluded.role`).join(';');

const check = ({ role, verb, whose, scope, caller }, allowed) => assert.equal(allowed, scope === 'all' || scope === 'own' && whose === caller,
	`${role} ${verb} ${whose === other ? 'other' : 'own'}`);

// Each channel returns whether the caller may perform the action.
const channels = {
	async HTTP(table, { caller, verb, whose, id }) {
		const path = `/api/${RESOURCE[table] ?? table}`;
		const { sales_id, ...body } = columns[table](whose);
		const rs = await ({ read: () => caller.browser.get(`${path}/${id}`), create: () => caller.browser.post(path, body),
			update: () => caller.browser.patch(`${path}/${id}`, table === 'integration_jobs' ? { schedule: '0 1 * * *' } : { [CHANGED[table]]: `x${++n}` }),
			delete: () => caller.browser.delete(`${path}/${id}`) })[verb]();
		assert.ok(rs.status < 300 || [404, 405, 422].includes(rs.status), `${table} ${verb}: ${rs.status} ${rs.text}`);
		return rs.status < 300;
	},
	async MCP(table, { caller, verb, whose, id }) {
		const text = statement(RESOURCE[table] ?? table, table, verb, whose, id);
		const rs = await use(caller.key, verb === 'read' ? 'query' : 'mutate', { sql: text });
		if (rs.failed)
			assert.match(rs.text, /row-level security|permission denied|append-only|not allowed here/, text);
		return !rs.failed && rs.rows?.length > 0;
	},
};

for (const [channel, may] of Object.entries(channels))
	for (const table of Object.keys(EXPECTED))
		test(`${table} through ${channel}`, async () => {
			for (const it of casesOf(table)) {
				// The API always creates calculations for the caller.
				if (channel === 'HTTP' && table === 'cost_calculations' && it.verb === 'create' && it.whose === other)
					continue;
				// Profiles are created and deleted with their users.
				if (channel === 'HTTP' && table === 'user_profiles' && ['create', 'delete'].includes(it.verb)) {
					assert.equal((await it.caller.browser.send(it.verb === 'create' ? 'POST' : 'DELETE',
						`/api/factory_profiles${it.verb === 'create' ? '' : `/${it.id}`}`, it.verb === 'create' ? { id: it.id } : undefined)).status, 405);
					continue;
				}
				const remakes = table === 'user_profiles' && ['create', 'delete'].includes(it.verb);
				if (remakes && it.verb === 'create')
					sql(without(it.whose));
				check(it, await may(table, it));
				if (remakes)
					sql(restored());
			}
		});

// SQL runs as in the workers. Each case is rolled back.
test('the permissions apply to all tables through SQL', () => {
	const cases = Object.keys(EXPECTED).flatMap((table) => casesOf(table).map((it) => ({ ...it, table })));
	const answers = sql(`CREATE FUNCTION pg_temp.may(who text, before text, statement text) RETURNS text LANGUAGE plpgsql AS $may$
		DECLARE n integer;
		BEGIN
			EXECUTE before;
			PERFORM identity.act_as(m) FROM identity.organization_member m WHERE m.user_id = who;
			SET LOCAL ROLE tenantry_app;
			EXECUTE statement;
			GET DIAGNOSTICS n = ROW_COUNT;
			RAISE EXCEPTION 'rows: %', n;
		EXCEPTION WHEN OTHERS THEN
			RETURN SQLERRM;
		END $may$;
		${cases.map(({ table, verb, whose, caller, id }) => `SELECT pg_temp.may(${literal(caller.id)}, ${literal(
			table === 'user_profiles' && verb === 'create' ? without(whose) : 'SELECT 1')}, ${literal(statement(`factory_app.${table}`, table, verb, whose, id))})`).join(';')}`);
	assert.equal(answers.length, cases.length);
	for (const [i, [answer]] of answers.entries()) {
		assert.match(answer, /^rows: |row-level security|permission denied|append-only/, JSON.stringify(cases[i]));
		check(cases[i], answer === 'rows: 1');
	}
});

const NAMES = Object.keys(EXPECTED).map((table) => [RESOURCE[table] ?? table, EXPECTED[table]]);

test('/api/me and the catalogue list the actions of each role', async () => {
	for (const [at, role] of ROLES.entries()) {
		const me = await good(people[role].browser.get('/api/me')), catalogue = await good(people[role].browser.get('/api/catalogue'));
		for (const [name, expected] of NAMES) {
			const scopes = VERBS.map((verb) => [verb, expected[verb][at]]).filter(([, scope]) => scope !== '-');
			const { export: exported = scopes.find(([verb]) => verb === 'read')?.[1], ...grants } = me.grants[name];
			assert.deepEqual(grants, Object.fromEntries(scopes), `${role} ${name}`);
			assert.equal(exported, expected.read[at] === '-' ? undefined : expected.read[at], `${role} export ${name}`);
			// Actions that the API does not have for the resource are not listed.
			const told = scopes.map(([verb]) => verb).filter((verb) => name !== 'factory_profiles' || ['read', 'update'].includes(verb));
			assert.deepEqual((catalogue[name]?.actions ?? []).filter((verb) => VERBS.includes(verb)).sort(), told.sort(), `${role} ${name}`);
			assert.deepEqual(me.resources[name].filter((verb) => VERBS.includes(verb)).sort(), told.sort(), `${role} ${name}`);
		}
	}
});

test('the role in the module applies, regardless of the role in the organization', async () => {
	await good(boss.browser.post('/api/auth/organization/create-role', { role: 'clerk', permission: { contacts: ['read'] } }));
	const clerk = await member(boss, 'clerk'), viewer = await member(boss, 'viewer');
	await good(boss.browser.patch(`/api/factory_profiles/${clerk.me.id}`, { role: 'engineer' }));
	await good(boss.browser.patch(`/api/factory_profiles/${viewer.me.id}`, { role: 'admin' }));
	const mine = await good(clerk.browser.post('/api/cost_calculations', { name: 'mine', inputs: INPUTS }));
	assert.deepEqual((await good(clerk.browser.get('/api/cost_calculations'))).map((row) => row.id), [mine.id]);
	await good(viewer.browser.get(`/api/cost_calculations/${mine.id}`));
	assert.ok((await good(clerk.browser.get('/api/integration_configs'))).length > 0);
	assert.equal((await clerk.browser.post('/api/integration_configs', { name: 'no', type: 'mysql' })).status, 422);
	await good(viewer.browser.post('/api/integration_configs', { name: 'yes', type: 'mysql' }));
	assert.equal((await viewer.browser.post('/api/contacts', { last_name: 'No' })).status, 422);
	// Organization roles cannot contain resources whose permissions only module roles define, and GET
	// /api/access/resources does not offer them.
	const rs = await boss.browser.post('/api/auth/organization/create-role', { role: 'rates', permission: { cost_rates: ['update'] } });
	assert.deepEqual([rs.status, rs.json.code], [400, 'INVALID_RESOURCE'], rs.text);
	assert.deepEqual((await good(boss.browser.get('/api/access/resources'))).resources.filter((r) => r.module === 'factory'), []);
	const why = (who, resource, id = '') => good(boss.browser.get(`/api/access/explain?resource=${resource}&user=${who.me.id}${id && `&id=${id}`}`))
		.then(({ actions }) => Object.fromEntries(actions.map((it) => [it.action, [it.allowed, it.cause, it.rules[0]?.role]])));
	assert.deepEqual((await why(clerk, 'cost_rates')).update, [false, 'no_role', undefined]);
	assert.deepEqual((await why(clerk, 'cost_rates')).read, [true, 'scope', 'engineer']);
	assert.deepEqual((await why(clerk, 'cost_calculations', mine.id)).read, [true, 'owner', 'engineer']);
	assert.deepEqual((await why(people.viewer, 'cost_calculations', mine.id)).read, [false, 'other_owner', 'viewer']);
});

test('without the module\'s grants, nothing is visible, regardless of other grants', () => {
	const [grants, none] = ["'{}'", 'NULL'].map((of) => sql(`SET ROLE tenantry_app; SET app.modules = '{factory}'; SET app.grants = '*'; SET app.role = 'owner';
		SELECT set_config('app.module_grants', ${of}, false); SET app.user_id = '${boss.id}'; SET app.sales_id = '${boss.me.id}';
		SELECT (SELECT count(*) FROM factory_app.integration_configs) + (SELECT count(*) FROM factory_app.cost_calculations)`).at(-1)[0]);
	assert.deepEqual([grants, none], ['0', '0']);
});

test('users who may add calculations or read mappings may preview them, even with a custom role', async () => {
	await good(boss.browser.post('/api/auth/organization/create-role', { role: 'caller', permission: { contacts: ['read'] } }));
	const caller = await member(boss, 'caller');
	const costs = () => caller.browser.post('/api/cost_calculations/preview', { scenarios: [{ inputs: INPUTS }] });
	const mapped = () => caller.browser.post('/api/data_mappings/preview', { fields: [], rows: [] });
	assert.deepEqual([(await costs()).status, (await mapped()).status], [200, 422]);
	await good(boss.browser.patch(`/api/factory_profiles/${caller.me.id}`, { role: 'engineer' }));
	assert.deepEqual([(await costs()).status, (await mapped()).status], [200, 200]);
});

test('no role can change the log, not even the database owner', () => {
	const answers = sql(`CREATE FUNCTION pg_temp.try(who text, statement text) RETURNS text LANGUAGE plpgsql AS $try$
		BEGIN
			EXECUTE format('SET LOCAL ROLE %s', who);
			EXECUTE statement;
			RETURN 'done';
		EXCEPTION WHEN OTHERS THEN
			RETURN SQLERRM;
		END $try$;
		${['NONE', 'tenantry_owner', 'tenantry_app', 'tenantry_mcp', 'tenantry_mcp_writer'].flatMap((who) =>
		["UPDATE factory_app.audit_log SET action = 'x'", 'DELETE FROM factory_app.audit_log', 'TRUNCATE factory_app.audit_log',
			`INSERT INTO factory_app.audit_log (org_id, action, resource) VALUES ('${boss.organization.id}', 'x', 'x')`,
			// Only owners can forge the context of the function.
			...who.startsWith('tenantry_') && who !== 'tenantry_owner' ? [`DO $$ BEGIN INSERT INTO factory_app.audit_log (org_id, action, resource)
				VALUES ('${boss.organization.id}', 'x', 'x'); -- factory_app.add_entry(text,text,bigint,jsonb)
			END $$`] : []]
			.map((text) => `SELECT pg_temp.try('${who}', ${literal(text)})`)).join(';')}`);
	assert.equal(answers.length, 23);
	for (const [answer] of answers)
		assert.match(answer, /append-only|permission denied|only factory_app.create_audit_log/);
	for (const [entry] of sql(`SELECT count(*) FROM factory_app.audit_log WHERE action = 'insert' AND resource = 'integration_configs'`))
		assert.ok(Number(entry) > 0);
});

test('portal users, other organizations and keys without the permission see nothing', async () => {
	const portal = await member(boss, 'portal'), stranger = await owner('stranger');
	await good(stranger.browser.put('/api/modules/factory', { enabled: true }));
	const cost = await good(boss.browser.post('/api/cost_calculations', { name: 'mine', inputs: INPUTS }));
	// Resources that /api/me does not list for a portal user are refused, not returned as an empty list.
	for (const [who, status] of [[portal, 422], [stranger, 404]])
		for (const path of [`cost_calculations/${cost.id}`, `integration_configs/${config.id}`, `factory_profiles/${boss.me.id}`])
			assert.equal((await who.browser.get(`/api/${path}`)).status, status, path);
	for (const path of ['cost_calculations', 'integration_configs', 'active_integrations', 'data_mappings', 'integration_jobs', 'factory_profiles', 'factory_audit_log', 'cost_rates'])
		assert.equal((await portal.browser.get(`/api/${path}`)).status, 422, path);
	assert.equal((await good(portal.browser.get('/api/me'))).own, undefined);
	assert.equal((await portal.browser.post('/api/cost_calculations', { name: 'x', inputs: INPUTS })).status, 422);
	const rs = await use(await keyOf(people.admin, { mcp: ['read'] }), 'mutate', { sql: `DELETE FROM integration_configs` });
	assert.ok(rs.failed);
});

test('only admins assign roles, and owners keep theirs', async () => {
	const { engineer, admin, viewer } = people;
	for (const who of [engineer, viewer]) {
		const rs = await who.browser.patch(`/api/factory_profiles/${who.me.id}`, { role: 'admin' });
		assert.deepEqual([rs.status, Object.keys(rs.json.errors)], [422, ['role']], rs.text);
		assert.equal((await who.browser.patch(`/api/factory_profiles/${who.me.id}`, { job_title: 'x', role: who === viewer ? 'viewer' : 'engineer' })).status, 200);
	}
	assert.equal((await admin.browser.patch(`/api/factory_profiles/${boss.me.id}`, { role: 'viewer' })).status, 422);
	const rs = await admin.browser.patch(`/api/factory_profiles/${viewer.me.id}`, { role: 'boss' });
	assert.equal(rs.status, 422);
	assert.match(rs.json.errors.role, /must be one of: admin, engineer, analyst, viewer/);
});

test('unknown values of each enumeration are refused by name, and a value can be added online', async () => {
	const post = (path, body) => boss.browser.post(`/api/${path}`, body);
	for (const [path, body, field, first] of [['integration_configs', { name: 'z', type: 'fax' }, 'type', 'http_json'],
		['integration_configs', { name: 'z', type: 'mysql', status: 'gone' }, 'status', 'draft'],
		['integration_jobs', { integration_id: config.id, status: 'lost' }, 'status', 'queued']]) {
		const rs = await post(path, body);
		assert.equal(rs.status, 422, rs.text);
		assert.match(rs.json.errors[field], new RegExp(`must be one of: ${first}, `));
	}
	sql(`ALTER TYPE factory_app.integration_type ADD VALUE IF NOT EXISTS 'fax'`);
	assert.equal((await good(post('integration_configs', { name: 'z', type: 'fax' }))).type, 'fax');
});

test('secrets are written, and shown as dots', async () => {
	const secret = (who, body) => who.browser.put(`/api/integration_configs/${config.id}/secret`, body);
	assert.deepEqual(await good(secret(people.admin, { name: 'password', value: 'hunter2 hunter2' })),
		{ id: config.id, secrets: { password: '••••••••' } });
	assert.deepEqual((await good(people.engineer.browser.get(`/api/integration_configs/${config.id}`))).secrets, { password: '••••••••' });
	assert.equal((await secret(people.engineer, { name: 'password', value: 'x' })).status, 422);
	assert.equal((await secret(people.viewer, { name: 'password', value: 'x' })).status, 422);
	assert.equal((await secret(people.admin, { name: 'Pass word', value: 'x' })).status, 422);
	assert.match((await secret(people.admin, { name: 'long', value: 'x'.repeat(16385) })).json.errors.value, /at most 16384 characters/);
	assert.equal(sql(`SELECT count(*) FROM ops.audit_log WHERE new::text ~ 'hunter2' OR old::text ~ 'hunter2'`)[0][0], '0');
	await good(secret(people.admin, { name: 'password', value: null }));
	assert.deepEqual((await good(people.admin.browser.get(`/api/integration_configs/${config.id}`))).secrets, {});
});

test('a profile is created together with its user, or neither is created', async () => {
	const late = await member(boss);
	assert.equal((await good(boss.browser.get(`/api/factory_profiles/${late.me.id}`))).role, 'viewer');
	sql(`ALTER TABLE factory_app.user_profiles ADD CONSTRAINT user_profiles_full CHECK (false) NOT VALID`);
	const invite = await good(boss.browser.post('/api/invites', { role: 'member' }));
	const body = { email: `none.${process.pid}@example.test`, password: 'correct horse battery', first_name: 'No', last_name: 'One', invite_token: invite.token };
	assert.ok((await late.browser.post('/api/signup', body)).status >= 400);
	sql('ALTER TABLE factory_app.user_profiles DROP CONSTRAINT user_profiles_full');
	assert.equal(sql(`SELECT count(*) FROM identity."user" WHERE email = $1`, body.email)[0][0], '0');
	// This organization had members before it switched the module on.
	const early = await owner('early'), joined = await member(early);
	await good(early.browser.put('/api/modules/factory', { enabled: true }));
	const [own] = await good(joined.browser.get('/api/factory_profiles'));
	assert.deepEqual([own.id, own.role], [joined.me.id, 'viewer']);
	assert.equal((await good(early.browser.get('/api/factory_profiles'))).length, 2);
});
