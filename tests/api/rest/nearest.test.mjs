// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The refusal of a misspelt name names the nearest valid name and lists the valid ones: in parameters of lists and
// aggregates, in match, in parameters' names and in members of bodies. The tests misspell the names of each resource.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, openapi, operations, owner, query } from '../../lib/api.mjs';
import { switchModules } from '../../lib/rows.mjs';

const SHOWN = 20; // NEAREST_SHOWN in fcgi/http/nearest.h
let who, document, lists, rows;

before(async () => {
	who = await owner('Nearest');
	await switchModules(who, true);
	document = await openapi();
	lists = operations(document).filter(({ method, path, resource }) => method === 'GET' && path === `/api/${resource}`).map(({ resource }) => resource);
	rows = Object.fromEntries(lists.map((resource) => [resource, Object.keys(document.components.schemas[resource]?.properties ?? {})]));
});

const get = (path, parameters) => ask('GET', path + query(parameters), { token: who.token });
// Returns a name with one letter less that is not a valid name.
const misspell = (name, names) => [1, 2, 3, 4].map((n) => name.slice(0, n) + name.slice(n + 1)).find((text) => text !== name && !names.includes(text));
const some = (names, n) => names.filter((name, i) => name.length > 3 && i % 5 === n % 5);

// Checks that a list is bounded, and begins with the name or with an equally similar name.
function listed(text, name, about) {
	const names = text.split(', ');
	assert.ok(names.includes(name), `${about} does not list ${name}: ${text}`);
	assert.ok(names.slice(0, 3).includes(name), `${about} lists other names before ${name}: ${text}`);
	assert.ok(names.length <= SHOWN + 1 && names.length === new Set(names).size, `${about}: ${text}`);
}

// Sends a request with a name, and if the API accepts the name, with the misspelt name.
async function misspelt(resource, path, param, name, put, form) {
	const right = await get(path, { [param]: put(name) });
	if (right.status !== 200)
		return 0;
	const about = `${path}?${param} ${name}`, rs = await get(path, { [param]: put(misspell(name, rows[resource])) });
	assert.ok([400, 422].includes(rs.status), `${about}: ${rs.status} ${rs.text}`);
	const [text] = Object.values(rs.json.errors);
	assert.match(text, form, about);
	listed(text.replace(/^.*(:| are) /, ''), name, about);
	return 1;
}

test('a misspelt field in sort, fields and filter is refused with the nearest fields', async () => {
	let tried = 0;
	for (const [n, resource] of lists.entries())
		for (const name of some(rows[resource], n)) {
			const path = `/api/${resource}`;
			tried += await misspelt(resource, path, 'sort', name, (text) => [text, 'ASC'], /cannot be sorted by "\w+"; possible fields, the nearest first: /);
			tried += await misspelt(resource, path, 'fields', name, (text) => [text], /have no "\w+"; known names, the nearest first: /);
			tried += await misspelt(resource, path, 'filter', name, (text) => ({ [`${text}@is`]: null }), /cannot be filtered by this; possible names, the nearest first: /);
		}
	assert.ok(tried > 400, `${tried}`);
});

test('a misspelt name in embed is refused with the names that the resource can embed', async () => {
	let tried = 0;
	for (const resource of lists) {
		const rs = await get(`/api/${resource}`, { embed: ['nonesuch'] });
		const names = rs.json.errors.embed.replace(/^.*: /, '').split(', ');
		assert.ok(names.includes('etag'), rs.text);
		for (const name of names)
			tried += await misspelt(resource, `/api/${resource}`, 'embed', name, (text) => [text], /have no "\w+"; known names, the nearest first: /);
	}
	assert.ok(tried > 100, `${tried}`);
});

