// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The IDs of rows in other systems, for every resource. A row can have several, each with its source.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { query, until } from '../../lib/api.mjs';
import { rowsOf, sample } from '../../lib/rows.mjs';
import { sqlFor } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { keyOf } from '../lib/mcp.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, browser, rows, resources, updated, upserted, stranger;

const good = async (asked, status = 200, about = '') => {
	const rs = await asked;
	assert.equal(rs.status, status, `${about} ${rs.text}`);
	return rs.json;
};
const refused = async (asked, status, code, field) => {
	const rs = await asked;
	assert.equal(rs.status, status, rs.text);
	assert.equal(rs.json.code, code, rs.text);
	if (field !== undefined)
		assert.ok(rs.json.errors[field], rs.text);
	return rs.json;
};
const path = (resource, id = rows[resource].id) => `/api/${resource}/${id}`;
const embed = query({ embed: ['external_ids'] });
const idsOf = async (resource, id, who = browser) => (await good(who.get(path(resource, id) + embed))).external_ids;
const find = async (resource, filter, who = browser) =>
	(await good(who.get(`/api/${resource}${query({ filter, embed: ['external_ids'] })}`))).map((row) => row.id);
const put = (resource, external_ids, method = 'PATCH', id = rows[resource].id, who = browser) =>
	who.send(method, path(resource, id), { external_ids });
const each = (name, chosen, check) => test(name, async () => {
	const names = chosen();
	assert.ok(names.length > 3, String(names));
	for (const resource of names)
		await check(resource);
});
const writable = () => updated;

// The resources without external IDs, which the document lists with the reasons.
const [WITHOUT] = /## Some resources have no external IDs([^]*?)\n## /.exec(readFileSync(`${process.env.SOURCES}/docs/decisions/integrations.md`, 'utf8')).slice(1)
	.map((text) => [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name));

before(async () => {
	boss = await owner('external');
	({ browser } = boss);
	rows = await rowsOf(boss, 'external');
	const { components: { schemas }, paths } = await good(browser.get('/api/openapi.json'));
	resources = Object.keys(schemas).filter((name) => schemas[name].properties?.external_ids && !name.includes('.'));
	// All resources that clients can write, and resources that show the same rows.
	assert.deepEqual(Object.keys(schemas).filter((name) => schemas[`${name}.input`] && !resources.includes(name)), []);
	assert.deepEqual(Object.keys(schemas).filter((name) => paths[`/api/${name}`]?.get && schemas[`${name}.filter`] && !resources.includes(name)).sort(),
		WITHOUT.sort(), 'each resource has external IDs, or a reason in docs/decisions/integrations.md');
	for (const name of resources.filter((one) => one.startsWith('custom_')))
		rows[name] = await good(browser.post(`/api/${name}`, { name: 'external' }), 201, name);
	updated = resources.filter((name) => paths[`/api/${name}/{id}`].patch);
	assert.ok(resources.length > 50, String(resources));
	upserted = resources.filter((name) => paths[`/api/${name}`]?.put);
	stranger = await owner('stranger');
});

each('a row of each resource has ids, is shown with them and found by them', writable, async (resource) => {
	const { id } = rows[resource];
	const [one, two] = [`${resource} 1`, `${resource} 2`];	// deals and opportunities share their rows
	assert.deepEqual((await good(put(resource, { erp: [two, one], shop: [one] }), 200, resource)).external_ids,
		{ erp: [one, two], shop: [one] }, resource);
	assert.deepEqual(await idsOf(resource), { erp: [one, two], shop: [one] });
	assert.equal((await good(browser.get(path(resource)))).external_ids, undefined);
	for (const filter of [{ 'external_ids.erp': two }, { 'external_ids.erp': ['none', one] },
		{ 'external_ids.shop@in': [one] }, { 'external_ids->shop': one, id }, { '@or': { 'external_ids.shop': 'x', 'external_ids.erp': two } },
		{ id, 'external_ids.other': null }, { id, 'external_ids.other@is': 'null' }, { id, 'external_ids.shop@not.is': null },
		{ id, 'external_ids.shop@not.in': ['2'] }])
		assert.deepEqual(await find(resource, filter), [id], `${resource} ${JSON.stringify(filter)}`);
	for (const filter of [{ 'external_ids.shop': two }, { 'external_ids.none': one }, { 'external_ids.erp': [] },
		{ id, 'external_ids.shop': null }, { id, 'external_ids.shop@not.eq': one }])
		assert.deepEqual(await find(resource, filter), [], `${resource} ${JSON.stringify(filter)}`);
	await good(put(resource, null));
});

each('the history of a change of only external IDs names the previous and the new IDs', writable, async (resource) => {
	if ((await browser.get(`${path(resource)}/history`)).status === 404)	// the resource has no history
		return;
	await good(put(resource, { erp: ['1'] }, 'PUT'));
	await good(put(resource, { erp: ['2'], shop: ['3'] }));
	const [entry] = await good(browser.get(`${path(resource)}/history?limit=1`));
	assert.deepEqual([entry.action, entry.changes.external_ids], ['update', { old: { erp: ['1'] }, new: { erp: ['2'], shop: ['3'] } }], resource);
	const [logged] = await good(browser.get(`/api/audit_log${query({ filter: { row_id: String(rows[resource].id) }, sort: ['id', 'DESC'], range: [0, 0] })}`));
	assert.deepEqual(logged.changes.external_ids, entry.changes.external_ids, resource);
	await good(put(resource, null));
	const [last] = await good(browser.get(`${path(resource)}/history?limit=1`));
	assert.deepEqual(last.changes.external_ids, { old: { erp: ['2'], shop: ['3'] }, new: {} }, resource);
});

