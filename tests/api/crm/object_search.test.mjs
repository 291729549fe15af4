// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The search finds the rows of custom objects by their names and texts.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { member, owner } from '../lib/people.mjs';

let who, other;
const make = async (resource, row, by = who) => {
	const rs = await by.browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const object = (plural, by = who) => make('object_definitions', { label: plural.replace(/s$/, ''), plural }, by);
const field = (resource, key, kind, more = {}, by = who) => make('field_definitions', { resource, key, kind, label: key, ...more }, by);
const search = async (q, types, by = who) => {
	const rs = await by.browser.get(`/api/search?${new URLSearchParams({ q, ...(types && { types }) })}`);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const found = async (...query) => (await search(...query)).map(({ resource, title }) => [resource, title]);
const list = async (resource, q, by = who) => {
	const rs = await by.browser.get(`/api/${resource}?${new URLSearchParams({ filter: JSON.stringify({ q }), sort: '["name","ASC"]' })}`);
	assert.equal(rs.status, 200, rs.text);
	return rs.json.map(({ name }) => name);
};

before(async () => {
	who = await owner('search');
	other = await owner('search-other');
});

test('rows are found by name and text, each under its object, and only in their organization', async () => {
	const { resource } = await object('Machines'), { resource: halls } = await object('Halls');
	await field(resource, 'notes', 'longtext');
	await field(resource, 'tags', 'choices', { choices: ['red', 'verdigris'] });
	await field(resource, 'power', 'number');
	await make(resource, { name: 'Lathe Quillon', custom: { notes: 'Stands beside the gantry.', tags: ['verdigris'], power: 7.5 } });
	await make(halls, { name: 'Quillon hall' });
	await make('companies', { name: 'Quillon Works' });
	assert.deepEqual((await found('quillon')).sort(), [['companies', 'Quillon Works'], [halls, 'Quillon hall'], [resource, 'Lathe Quillon']]);
	assert.deepEqual(await found('quillon', resource), [[resource, 'Lathe Quillon']]);
	assert.deepEqual((await found('quillon', `${halls},companies`)).sort(), [['companies', 'Quillon Works'], [halls, 'Quillon hall']]);
	const [{ snippet, score }] = await search('gantry');
	assert.equal(score, 0.5);
	assert.deepEqual(snippet.filter(({ match }) => match), [{ text: 'gantry', match: true }]);
	assert.deepEqual(await found('verdigris'), [[resource, 'Lathe Quillon']]);
	assert.deepEqual(await found('quilon lathe'), [[resource, 'Lathe Quillon']]);	// misspelt
	assert.deepEqual(await list(resource, 'gantr'), ['Lathe Quillon']);
	assert.deepEqual(await list(resource, 'quillon'), ['Lathe Quillon']);
	assert.deepEqual(await list(halls, 'quillon'), ['Quillon hall']);
	assert.deepEqual(await list('records', 'quillon'), ['Lathe Quillon', 'Quillon hall']);
	// Another organization, which has an object with the same key, finds
	// nothing.
	await object('Machines', other);
	assert.deepEqual(await found('quillon', undefined, other), []);
	assert.deepEqual(await list(resource, 'quillon', other), []);
	assert.equal((await other.browser.get(`/api/search?q=x&types=${halls}`)).status, 422);
	assert.equal((await who.browser.get('/api/search?q=x&types=custom_nothing')).status, 422);
});

test('the search follows changes, the trash and a deleted field', async () => {
	const { resource } = await object('Boats');
	const port = await field(resource, 'port', 'text');
	const { id } = await make(resource, { name: 'Ferry', custom: { port: 'Zeebrugge' } });
	await who.browser.patch(`/api/${resource}/${id}`, { name: 'Barge' });
	assert.deepEqual([await found('ferry'), await found('barge zeebrugge')], [[], [[resource, 'Barge']]]);
	assert.equal((await who.browser.send('DELETE', `/api/field_definitions/${port.id}`)).status, 200);
	assert.deepEqual([await found('zeebrugge'), await list(resource, 'zeebrugge')], [[], []]);
	assert.deepEqual(await found('bargee zeebrugge'), []);
	const [{ snippet }] = await search('barge');
	assert.doesNotMatch(JSON.stringify(snippet), /Zeebrugge/);
	assert.deepEqual(await list(resource, 'barge'), ['Barge']);
	const { json: [kept] } = await who.browser.get(`/api/trash?${new URLSearchParams({ filter: JSON.stringify({ resource: 'field_definitions', row_id: port.id }) })}`);
	assert.equal((await who.browser.post(`/api/trash/${kept.id}/restore`)).status, 200);
	assert.deepEqual(await found('zeebrugge'), [[resource, 'Barge']]);
	assert.equal((await who.browser.send('DELETE', `/api/${resource}/${id}`)).status, 200);
	assert.deepEqual([await found('barge'), await list(resource, 'barge')], [[], []]);
});

test('a role finds rows of objects that it may read, but not if it cannot see all fields', async () => {
	const { resource } = await object('Vaults'), { resource: doors } = await object('Doors');
	await field(resource, 'code', 'text');
	await make(resource, { name: 'Osprey', custom: { code: 'heron' } });
	await make(doors, { name: 'Osprey door' });
	const as = async (role, permission) => {
		const rs = await who.browser.post('/api/auth/organization/create-role', { role, permission });
		assert.equal(rs.status, 200, rs.text);
		return member(who, role);
	};
	const keeper = await as('keeper', { [doors]: ['read'] });
	assert.deepEqual(await found('osprey', undefined, keeper), [[doors, 'Osprey door']]);
	const limited = await as('limited', { crm: ['read'], [`${resource}.read`]: ['name'] });
	assert.deepEqual(await found('osprey', undefined, limited), [[doors, 'Osprey door']]);
	assert.deepEqual(await found('heron', undefined, limited), []);
	const rs = await limited.browser.get(`/api/${resource}?filter={"q":"heron"}`);
	assert.equal(rs.status, 400, rs.text);
	assert.deepEqual(await list(doors, 'osprey', limited), ['Osprey door']);
});
