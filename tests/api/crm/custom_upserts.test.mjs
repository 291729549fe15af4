// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Upserts by a unique custom field.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { query } from '../../lib/api.mjs';
import { rowsOf, sample } from '../../lib/rows.mjs';
import { sqlFor } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { keyOf } from '../lib/mcp.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, browser, rows, object, resources;

const good = async (asked, status = 200, about = '') => {
	const rs = await asked;
	assert.equal(rs.status, status, `${about} ${rs.text}`);
	return rs.json;
};
const refused = async (asked, status, code, field, about = '') => {
	const rs = await asked;
	assert.equal(rs.status, status, `${about} ${rs.text}`);
	assert.equal(rs.json.code, code, `${about} ${rs.text}`);
	assert.ok(rs.json.errors[field], `${about} ${rs.text}`);
	return rs.json;
};
const upsert = (resource, key, body, who = browser) => who.put(`/api/${resource}?match=custom.${key}`, body);
const operation = (resource, key, data) => ({ method: 'PUT', resource, match: `custom.${key}`, data });
const batch = (operations, who = browser) => who.post('/api/batch', { operations });
const define = (resource, key, kind, more = {}) => good(browser.post('/api/field_definitions', { resource, key, kind, label: key, ...more }), 201, resource);
const rowsWith = async (resource, key, value) => (await good(browser.get(`/api/${resource}${query({ filter: { [`custom.${key}@ilike`]: value } })}`))).map(({ id }) => id);
const body = (resource, mark) => resource === object ? { name: mark } : sample(resource, mark, rows);

before(async () => {
	boss = await owner('matched');
	({ browser } = boss);
	await browser.put('/api/modules/b2b', { enabled: true });
	rows = await rowsOf(boss, 'matched');
	object = (await good(browser.post('/api/object_definitions', { label: 'Ship', plural: 'Ships', key: 'ship' }), 201)).resource;
	resources = [...new Set(sqlFor(boss.organization.id, "SELECT name FROM ops.resource WHERE description->>'custom' = 'true' AND name <> 'records'").flat()), object];
	assert.ok(resources.length > 5, `${resources}`);
	for (const resource of resources)
		await define(resource, 'code', 'text', { is_unique: true });
});

test('an upsert of each resource with custom fields creates a row, finds it again and changes it', async () => {
	for (const resource of resources) {
		const made = await good(upsert(resource, 'code', { ...body(resource, 'upserted'), custom: { code: 'Alpha' } }), 201, resource);
		assert.deepEqual([made.outcome, made.data.id, made.data.custom.code], ['created', made.id, 'Alpha'], resource);
		const same = await good(upsert(resource, 'code', { custom: { code: 'Alpha' } }), 200, resource);
		assert.deepEqual([same.outcome, same.id], ['unchanged', made.id], resource);
		const { results } = await good(upsert(resource, 'code', [{ custom: { code: 'ALPHA' }, metadata: { a: 1 } },
			{ ...body(resource, 'second'), custom: { code: 'Beta' } }, { metadata: { a: 2 }, custom: { code: 'beta' } },
			{ custom: {} }, { custom: null }, { custom: { code: '' } }, { custom: { code: 7 } }, { custom: { code: 'x'.repeat(2001) } }]), 200, resource);
		assert.deepEqual(results.map(({ outcome, data }) => [outcome, data.code, ...Object.keys(data.errors ?? {})]), [['updated', undefined], ['created', undefined],
			['updated', undefined], ...Array(3).fill(['refused', 'required', 'custom.code']), ['refused', 'value_text', 'custom.code'],
			['refused', 'too_many_characters', 'custom.code']], resource);
		assert.equal(results[0].id, made.id);
		assert.equal(results[2].id, results[1].id);
		const all = (await good(batch([operation(resource, 'code', { custom: { code: 'alpha' } }), operation(resource, 'code', { ...body(resource, 'third'), custom: { code: 'Gamma' } }),
			operation(resource, 'code', { metadata: { a: 3 }, custom: { code: 'GAMMA' } })]), 200, resource)).results;
		assert.deepEqual(all.map(({ status }) => status), [200, 201, 200], resource);
		assert.deepEqual([all[0].data.id, all[2].data.id, all[2].data.custom.code], [made.id, all[1].data.id, 'GAMMA'], resource);
		assert.equal((await rowsWith(resource, 'code', 'gamma')).length, 1, resource);
	}
});

