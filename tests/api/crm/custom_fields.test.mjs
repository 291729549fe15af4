// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Custom fields, and their values in rows.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { samples, sampled } from '../lib/custom_kinds.mjs';
import { member, owner } from '../lib/people.mjs';

let who;
const define = async (resource, key, kind, more = {}) => {
	const rs = await who.browser.post('/api/field_definitions', { resource, key, kind, label: key, ...more });
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const make = async (resource, row) => {
	const rs = await who.browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const list = (resource, query) => who.browser.get(`/api/${resource}?${new URLSearchParams(Object.entries(query)
	.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]))}`);
const ids = async (resource, query) => {
	const rs = await list(resource, query);
	assert.equal(rs.status, 200, rs.text);
	return rs.json.map(({ id }) => id);
};
const refused = async (rs, status, field, detail) => {
	const { status: was, json, text } = await rs;
	assert.equal(was, status, text);
	assert.ok(json.errors && field in json.errors, text);
	if (detail) assert.match(json.errors[field], detail);
};

before(async () => {
	who = await owner('custom');
	await who.browser.put('/api/modules/b2b', { enabled: true });
});

test('a field accepts only values of its kind', async () => {
	const other = await make('companies', { name: 'Principal' });
	const kinds = {
		text: ['Gate 7', 'x'.repeat(2001), 7],
		longtext: ['Two\nlines', 'x'.repeat(20001), {}],
		integer: [7, 7.5, 'seven'],
		number: [7.25, 'seven', []],
		money: [12.5, 12.345, 'a lot'],
		date: ['2027-01-31', '2027-02-30', 'soon'],
		time: ['2027-01-31T09:00:00.000Z', '2027-01-31T29:00:00Z', 5],
		boolean: [true, 'yes', 1],
		choice: ['red', 'blue', 3],
		choices: [['red', 'green'], ['red', 'blue'], 'red', Array(501).fill('red')],
		url: ['https://example.org/a', 'javascript:alert(1)', 4],
		email: ['a@example.org', 'nobody', {}],
		phone: ['+41 44 123 45 67', 5, {}],
		person: [(await who.browser.get('/api/sales')).json[0].id, 1, 'me'],
		relation: [other.id, 1, 'x'],
		relations: [[other.id], [1], ['x'], other.id, Array(101).fill(other.id)],
	};
	for (const kind of Object.keys(kinds))
		await define('companies', `k_${kind}`, kind, {
			...(kind.startsWith('choice') && { choices: ['red', 'green'] }),
			...(kind.startsWith('relation') && { refers: 'companies' }),
		});
	const all = Object.fromEntries(Object.entries(kinds).map(([kind, [value]]) => [`k_${kind}`, value]));
	const { id, custom } = await make('companies', { name: 'All', custom: all });
	assert.deepEqual(custom, all);
	assert.deepEqual((await who.browser.get(`/api/companies/${id}`)).json.custom, all);
	for (const [kind, [, ...wrong]] of Object.entries(kinds))
		for (const value of wrong) await refused(who.browser.post('/api/companies', { name: 'Wrong', custom: { [`k_${kind}`]: value } }), 422,
			`custom.k_${kind}${kind === 'relations' && value.length === 1 ? '.0' : kind === 'choices' && value[1] === 'blue' ? '.1' : ''}`);
	// The OpenAPI document has the limits of texts and lists, and values above them are refused.
	const { schemas } = (await who.browser.get('/api/openapi.json')).json.components, limited = [];
	for (const [name, { type, format, maxItems, maxLength, items, description }] of Object.entries(schemas.companies.properties.custom.properties)) {
		assert.ok(description, name);
		const most = type?.includes('array') ? maxItems : type?.includes('string') && !format ? maxLength : undefined;
		if (most === undefined) {
			assert.ok(!type || !type.some((one) => one === 'array' || one === 'string' && !format), `${name} has no limit`);
			continue;
		}
		const value = type.includes('array') ? Array(most + 1).fill(items.enum?.[0] ?? other.id) : 'https://x.test/'.padEnd(most + 1, '1');
		const rs = await who.browser.patch(`/api/companies/${id}`, { custom: { [name]: value } });
		assert.equal(rs.status, 422, rs.text);
		assert.match(rs.json.errors[`custom.${name}`], name === 'k_email' || name === 'k_phone' ? /./ : new RegExp(`at most ${most} (elements|characters)$`));
		assert.equal((schemas['companies.filter'].properties[`custom.${name}@cs`] ?? { maxItems }).maxItems, maxItems);
		limited.push(name);
	}
	assert.deepEqual(limited.sort(), ['choices', 'email', 'longtext', 'phone', 'relations', 'text', 'url'].map((kind) => `k_${kind}`));
	const both = await who.browser.patch(`/api/companies/${id}`, { custom: { k_choices: ['blue', 'red', 3], k_choice: 'blue' } });
	assert.deepEqual(Object.keys(both.json.errors).sort(), ['custom.k_choice', 'custom.k_choices.0', 'custom.k_choices.2']);
	for (const [kind, [value]] of Object.entries(kinds)) {
		const lists = Array.isArray(value);
		const filter = lists ? { [`custom.k_${kind}@cs`]: [value[0]] } : { [`custom.k_${kind}`]: value };
		assert.deepEqual(await ids('companies', { filter }), [id], kind);
		if (!lists) assert.equal((await ids('companies', { sort: [`custom.k_${kind}`, 'ASC'] }))[0], id, kind);
	}
	assert.deepEqual(await ids('companies', { filter: { 'custom->k_integer@gte': 7, 'custom.k_text@ilike': 'gate' } }), [id]);
	assert.ok(!(await ids('companies', { filter: { 'custom.k_text@is': null } })).includes(id));
	assert.equal((await list('companies', { filter: { 'custom.nothing': 1 } })).status, 400);
	assert.equal((await list('companies', { sort: ['custom.nothing', 'ASC'] })).status, 400);
});

test('a change keeps the values of fields that it does not contain', async () => {
	await define('deals', 'one', 'text');
	await define('deals', 'two', 'text');
	const { id } = await make('deals', { name: 'D', stage: 'opportunity', custom: { one: 'a', two: 'b' } });
	assert.deepEqual((await who.browser.patch(`/api/deals/${id}`, { custom: { one: 'c' } })).json.custom, { one: 'c', two: 'b' });
	assert.deepEqual((await who.browser.put(`/api/deals/${id}`, { name: 'D', custom: { two: null } })).json.custom, { one: 'c' });
	assert.deepEqual((await who.browser.patch(`/api/deals/${id}`, { name: 'E' })).json.custom, { one: 'c' });
	await refused(who.browser.patch(`/api/deals/${id}`, { custom: { three: 1 } }), 422, 'custom.three');
	await refused(who.browser.patch(`/api/deals/${id}`, { custom: 'one' }), 422, 'custom');
});

test('defaults and required fields apply only to new rows', async () => {
	const contact_id = (await make('contacts', { last_name: 'T' })).id;
	const { id } = await make('tasks', { text: 'Before', contact_id });
	await define('tasks', 'place', 'text', { default_value: 'Office' });
	await define('tasks', 'room', 'integer', { required: true, minimum: 1, maximum: 9 });
	await refused(who.browser.post('/api/tasks', { text: 'No room', contact_id }), 422, 'custom.room', /required/);
	await refused(who.browser.post('/api/tasks', { text: 'Room', contact_id, custom: { room: 10 } }), 422, 'custom.room', /between 1 and 9/);
	assert.deepEqual((await make('tasks', { text: 'Room', contact_id, custom: { room: 4 } })).custom, { place: 'Office', room: 4 });
	assert.equal((await who.browser.patch(`/api/tasks/${id}`, { text: 'After' })).status, 200);
});

test('a deleted field disappears with its values, and is restored with them', async () => {
	const field = await define('contacts', 'gone', 'text');
	const { id } = await make('contacts', { last_name: 'Gone', custom: { gone: 'still here' } });
	assert.equal((await who.browser.delete(`/api/field_definitions/${field.id}`)).status, 200);
	assert.deepEqual((await who.browser.get(`/api/contacts/${id}`)).json.custom, {});
	await refused(who.browser.patch(`/api/contacts/${id}`, { custom: { gone: 'x' } }), 422, 'custom.gone');
	assert.equal((await who.browser.patch(`/api/contacts/${id}`, { title: 'Dr' })).status, 200);
	await refused(who.browser.post('/api/field_definitions', { resource: 'contacts', key: 'gone', kind: 'date', label: 'Gone' }), 409, 'key', /a deleted field has the key/);
	const [deleted] = (await list('trash', { filter: { resource: 'field_definitions' } })).json;
	assert.equal((await who.browser.post(`/api/trash/${deleted.id}/restore`, {})).status, 200);
	assert.deepEqual((await who.browser.get(`/api/contacts/${id}`)).json.custom, { gone: 'still here' });
});

test('definitions are checked, and only administrators can change them', async () => {
	const put = (more) => who.browser.post('/api/field_definitions', { resource: 'contacts', key: 'checked', kind: 'text', label: 'Checked', ...more });
	await refused(put({ resource: 'audit_log' }), 422, 'resource');
	await refused(put({ key: 'Not A Key' }), 422, 'key');
	await refused(put({ kind: 'colour' }), 422, 'kind');
	await refused(put({ label: ' ' }), 422, 'label');
	await refused(put({ kind: 'choice' }), 422, 'choices');
	await refused(put({ kind: 'choice', choices: ['a', 'a'] }), 422, 'choices');
	await refused(put({ kind: 'relation' }), 422, 'refers');
	await refused(put({ kind: 'relation', refers: 'nothing' }), 422, 'refers');
	await refused(put({ kind: 'integer', default_value: 'x' }), 422, 'default_value');
	await refused(put({ kind: 'integer', minimum: 3, maximum: 2 }), 422, 'maximum');
	await define('contacts', 'checked', 'text');
	assert.equal((await put({})).status, 409);
	for (const key of ['annee_prevue_2', 'annee_prevue_2_2']) {
		const rs = await who.browser.post('/api/field_definitions', { resource: 'contacts', kind: 'text', label: ' 7 Année  prévue (2)' });
		assert.equal(rs.json.key, key, rs.text);
	}
	const colleague = await member(who);
	assert.equal((await colleague.browser.get('/api/field_definitions')).status, 200);
	assert.equal((await colleague.browser.post('/api/field_definitions', { resource: 'contacts', key: 'mine', kind: 'text', label: 'Mine' })).status, 422);
});

test('aggregates, files, the catalogue and other responses contain the fields', async () => {
	const kind = await define('contacts', 'tier', 'choice', { choices: ['Gold', 'Silver'], label: 'Tier', labels: { fr: 'Niveau' } });
	assert.ok(kind.id);
	await define('contacts', 'seats', 'integer');
	for (const [tier, seats] of [['Gold', 3], ['Gold', 4], ['Silver', 1]]) await make('contacts', { last_name: tier, custom: { tier, seats } });
	assert.equal((await ids('contacts', { sort: ['custom->seats', 'ASC'], filter: { 'custom.seats@is': null, '@or': [{ 'custom->tier': 'Gold' }] } })).length, 0);
	assert.deepEqual((await list('contacts/aggregate', { filter: { 'custom.tier@not.is': null }, group: ['custom.tier'], values: ['count', 'sum:custom.seats'] })).json,
		[{ 'custom.tier': 'Gold', count: 2, 'sum_custom.seats': 7 }, { 'custom.tier': 'Silver', count: 1, 'sum_custom.seats': 1 }]);
	const [head, ...rows] = (await list('contacts/export', { filter: { last_name: 'Gold' } })).text.trim().split('\r\n').map((line) => line.split(','));
	const at = head.indexOf('custom.seats');
	assert.ok(at > 0 && !head.includes('custom'), head.join());
	assert.deepEqual(rows.map((row) => row[at]).sort(), ['3', '4']);
	assert.deepEqual((await who.browser.get('/api/catalogue')).json.contacts.fields['custom.tier'], { label: { en: 'Tier', fr: 'Niveau' }, type: 'text',
		kind: 'choice', choices: ['Gold', 'Silver'], rules: ['compare', 'set', 'quote'], write: 'always' });
	const page = await list('contacts', { sort: ['custom.seats', 'DESC'], filter: { 'custom.seats@is': null }, range: [0, 0], after: '' });
	assert.equal(page.status, 200, page.text);
	const seen = [];
	for (let after = ''; after !== null; ) {
		const rs = await list('contacts', { sort: ['custom.seats', 'ASC'], range: [0, 1], after, fields: ['id', 'custom.seats'] });
		assert.equal(rs.status, 200, rs.text);
		seen.push(...rs.json.map((row) => row['custom.seats']));
		after = new URLSearchParams(/<[^?]*\?([^>]*)>/.exec(rs.headers.get?.('link') ?? rs.headers.link ?? '')?.[1] ?? '').get('after');
	}
	assert.deepEqual(seen.filter((seats) => seats !== null), [1, 3, 4]);
	const embedded = await make('companies', { name: 'Embedded', custom: { k_text: 'e' } });
	const contact = await make('contacts', { last_name: 'Of', company_id: embedded.id });
	assert.equal((await list(`contacts/${contact.id}`, { embed: ['company'] })).json.company.custom.k_text, 'e');
	await who.browser.post('/api/contacts/bulk', { filter: { 'custom.tier': 'Gold' }, max: 10, set: { custom: { tier: 'Silver' } } });
	assert.equal((await ids('contacts', { filter: { 'custom.tier': 'Silver' } })).length, 3);
	const view = await make('views', { resource: 'contacts', name: 'Silver', filters: { 'custom.tier': 'Silver' }, sort: ['custom.seats', 'DESC'] });
	assert.equal((await ids('contacts', { view: String(view.id) })).length, 3);
});

test('other organizations do not have the fields', async () => {
	const stranger = await owner('stranger');
	assert.deepEqual((await stranger.browser.get('/api/field_definitions')).json, []);
	assert.equal((await stranger.browser.post('/api/contacts', { last_name: 'S', custom: { tier: 'Gold' } })).status, 422);
	const [{ id }] = (await who.browser.get('/api/field_definitions')).json;
	assert.equal((await stranger.browser.get(`/api/field_definitions/${id}`)).status, 404);
	assert.equal((await stranger.browser.patch(`/api/field_definitions/${id}`, { label: 'Mine' })).status, 404);
});

test('a filter cannot compare all fields at once, which would reveal hidden ones', async () => {
	for (const [op, value] of [['@cs', { a: 1 }], ['@cd', { a: 1 }], ['@is', null], ['@not.is', null], ['@ilike', 'x'], ['@in', [{}]], ['', { a: 1 }]]) {
		const rs = await who.browser.get(`/api/contacts?filter=${encodeURIComponent(JSON.stringify({ [`custom${op}`]: value }))}`);
		assert.deepEqual([rs.status, rs.json.code], [400, 'filter_names_no_field'], rs.text);
	}
});

test('filters and sorts use an index, and find the same rows as without it', async () => {
	const kinds = { text: ['b', 'A', 'ä', 'a'.repeat(600), null, 'c'], integer: [3, -1, 10, 2 ** 40, null, 3], number: [0.1, 1e9, -2.5, 0.30000001, null, 0.3],
		date: ['2027-01-01', '2026-12-31', '1999-01-01', '2027-01-02', null, '2027-01-01'], time: ['2027-01-01T00:00:00.000Z', '2027-01-01T00:00:01.000Z',
			'2026-12-31T23:59:59.000Z', '2030-01-01T00:00:00.000Z', null, '2027-01-01T12:00:00.000Z'] };
	for (const kind of Object.keys(kinds)) {
		await define('products', `plain_${kind}`, kind);
		await define('products', `quick_${kind}`, kind, { is_indexed: true });
	}
	const principal = await make('companies', { name: 'Indexed' });
	await who.browser.patch(`/api/company_profiles/${principal.id}`, { is_principal: true });
	for (let n = 0; n < 6; n++)
		await make('products', { principal_id: principal.id, name: `P${n}`, sku: `i${n}`, custom: Object.fromEntries(Object.keys(kinds).flatMap((kind) =>
			[[`plain_${kind}`, kinds[kind][n]], [`quick_${kind}`, kinds[kind][n]]])) });
	for (const [kind, values] of Object.entries(kinds)) {
		for (const value of values.filter((one) => one !== null))
			for (const op of ['', '@neq', '@gt', '@gte', '@lt', '@lte', '@not.gt'])
				assert.deepEqual(await ids('products', { filter: { [`custom.quick_${kind}${op}`]: value } }),
					await ids('products', { filter: { [`custom.plain_${kind}${op}`]: value } }), `${kind}${op} ${value}`);
		assert.deepEqual(await ids('products', { filter: { [`custom.quick_${kind}@in`]: values.slice(0, 4) } }),
			await ids('products', { filter: { [`custom.plain_${kind}@in`]: values.slice(0, 4) } }), `${kind}@in`);
		for (const order of ['ASC', 'DESC'])
			for (const range of [[0, 24], [0, 1], [2, 3], [4, 5], [5, 9]])
				for (const filter of [{}, { 'name@neq': 'P1' }])
					assert.deepEqual(await ids('products', { sort: [`custom.quick_${kind}`, order], range, filter }),
						await ids('products', { sort: [`custom.plain_${kind}`, order], range, filter }), `${kind} ${order} ${range}`);
	}
});

test('no two rows have the same value of a unique field', async () => {
	const field = await define('companies', 'number', 'text', { is_unique: true });
	const first = await make('companies', { name: 'First', custom: { number: 'X-1' } });
	await refused(who.browser.post('/api/companies', { name: 'Second', custom: { number: 'x-1' } }), 409, 'custom.number');
	const both = await Promise.all([1, 2, 3].map(() => who.browser.post('/api/companies', { name: 'At once', custom: { number: 'X-2' } })));
	assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409, 409]);
	await who.browser.delete(`/api/companies/${first.id}`);
	await make('companies', { name: 'Third', custom: { number: 'X-1' } });
	const [deleted] = (await list('trash', { filter: { resource: 'companies', row_id: first.id } })).json;
	assert.equal((await who.browser.post(`/api/trash/${deleted.id}/restore`, {})).status, 200, 'a restored row keeps its value');
	assert.equal((await who.browser.patch(`/api/field_definitions/${field.id}`, { is_unique: false })).status, 200);
	await refused(who.browser.patch(`/api/field_definitions/${field.id}`, { is_unique: true }), 422, 'is_unique', /1 values/);
	await refused(who.browser.post('/api/field_definitions', { resource: 'companies', label: 'Long', kind: 'longtext', is_unique: true }), 422, 'is_unique');
});

