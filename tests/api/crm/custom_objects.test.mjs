// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Custom objects, and their rows.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Browser } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';

let who, other;
const make = async (resource, row, by = who) => {
	const rs = await by.browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const object = (plural, more = {}, by = who) => make('object_definitions', { label: plural.replace(/s$/, ''), plural, ...more }, by);
const field = (resource, key, kind, more = {}, by = who) => make('field_definitions', { resource, key, kind, label: key, ...more }, by);
const list = async (resource, query = {}, by = who) => {
	const rs = await by.browser.get(`/api/${resource}?${new URLSearchParams(Object.entries(query)
		.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]))}`);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const names = async (...query) => (await list(...query)).map(({ name }) => name);
const status = async (method, path, body, by = who) => (await by.browser.send(method, `/api/${path}`, body)).status;

before(async () => {
	who = await owner('objects');
	other = await owner('objects-other');
});

test('an object has rows with fields at a separate path', async () => {
	const { resource, key, position } = await object('Machines', { icon: 'machine' });
	assert.deepEqual([resource, key, position], ['custom_machines', 'machines', 1]);
	await field(resource, 'power', 'number', { is_indexed: true, minimum: 0 });
	await field(resource, 'maker', 'relation', { refers: 'companies' });
	await field(resource, 'state', 'choice', { choices: ['new', 'worn'], default_value: 'new' });
	const { id: maker } = await make('companies', { name: 'Works' });
	const lathe = await make(resource, { name: 'Lathe', custom: { power: 7.5, maker } });
	assert.deepEqual([lathe.object, lathe.name, lathe.custom], [resource, 'Lathe', { power: 7.5, maker, state: 'new' }]);
	await make(resource, { name: 'Drill', custom: { power: 2 } });
	await make(resource, { name: 'Press', object: 'custom_others' });
	assert.deepEqual(await names(resource, { sort: ['name', 'ASC'] }), ['Drill', 'Lathe', 'Press']);
	assert.deepEqual(await names(resource, { filter: { 'custom.power@gt': 5 } }), ['Lathe']);
	assert.deepEqual(await names(resource, { filter: { 'custom.maker': maker } }), ['Lathe']);
	assert.deepEqual(await names(resource, { filter: { 'name@ilike': 'dri' }, sort: ['custom.power', 'DESC'] }), ['Drill']);
	const rs = await who.browser.get(`/api/${resource}?range=[0,0]`);
	assert.match(rs.headers['content-range'], /^custom_machines 0-0\/3$/);
	const changed = await who.browser.patch(`/api/${resource}/${lathe.id}`, { custom: { power: 8 } });
	assert.deepEqual(changed.json.custom, { power: 8, maker, state: 'new' });
	assert.equal((await who.browser.patch(`/api/${resource}/${lathe.id}`, { custom: { power: -1 } })).status, 422);
	assert.equal((await who.browser.patch(`/api/${resource}/${lathe.id}`, { custom: { speed: 1 } })).status, 422);
	const { json: history } = await who.browser.get(`/api/${resource}/${lathe.id}/history`);
	assert.deepEqual(history.map(({ action }) => action), ['update', 'insert']);
	assert.deepEqual(await list(`${resource}/aggregate`, { group: ['custom.state'], values: ['count', 'sum:custom.power'] }), [{ 'custom.state': 'new', count: 3, 'sum_custom.power': 10 }]);
	assert.deepEqual(history[0].changes['custom.power'], { old: 7.5, new: 8 });
	const { json: then } = await who.browser.get(`/api/${resource}/${lathe.id}/history?as_of=${encodeURIComponent(new Date().toISOString())}`);
	assert.deepEqual(then.custom, { power: 8, maker, state: 'new' });
	const csv = await who.browser.get(`/api/${resource}/export?format=csv`);
	assert.match(csv.text, /Lathe/);
});

test('two objects have separate rows', async () => {
	const one = await object('Boats'), two = await object('Trains');
	for (const { resource } of [one, two])
		await field(resource, 'number', 'text', { is_unique: true });
	const boat = await make(one.resource, { name: 'Boat', custom: { number: '7' } });
	await make(two.resource, { name: 'Train', custom: { number: '7' } });
	assert.deepEqual(await names(one.resource), ['Boat']);
	assert.deepEqual(await names(one.resource, { filter: { 'custom.number': '7' } }), ['Boat']);
	for (const [method, body] of [['GET'], ['PATCH', { name: 'x' }], ['PUT', { name: 'x' }], ['DELETE']])
		assert.equal(await status(method, `${two.resource}/${boat.id}`, body), 404, method);
	assert.equal(await status('GET', `${two.resource}/${boat.id}/history`), 404);
	assert.equal(await status('GET', `${one.resource}/${boat.id}/history`), 200);
	assert.equal((await who.browser.patch(`/api/${two.resource}?filter={"id":[${boat.id}]}`, { name: 'x' })).json.length, 0);
	assert.equal((await who.browser.get(`/api/${one.resource}/${boat.id}`)).json.name, 'Boat');
	// The resource with the rows of all objects contains the rows of both
	// objects.
	assert.deepEqual(await names('records', { filter: { object: [one.resource, two.resource] }, sort: ['name', 'ASC'] }), ['Boat', 'Train']);
	assert.equal(await status('POST', 'records', { name: 'x', object: 'custom_nothing' }), 422);
	assert.equal(await status('POST', one.resource, { name: 'x', custom: { number: '7' } }), 409);
	const { json: upserted } = await who.browser.post('/api/batch', { operations: [{ method: 'POST', resource: one.resource, data: { name: 'Ship' } }] });
	assert.ok(upserted, JSON.stringify(upserted));
	assert.deepEqual(await names(one.resource, { sort: ['name', 'ASC'] }), ['Boat', 'Ship']);
});

test('an unknown object, or an object of another organization, has no path', async () => {
	const { resource, id } = await object('Secrets', {}, other);
	const row = await make(resource, { name: 'Hidden' }, other);
	for (const path of [resource, 'custom_nothing', 'custom_', 'custom_A', "custom_x'"])
		for (const [method, rest, body] of [['GET', ''], ['POST', '', { name: 'x' }], ['GET', `/${row.id}`], ['PATCH', `/${row.id}`, { name: 'x' }],
			['DELETE', `/${row.id}`], ['GET', `/${row.id}/history`]])
			assert.equal(await status(method, encodeURI(path) + rest, body), 404, `${method} ${path}${rest}`);
	assert.equal(await status('GET', `records/${row.id}`), 404);
	assert.equal(await status('GET', `object_definitions/${id}`), 404);
	await object('Secrets');	// an object with the same key exists in this organization
	assert.deepEqual(await names(resource), []);
	assert.equal(await status('GET', `${resource}/${row.id}`), 404);
});

test('roles can contain permissions on an object', async () => {
	const { resource } = await object('Tools'), hidden = await object('Plans');
	await field(resource, 'price', 'money');
	const row = await make(resource, { name: 'Hammer', custom: { price: 12 } });
	await make(hidden.resource, { name: 'Plan' });
	await who.browser.post('/api/auth/organization/create-role', { role: 'keeper', permission: { [resource]: ['read', 'update'], [`${resource}.read`]: ['name'] } })
		.then((rs) => assert.equal(rs.status, 200, rs.text));
	const keeper = await member(who, 'keeper');
	assert.deepEqual((await list(resource, {}, keeper)).map(({ name, custom }) => [name, custom]), [['Hammer', undefined]]);
	assert.equal(await status('GET', hidden.resource, undefined, keeper), 422);
	assert.equal(await status('GET', `${resource}?filter={"custom.price":12}`, undefined, keeper), 400);
	assert.equal(await status('POST', resource, { name: 'x' }, keeper), 422);
	assert.equal(await status('DELETE', `${resource}/${row.id}`, undefined, keeper), 422);
	assert.equal(await status('PATCH', `${resource}/${row.id}`, { name: 'Big hammer' }, keeper), 200);
	const { json: catalogue } = await keeper.browser.get('/api/catalogue');
	assert.deepEqual(Object.keys(catalogue).filter((name) => name.startsWith('custom_')), [resource]);
	assert.deepEqual(Object.keys(catalogue[resource].fields).filter((name) => name.startsWith('custom.')), []);
	assert.equal((await who.browser.post('/api/auth/organization/create-role', { role: 'odd', permission: { custom_nothing: ['read'] } })).status, 400);
	for (const [method, path, body] of [['POST', 'object_definitions', { label: 'x', plural: 'xs' }], ['DELETE', `object_definitions/${hidden.id}`]])
		assert.equal(await status(method, path, body, keeper), 422, method);
});

test('the limits of an object also apply at the path for the rows of all objects', async () => {
	const { resource } = await object('Vaults'), open = await object('Doors');
	const { id } = await make(resource, { name: 'Hidden' }), gone = await make(resource, { name: 'Gone' });
	await make(open.resource, { name: 'Open' });
	assert.equal(await status('DELETE', `${resource}/${gone.id}`), 200);
	const guards = [];
	for (const [role, limits] of [['reader', { [`${resource}.read`]: ['created_at'] }], ['writer', { [`${resource}.update`]: ['sales_id'] }]]) {
		const rs = await who.browser.post('/api/auth/organization/create-role', { role, permission: { crm: ['read', 'update'], ...limits } });
		assert.equal(rs.status, 200, rs.text);
		guards.push(await member(who, role));
	}
	const [reader, writer] = guards;
	assert.deepEqual((await list(resource, {}, reader)).map(({ id: row, name }) => [row, name]), [[id, undefined]]);
	assert.deepEqual((await names('records', { filter: { object: [resource, open.resource] } }, reader)), ['Open']);
	assert.equal(await status('GET', `sales?filter={"records.any.name":"Hidden"}`, undefined, reader), 400);
	for (const row of [id, gone.id])
		for (const path of ['records', open.resource])
			assert.equal(await status('GET', `${path}/${row}/history`, undefined, reader), 404, path);
	assert.equal(await status('PATCH', `${resource}/${id}`, { name: 'x' }, writer), 422);
	assert.notEqual(await status('PATCH', `records/${id}`, { name: 'x' }, writer), 200);
	const batch = await writer.browser.post('/api/batch', { operations: [{ method: 'PATCH', resource: 'records', id, data: { name: 'x' } }] });
	assert.ok(batch.status >= 400, batch.text);
	assert.equal((await list(resource, { filter: { id } }))[0].name, 'Hidden');
});

test('the undo of a bulk change reverts only the fields that a role may change', async () => {
	const { resource } = await object('Desks');
	await field(resource, 'price', 'money');
	await make(resource, { name: 'Oak', custom: { price: 1 } });
	const role = (body, path = 'create-role') => who.browser.post(`/api/auth/organization/${path}`, body)
		.then((rs) => assert.equal(rs.status, 200, rs.text));
	await role({ role: 'dealer', permission: { [resource]: ['read', 'update'] } });
	const dealer = await member(who, 'dealer');
	const changed = await dealer.browser.post(`/api/${resource}/bulk`, { filter: { name: 'Oak' }, set: { custom: { price: 2 } }, max: 5 });
	assert.equal(changed.status, 200, changed.text);
	await role({ roleName: 'dealer', data: { permission: { [resource]: ['read', 'update'], [`${resource}.update`]: ['name'] } } }, 'update-role');
	assert.equal((await dealer.browser.post(`/api/bulk_changes/${changed.json.id}/undo`, {})).status, 422);
	assert.equal((await list(resource))[0].custom.price, 2);
});

test('keys, batches and bulk changes work with an object', async () => {
	const { resource } = await object('Cases');
	for (const name of ['One', 'Two'])
		await make(resource, { name });
	const made = await who.browser.post('/api/auth/api-key/create', { name: 'cases', permissions: { [resource]: ['read'] } });
	assert.equal(made.status, 200, made.text);
	const ask = (path, method = 'GET') => new Browser().send(method, `/api/${path}`, method === 'GET' ? undefined : { name: 'x' }, { 'x-api-key': made.json.key });
	assert.equal((await ask(resource)).json.length, 2);
	assert.equal((await ask('contacts')).status, 403);
	assert.equal((await ask(resource, 'POST')).status, 403);
	assert.equal((await who.browser.post('/api/auth/api-key/create', { name: 'odd', permissions: { custom_Nothing: ['read'] } })).status, 400);
	const parts = await who.browser.get(`/api/batch?get=/api/${resource}&get=/api/custom_nothing`);
	assert.deepEqual(parts.json.results.map(({ status: one }) => one), [200, 404], parts.text);
	const changed = await who.browser.post(`/api/${resource}/bulk`, { filter: { name: 'One' }, set: { name: 'Changed' }, max: 5 });
	assert.equal(changed.status, 200, changed.text);
	assert.deepEqual(await names(resource, { sort: ['name', 'ASC'] }), ['Changed', 'Two']);
	const undone = await who.browser.post(`/api/bulk_changes/${changed.json.id}/undo`, {});
	assert.equal(undone.status, 200, undone.text);
	assert.deepEqual(await names(resource, { sort: ['name', 'ASC'] }), ['One', 'Two']);
	const view = await make('views', { resource, name: 'Ones', filters: { name: 'One' } });
	assert.deepEqual(await names(resource, { view: String(view.id) }), ['One']);
	assert.equal(await status('POST', 'views', { resource, name: 'Odd', filters: { nothing: 1 } }), 422);
});

test('the OpenAPI document contains the fields and objects of the caller’s organization', async () => {
	const { resource } = await object('Ships');
	await field(resource, 'tons', 'number', { help: 'When "empty" \\ dry' });
	await field(resource, 'flag', 'choice', { choices: ['blue', 'red'] });
	await field('contacts', 'boats', 'integer', { formula: 'company_id * 2' });
	const document = async (by, more = '') => {
		const rs = await by.browser.get(`/api/openapi.json${more}`);
		assert.equal(rs.status, 200, rs.text.slice(0, 300));
		return rs.json;
	};
	const own = await document(who), foreign = await document(other);
	assert.deepEqual(own.components.schemas[resource].properties.custom.properties, {
		tons: { type: ['number', 'null'], description: 'tons. When "empty" \\ dry' },
		flag: { enum: ['blue', 'red', null], description: 'flag', 'x-configured': 'field_definitions' } });
	assert.deepEqual(own.components.schemas.contacts.properties.custom.properties.boats, { type: ['integer', 'string', 'null'], format: 'int64', description: 'boats', readOnly: true });
	// Each condition that the document lists is accepted.
	const conditions = Object.entries(own.components.schemas[`${resource}.filter`].properties).filter(([name]) => name.startsWith('custom.'));
	assert.deepEqual(conditions.map(([name]) => name).sort(), ['', '@gt', '@gte', '@in', '@is', '@lt', '@lte', '@neq'].map((op) => `custom.tons${op}`)
		.concat(['', '@ilike', '@in', '@is', '@like', '@neq'].map((op) => `custom.flag${op}`)).sort());
	for (const [name, { type, enum: values }] of conditions) {
		const one = name.includes('tons') ? 5 : 'red';
		await list(resource, { filter: { [name]: values && name.endsWith('@is') ? null : type === 'array' ? [one] : one }, sort: ['custom.tons', 'ASC'] });
	}
	assert.ok(own.components.schemas[`${resource}.sort`].prefixItems[0].enum.includes('custom.flag'));
	assert.deepEqual(Object.keys(own.paths[`/api/${resource}/{id}`]).sort(), ['delete', 'get', 'patch', 'put']);
	assert.equal(own.paths[`/api/${resource}`].get['x-resource'], resource);
	assert.ok(!(resource in foreign.components.schemas) && !(`/api/${resource}` in foreign.paths));
	assert.ok(!JSON.stringify(foreign).includes('"boats"'));
	const one = await document(who, `?tag=${resource}`);
	assert.deepEqual(one.tags, [{ name: resource }]);
	const refs = new Set(JSON.stringify(own).match(/#\/components\/schemas\/[^"]+/g).map((ref) => ref.split('/').at(-1)));
	assert.deepEqual([...refs].filter((ref) => !(ref in own.components.schemas)), []);
	const ids = Object.values(own.paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
	assert.equal(new Set(ids).size, ids.length, 'each operation has a separate name');
});

test('a deleted object is deleted and restored with its rows and fields', async () => {
	const { id, resource } = await object('Parts');
	await field(resource, 'code', 'text', { is_unique: true });
	await make(resource, { name: 'Bolt', custom: { code: 'B1' } });
	assert.equal(await status('DELETE', `object_definitions/${id}`), 200);
	assert.equal(await status('GET', resource), 404);
	assert.deepEqual(await list('field_definitions', { filter: { resource } }), []);
	assert.equal(await status('POST', 'object_definitions', { label: 'Part', plural: 'Parts', key: 'parts' }), 409);
	const [kept] = await list('trash', { filter: { resource: 'object_definitions', row_id: id } });
	const rs = await who.browser.post(`/api/trash/${kept.id}/restore`);
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual((await list(resource)).map(({ name, custom }) => [name, custom.code]), [['Bolt', 'B1']]);
	assert.deepEqual(await names(resource, { filter: { 'custom.code': 'B1' } }), ['Bolt']);
	assert.equal(await status('POST', resource, { name: 'Nut', custom: { code: 'b1' } }), 409);
	assert.equal(await status('DELETE', `object_definitions/${id}`), 200);
	assert.deepEqual(await list('field_definitions', { filter: { resource } }), []);
});

test('a row of an object is restored from the trash, and an invalid definition is refused', async () => {
	const { resource } = await object('Rooms');
	await field(resource, 'seats', 'integer');
	const { id } = await make(resource, { name: 'Blue', custom: { seats: 4 } });
	assert.equal(await status('DELETE', `${resource}/${id}`), 200);
	const [kept] = await list('trash', { filter: { resource: 'records', row_id: id } });
	assert.equal((await who.browser.post(`/api/trash/${kept.id}/restore`)).status, 200);
	assert.deepEqual((await list(resource)).map(({ custom }) => custom), [{ seats: 4 }]);
	for (const [row, code] of [[{ label: 'x' }, 422], [{ plural: 'x' }, 422], [{ label: ' ', plural: 'x' }, 422], [{ label: 'x', plural: 'x', key: 'X' }, 422],
		[{ label: 'Room', plural: 'Rooms', key: 'rooms' }, 409], [{ label: 'x', plural: 'x', icon: 'none' }, 422]])
		assert.equal(await status('POST', 'object_definitions', row), code, JSON.stringify(row));
	for (const row of [{ resource: 'custom_nothing' }, { resource: 'records' }, { kind: 'relation', refers: 'custom_nothing' }, { kind: 'relation', refers: 'records' }])
		assert.equal(await status('POST', 'field_definitions', { resource, kind: 'text', label: 'x', ...row }), 422, JSON.stringify(row));
	// A custom field of a built-in resource can refer to a custom object.
	await field('contacts', 'room', 'relation', { refers: resource });
	const { id: lamp } = await make((await object('Lamps')).resource, { name: 'Lamp' });
	assert.equal(await status('POST', 'contacts', { first_name: 'A', last_name: 'B', custom: { room: lamp } }), 422);
	assert.deepEqual((await make('contacts', { first_name: 'A', last_name: 'B', custom: { room: id } })).custom.room, id);
});

test('deleted rows of an object are listed with include=deleted', async () => {
	const { resource } = await object('Engines'), { resource: another } = await object('Pumps');
	await field(resource, 'power', 'number', { is_indexed: true });
	await field(resource, 'gone', 'text');
	const kept = await make(resource, { name: 'Kept', custom: { power: 1 } });
	const row = await make(resource, { name: 'Deleted', custom: { power: 2, gone: 'x' } });
	await make(another, { name: 'Pump' });
	const [definition] = await list('field_definitions', { filter: { resource, key: 'gone' } });
	assert.equal(await status('DELETE', `field_definitions/${definition.id}`), 200);
	assert.equal(await status('DELETE', `${resource}/${row.id}`), 200);
	assert.equal(await status('GET', `${resource}/${row.id}`), 404);
	const rows = await list(resource, { include: 'deleted', sort: ['name', 'ASC'] });
	assert.deepEqual(rows.map(({ id, custom, deleted_at }) => [id, custom, deleted_at !== null]), [[row.id, { power: 2 }, true], [kept.id, { power: 1 }, false]]);
	assert.deepEqual(await names(resource, { include: 'deleted', filter: { 'custom.power@gte': 2 } }), ['Deleted']);
	assert.deepEqual(await names(resource, { include: 'deleted', filter: { 'deleted_at@not.is': null } }), ['Deleted']);
	assert.equal((await who.browser.get(`/api/${resource}/${row.id}?include=deleted`)).json.name, 'Deleted');
	assert.equal(await status('GET', `${another}/${row.id}?include=deleted`), 404);
	assert.deepEqual(await names(another, { include: 'deleted' }), ['Pump']);
	assert.deepEqual((await list('records', { include: 'deleted', filter: { object: resource }, sort: ['name', 'ASC'] })).map(({ name }) => name), ['Deleted', 'Kept']);
	await object('Engines', {}, other);
	assert.deepEqual(await list(resource, { include: 'deleted' }, other), []);
	assert.equal(await status('GET', `${resource}/${row.id}?include=deleted`, undefined, other), 404);
	const role = await who.browser.post('/api/auth/organization/create-role', { role: 'pumps', permission: { [another]: ['read'] } });
	assert.equal(role.status, 200, role.text);
	const reader = await member(who, 'pumps');
	assert.deepEqual((await list(another, { include: 'deleted' }, reader)).map(({ name }) => name), ['Pump']);
	assert.notEqual(await status('GET', `${resource}/${row.id}?include=deleted`, undefined, reader), 200);
	assert.equal(await status('GET', 'records?include=deleted', undefined, reader), await status('GET', 'records', undefined, reader));
});