test('the history of a new row and of other changes also names the previous and the new external IDs', async () => {
	const created = await good(browser.post('/api/companies', { name: 'Logged', external_ids: { erp: ['h1'] } }), 201);
	const of = async () => {
		const [entry, before] = await good(browser.get(`/api/companies/${created.id}/history?limit=2`));
		const [logged] = await good(browser.get(`/api/audit_log${query({ filter: { row_id: String(created.id), resource: 'companies' }, sort: ['id', 'DESC'], range: [0, 0] })}`));
		assert.deepEqual(logged.changes?.external_ids, entry.changes.external_ids, JSON.stringify(logged));
		return { ...entry, before };
	};
	const first = await of();
	assert.deepEqual([first.action, first.before, first.changes.name.new, first.changes.external_ids], ['insert', undefined, 'Logged', { old: null, new: { erp: ['h1'] } }]);
	await good(browser.patch(`/api/companies/${created.id}`, { name: 'Renamed', external_ids: { erp: ['h2'], shop: ['h3'] } }));
	const second = await of();
	assert.deepEqual([second.action, second.before.action, second.changes], ['update', 'insert',
		{ name: { old: 'Logged', new: 'Renamed' }, external_ids: { old: { erp: ['h1'] }, new: { erp: ['h2'], shop: ['h3'] } } }]);
	// Two operations of a batch cause one log entry, which contains the IDs before the first operation.
	await good(browser.post('/api/batch', { operations: [{ erp: ['h4'] }, { erp: ['h5'] }].map((external_ids, i) => (
		{ method: 'PATCH', resource: 'companies', id: created.id, data: { name: `Batch ${i}`, external_ids } })) }));
	const third = await of();
	assert.deepEqual([third.changes.name.new, third.changes.external_ids.new, third.before.changes.external_ids.old],
		['Batch 1', { erp: ['h5'], shop: ['h3'] }, { erp: ['h2'], shop: ['h3'] }]);
	await good(browser.patch(`/api/companies/${created.id}`, { name: 'Last' }));
	assert.deepEqual(Object.keys((await of()).changes), ['name']);
});

each('PATCH changes the sources that it names, PUT replaces all, null removes', writable, async (resource) => {
	await good(put(resource, { erp: ['1'], shop: ['1'] }, 'PUT'));
	assert.deepEqual((await good(put(resource, { erp: ['3', '2'], new: ['n'] }))).external_ids, { erp: ['2', '3'], new: ['n'], shop: ['1'] });
	await good(put(resource, { shop: null, erp: [], never: null }));
	assert.deepEqual(await idsOf(resource), { new: ['n'] });
	await good(put(resource, {}));
	await good(browser.send('PUT', path(resource), await good(browser.get(path(resource)))), 200, resource);
	assert.deepEqual(await idsOf(resource), { new: ['n'] }, 'without the member nothing changes');
	await good(put(resource, { a: ['1'], b: ['2'] }, 'PUT'));
	assert.deepEqual(await idsOf(resource), { a: ['1'], b: ['2'] });
	await good(put(resource, null));
	assert.deepEqual(await idsOf(resource), {});
});

each('a new row has them at once', () => ['tags', 'contacts', 'deals', 'tasks', 'products', 'user_contacts'], async (resource) => {
	const body = { ...sample(resource, 'made', rows), external_ids: { erp: ['made'] } };
	const made = await good(browser.post(`/api/${resource}`, body), 201);
	assert.deepEqual(made.external_ids, { erp: ['made'] });
	assert.deepEqual(await idsOf(resource, made.id), { erp: ['made'] });
	assert.equal(made.updated_at, made.created_at);
	const entries = await good(browser.get(`${path(resource, made.id)}/history`));
	assert.equal(entries.length, 1, 'one entry');
});

test('every creation accepts them', async () => {
	const { components: { schemas }, paths } = await good(browser.get('/api/openapi.json'));
	const named = (schema) => schema.$ref ? named(schemas[schema.$ref.split('/').at(-1)])
		: { ...schema.properties, ...Object.assign({}, ...(schema.allOf ?? []).map(named)) };
	const created = resources.filter((name) => paths[`/api/${name}`]?.post?.requestBody.content['application/json']);
	assert.ok(created.length > 40, String(created));
	assert.deepEqual(created.filter((name) => !named(paths[`/api/${name}`].post.requestBody.content['application/json'].schema).external_ids), []);
});

test('resources whose creation has another effect store them', async () => {
	for (const [resource, body] of [['webhooks', { url: 'https://hooks.example/ids' }], ['sales', { email: 'ids@example.test', first_name: 'Ids' }]]) {
		const made = await good(browser.post(`/api/${resource}`, { ...body, external_ids: { erp: [`made ${resource}`] } }), 201);
		assert.deepEqual(made.external_ids, { erp: [`made ${resource}`] });
		assert.deepEqual(await idsOf(resource, made.id), { erp: [`made ${resource}`] });
		assert.deepEqual(await find(resource, { 'external_ids.erp': `made ${resource}` }), [made.id]);
		const other = { ...body, ...body.email && { email: 'other.ids@example.test' } };
		await refused(browser.post(`/api/${resource}`, { ...other, external_ids: { erp: [`made ${resource}`] } }), 409, 'external_id_of', 'external_ids.erp');
		await refused(browser.post(`/api/${resource}`, { ...other, external_ids: { 'E R P': ['1'] } }), 422, 'external_source');
		await refused(browser.post(`/api/${resource}`, { ...other, external_ids: { erp: '1' } }), 422, 'external_keys');
	}
	const count = (await good(browser.get(`/api/sales${query({ filter: { email: 'other.ids@example.test' } })}`))).length;
	assert.equal(count, 0);
});

test('what shows rows of another resource shows their ids', async () => {
	for (const [resource, shown] of [['companies', 'companies_summary'], ['contacts', 'contacts_summary'], ['opportunities', 'deals'],
		['opportunities', 'opportunities_summary']]) {
		await good(put(resource, { seen: [resource] }, 'PUT'));
		assert.deepEqual(await idsOf(shown, rows[resource].id), { seen: [resource] }, shown);
		assert.deepEqual(await find(shown, { 'external_ids.seen': resource }), [rows[resource].id], shown);
	}
});

test('changed external IDs alone count as a change to the row, and unchanged ones do not', async () => {
	const was = await good(browser.get(path('companies')));
	await good(put('companies', { erp: ['changes'] }));
	const now = await good(browser.get(path('companies')));
	assert.notEqual(now.updated_at, was.updated_at);
	const entries = (await good(browser.get(`${path('companies')}/history`))).length;
	await good(put('companies', { erp: ['changes'] }));
	assert.equal((await good(browser.get(path('companies')))).updated_at, now.updated_at);
	assert.equal((await good(browser.get(`${path('companies')}/history`))).length, entries);
});