test('a misspelt group, function, output or operator of aggregates is refused with the nearest ones', async () => {
	let tried = 0;
	for (const [n, resource] of lists.entries())
		for (const name of some(rows[resource], n)) {
			const path = `/api/${resource}/aggregate`, possible = /cannot be aggregated by "[\w:]+"; possible values, the nearest first: /;
			tried += await misspelt(resource, path, 'group', name, (text) => [text], possible);
			tried += await misspelt(resource, path, 'group', `${name}:month`, (text) => [text], possible);
			for (const f of ['max', 'sum'])
				tried += await misspelt(resource, path, 'values', `${f}:${name}`, (text) => [text], possible);
		}
	assert.ok(tried > 400, `${tried}`);
	const refused = async (parameters, path, ...names) => {
		const rs = await get('/api/deals/aggregate', parameters);
		assert.equal(rs.status, names.length > 0 ? rs.status : 200, rs.text);
		for (const name of names)
			assert.ok(rs.json.errors[path].includes(name), rs.text);
	};
	const values = ['sum:amount', 'count'];
	await refused({ values, sort: ['sum_amont', 'DESC'] }, 'sort', 'sum_amount, count');
	await refused({ values, group: ['stage'], having: { 'cuont@gt': 1 } }, 'having', 'count, sum_amount');
	await refused({ values, group: ['stage'], having: { stge: 1 } }, 'having', 'count');
	await refused({ values, having: { 'count@gtt': 1 } }, 'having', 'gt, gte');
	await refused({ group: ['company.sectr'] }, 'group', 'company.sector');
	await refused({ group: ['compnay.sector'] }, 'group', 'company.sector');
});

test('a misspelt relation or operator of a filter is refused with the nearest ones', async () => {
	for (const [filter, member, form] of [
		[{ 'compnay.name': 'x' }, 'compnay.name', /first: company\.name, /],
		[{ 'company.nmae': 'x' }, 'company.nmae', /companies cannot .* first: name, /],
		[{ 'tasls.any.type': 'call' }, 'tasls.any.type', /first: tasks\.any\.type, /],
		[{ 'tasks.an': {} }, 'tasks.an', /first: tasks\.any, /],
		[{ '@or': [{ frist_name: 'x' }] }, '@or.0.frist_name', /first: first_name, /],
		[{ 'last_name@ilke': 'x' }, 'last_name@ilke', /known operators: ilike, /],
		[{ 'last_name@not.ilke': 'x' }, 'last_name@not.ilke', /known operators: ilike, /],
		[{ 'metadata.x@gt': 'x' }, 'metadata.x@gt', /known operators: (?!.*gte)/],
		[{ 'external_ids.erp@like': 'x' }, 'external_ids.erp@like', /known operators: (?!.*like)/],
	]) {
		const rs = await get('/api/contacts', { filter });
		assert.equal(rs.status, 400, rs.text);
		assert.match(rs.json.errors[member], form, rs.text);
	}
});

test('a misspelt custom field is refused with the nearest custom fields', async () => {
	for (const key of ['seats', 'region'])
		assert.equal((await ask('POST', '/api/field_definitions', { token: who.token, body: { resource: 'companies', key, label: key, kind: 'text' } })).status, 201);
	for (const [path, parameters] of [['', { sort: ['custom.seets', 'ASC'] }], ['', { filter: { 'custom.seets': 'x' } }], ['', { fields: ['custom.seets'] }],
		['/aggregate', { group: ['custom.seets'] }], ['/aggregate', { values: ['max:custom.seets'] }]]) {
		const rs = await get(`/api/companies${path}`, parameters);
		assert.match(Object.values(rs.json.errors)[0], / (max:)?custom\.seats, /, rs.text);
	}
});

