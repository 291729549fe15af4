// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Each condition that the OpenAPI document lists for a filter is accepted, including those on custom fields.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, operations, owner, query, sampled } from '../../lib/api.mjs';
import { switchModules } from '../../lib/rows.mjs';

let who, document;

before(async () => {
	who = await owner('Conditions');
	await switchModules(who, true);
	for (const kind of ['text', 'integer', 'number', 'date', 'time', 'boolean', 'url']) {
		const rs = await ask('POST', '/api/field_definitions', { token: who.token,
			body: { resource: 'contacts', key: `of_${kind}`, kind, label: `Field ${kind}` } });
		assert.equal(rs.status, 201, rs.text);
	}
	document = (await ask('GET', '/api/openapi.json', { token: who.token })).json;
});

// Returns a value with this schema.
function fitting(schema) {
	const one = schema.oneOf ? schema.oneOf[0] : schema;
	const type = [one.type].flat()[0];
	if (one.$ref)
		return one.$ref.endsWith('.filter') ? {} : fitting(document.components.schemas[one.$ref.split('/').at(-1)]);
	if (one.enum)
		return one.enum[0];
	if (type === 'array')
		return one.items && Object.keys(one.items).length > 0 ? [fitting(one.items)] : [];
	return { integer: 1, number: 1.5, boolean: true, object: {}, string: { date: '2026-01-31', 'date-time': '2026-01-31T12:00:00Z' }[one.format] ?? 'x' }[type] ?? {};
}

const conditionsOf = (resource) => Object.entries(document.components.schemas[`${resource}.filter`].properties);

test('each condition of a filter is accepted', async () => {
	const lists = operations(document).filter((o) => o.resource && !o.other && !o.one && !o.file && o.method === 'GET');
	assert.ok(lists.length > 80);
	const refused = [];
	let sent = 0;
	const accepts = async (path, conditions) => {
		const rs = await ask('GET', path + query({ filter: Object.fromEntries(conditions), range: [0, 0] }), { token: who.token });
		sent += conditions.length;
		if (rs.status === 200)
			return;
		if (conditions.length === 1)
			refused.push(`${path} ${conditions[0][0]} ${rs.text}`);
		else
			for (const one of conditions)
				await accepts(path, [one]);
	};
	for (const { path, resource } of lists) {
		const all = conditionsOf(resource).map(([name, schema]) => [name, fitting(schema)]);
		for (let at = 0; at < all.length; at += 15)	// patterns may have 20 words
			await accepts(path, all.slice(at, at + 15));
	}
	assert.ok(sent > 7000, `${sent}`);
	assert.deepEqual(refused, []);
});

test('the conditions on custom fields are listed, with the label of the field', () => {
	const { 'contacts.filter': { properties } } = document.components.schemas;
	assert.equal(properties['custom.of_integer@gte'].description, 'Field integer is at least this value.');
	assert.equal(properties['last_name@ilike'].description, 'Last name contains each of these words, in any case.');
	assert.equal(properties['custom@is'], undefined, 'the values as a whole are no condition');
});

test('the fields of related rows that sort lists are those by which a list can be sorted', async () => {
	const lists = operations(document).filter((o) => o.resource && !o.other && !o.one && !o.file && o.method === 'GET');
	const sorts = (resource) => document.components.schemas[`${resource}.sort`].prefixItems[0].enum;
	const pairs = lists.flatMap(({ path, resource }) => conditionsOf(resource).flatMap(([name, { $ref }]) => {
		const other = $ref?.match(/schemas\/(.*)\.filter$/)?.[1];
		return !other || /^@|\.(any|none)$/.test(name) ? [] : sorts(other).filter((field) => !field.includes('.')).map((field) => [path, resource, `${name}.${field}`]);
	}));
	assert.ok(pairs.length > 1000, `${pairs.length}`);
	assert.ok(sorts('contacts').includes('company.name'));
	assert.deepEqual(lists.flatMap(({ resource }) => sorts(resource).filter((name) => name.includes('.') && !name.startsWith('custom.')
		&& !pairs.some(([, of, listed]) => of === resource && listed === name))), []);
	const wrong = [];
	for (const [path, resource, name] of sampled(pairs, 5)) {
		const rs = await ask('GET', path + query({ sort: [name, 'ASC'], range: [0, 0] }), { token: who.token });
		if (![200, 400].includes(rs.status) || (rs.status === 200) !== sorts(resource).includes(name))
			wrong.push(`${path} ${name}: ${rs.status}`);
	}
	assert.deepEqual(wrong, []);
});