test('If-Match applies even if only the external IDs change', async () => {
	const stale = await browser.send('PATCH', path('companies'), { external_ids: { erp: ['x'] } }, { 'if-match': '"old"' });
	assert.equal(stale.status, 412, stale.text);
	assert.deepEqual(await idsOf('companies'), { seen: ['companies'], erp: ['changes'] });
});

test('an external ID that another row has is refused with the name of that row', async () => {
	const one = await good(browser.post('/api/companies', { name: 'one', external_ids: { erp: ['taken'] } }), 201);
	const body = await refused(browser.post('/api/companies', { name: 'two', external_ids: { erp: ['free', 'taken'] } }),
		409, 'external_id_of', 'external_ids.erp');
	assert.deepEqual(body.existing, { resource: 'companies', id: one.id });
	assert.deepEqual(await find('companies', { name: 'two' }), [], 'nothing is written');
	assert.deepEqual(await find('companies', { 'external_ids.erp': 'free' }), []);
	await refused(put('companies', { erp: ['taken'] }), 409, 'external_id_of');
	// Other sources, resources and organizations can have the same ID.
	await good(put('companies', { shop: ['taken'] }));
	await good(put('contacts', { erp: ['taken'] }));
	await good(put('company_profiles', { erp: ['taken'] }));	// a profile has the same ID as its company
	assert.deepEqual([await idsOf('companies'), await idsOf('company_profiles')], [{ ...await idsOf('companies'), shop: ['taken'] }, { erp: ['taken'] }]);
	const other = await good(stranger.browser.post('/api/companies', { name: 'other', external_ids: { erp: ['taken'] } }), 201);
	assert.deepEqual(await find('companies', { 'external_ids.erp': 'taken' }), [one.id]);
	assert.deepEqual(await find('companies', { 'external_ids.erp': 'taken' }, stranger.browser), [other.id]);
	// The external ID can be used again as soon as the row is deleted.
	await good(browser.send('DELETE', path('companies', one.id)));
	await good(put('companies', { erp: ['taken'] }));
	assert.deepEqual(await find('companies', { 'external_ids.erp': 'taken' }), [rows.companies.id]);
});

test('two concurrent writes of one external ID create one row', async () => {
	const asked = await Promise.all(Array.from({ length: 8 }, (_, n) => browser.post('/api/tags',
		{ name: `race ${n}`, color: '#abc', external_ids: { erp: ['race'] } })));
	assert.deepEqual(asked.map((rs) => rs.status).sort(), [201, ...Array(7).fill(409)]);
	assert.equal((await find('tags', { 'external_ids.erp': 'race' })).length, 1);
});

test('malformed external IDs are refused with their path', async () => {
	for (const [ids, code, field] of [
		['x', 'external_keys', 'external_ids'], [[], 'external_keys', 'external_ids'], [4711, 'external_keys', 'external_ids'],
		[{ erp: '4711' }, 'external_keys', 'external_ids.erp'], [{ erp: { a: 1 } }, 'external_keys', 'external_ids.erp'],
		[{ erp: ['1', 4711] }, 'external_key', 'external_ids.erp.1'], [{ erp: [''] }, 'external_key', 'external_ids.erp.0'],
		[{ erp: [null] }, 'external_key', 'external_ids.erp.0'], [{ erp: ['é'.repeat(201)] }, 'external_key', 'external_ids.erp.0'],
		[{ Erp: ['1'] }, 'external_source', 'external_ids.Erp'], [{ '': ['1'] }, 'external_source', 'external_ids.'],
		[{ '-x': ['1'] }, 'external_source', 'external_ids.-x'], [{ ['x'.repeat(51)]: ['1'] }, 'external_source'],
		[{ erp: Array.from({ length: 51 }, (_, n) => String(n)) }, 'too_many_external_ids', 'external_ids.erp'],
		[{ erp: Array.from({ length: 30 }, (_, n) => String(n)), shop: Array.from({ length: 30 }, (_, n) => String(n)) },
			'too_many_external_ids', 'external_ids']])
		for (const method of ['PATCH', 'PUT'])
			await refused(put('tags', ids, method), 422, code, field);
	await good(put('tags', { erp: ['é'.repeat(200)], 'a.b-c_1': ['x'] }));
	for (const [filter, code] of [[{ 'external_ids.erp@like': 'x' }, 'unknown_operator'], [{ 'external_ids.erp': { a: 1 } }, 'filter_value'],
		[{ external_ids: 'x' }, 'not_filtered'], [{ 'external_ids.erp@is': true }, 'filter_is']])
		await refused(browser.get(`/api/tags${query({ filter })}`), 400, code);
	await refused(browser.send('PATCH', `/api/tags${query({ filter: { id: [rows.tags.id] } })}`, { external_ids: { erp: ['1'] } }),
		422, 'external_ids_of_one_row', 'external_ids');
	await refused(browser.post('/api/tags/bulk', { ids: [rows.tags.id], set: { external_ids: { erp: ['1'] } } }), 422, 'external_ids_of_one_row');
});

test('a batch writes external IDs', async () => {
	const { results } = await good(browser.post('/api/batch', { operations: [
		{ method: 'POST', resource: 'companies', data: { name: 'batch', external_ids: { erp: ['batch 1'] } } },
		{ method: 'PATCH', resource: 'tags', id: rows.tags.id, data: { external_ids: { erp: ['batch 2'] } } }] }));
	assert.deepEqual(results.map(({ data }) => data.external_ids.erp), [['batch 1'], ['batch 2']]);
	const body = await refused(browser.post('/api/batch', { operations: [
		{ method: 'POST', resource: 'companies', data: { name: 'batch 3' } },
		{ method: 'POST', resource: 'companies', data: { name: 'batch 4', external_ids: { erp: ['batch 1'] } } }] }), 409, 'external_id_of');
	assert.ok(body.errors['operations[1].external_ids.erp'], JSON.stringify(body));
	assert.deepEqual(await find('companies', { 'name@like': 'batch 3' }), []);
});

