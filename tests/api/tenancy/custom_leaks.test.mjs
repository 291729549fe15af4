// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_MCP_SQL=on
// Custom fields of each kind, hidden from a role: no place shows their values, and each place that names a field responds
// as for a field that does not exist.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { withoutNames } from '../lib/answers.mjs';
import { samples, sampled } from '../lib/custom_kinds.mjs';
import { send } from '../lib/http.mjs';
import { keyOf } from '../lib/mcp.mjs';
import { member, owner } from '../lib/people.mjs';

const SECRET = /hush77|77001122|2077-07-07|\+41 77/i;
let boss, resources, people;

const good = async (asked, status = 200) => {
	const rs = await asked;
	assert.equal(rs.status, status, rs.text);
	return rs.json;
};
const make = (resource, row) => good(boss.browser.post(`/api/${resource}`, row), 201);
const field = (resource, key, kind, more = {}) => make('field_definitions', { resource, key, kind, label: key, ...more });
const role = async (name, permission) => {
	await good(boss.browser.post('/api/auth/organization/create-role', { role: name, permission }));
	return member(boss, name);
};

// Defines the hidden fields of a resource, readable fields that follow from them, and a row with values.
async function define(resource, parts) {
	const other = (await make('companies', { name: 'Other' })).id;
	await field(resource, 'open', 'text');
	await field(parts, `of_${resource}`, 'relation', { refers: resource });
	const custom = { open: 'Visible' };
	for (const kind of Object.keys(samples)) {
		await field(resource, `h_${kind}`, kind, { ...(kind.startsWith('choice') && { choices: ['Gold77', 'x'] }), ...(kind.startsWith('relation') && { refers: 'companies' }),
			...(kind === 'rollup' && { relation: parts, function: 'sum', field: 'amount' }) });
		const value = await sampled(kind, { who: boss, other });
		if (value !== undefined)
			custom[`h_${kind}`] = value;
	}
	await field(resource, 'o_formula', 'text', { formula: "h_text & ' copied'" });
	await field(resource, 'o_part', 'text', { formula: 'h_address.city & h_file.title' });
	await field(resource, 'o_rollup', 'rollup', { relation: parts, function: 'max', field: 'amount' });
	const { id } = await make(resource, { name: 'Row', custom });
	await make(parts, { name: 'Part', custom: { [`of_${resource}`]: id, amount: 77001122 } });
	await good(boss.browser.patch(`/api/${resource}/${id}`, { custom: { h_text: 'Hush77 again' } }));
	return { resource, id, hidden: [...Object.keys(samples).map((kind) => `h_${kind}`), 'o_formula', 'o_part', 'o_rollup'] };
}

before(async () => {
	boss = await owner('leaks');
	const { resource: machines } = await make('object_definitions', { label: 'Machine', plural: 'Machines' }), { resource: parts } = await make('object_definitions', { label: 'Part', plural: 'Parts' });
	await field(parts, 'amount', 'integer');
	resources = [await define('companies', parts), await define(machines, parts)];
	const open = Object.fromEntries(resources.flatMap(({ resource }) => [[resource, ['read', 'create', 'update', 'export', 'import']],
		[`${resource}.read`, ['name', 'custom.open', 'custom.o_formula', 'custom.o_part', 'custom.o_rollup']], [`${resource}.update`, ['name', 'custom.open']]]));
	const narrow = await role('narrow', open), blind = await role('blind', { contacts: ['read'] }), own = await role('own', Object.fromEntries(resources.map(({ resource }) => [resource, ['read:own', 'create']])));
	const stranger = await owner('stranger'), key = await keyOf(boss, { contacts: ['read'] });
	const byKey = { browser: { get: (path) => send('GET', path, { headers: { 'x-api-key': key } }),
		post: (path, body) => send('POST', path, { headers: { 'x-api-key': key }, body }) } };
	people = { narrow, blind, own, stranger, byKey };
});

test('each kind of field has a sample', async () => {
	const { json } = await boss.browser.get('/api/catalogue');
	assert.deepEqual([...json.field_definitions.fields.kind.choices].sort(), Object.keys(samples).sort());
});

// Responses that may contain values of a row. "shows" is true if the owner sees the values there.
const places = (resource, id) => ({
	'a list': { path: resource, shows: true },
	'a row': { path: `${resource}/${id}`, shows: true },
	...(resource === 'companies' && { 'a list with deleted rows': { path: `${resource}?include=deleted`, shows: true } }),
	'rows by their IDs': { path: `${resource}/get-many`, body: { ids: [id] }, shows: true },
	'a filter of IDs': { path: `${resource}?filter={"id":[${id}]}`, shows: true },
	'a CSV file': { path: `${resource}/export?format=csv`, shows: true },
	'a file of JSON lines': { path: `${resource}/export?format=ndjson`, shows: true },
	'the history': { path: `${resource}/${id}/history`, shows: true },
	'an earlier version': { path: `${resource}/${id}/history?as_of=2999-01-01T00:00:00Z`, shows: true },
	'a batch': { path: `batch?get=/api/${resource}/${id}`, shows: true },
	'a bulk preview': { path: `${resource}/bulk`, body: { filter: { name: 'Row' }, set: { name: 'Row' }, preview: true } },
	'an embedded row': { path: `deals?embed=["company"]` },
	'the rows of all objects': { path: 'records' },
	'the search': { path: 'search?q=Hush77', shows: resource !== 'companies' },
	'the search by name': { path: 'search?q=Row' },
	'the changes': { path: 'changes?after=0' },
	'the audit log': { path: 'audit_log?filter={"action":"insert"}', shows: true },
	'the timeline': { path: 'timeline' },
	'the trash': { path: 'trash' },
	duplicates: { path: 'duplicates' },
	'bulk changes': { path: 'bulk_changes' },
	SQL: { path: '/mcp', body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'query',
		arguments: { sql: `SELECT * FROM ${resource === 'companies' ? 'companies' : 'records'}` } } } },
});