test('values of each kind come back from the trash, and when a merge is undone', async () => {
	const other = (await make('companies', { name: 'Referred' })).id, custom = {}, good = async (asked) => {
		const rs = await asked;
		assert.ok(rs.status < 300, rs.text);
		return rs.json;
	};
	const { json } = await who.browser.get('/api/catalogue');
	assert.deepEqual([...json.field_definitions.fields.kind.choices].sort(), Object.keys(samples).sort());
	for (const kind of Object.keys(samples)) {
		const value = await sampled(kind, { who, other });
		if (value === undefined)
			continue;
		await define('contacts', `z_${kind}`, kind, { ...(kind.startsWith('choice') && { choices: ['Gold77', 'x'] }), ...(kind.startsWith('relation') && { refers: 'companies' }) });
		custom[`z_${kind}`] = value;
	}
	const { id, custom: stored } = await make('contacts', { last_name: 'Whole', custom });
	assert.deepEqual(Object.keys(stored).sort(), Object.keys(custom).sort());
	const now = async () => (await good(who.browser.get(`/api/contacts/${id}`))).custom;
	await good(who.browser.delete(`/api/contacts/${id}`));
	const [trashed] = (await list('trash', { filter: { resource: 'contacts', row_id: id } })).json;
	await good(who.browser.post(`/api/trash/${trashed.id}/restore`, {}));
	assert.deepEqual(await now(), stored);
	const { mergeId } = await good(who.browser.post('/api/merge_contacts', { loserId: id, winnerId: (await make('contacts', { last_name: 'Winner' })).id }));
	await good(who.browser.post(`/api/merges/${mergeId}/undo`, {}));
	assert.deepEqual(await now(), stored);
});