test('a retry with the idempotency key returns the row with its external IDs', async () => {
	const headers = { 'idempotency-key': `external-${process.pid}` };
	const body = { name: 'kept', color: '#abc', external_ids: { erp: ['kept'] } };
	const [one, two] = [await browser.send('POST', '/api/tags', body, headers), await browser.send('POST', '/api/tags', body, headers)];
	assert.deepEqual([one.status, two.status, two.text], [201, 201, one.text]);
});

test('a portal user neither sees nor writes the external IDs of rows about themselves', async () => {
	const guest = await member(boss, 'portal');
	const [profile] = (await good(browser.get('/api/user_profiles' + query({ filter: { user_id: guest.id } }))));
	await good(put('user_profiles', { erp: ['guest'] }, 'PATCH', profile.id));
	assert.deepEqual(await idsOf('user_profiles', profile.id, guest.browser), {});
	assert.deepEqual(await find('user_profiles', { 'external_ids.erp': 'guest' }, guest.browser), []);
	for (const erp of [['mine'], ['guest'], null])
		await refused(put('user_profiles', { erp }, 'PATCH', profile.id, guest.browser), 422, 'role');
	const contact = { member_id: profile.id, kind: 'email', value: 'guest@external.test', external_ids: { erp: ['contact'] } };
	await refused(guest.browser.post('/api/user_contacts', contact), 422, 'role');
	const upsert = await guest.browser.put('/api/user_contacts' + query({ match: 'external_ids.erp' }), contact);
	assert.equal(upsert.status, 422, upsert.text);
	assert.deepEqual(await idsOf('user_profiles', profile.id), { erp: ['guest'] });
	assert.deepEqual(await find('user_contacts', { 'external_ids.erp': 'contact' }), []);
});

test('a list of IDs may be a text, and invalid sources are refused', async () => {
	await good(put('tags', { erp: ['in 1'] }, 'PUT'));
	assert.deepEqual(await find('tags', { 'external_ids.erp@in': '("in 1",other)' }), [rows.tags.id]);
	assert.deepEqual(await find('tags', { id: rows.tags.id, 'external_ids.erp@not.in': '("in 1",other)' }), []);
	for (const source of ['', 'ERP', '>erp'])
		await refused(browser.get('/api/tags' + query({ filter: { [`external_ids.${source}`]: 'x' } })), 422, 'external_source');
});

test('a conflict does not name a row that the caller cannot see, and writing external IDs requires the permission to change the row', async () => {
	await good(boss.browser.post('/api/auth/organization/create-role', { role: 'own', permission:
		{ contacts: ['read:own', 'create', 'update:own'], companies: ['read'], tags: ['read'] } }));
	const rep = await member(boss, 'own');
	const hidden = await good(browser.post('/api/contacts', { last_name: 'hidden', external_ids: { erp: ['hidden'] } }), 201);
	const body = await refused(rep.browser.post('/api/contacts', { last_name: 'mine', external_ids: { erp: ['hidden'] } }), 409, 'taken',
		'external_ids.erp');
	assert.ok(!JSON.stringify(body).includes(hidden.id), JSON.stringify(body));
	assert.deepEqual(await find('contacts', { 'external_ids.erp': 'hidden' }, rep.browser), []);
	const own = await good(rep.browser.post('/api/contacts', { last_name: 'mine', external_ids: { erp: ['mine'] } }), 201);
	assert.deepEqual(await find('contacts', { 'external_ids.erp': 'mine' }, rep.browser), [own.id]);
	assert.deepEqual(await idsOf('companies', rows.companies.id, rep.browser), await idsOf('companies'));
	await refused(put('companies', { erp: ['x'] }, 'PATCH', rows.companies.id, rep.browser), 422, 'role');
	assert.equal((await put('contacts', { erp: ['x'] }, 'PATCH', hidden.id, rep.browser)).status, 404);
	for (const role of ['viewer', 'portal']) {
		const { browser: weak } = await member(boss, role);
		await refused(put('companies', { erp: ['x'] }, 'PATCH', rows.companies.id, weak), 422, 'role');
		await refused(weak.post('/api/companies', { name: 'x', external_ids: { erp: ['x'] } }), 422, 'role');
	}
	assert.deepEqual(await find('companies', { 'external_ids.erp': 'x' }), []);
});

test('other organizations neither see nor change external IDs', async () => {
	await good(put('companies', { secret: ['4711'] }));
	assert.deepEqual(await find('companies', { 'external_ids.secret': '4711' }, stranger.browser), []);
	assert.equal((await put('companies', { secret: null }, 'PATCH', rows.companies.id, stranger.browser)).status, 404);
	assert.deepEqual((await idsOf('companies')).secret, ['4711']);
});

test('a role that is limited to some fields can neither see, find nor write external IDs', async () => {
	await good(boss.browser.post('/api/auth/organization/create-role', { role: 'limited', permission:
		{ crm: ['read', 'create', 'update'], 'contacts.read': ['last_name'], 'companies.update': ['name'] } }));
	const { browser: weak } = await member(boss, 'limited');
	await refused(weak.get(path('contacts') + embed), 400, 'no_such_field');
	await good(put('contacts', { secret: ['hidden'] }));
	assert.doesNotMatch(JSON.stringify(await good(weak.get(`${path('contacts')}/history`))), /hidden/);
	await good(put('contacts', { secret: null }));
	await refused(weak.get(`/api/contacts${query({ filter: { 'external_ids.erp': 'x' } })}`), 400, 'not_filtered');
	await refused(put('contacts', { erp: ['x'] }, 'PATCH', rows.contacts.id, weak), 422, 'member_unknown');
	assert.deepEqual(await idsOf('companies', rows.companies.id, weak), await idsOf('companies'));
	await refused(put('companies', { erp: ['x'] }, 'PATCH', rows.companies.id, weak), 422, 'role');
});

const upsert = (resource, match, body, who = browser, headers = {}) => who.send('PUT', `/api/${resource}?match=${match}`, body, headers);

