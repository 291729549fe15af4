// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Changes of the kind, the choices and the bounds of a field with values: preview, conversion, undo.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { fill, sqlFor } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

let who;
const post = (path, body, by = who) => by.browser.post(`/api/${path}`, body);
const make = async (resource, row) => {
	const rs = await post(resource, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const good = async (path, body) => {
	const rs = await post(path, body);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const field = (resource, key, kind, more = {}) => make('field_definitions', { resource, key, kind, label: key, ...more });
const object = async (label) => (await make('object_definitions', { label, plural: `${label}s` })).resource;
const list = async (resource, filter = {}) => (await who.browser.get(`/api/${resource}?${new URLSearchParams({ filter: JSON.stringify(filter), sort: '["id","ASC"]' })}`)).json;
const values = async (resource, key) => (await list(resource)).map(({ custom }) => custom[key]);
const fillIn = async (resource, key, some) => {
	for (const value of some)
		await make(resource, { name: String(value), custom: { [key]: value } });
};

before(async () => {
	who = await owner('changes');
});

test('text becomes a number: the preview tells what is lost, the change converts, and the undo restores', async () => {
	const resource = await object('Pump'), { id } = await field(resource, 'power', 'text', { is_indexed: true }), path = `field_definitions/${id}`;
	const texts = ['7', ' 007.50', 'much', '-1', '7'];
	await fillIn(resource, 'power', texts);
	await make(resource, { name: 'none' });
	const preview = await good(`${path}/preview`, { kind: 'number', minimum: 0, required: true });
	const { violations, ...counts } = preview;
	assert.deepEqual(counts, { rows: 6, more: false, values: 5, lost: 2, missing: 1, twice: 0 });
	assert.deepEqual(violations.map(({ value }) => value), ['much', '-1', null]);
	for (const [n, reason] of [/number/, /0/, /required|missing/].entries())
		assert.match(violations[n].reason, reason);
	assert.deepEqual(await values(resource, 'power'), [...texts, undefined], 'a preview changes nothing');
	const refused = await post(`${path}/change`, { kind: 'number', minimum: 0 });
	assert.deepEqual([refused.status, refused.json.code], [409, 'values_lost'], refused.text);
	const changed = await good(`${path}/change`, { kind: 'number', minimum: 0, lose: true });
	assert.deepEqual([changed.kind, changed.finished], ['number', true]);
	assert.deepEqual(await values(resource, 'power'), [7, 7.5, undefined, undefined, 7, undefined]);
	assert.deepEqual((await list(resource, { 'custom.power@gt': 7 })).map(({ name }) => name), [' 007.50'], 'by the new index');
	const [definition] = await list('field_definitions', { id });
	assert.deepEqual([definition.kind, definition.minimum, definition.is_indexed, definition.previous.kind], ['number', 0, true, 'text']);
	// The previous values are not visible, and a client cannot write their key.
	const [first] = await list(resource);
	assert.deepEqual(Object.keys(first.custom), ['power']);
	assert.equal((await who.browser.patch(`/api/${resource}/${first.id}`, { custom: { [definition.previous.kept]: 'x' } })).status, 422);
	assert.equal((await who.browser.patch(`/api/${resource}/${first.id}`, { custom: { power: 8 } })).status, 200);
	await make(resource, { name: 'later', custom: { power: 1.25 } });
	const undone = await good(`${path}/undo`);
	assert.deepEqual([undone.kind, undone.finished, undone.undo_until], ['text', true, null]);
	assert.deepEqual(await values(resource, 'power'), ['8', ' 007.50', 'much', '-1', '7', undefined, '1.25'], 'values written since are converted');
	assert.deepEqual((await list(resource, { 'custom.power': 'much' })).length, 1);
	assert.equal((await post(`${path}/undo`)).status, 409);
});

test('each kind becomes each other kind or loses the value, and returns', async () => {
	const some = { text: '2027-03-31', longtext: 'a', integer: 1, number: 2.5, money: 3.25, date: '2027-01-31', time: '2027-01-31T09:00:00.000Z', boolean: true,
		choice: 'a', choices: ['a', 'b'], url: 'https://a.test', email: 'a@b.test', phone: '+41 44' };
	const resource = await object('Kind');
	for (const [kind, value] of Object.entries(some)) {
		const choices = kind.startsWith('choice') ? { choices: ['a', 'b'] } : {}, key = `k_${kind}`;
		const { id } = await field(resource, key, kind, choices), { id: row } = await make(resource, { name: kind, custom: { [key]: value } });
		for (const to of Object.keys(some).filter((k) => k !== kind)) {
			const change = { kind: to, ...(to.startsWith('choice') ? { choices: ['A', 'b', 'a'] } : {}) };
			const { lost } = await good(`field_definitions/${id}/preview`, change);
			await good(`field_definitions/${id}/change`, { ...change, lose: true });
			const { json: has } = await who.browser.get(`/api/${resource}/${row}`);
			assert.equal(has.custom[key] === undefined, lost === 1, `${kind} to ${to}`);
			if (lost === 0)	// a value that the definition permits
				assert.equal((await who.browser.patch(`/api/${resource}/${row}`, { custom: { [key]: has.custom[key] } })).status, 200);
			await good(`field_definitions/${id}/undo`);
			assert.deepEqual((await who.browser.get(`/api/${resource}/${row}`)).json.custom[key], value, `${kind} to ${to} and back`);
		}
	}
});

test('fewer choices, a unique field and a required field', async () => {
	const resource = await object('Part'), { id } = await field(resource, 'state', 'choice', { choices: ['new', 'old', 'lost'] });
	await fillIn(resource, 'state', ['new', 'lost', 'lost']);
	assert.equal((await good(`field_definitions/${id}/preview`, { choices: ['new', 'old'] })).lost, 2);
	const unique = await good(`field_definitions/${id}/preview`, { is_unique: true });
	assert.deepEqual([unique.twice, unique.violations.map(({ value }) => value)], [2, ['lost', 'lost']]);
	const refused = await post(`field_definitions/${id}/change`, { is_unique: true });
	assert.deepEqual([refused.status, refused.json.code], [422, 'values_not_unique'], refused.text);
	await good(`field_definitions/${id}/change`, { choices: ['new', 'old'], is_unique: true, lose: true });
	assert.deepEqual(await values(resource, 'state'), ['new', undefined, undefined]);
	assert.equal((await post(resource, { name: 'x', custom: { state: 'new' } })).status, 409);
	await good(`field_definitions/${id}/change`, { required: true });
	assert.equal((await post(resource, { name: 'x' })).status, 422);
	const { json: [definition] } = await who.browser.get(`/api/field_definitions?filter={"id":${id}}`);
	assert.deepEqual([definition.is_unique, definition.required, definition.previous.kind], [true, true, 'choice']);
});

test('many rows are converted in the background, resumably, and previous values are removed after 30 days', async () => {
	const resource = await object('Mass'), { id } = await field(resource, 'n', 'text', { is_indexed: true }), org = who.organization.id;
	await make(resource, { name: 'first', custom: { n: '0' } });
	fill(org, `INSERT INTO crm.records (org_id, object, object_id, name, custom) SELECT org_id, object, object_id, i, jsonb_build_object('n', i::text)
		FROM crm.records, generate_series(1, 2500) i WHERE org_id = $1 AND object = $2`, org, resource);
	const changed = await good(`field_definitions/${id}/change`, { kind: 'integer' });
	assert.equal(changed.finished, false);
	assert.equal((await post(`field_definitions/${id}/change`, { kind: 'number' })).json.code, 'field_change_pending');
	const work = (n) => sqlFor(org, `SELECT crm.work_on_fields(500) FROM generate_series(1, ${n})`);
	work(2);
	assert.equal((await list('field_definitions', { id }))[0].is_indexed, false);
	work(8);
	const [definition] = await list('field_definitions', { id });
	assert.deepEqual([definition.kind, definition.is_indexed, definition.previous.then], ['integer', true, undefined]);
	assert.equal((await list(resource, { 'custom.n@gte': 2490 })).length, 11);
	assert.equal(String(sqlFor(org, `SELECT count(*) FROM crm.records WHERE org_id = '${org}' AND object = '${resource}' AND custom ? '${definition.previous.kept}'`)), '2501');
	sqlFor(org, `UPDATE ops.field_work SET due = now() WHERE org_id = '${org}' AND key = '${definition.previous.kept}'`);
	work(10);
	assert.equal(String(sqlFor(org, `SELECT count(*) FROM crm.records WHERE org_id = '${org}' AND custom ? '${definition.previous.kept}'`)), '0');
	assert.equal((await list('field_definitions', { id }))[0].previous, null);
	assert.equal((await post(`field_definitions/${id}/undo`)).status, 409);
});

test('a change that cannot be is refused, and only administrators make one', async () => {
	const resource = await object('Rule'), { id } = await field(resource, 'a', 'number'), { id: formula } = await field(resource, 'f', 'number', { formula: 'a' });
	const { id: person } = await field(resource, 'p', 'person');
	const clerk = await member(who);
	for (const [path, body, status] of [[id, { kind: 'odd' }, 422], [id, { kind: 'relation' }, 422], [id, { kind: 'choice' }, 422], [id, { kind: 'choice', choices: [] }, 422],
		[id, { minimum: 3, maximum: 1 }, 422], [id, { digits: 99 }, 422], [formula, { kind: 'text' }, 422], [person, { kind: 'text' }, 422], [1, { kind: 'text' }, 404], ['x', {}, 400]]) {
		const rs = await post(`field_definitions/${path}/change`, body);
		assert.equal(rs.status, status, `${path} ${JSON.stringify(body)}: ${rs.text}`);
	}
	for (const [verb, body] of [['preview', { kind: 'text' }], ['change', { kind: 'text' }], ['undo']])
		assert.equal((await post(`field_definitions/${id}/${verb}`, body, clerk)).status, 422);
	assert.equal((await list('field_definitions', { id }))[0].kind, 'number');
});

test('a change to amounts sets their currency, whose decimal places decide which values are lost', async () => {
	const resource = await object('Budget'), { id } = await field(resource, 'cost', 'text'), path = `field_definitions/${id}`;
	await fillIn(resource, 'cost', ['500', '12.5', '1.125']);
	const lost = async (body) => (await good(`${path}/preview`, { kind: 'money', ...body })).lost;
	assert.deepEqual([await lost({ currency: 'JPY' }), await lost({ currency: 'KWD' }), await lost({ currency: 'EUR' })], [2, 0, 1]);
	for (const currency of ['XXL', 'eur', '']) {
		const rs = await post(`${path}/change`, { kind: 'money', currency });
		assert.deepEqual([rs.status, Object.keys(rs.json.errors)], [422, ['currency']], rs.text);
	}
	const definition = async () => (await list('field_definitions', { id }))[0];
	await good(`${path}/change`, { kind: 'money', currency: 'KWD' });
	assert.deepEqual([(await definition()).currency, await values(resource, 'cost')], ['KWD', [500, 12.5, 1.125]]);
	// A change of the currency alone can also be undone.
	assert.equal((await post(`${path}/change`, { currency: 'JPY' })).json.code, 'values_lost');
	await good(`${path}/change`, { currency: 'JPY', lose: true });
	assert.deepEqual([(await definition()).currency, await values(resource, 'cost')], ['JPY', [500, undefined, undefined]]);
	await good(`${path}/undo`);
	assert.deepEqual([(await definition()).currency, await values(resource, 'cost')], ['KWD', [500, 12.5, 1.125]]);
	await good(`${path}/change`, { currency: null, lose: true });
	assert.equal((await definition()).currency, null);
	await good(`${path}/change`, { kind: 'number', currency: 'EUR', lose: true });
	assert.equal((await definition()).currency, null, 'only amounts have a currency');
});