test('an impossible match lists the possible ones, or says that the resource has none', async () => {
	let tried = 0, impossible = 0;
	for (const { method, path, resource } of operations(document)) {
		if (method !== 'PUT' || path !== `/api/${resource}`)
			continue;
		const rs = await ask('PUT', `${path}?match=nonesuch`, { token: who.token, body: {} });
		if (rs.json.code === 'match_impossible') {
			assert.match(rs.json.errors.match, new RegExp(`^match: rows of ${resource} cannot be matched`), rs.text);
			impossible++;
			continue;
		}
		assert.match(rs.json.errors.match, /^match: must name a unique field, one of [a-z]/, rs.text);
		const names = rs.json.arguments[0].split(', ').filter((name) => !/KEY|SOURCE/.test(name));
		for (const name of names)
			listed((await ask('PUT', `${path}?match=${misspell(name, names)}`, { token: who.token, body: {} })).json.arguments[0], name, path);
		tried++;
	}
	assert.ok(tried > 20, `${tried}`);
	assert.ok(impossible < tried, `${impossible}`);
	assert.match((await ask('PUT', '/api/companies?match=custom.nonesuch', { token: who.token, body: { name: 'x', custom: { nonesuch: 1 } } })).text, /must name a unique field/);
});

test('a misspelt parameter is refused with the nearest one and the others', async () => {
	let tried = 0;
	for (const { method, path, operation } of operations(document)) {
		const names = (operation.parameters ?? []).filter((p) => p.in === 'query').map((p) => p.name);
		if (method !== 'GET' || path.includes('{') || path.startsWith('/api/auth/') || operation['x-secret'] || names.length === 0)
			continue;
		const name = names[tried % names.length], rs = await get(path, { [`${name}x`]: '1' });
		if (rs.json?.code !== 'unknown_param')
			continue;
		assert.ok(rs.json.errors[`${name}x`].includes(`similar name: ${name}; known parameters: ${name}`), rs.text);
		tried++;
	}
	assert.ok(tried > 60, `${tried}`);
});

test('an unknown member of a body is refused with similar members, or with the known ones', async () => {
	let tried = 0;
	for (const { method, path, operation } of operations(document)) {
		const schema = operation.requestBody?.content['application/json']?.schema;
		const { properties } = (schema?.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)] : schema?.allOf ? document.components.schemas[schema.allOf[0].$ref.split('/').at(-1)] : schema) ?? {};
		if (method !== 'POST' || path.includes('{') || !path.startsWith('/api/') || path.startsWith('/api/auth/') || !properties)
			continue;
		const names = Object.keys(properties), name = names.find((text) => text.length > 3 && misspell(text, names));
		for (const [wrong, near] of [[name && misspell(name, names), name], ['zzzzzzzzzzzzzzzz', names[0]]]) {
			if (!wrong)
				continue;
			const rs = await ask('POST', path, { token: who.token, body: { [wrong]: '1' } });
			if (!rs.json?.errors?.[wrong])
				continue;
			assert.match(rs.json.errors[wrong], new RegExp(`(similar|known) names: (.*, )?${near === names[0] && wrong.startsWith('zz') ? '' : near}`), `${path} ${rs.text}`);
			assert.ok(rs.json.errors[wrong].split(', ').length <= SHOWN + 1, rs.text);
			tried++;
		}
	}
	assert.ok(tried > 100, `${tried}`);
});

test('an unknown member inside of an object is refused with the known members, the nearest first', async () => {
	for (const [body, member, form] of [[{ phone_jsonb: [{ numbr: '1' }] }, 'phone_jsonb.0.numbr', /known names: number, type$/],
		[{ email_jsonb: [{ email: 'a@example.org', tpe: 'Work' }] }, 'email_jsonb.0.tpe', /known names: type, email$/]])
		assert.match((await ask('POST', '/api/contacts', { token: who.token, body })).json.errors[member], form);
	const rs = await ask('POST', '/api/appointments', { token: who.token, body: { title: 'x', starts_at: '2030-01-01T10:00:00Z', ends_at: '2030-01-01T11:00:00Z', attendees: [{ emial: 'a@example.org' }] } });
	assert.match(rs.json.errors['attendees.0.emial'], /known names: email, /, rs.text);
});