each('an upsert creates a row, finds it again and changes it', () => upserted, async (resource) => {
	const key = `upsert ${resource}`;
	const body = { ...sample(resource, 'upserted', rows), external_ids: { sync: [key] } };
	const made = await good(upsert(resource, 'external_ids.sync', body), 201, resource);
	assert.deepEqual([made.status, made.outcome, made.data.id, made.data.external_ids], [201, 'created', made.id, { sync: [key] }], resource);
	const again = await good(upsert(resource, 'external_ids.sync', { external_ids: { sync: [key] } }), 200, resource);
	assert.deepEqual([again.outcome, again.id, again.data.external_ids], ['unchanged', made.id, { sync: [key] }], resource);
	assert.equal(again.data.updated_at, made.data.updated_at, resource);
	const { outcome, id } = await good(upsert(resource, 'external_ids.sync', { external_ids: { sync: [key], shop: [key] } }), 200, resource);
	assert.deepEqual([outcome, id], ['updated', made.id], resource);
	assert.deepEqual(await idsOf(resource, id), { sync: [key], shop: [key] }, resource);
	assert.deepEqual(await find(resource, { 'external_ids.sync': key }), [id], resource);
});

// Resources whose rows clients create and change, but that have no upsert.
const NO_UPSERT = {
	imports: 'a new row is an uploaded file',
	sales: 'a new row is an invitation',
	webhooks: 'a new row has a secret, which only the response to its creation shows',
};

test('a resource that clients create has an upsert, or refuses it and says so in OpenAPI', async () => {
	const { json: { paths } } = await browser.get('/api/openapi.json');
	const created = Object.keys(rows).filter((name) => paths[`/api/${name}`]?.post);
	assert.ok(created.length > 40, created.join());
	const without = created.filter((name) => !paths[`/api/${name}`].put);
	assert.deepEqual(without.filter((name) => paths[`/api/${name}/{id}`]?.patch).sort(), Object.keys(NO_UPSERT).sort());
	for (const name of without) {
		const rs = await browser.send('PUT', `/api/${name}?match=external_ids.erp`, { external_ids: { erp: ['1'] } });
		assert.deepEqual([rs.status, rs.json.code, rs.json.arguments[0], rs.headers.allow.includes('PUT')], [405, 'upsert_unavailable', name, false], rs.text);
		assert.match(paths[`/api/${name}`].post.description, /upsert_unavailable/, name);
	}
});

test('by a unique field; others are refused with a list', async () => {
	const made = await good(upsert('tags', 'name', { name: 'Unique', color: '#abc' }), 201);
	const same = await good(upsert('tags', 'name', { name: 'UNIQUE', color: '#def' }));
	assert.deepEqual([same.outcome, same.id, same.data.color, same.data.name], ['updated', made.id, '#def', 'UNIQUE']);
	assert.equal((await good(upsert('pipelines', 'name', { name: 'Unique' }), 201)).outcome, 'created');
	for (const [resource, match, text] of [['tags', 'color', 'name, external_ids.SOURCE'], ['tasks', 'last_name', 'external_ids.SOURCE, custom.KEY'],
		['contact_notes', 'id', 'external_ids.SOURCE'], ['contact_notes', 'external_ids', 'external_ids.SOURCE'], ['contact_notes', '', 'external_ids.SOURCE']]) {
		const body = await refused(upsert(resource, match, { last_name: 'x' }), 422, 'match_unknown', 'match');
		assert.deepEqual(body.arguments[0].split(', ').sort(), text.split(', ').sort(), body.detail);
	}
	await refused(browser.send('PUT', '/api/contacts', { last_name: 'x' }), 422, 'match_unknown', 'match');
	await refused(upsert('tags', 'name', { color: '#abc' }), 422, 'required', 'name');
	for (const external_ids of [undefined, {}, { other: ['x'] }, { sync: null }])
		await refused(upsert('contacts', 'external_ids.sync', { last_name: 'x', external_ids }), 422, 'required', 'external_ids.sync');
});

test('a value of match in the wrong form is refused with the expected form, and with all other faults of the body', async () => {
	for (const [external_ids, status, code, path = 'external_ids.sync'] of [['x', 422, 'external_keys', 'external_ids'], [[], 422, 'external_keys', 'external_ids'],
		[{ sync: '1' }, 422, 'external_keys'], [{ sync: [] }, 400, 'empty'], [{ sync: {} }, 422, 'external_keys'],
		[{ sync: ['1', 2] }, 422, 'external_key', 'external_ids.sync.1'], [{ sync: [''] }, 422, 'external_key', 'external_ids.sync.0']])
		for (const resource of upserted) {
			const rs = await refused(upsert(resource, 'external_ids.sync', { external_ids, zz: 1 }), status, code, path);
			assert.deepEqual(Object.keys(rs.errors), [path, 'zz'], `${resource} ${JSON.stringify(rs)}`);
		}
	const faulty = { first_name: 5, zz: 1, email_jsonb: [{ email: 7 }], external_ids: { sync: '1', shop: '2' } };
	const paths = ['external_ids.sync', 'first_name', 'zz', 'email_jsonb.0.email', 'external_ids.shop'];
	const one = await refused(upsert('contacts', 'external_ids.sync', faulty), 422, 'external_keys', 'external_ids.sync');
	assert.deepEqual(Object.keys(one.errors).sort(), paths.sort());
	assert.deepEqual(one.faults.map(({ path }) => path), Object.keys(one.errors));
	const { results } = await good(upsert('contacts', 'external_ids.sync', [{ last_name: 'good', external_ids: { sync: ['form'] } }, faulty]));
	assert.deepEqual(results.map(({ outcome, data }) => [outcome, data.errors && Object.keys(data.errors)]), [['created', undefined], ['refused', Object.keys(one.errors)]]);
	const batch = await browser.post('/api/batch', { operations: [{ method: 'PUT', resource: 'contacts', match: 'external_ids.sync', data: faulty }] });
	assert.deepEqual([batch.status, Object.keys(batch.json.errors)], [422, Object.keys(one.errors).map((path) => `operations[0].${path}`)], batch.text);
	const tag = await refused(upsert('tags', 'name', { name: ['x'], color: 5 }), 400, 'wrong_type', 'name');
	assert.deepEqual(Object.keys(tag.errors), ['name', 'color']);
	const custom = await refused(upsert('contacts', 'custom.code', { custom: 'x', zz: 1 }), 422, 'not_an_object', 'custom');
	assert.deepEqual(Object.keys(custom.errors), ['custom', 'zz']);
});