test('values of each kind are compared as the field stores them', async () => {
	const person = (await browser.get('/api/sales')).json[0].id;
	for (const [kind, one, ...others] of [['integer', 7, '7', 7.0], ['number', 1.5, '1.50'], ['money', 10, '10.00'], ['date', '2027-01-31', '2027-01-31'],
		['time', '2027-01-31T09:00:00Z', '2027-01-31T10:00:00+01:00'], ['email', 'a@Example.org', 'A@example.ORG'], ['url', 'https://example.org/A', 'https://example.org/a'],
		['phone', '+41 44', '+41 44'], ['choice', 'red', 'red'], ['person', person, String(person)]]) {
		await define('companies', `by_${kind}`, kind, { is_unique: true, ...(kind === 'choice' && { choices: ['red', 'green'] }) });
		const { id } = await good(upsert('companies', `by_${kind}`, { name: kind, custom: { [`by_${kind}`]: one } }), 201, kind);
		for (const other of others)
			assert.equal((await good(upsert('companies', `by_${kind}`, { custom: { [`by_${kind}`]: other } }), 200, kind)).id, id, kind);
	}
	await refused(upsert('companies', 'by_integer', { name: 'x', custom: { by_integer: 'seven' } }), 422, 'value_integer', 'custom.by_integer');
	await refused(batch([operation('companies', 'by_integer', { name: 'x', custom: { by_integer: 8 } }),
		operation('companies', 'by_integer', { name: 'x', custom: { by_integer: 1.5 } })]), 422, 'value_integer', 'operations[1].custom.by_integer');
	assert.deepEqual((await good(browser.get(`/api/companies${query({ filter: { 'custom.by_integer': 8 } })}`))), []);
});

test('of concurrent upserts of one value, one creates the row and the others find it', async () => {
	for (const resource of resources)
		for (const built of [true, false]) {
			const code = `race ${built}`, row = { ...body(resource, code), custom: { code } };
			if (!built) // the index is still being built
				sqlFor(boss.organization.id, `UPDATE crm.field_definitions SET indexed_at = NULL WHERE org_id = '${boss.organization.id}' AND key = 'code'`);
			const asked = await Promise.all(Array.from({ length: 9 }, (_, n) => [() => upsert(resource, 'code', row), () => upsert(resource, 'code', [row]),
				() => batch([operation(resource, 'code', row)])][n % 3]()));
			const results = asked.map(({ json }) => json.results?.[0] ?? json);
			assert.ok(results.every(({ status }) => status === 200 || status === 201), JSON.stringify(results));
			assert.equal(results.filter(({ status }) => status === 201).length, 1, JSON.stringify(results));
			assert.equal(new Set(results.map(({ data }) => data.id)).size, 1, resource);
			sqlFor(boss.organization.id, `UPDATE crm.field_definitions SET indexed_at = now() WHERE org_id = '${boss.organization.id}' AND key = 'code'`);
		}
});

test('fields without unique values are refused with a list of the unique fields', async () => {
	await define('contacts', 'plain', 'text');
	await define('contacts', 'made', 'text', { formula: "custom.plain", is_unique: true });
	for (const key of ['plain', 'made', 'nonesuch', '', 'code.x']) {
		const told = await refused(upsert('contacts', key, { last_name: 'x', custom: { [key]: 'x' } }), 422, 'match_unknown', 'match', key);
		assert.deepEqual(told.arguments[0].split(', ').sort(), ['custom.code', 'email_jsonb', 'external_ids.SOURCE'], key);
	}
	const other = await browser.put('/api/contacts?match=last_name', { last_name: 'x' });
	assert.deepEqual(other.json.arguments[0].split(', ').sort(), ['custom.KEY', 'email_jsonb', 'external_ids.SOURCE'], other.text);
	await refused(batch([operation('tags', 'code', { name: 'x', custom: { code: '1' } })]), 422, 'match_unknown', 'operations[0].match');
	await refused(batch([operation('companies', 'code', { name: 'x', custom: { code: '1' } }), operation('contacts', 'plain', { last_name: 'x', custom: { plain: '1' } })]),
		422, 'match_unknown', 'operations[1].match');
	await refused(upsert('contacts', 'plain', [{ last_name: 'x', custom: { plain: '1' } }]), 422, 'match_unknown', 'match');
});

