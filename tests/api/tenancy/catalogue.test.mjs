// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// GET /api/catalogue contains exactly the actions that the API permits to the caller.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openapi } from '../../lib/api.mjs';
import { sql } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

const MODULES = ['b2b', 'factory', 'membership'];
const ROLES = {
	sees: { crm: ['read'] },
	own: { contacts: ['read:own', 'create', 'update:own'], deals: ['read:own'], tasks: ['read', 'create'] },
	makes: { tasks: ['create'] },
	some: { companies: ['read', 'update', 'export'], 'companies.read': ['name', 'city'], 'companies.update': ['city'] },
	keeps: { custom_machines: ['read:own', 'create'] },
	nothing: { organization: ['update'] },
	most: { crm: ['read', 'create', 'update', 'delete', 'export'], audit_log: ['read'] },
};

let boss, people, document;

before(async () => {
	boss = await owner('boss');
	for (const module of MODULES) {
		const rs = await boss.browser.put(`/api/modules/${module}`, { enabled: true });
		assert.equal(rs.status, 200, rs.text);
	}
	for (const plural of ['Machines', 'Tools']) {
		const rs = await boss.browser.post('/api/object_definitions', { label: plural, plural });
		assert.equal(rs.status, 201, rs.text);
	}
	people = { owner: boss, admin: await member(boss, 'admin'), member: await member(boss, 'member'), viewer: await member(boss, 'viewer'),
		portal: await member(boss, 'portal') };
	for (const [role, permission] of Object.entries(ROLES)) {
		const rs = await boss.browser.post('/api/auth/organization/create-role', { role, permission });
		assert.equal(rs.status, 200, rs.text);
		people[role] = await member(boss, role);
	}
	document = await openapi();
});

const catalogueOf = async (who) => {
	const rs = await who.browser.get('/api/catalogue');
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};

// Users are created with an invitation, and all users can read their own organizations.
const SPECIAL = ['sales create', 'organizations read'];

// Returns the resources whose paths have only the usual requests. Custom objects have the same requests for their
// rows.
const usual = (path, method) => Object.entries(document.paths)
	.filter(([at, operations]) => new RegExp(path).test(at) && operations[method]?.['x-resource']
		&& at.startsWith(`/api/${operations[method]['x-resource']}`))
	.map(([, operations]) => operations[method]['x-resource'])
	.flatMap((name) => name === 'records' ? [name, 'custom_machines', 'custom_tools'] : name);

const refused = ({ status, json }) => status === 403 || json?.type === '/problems/role';

test('exactly the actions in the catalogue are allowed', async () => {
	const faults = [];
	let compared = 0;
	const all = await catalogueOf(boss);
	for (const [role, who] of Object.entries(people)) {
		const catalogue = await catalogueOf(who);
		const asks = [
			['read', usual('^/api/[a-z_]+$', 'get'), (name) => who.browser.get(`/api/${name}?range=[0,0]`)],
			['create', usual('^/api/[a-z_]+$', 'post'), (name) => who.browser.post(`/api/${name}`, {})],
			['update', usual('^/api/[a-z_]+/\\{id\\}$', 'patch'), (name) => who.browser.patch(`/api/${name}/0`, {})],
			['delete', usual('^/api/[a-z_]+/\\{id\\}$', 'delete'), (name) => who.browser.delete(`/api/${name}/0`)],
			['history', usual('^/api/[a-z_]+/\\{id\\}/history$', 'get'), (name) => who.browser.get(`/api/${name}/0/history`)],
			['export', usual('^/api/[a-z_]+/export$', 'get').filter((name) => all[name]?.actions.includes('export')), (name) => who.browser.get(`/api/${name}/export`)],
		];
		for (const [action, names, ask] of asks)
			for (const name of names.filter((one) => !SPECIAL.includes(`${one} ${action}`))) {
				const rs = await ask(name);
				compared++;
				if (refused(rs) === Boolean(catalogue[name]?.actions.includes(action)))
					faults.push(`${role}: ${action} ${name}: ${rs.status} ${JSON.stringify(rs.json).slice(0, 90)}`);
			}
	}
	assert.deepEqual(faults, []);
	assert.ok(compared > 4000, `${compared} compared`);
});

test('the catalogue contains the fields that the caller may read, and marks those that the caller may write', async () => {
	const { companies } = await catalogueOf(people.some);
	assert.deepEqual(Object.keys(companies.fields).sort(), ['city', 'id', 'name', 'sales_id']);
	assert.deepEqual(Object.keys(companies.fields).filter((name) => companies.fields[name].write), ['city']);
	const whole = (await catalogueOf(boss)).companies;
	assert.ok(Object.keys(whole.fields).length > 10);
	assert.deepEqual(whole.fields.city.label, { en: 'City', fr: 'Ville' });
});