test('an upsert of a list returns a result for each row', async () => {
	const rs = await good(upsert('companies', 'external_ids.list', [
		{ name: 'first', external_ids: { list: ['1'] } },
		{ name: 'again', external_ids: { list: ['1'] } },
		{ external_ids: { list: ['3'] } },
		{ name: 'bad', external_ids: { list: 'x' } },
		'text',
		{ name: 'taken', external_ids: { list: ['4'], sync: ['upsert companies'] } },
		{ name: 'last', nothing: 1, external_ids: { list: ['5'] } },
		{ name: 'last', external_ids: { list: ['6'] } }]));
	assert.deepEqual(rs.results.map(({ status, outcome, data }) => [status, outcome, data.name ?? data.code]), [[201, 'created', 'first'],
		[200, 'updated', 'again'], [422, 'refused', 'required'], [422, 'refused', 'external_keys'], [400, 'refused', 'body_not_an_object'],
		[409, 'refused', 'external_id_of'], [422, 'refused', 'member_unknown'], [201, 'created', 'last']]);
	assert.equal(rs.results[0].id, rs.results[1].id);
	assert.equal((await find('companies', { name: ['taken', 'bad', 'first'] })).length, 0);
	await refused(upsert('companies', 'external_ids.list', []), 422, 'upsert_size');
	await refused(upsert('companies', 'external_ids.list', Array(101).fill({})), 422, 'upsert_size');
	const several = await good(upsert('companies', 'external_ids.list', [{ name: 'x', external_ids: { list: ['1', '6'] } }]));
	assert.deepEqual([several.results[0].status, several.results[0].data.code], [409, 'match_several']);
});

test('a refused row of a list leaves no file', async () => {
	const src = (text) => `data:text/plain;base64,${Buffer.from(text).toString('base64')}`;
	const note = (n, more = {}) => ({ text: n, contact_id: rows.contacts.id, attachments: [{ src: src(n), title: `${n}.txt`, type: 'text/plain' }],
		external_ids: { file: [n] }, ...more });
	const taken = { external_ids: { file: ['taken'], sync: ['upsert contact_notes'] } };
	const { results } = await good(upsert('contact_notes', 'external_ids.file',
		[note('one'), note('taken', taken), note('missing', { contact_id: 4711 }), note('two')]));
	assert.deepEqual(results.map(({ status, data }) => [status, data.attachments?.[0].title]),
		[[201, 'one.txt'], [409, undefined], [422, undefined], [201, 'two.txt']]);
	assert.deepEqual(sqlFor(boss.organization.id, `SELECT title FROM ops.file WHERE org_id = '${boss.organization.id}'
		AND title LIKE '%.txt' ORDER BY title`).flat(), ['one.txt', 'two.txt']);
});

test('concurrent upserts of one row create one row', async () => {
	for (const [resource, match, body] of [['contacts', 'external_ids.race', { last_name: 'race', external_ids: { race: ['1'] } }],
		['deals', 'external_ids.race', { name: 'race', stage: 'opportunity', external_ids: { race: ['1'] } }],
		['tags', 'name', { name: 'the race', color: '#abc' }]]) {
		const asked = await Promise.all(Array.from({ length: 12 }, (_, n) => upsert(resource, match, n % 2 ? body : [body])));
		const results = asked.map((rs) => rs.json.results?.[0] ?? rs.json);
		assert.deepEqual([...new Set(results.map(({ id }) => id))].length, 1, JSON.stringify(results));
		assert.equal(results.filter(({ outcome }) => outcome === 'created').length, 1, JSON.stringify(results));
		assert.ok(results.every(({ status }) => status === 200 || status === 201), JSON.stringify(results));
	}
	const operation = { method: 'PUT', resource: 'companies', match: 'external_ids.race', data: { name: 'race', external_ids: { race: ['b'] } } };
	const asked = await Promise.all(Array.from({ length: 8 }, () => browser.post('/api/batch', { operations: [operation] })));
	assert.deepEqual(asked.map((rs) => rs.status), Array(8).fill(200), asked.map((rs) => rs.text).join('\n'));
	assert.equal((await find('companies', { 'external_ids.race': 'b' })).length, 1);
	assert.equal(asked.filter((rs) => rs.json.results[0].status === 201).length, 1);
});

test('a batch can upsert and refer to the found or created rows, and takes effect completely or not at all', async () => {
	const company = { method: 'PUT', resource: 'companies', match: 'external_ids.batch', data: { name: 'B', external_ids: { batch: ['1'] } } };
	const contact = (n) => ({ method: 'PUT', resource: 'contacts', match: 'external_ids.batch',
		data: { last_name: `B ${n}`, company_id: { $ref: 0 }, external_ids: { batch: [`${n}`] } } });
	const one = (await good(browser.post('/api/batch', { operations: [company, contact(1)] }))).results;
	const two = (await good(browser.post('/api/batch', { operations: [company, contact(1), contact(2)] }))).results;
	assert.deepEqual([one, two].map((all) => all.map(({ status }) => status)), [[201, 201], [200, 200, 201]]);
	assert.deepEqual([two[0].data.id, two[1].data.id, two[2].data.company_id], [one[0].data.id, one[1].data.id, one[0].data.id]);
	await refused(browser.post('/api/batch', { operations: [contact(3), { ...company, method: 'PATCH' }].slice(1) }), 422, 'batch_match',
		'operations[0].match');
	await refused(browser.post('/api/batch', { operations: [{ ...company, id: 1 }] }), 422, 'batch_match', 'operations[0].id');
	await refused(browser.post('/api/batch', { operations: [company, { ...company, match: 'city' }] }), 422, 'match_unknown', 'operations[1].match');
	const failed = await browser.post('/api/batch', { operations: [{ ...company, data: { name: 'changed', external_ids: { batch: ['1'] } } },
		{ method: 'PATCH', resource: 'tags', id: 4711, data: { name: 'x' } }] });
	assert.equal(failed.status, 404, failed.text);
	assert.equal((await good(browser.get(path('companies', one[0].data.id)))).name, 'B');
});