test('a hidden field does not identify rows, and the value of a hidden row is not shown', async () => {
	const company = await good(upsert('companies', 'code', { name: 'Hidden', custom: { code: 'hidden' } }), 201);
	const { id } = await good(upsert('contacts', 'code', { ...body('contacts', 'hidden'), custom: { code: 'hidden' } }), 201);
	await good(browser.post('/api/auth/organization/create-role', { role: 'blind', permission: { companies: ['read', 'create', 'update'], 'companies.read': ['name'], 'companies.update': ['name', 'custom.code'],
		contacts: ['read:own', 'create', 'update:own'] } }));
	await define('companies', 'other', 'text');
	await good(browser.post('/api/auth/organization/create-role', { role: 'half', permission: { companies: ['read', 'create', 'update'],
		'companies.read': ['name', 'custom.other'], 'companies.update': ['name', 'custom.code', 'custom.other'] } }));
	const [blind, half] = [await member(boss, 'blind'), await member(boss, 'half')];
	const seen = await good(blind.browser.get(`/api/companies/${company.id}`));
	assert.ok(!('custom' in seen), JSON.stringify(seen));
	for (const [code, { browser: as }] of ['hidden', 'free'].flatMap((one) => [[one, blind], [one, half]])) {
		const sent = { name: 'x', custom: { code } };
		const answers = await Promise.all([upsert('companies', 'code', sent, as), upsert('companies', 'code', [sent], as),
			batch([operation('companies', 'code', sent)], as)]);
		for (const rs of answers) {
			assert.equal(rs.status, 422, rs.text);
			assert.equal(rs.json.code, 'match_unknown', rs.text);
			assert.ok(!rs.text.includes('custom.') && !rs.text.includes(company.id), rs.text);
		}
		assert.equal(new Set(answers.map(({ text }) => text.replace(/urn:[^"]*/, ''))).size, 2);
	}
	assert.equal((await good(browser.get(`/api/companies/${company.id}`))).name, 'Hidden');
	// The row exists, but the caller cannot see it.
	for (const asked of [upsert('contacts', 'code', { last_name: 'mine', custom: { code: 'HIDDEN' } }, blind.browser),
		batch([operation('contacts', 'code', { last_name: 'mine', custom: { code: 'HIDDEN' } })], blind.browser)]) {
		const rs = await asked;
		assert.deepEqual([rs.status, rs.json.code], [409, 'taken'], rs.text);
		assert.ok(!rs.text.includes(id), rs.text);
	}
	const stranger = await owner('unmatched');
	await refused(upsert('contacts', 'code', { last_name: 'x', custom: { code: 'hidden' } }, stranger.browser), 422, 'match_unknown', 'match');
});

test('API keys need the permissions to create and to update', async () => {
	const as = async (actions, sent) => send('PUT', '/api/companies?match=custom.code', { headers: { 'x-api-key': await keyOf(boss, { companies: actions }) }, body: sent });
	for (const sent of [{ name: 'key', custom: { code: 'by key' } }, [{ name: 'key', custom: { code: 'by key' } }]])
		assert.equal((await as(['read'], sent)).status, 403);
	assert.deepEqual(await rowsWith('companies', 'code', 'by key'), []);
	assert.equal((await as(['write'], { name: 'key', custom: { code: 'by key' } })).json.outcome, 'created');
});

test('an operation of a batch finds the row of an earlier operation whose value only differs in case', async () => {
	const tag = (name, more) => ({ method: 'PUT', resource: 'tags', match: 'name', data: { name, ...more } });
	const { results } = await good(batch([{ method: 'POST', resource: 'tags', data: { name: 'Spelled', color: '#abc' } }, tag('SPELLED', { color: '#def' }), tag('spelled')]));
	assert.deepEqual(results.map(({ status }) => status), [201, 200, 200]);
	assert.equal(new Set(results.map(({ data }) => data.id)).size, 1);
	assert.deepEqual([results[2].data.name, results[2].data.color], ['spelled', '#def']);
	const code = (value, more) => ({ method: 'POST', resource: 'companies', data: { name: value, custom: { code: value }, ...more } });
	const companies = (await good(batch([code('Mixed'), operation('companies', 'code', { city: 'Basel', custom: { code: 'mIXED' } })]))).results;
	assert.deepEqual([companies[1].status, companies[1].data.id, companies[1].data.city], [200, companies[0].data.id, 'Basel']);
});