test('the catalogue marks resources in which the caller sees only rows about the caller', async () => {
	const own = (catalogue) => Object.keys(catalogue).filter((name) => catalogue[name].own);
	assert.deepEqual(own(await catalogueOf(boss)), []);
	assert.ok(own(await catalogueOf(people.makes)).includes('user_profiles'));
	assert.deepEqual(own(await catalogueOf(people.sees)), []);
});

test('a role that may only create gets the fields for new rows', async () => {
	const catalogue = await catalogueOf(people.makes);
	assert.deepEqual(catalogue.tasks.actions, ['create']);
	assert.equal(catalogue.tasks.fields.text.write, 'always');
	assert.equal(catalogue.contacts, undefined);
});

test('every resource contains the fields of the API', async () => {
	const catalogue = await catalogueOf(boss);
	const compared = Object.keys(catalogue).filter((name) => document.components.schemas[name]);
	assert.ok(compared.length > 80, `${compared.length} resources`);
	for (const name of compared) {
		assert.deepEqual(Object.keys(catalogue[name].fields).filter((field) => !(field in document.components.schemas[name].properties)), [], name);
		const input = document.components.schemas[`${name}.input`]?.properties ?? {};
		assert.deepEqual(Object.keys(catalogue[name].fields).filter((field) => catalogue[name].fields[field].write && !(field in input)), [], name);
	}
});

test('PostgreSQL and the OpenAPI document allow the same values', async () => {
	const catalogue = await catalogueOf(boss);
	let compared = 0;
	for (const [name, { fields }] of Object.entries(catalogue))
		for (const [field, { choices }] of Object.entries(fields)) {
			const said = document.components.schemas[name]?.properties[field];
			assert.deepEqual(said?.enum?.filter((value) => value !== null), choices, `${name}.${field}`);
			assert.equal(said?.enum?.includes(null), choices && [said.type].flat().includes('null'), `${name}.${field}`);
			compared += choices ? 1 : 0;
		}
	assert.ok(compared > 40, `${compared} fields`);
	assert.deepEqual(catalogue.appointments.fields.status.choices, ['scheduled', 'confirmed', 'completed', 'canceled', 'no_show']);
	assert.deepEqual(catalogue.integration_jobs.fields.status.choices, ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'dead']);
});

test('the catalogue omits the resources of a module that is off', async () => {
	const other = await owner('other');
	const all = Object.keys(await catalogueOf(boss)), plain = Object.keys(await catalogueOf(other));
	assert.ok(all.includes('products') && all.includes('cost_calculations') && all.includes('user_profiles'));
	assert.deepEqual(plain.filter((name) => ['products', 'cost_calculations', 'user_profiles'].includes(name)), []);
});

test('GET /api lists the paths of these resources with the permitted actions, and the addresses of the descriptions', async () => {
	for (const who of [boss, ...Object.values(people)]) {
		const catalogue = await catalogueOf(who), rs = await who.browser.get('/api');
		assert.equal(rs.status, 200, rs.text);
		const { resources, ...links } = rs.json;
		assert.deepEqual(links, { openapi: '/api/openapi.json', documentation: '/docs/api', catalogue: '/api/catalogue' });
		assert.deepEqual(Object.entries(resources).map(([name, { path, actions }]) => [name, path, actions]).sort(),
			Object.entries(catalogue).map(([name, { actions }]) => [name, `/api/${name}`, actions]).sort());
		for (const path of [links.openapi, links.catalogue])	// the reference is a page
			assert.equal((await who.browser.get(path)).status, 200, path);
	}
	const { resources } = (await boss.browser.get('/api')).json;
	for (const [name, { path, actions }] of Object.entries(resources).filter(([name]) => document.paths[`/api/${name}`]?.get))
		if (actions.includes('read'))
			assert.equal((await boss.browser.get(`${path}?range=[0,0]`)).status, 200, name);
	const rs = await boss.browser.get('/api/');
	assert.deepEqual([rs.status, rs.json.code, rs.json.arguments], [404, 'no_such_path_near', ['/api']], rs.text);
});

test('a caller with the current catalogue gets no copy', async () => {
	const first = await boss.browser.get('/api/catalogue');
	const etag = first.headers.etag;
	assert.match(etag, /^"[0-9a-f]{32}"$/);
	const again = await boss.browser.get('/api/catalogue', { 'If-None-Match': etag });
	assert.deepEqual([again.status, again.text], [304, '']);
	assert.notEqual((await people.some.browser.get('/api/catalogue')).headers.etag, etag);
});

test('labels are in both languages', () => {
	const faults = sql(`SELECT f.resource, f.name FROM ops.field f
		WHERE f.description->'label' <> 'null' AND NOT (f.description->'label' ?& '{en,fr}')`);
	assert.deepEqual(faults, []);
});