test('an upsert merges metadata and sources, and keeps fields that it does not contain', async () => {
	const body = { last_name: 'merge', metadata: { a: 1 }, external_ids: { erp: ['m'], shop: ['m'] } };
	const { id } = await good(upsert('contacts', 'external_ids.erp', body), 201);
	await good(upsert('contacts', 'external_ids.erp', { metadata: { b: 2 }, external_ids: { erp: ['m', 'n'] } }));
	const row = await good(browser.get(path('contacts', id) + embed));
	assert.deepEqual([row.last_name, row.metadata, row.external_ids], ['merge', { a: 1, b: 2 }, { erp: ['m', 'n'], shop: ['m'] }]);
});

test('an upsert requires the permissions to create and to update, and reveals nothing about hidden rows', async () => {
	await good(upsert('contacts', 'external_ids.sync', { last_name: 'secret', external_ids: { sync: ['secret'] } }), 201);
	const body = { last_name: 'x', external_ids: { sync: ['secret'] } };
	const roles = { creates: ['read', 'create'], updates: ['read', 'update'], writes: ['create', 'update'], owns: ['read:own', 'create', 'update:own'],
		sees: ['read', 'create', 'update:own'] };
	for (const [role, contacts] of Object.entries(roles))
		await good(boss.browser.post('/api/auth/organization/create-role', { role, permission: { contacts } }));
	const as = async (role, sent = body) => upsert('contacts', 'external_ids.sync', sent, (await member(boss, role)).browser);
	for (const role of ['creates', 'updates', 'viewer', 'portal']) {
		await refused(as(role), 422, 'role');
		await refused(as(role, { last_name: 'x', external_ids: { sync: ['free'] } }), 422, 'role');
		await refused(as(role, [body]), 422, 'role');
	}
	const taken = await refused(as('owns'), 409, 'taken', 'external_ids.sync');
	assert.ok(!taken.existing, JSON.stringify(taken));
	await refused(as('sees'), 422, 'role');
	assert.equal((await as('owns', { last_name: 'x', external_ids: { sync: ['own'] } })).status, 201);
	const [found] = await good(browser.get(`/api/contacts${query({ filter: { 'external_ids.sync': 'secret' } })}`));
	assert.equal(found.last_name, 'secret');
	assert.equal((await good(upsert('contacts', 'external_ids.sync', body, stranger.browser), 201)).outcome, 'created');
});

test('an API key needs the permission to write for an upsert, and to read for embed', async () => {
	const body = { name: 'by key', external_ids: { key: ['by key'] } };
	const as = async (actions, method, at, sent) => send(method, `/api/companies${at}`,
		{ headers: { 'x-api-key': await keyOf(boss, { companies: actions }) }, body: sent });
	for (const sent of [body, [body]])
		assert.equal((await as(['read'], 'PUT', '?match=external_ids.key', sent)).status, 403);
	assert.deepEqual(await find('companies', { 'external_ids.key': 'by key' }), []);
	assert.equal((await as(['write'], 'PUT', '?match=external_ids.key', body)).json.outcome, 'created');
	assert.equal((await as(['write'], 'GET', embed)).status, 403);
	assert.equal((await as(['read'], 'GET', embed)).status, 200);
});

test('an upsert that is repeated with its key gets the same response', async () => {
	for (const [n, body] of [{ name: 'key', external_ids: { key: ['1'] } }, [{ name: 'key', external_ids: { key: ['2'] } }]].entries()) {
		const headers = { 'idempotency-key': `upsert-${process.pid}-${n}` };
		const one = await upsert('companies', 'external_ids.key', body, browser, headers);
		const two = await upsert('companies', 'external_ids.key', body, browser, headers);
		assert.deepEqual([one.status, two.status, two.text, two.headers['idempotent-replayed']], [n ? 200 : 201, n ? 200 : 201, one.text, 'true']);
	}
});

test('feed events contain external IDs, even for deletions, but not for users with limited fields', async () => {
	const { seq } = await good(browser.get('/api/changes'));
	const { id } = await good(browser.post('/api/contacts', { last_name: 'event', external_ids: { event: ['1'] } }), 201);
	const tag = await good(browser.post('/api/tags', { name: 'event', color: '#abc' }), 201);
	await good(put('contacts', { event: ['2'] }, 'PATCH', id));
	await good(browser.delete(path('contacts', id)));
	let told;
	const changes = async (who) => (await good(who.get(`/api/changes?after=${seq}`))).changes.filter((c) => [id, tag.id].includes(c.id));
	await until(async () => (told = await changes(browser)).length === 4);
	// An event contains the external IDs that the row had when the event was numbered.
	assert.deepEqual(told.map(({ resource, verb }) => [resource, verb]),
		[['contacts', 'create'], ['tags', 'create'], ['contacts', 'update'], ['contacts', 'delete']]);
	assert.ok(['1', '2'].includes(told[0].external_ids.event[0]), JSON.stringify(told));
	assert.deepEqual(told.slice(1).map((c) => c.external_ids), [undefined, { event: ['2'] }, { event: ['2'] }]);
	await good(boss.browser.post('/api/auth/organization/create-role', { role: 'narrow', permission:
		{ crm: ['read'], 'contacts.read': ['last_name'] } }));
	const seen = await changes((await member(boss, 'narrow')).browser);
	assert.deepEqual(seen.map(({ resource }) => resource), ['tags'], JSON.stringify(seen));
});

test('a row in the trash keeps its external IDs, and a purge deletes them', async () => {
	const { id } = await good(browser.post('/api/companies', { name: 'trash', external_ids: { trash: ['1'] } }), 201);
	const kept = () => sqlFor(boss.organization.id, `SELECT count(*) FROM crm.external_ids WHERE row_id = ${id}`)[0][0];
	const entry = async () => (await good(browser.get(`/api/trash${query({ filter: { row_id: id } })}`)))[0].id;
	await good(browser.delete(path('companies', id)));
	await good(browser.post(`/api/trash/${await entry()}/restore`));
	assert.deepEqual(await idsOf('companies', id), { trash: ['1'] });
	await good(browser.delete(path('companies', id)));
	assert.equal(kept(), '1');
	await good(browser.delete(`/api/trash/${await entry()}`));
	assert.equal(kept(), '0');
});