const at = (who, { path, body }) => {
	const url = path.startsWith('/') ? path : `/api/${path}`;
	return body ? who.browser.post(url, body) : who.browser.get(url);
};

test('no place shows a value to a caller who may not read the field', async () => {
	let seen = 0;
	for (const { resource, id } of resources)
		for (const [name, place] of Object.entries(places(resource, id))) {
			const shown = await at(boss, place);
			assert.ok(shown.status < 300, `${name}: ${shown.text}`);
			if (place.shows)
				assert.match(shown.text, SECRET, `the owner, ${name} of ${resource}`);
			for (const [caller, who] of Object.entries(people)) {
				const rs = await at(who, place);
				assert.ok(rs.status < 500, `${caller}, ${name}: ${rs.text}`);
				assert.doesNotMatch(rs.text.replace(/q=[^"]*/g, ''), SECRET, `${caller}, ${name} of ${resource}`);
				// The names of kinds without a secret, such as boolean.
				for (const key of ['h_boolean', 'h_choice', 'h_person', 'h_relation', 'h_rollup', 'o_rollup'])
					assert.ok(!rs.text.includes(`"${key}"`), `${caller}, ${name} of ${resource}: ${key}`);
				seen++;
			}
		}
	assert.ok(seen > 150);
});

// Places that name a field.
const namings = (resource, id) => ({
	'a filter': (key) => ({ path: `${resource}?filter=${JSON.stringify({ [`custom.${key}`]: null })}` }),
	'a filter of an operator': (key) => ({ path: `${resource}?filter=${JSON.stringify({ [`custom.${key}@gt`]: '5' })}` }),
	'a negated group': (key) => ({ path: `${resource}?filter=${JSON.stringify({ '@not': { [`custom->${key}`]: 1 } })}` }),
	'a filter of a related row': (key) => ({ path: `${resource}?filter=${JSON.stringify({ [`custom.${key}.name`]: 'Other' })}` }),
	'an order': (key) => ({ path: `${resource}?sort=["custom.${key}","ASC"]` }),
	fields: (key) => ({ path: `${resource}?fields=["custom.${key}"]` }),
	'a sum': (key) => ({ path: `${resource}/aggregate?values=["sum:custom.${key}"]` }),
	'a maximum': (key) => ({ path: `${resource}/aggregate?values=["max:custom.${key}"]` }),
	'a group': (key) => ({ path: `${resource}/aggregate?group=["custom.${key}"]` }),
	'columns of a file': (key) => ({ path: `${resource}/export?fields=["custom.${key}"]` }),
	'a selection of a bulk change': (key) => ({ path: `${resource}/bulk`, body: { filter: { [`custom.${key}`]: 'x' }, set: { name: 'x' }, preview: true } }),
});

test('a hidden field is like a field that does not exist in each place that names a field', async () => {
	const cleaned = (rs, key) => [rs.status, withoutNames(rs).replaceAll(key, 'FIELD')];
	let refused = 0;
	for (const { resource, id, hidden } of resources)
		for (const [name, naming] of Object.entries(namings(resource, id)))
			for (const key of hidden) {
				const [rs, unknown] = [await at(people.narrow, naming(key)), await at(people.narrow, naming('nothing'))];
				assert.deepEqual(cleaned(rs, key), cleaned(unknown, 'nothing'), `${name} of ${resource}: ${key}`);
				assert.doesNotMatch(unknown.text, /custom\.h_/, `${name} of ${resource}`);
				refused += rs.status >= 400 ? 1 : 0;
				assert.ok((await at(boss, naming('open'))).status < 500);
			}
	assert.ok(refused > 300, String(refused));
});

test('a hidden field is not written, imported or bulk changed, and a write does not return it', async () => {
	for (const { resource, id, hidden } of resources) {
		const before = (await good(boss.browser.get(`/api/${resource}/${id}`))).custom;
		for (const key of hidden.filter((k) => !['h_rollup', 'o_formula', 'o_part', 'o_rollup'].includes(k))) {
			const value = { h_boolean: false, h_choice: 'x', h_choices: ['x'], h_integer: 1, h_number: 1, h_money: 1, h_date: '2000-01-01', h_time: '2000-01-01T00:00:00Z',
				h_url: 'https://x.test', h_email: 'x@x.test' }[key] ?? (['h_person', 'h_relation'].includes(key) ? null : 'x');
			for (const rs of [await people.narrow.browser.patch(`/api/${resource}/${id}`, { custom: { [key]: value } }),
				await people.narrow.browser.post(`/api/${resource}/bulk`, { filter: { name: 'Row' }, set: { custom: { [key]: value } }, max: 5 })]) {
				assert.ok(rs.status >= 400 && rs.status < 500, `${key}: ${rs.text}`);
				assert.doesNotMatch(rs.text, SECRET);
			}
		}
		const changed = await good(people.narrow.browser.patch(`/api/${resource}/${id}`, { custom: { open: 'Changed' } }));
		assert.deepEqual(changed.custom, { open: 'Changed' });
		assert.deepEqual((await good(boss.browser.get(`/api/${resource}/${id}`))).custom, { ...before, open: 'Changed' });
	}
});