test('rows without a trash lose their external IDs with the last event about them', async () => {
	const { seq } = await good(browser.get('/api/changes'));
	const { id } = await good(browser.post('/api/sales', { email: `gone.${process.pid}@people.test`, first_name: 'G', last_name: 'G' }), 201);
	await good(put('sales', { hr: ['1'] }, 'PATCH', id));
	sqlFor(boss.organization.id, `DELETE FROM crm.sales WHERE id = ${id}`);
	await until(async () => (await good(browser.get(`/api/changes?after=${seq}`))).changes.some((c) => c.id === id && c.verb === 'delete'));
	const count = () => sqlFor(boss.organization.id, `SELECT count(*) FROM crm.external_ids WHERE row_id = ${id}`)[0][0];
	assert.equal(count(), '1');
	sqlFor(boss.organization.id, `UPDATE ops.change SET at = now() - interval '8 days' WHERE org_id = '${boss.organization.id}' AND row_id = '${id}'`);
	for (let n = 0; n < 50 && count() !== '0'; n++)
		sqlFor(boss.organization.id, 'SELECT ops.purge_changes(1000)');
	assert.equal(count(), '0');
});

test('rows without feed events lose their external IDs when they are deleted', async () => {
	const { id } = await good(browser.post('/api/pipelines', { name: 'gone', external_ids: { erp: ['gone'] } }), 201);
	const count = () => sqlFor(boss.organization.id, `SELECT count(*) FROM crm.external_ids WHERE row_id = ${id}`)[0][0];
	await good(browser.get('/api/changes'));
	assert.equal(count(), '1');
	await good(browser.delete(path('pipelines', id)));
	await until(async () => await good(browser.get('/api/changes')) && count() === '0');
});

test('a merge gives the winner the external IDs of both rows, and an undo restores them', async () => {
	const make = async (n) => (await good(browser.post('/api/contacts', { last_name: `m${n}`, external_ids: { merge: [`${n}`], [`own${n}`]: ['x'] } }), 201)).id;
	const [winner, loser] = [await make(1), await make(2)];
	const { mergeId } = await good(browser.post('/api/merge_contacts', { loserId: loser, winnerId: winner }));
	assert.deepEqual(await idsOf('contacts', winner), { merge: ['1', '2'], own1: ['x'], own2: ['x'] });
	assert.deepEqual(await find('contacts', { 'external_ids.merge': '2' }), [winner]);
	assert.equal((await good(upsert('contacts', 'external_ids.merge', { external_ids: { merge: ['2', '1'] } }))).id, winner);
	await good(browser.post(`/api/merges/${mergeId}/undo`));
	assert.deepEqual([await idsOf('contacts', winner), await idsOf('contacts', loser)],
		[{ merge: ['1'], own1: ['x'] }, { merge: ['2'], own2: ['x'] }]);
});

test('NDJSON exports contain external IDs if the request asks for them', async () => {
	const text = (await browser.get(`/api/companies/export${query({ embed: ['external_ids'], filter: { 'external_ids.list': '1' }, format: 'ndjson' })}`)).text;
	assert.deepEqual(JSON.parse(text).external_ids.list, ['1']);
});

test('a row of an upsert updates the row that an earlier row of the list created', async () => {
	const named = (key, more) => ({ ...more, external_ids: { twice: [key] } });
	const rs = await upsert('companies', 'external_ids.twice', [named('1', { name: 'X' }), named('1', { city: 'Y' }), named('1', { city: 'Y' }),
		named('2', { city: 'Y' }), named('1', { name: 'Z' }), named('2', { name: 'A' })]);
	assert.deepEqual(rs.json.results.map((r) => r.outcome), ['created', 'updated', 'unchanged', 'refused', 'updated', 'created'], rs.text);
	assert.deepEqual(rs.json.results[3].data.errors, { name: 'name: is required' });
	const { id } = rs.json.results[0];
	assert.deepEqual([1, 2, 4].map((n) => rs.json.results[n].id), [id, id, id]);
	const row = await browser.get(`/api/companies/${id}`);
	assert.deepEqual([row.json.name, row.json.city], ['Z', 'Y']);
	const again = await upsert('companies', 'external_ids.twice', [named('1', { city: 'V' }), named('1', { city: 'V' })]);
	assert.deepEqual(again.json.results.map((r) => r.outcome), ['updated', 'unchanged'], again.text);
	const tags = await upsert('tags', 'name', [{ name: 'Twice', color: '#abc' }, { name: 'twice' }]);
	assert.equal(tags.json.results[1].id, tags.json.results[0].id, tags.text);
});

test('an operation of a batch updates the row that an earlier operation created', async () => {
	const put = (keys, data) => ({ method: 'PUT', resource: 'companies', match: 'external_ids.pair', data: { ...data, external_ids: { pair: keys } } });
	const { results } = await good(browser.post('/api/batch', { operations: [put(['1'], { name: 'X' }), put(['1', '2'], { city: 'Y' }),
		put(['3'], { name: 'Other' }), put(['2'], { name: 'Z' })] }));
	assert.deepEqual(results.map(({ status }) => status), [201, 200, 201, 200]);
	const [{ data: { id } }, , { data: { id: other } }] = results;
	assert.deepEqual(results.map((r) => r.data.id), [id, id, other, id]);
	const row = await good(browser.get(path('companies', id)));
	assert.deepEqual([row.name, row.city], ['Z', 'Y']);
	const tag = (data) => ({ method: 'PUT', resource: 'tags', match: 'name', data: { name: 'Pair', ...data } });
	const tags = (await good(browser.post('/api/batch', { operations: [tag({ color: '#abc' }), tag({})] }))).results;
	assert.deepEqual(tags.map(({ status }) => status), [201, 200]);
	await refused(browser.post('/api/batch', { operations: [put(['4'], { city: 'Y' }), put(['4'], { name: 'X' })] }), 422, 'required', 'operations[0].name');
});
