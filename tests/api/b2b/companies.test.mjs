// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Company profiles (type, flags and parent), and the principals of products.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, owner, query, sql } from '../../lib/api.mjs';
import { switchModules } from '../../lib/rows.mjs';

let who, stranger, theirs;
const as = (user) => (method, path, body) => ask(method, path, { token: user.token, body });
const call = (...args) => as(who)(...args);
const company = async (name, user = who) => (await as(user)('POST', '/api/companies', { name })).json;
const patch = (id, body) => call('PATCH', `/api/company_profiles/${id}`, body);
const profile = async (id) => (await call('GET', `/api/company_profiles/${id}`)).json;
const product = (principal_id, sku) => call('POST', '/api/products', { principal_id, sku, name: 'Tea' });
const status = (n, rs) => assert.equal(rs.status, n, rs.text);
const refused = (rs, field, detail) => {
	status(422, rs);
	assert.match(rs.json.errors[field] ?? '', detail, rs.text);
};
const told = (rs) => JSON.stringify({ ...rs.json, instance: '' });
const chain = async (...names) => {
	const made = [];
	for (const name of names) {
		const { id } = await company(name);
		if (made.length)
			status(200, await patch(id, { parent_id: made.at(-1).id }));
		made.push({ id, name });
	}
	return made;
};

before(async () => {
	who = await owner('Companies');
	stranger = await owner('Strangers');
	await switchModules(who, true);
	await switchModules(stranger, true);
	theirs = await company('Theirs', stranger);
});

test('a company has a profile, and its own fields do not change', async () => {
	const made = await company('Plain');
	const found = await call('GET', `/api/company_profiles${query({ filter: { 'name@ilike': 'plai', is_principal: false }, sort: ['name', 'ASC'] })}`);
	status(200, found);
	assert.deepEqual(found.json.map(({ id }) => id), [made.id]);
	const { created_at, updated_at, ...plain } = await profile(made.id);
	assert.ok(created_at <= updated_at);
	assert.deepEqual(plain, { id: made.id, name: 'Plain', type: null, is_principal: false, is_distributor: false, parent_id: null });
	assert.ok(!('type' in made) && !('parent_id' in made));
	const rs = await call('PATCH', `/api/companies/${made.id}`, { parent_id: 1 });
	assert.ok(rs.status >= 400 || !('parent_id' in rs.json), rs.text);
	status(405, await call('POST', '/api/company_profiles', { type: 'vendor' }));
	status(405, await call('DELETE', `/api/company_profiles/${made.id}`));
});

test('profiles have types, can be filtered, and embed their companies', async () => {
	const made = await company('Vendor');
	status(200, await patch(made.id, { type: 'vendor', is_distributor: true }));
	const found = await call('GET', `/api/company_profiles${query({ filter: { type: 'vendor' }, embed: ['company', 'parent'] })}`);
	assert.deepEqual(found.json.map((row) => [row.id, row.company.name, row.parent]), [[made.id, 'Vendor', null]]);
	refused(await patch(made.id, { type: 'friend' }), 'type', /./);
	for (const body of ['[]', '{', '{"type": 1}', '{"is_principal": {}}', '{"parent_id": "x"}', '{"parent_id": {}}']) {
		const rs = await patch(made.id, body);
		assert.ok(rs.status === 400 || rs.status === 422, rs.text);
	}
	assert.equal((await profile(made.id)).type, 'vendor');
});

test('a type sets its flag, which cannot be removed while the type remains', async () => {
	const made = await company('Flags');
	const set = await patch(made.id, { type: 'principal', is_principal: false });
	assert.equal(set.json.is_principal, true, set.text);
	refused(await patch(made.id, { is_principal: false }), 'is_principal', /./);
	const both = await patch(made.id, { type: 'distributor' });
	assert.deepEqual([both.json.is_principal, both.json.is_distributor], [true, true]);
	status(200, await patch(made.id, { is_principal: false }));
});

test('many profiles are changed at once, by filter and by IDs', async () => {
	const ids = [(await company('Bulk 1')).id, (await company('Bulk 2')).id];
	const bulk = await call('POST', '/api/company_profiles/bulk', { ids, set: { type: 'customer' } });
	assert.equal(bulk.json.count, 2, bulk.text);
	status(200, await call('PATCH', `/api/company_profiles${query({ filter: { id: ids } })}`, { type: 'partner' }));
	for (const id of ids)
		assert.equal((await profile(id)).type, 'partner');
	const deletes = await call('POST', '/api/company_profiles/bulk', { ids, delete: true });
	refused(deletes, 'delete', /cannot be deleted/);
	status(200, await call('POST', '/api/batch', { operations: [
		{ method: 'PATCH', resource: 'company_profiles', id: ids[0], data: { parent_id: ids[1] } }] }));
});

test('a cycle of parents is refused, and the message names the companies', async () => {
	const [a, b, c] = await chain('Top', 'Middle', 'Bottom');
	refused(await patch(a.id, { parent_id: c.id }), 'parent_id',
		new RegExp(`^parent_id: company ${c.id} "Bottom" is below company ${a.id} "Top"$`));
	refused(await patch(b.id, { parent_id: b.id }), 'parent_id', /./);
	assert.equal((await profile(a.id)).parent_id, null);
	const bulk = await call('PATCH', `/api/company_profiles${query({ filter: { id: [a.id, b.id] } })}`, { parent_id: c.id });
	status(422, bulk);
	const children = await call('GET', `/api/company_profiles${query({ filter: { parent_id: a.id } })}`);
	assert.deepEqual(children.json.map(({ id }) => id), [b.id]);
});

test('two concurrent clients cannot create a cycle', async () => {
	for (let n = 0; n < 5; n++) {
		const [a, b] = await Promise.all(['A', 'B'].map((name) => company(`${name} ${n}`)));
		const both = await Promise.all([patch(a.id, { parent_id: b.id }), patch(b.id, { parent_id: a.id })]);
		assert.deepEqual(both.map((rs) => rs.status).sort(), [200, 422], both.map((rs) => rs.text).join());
	}
});

test('a hierarchy has at most ten levels', async () => {
	const ten = await chain(...Array.from({ length: 10 }, (_, n) => `Level ${n}`));
	const eleventh = await company('Level 10');
	refused(await patch(eleventh.id, { parent_id: ten.at(-1).id }), 'parent_id', /"Level 10" is more than 10 levels deep/);
	refused(await patch(ten[0].id, { parent_id: eleventh.id }), 'parent_id', /levels deep/);
});

test('companies of other organizations are treated like missing companies', async () => {
	const made = await company('Own');
	const real = await patch(made.id, { parent_id: theirs.id });
	const fake = await patch(made.id, { parent_id: 9007199254740001 });
	status(422, real);
	assert.equal(told(real), told(fake));
	status(404, await patch(theirs.id, { type: 'vendor' }));
	status(404, await call('GET', `/api/company_profiles/${theirs.id}`));
});

test('children of a deleted parent remain, and a restored child keeps its parent if the parent exists', async () => {
	const [a, b, c] = await chain('Parent', 'Child', 'Grandchild');
	status(200, await patch(b.id, { type: 'distributor' }));
	const removed = async ({ id }) => {
		status(200, await call('DELETE', `/api/companies/${id}`));
		const [entry] = (await call('GET', `/api/trash${query({ filter: { row_id: id, resource: 'companies' } })}`)).json;
		return () => call('POST', `/api/trash/${entry.id}/restore`, {});
	};
	const child = await removed(b);
	assert.equal((await profile(c.id)).parent_id, null);
	status(404, await call('GET', `/api/company_profiles/${b.id}`));
	status(200, await child());
	const { created_at, updated_at, ...restored } = await profile(b.id);
	assert.ok(created_at < updated_at);
	assert.deepEqual(restored, { id: b.id, name: 'Child', type: 'distributor', is_principal: false, is_distributor: true, parent_id: a.id });
	// The parent is deleted while the child is in the trash, so the child is restored without a parent.
	const again = await removed(b);
	const parent = await removed(a);
	status(200, await again());
	assert.deepEqual([(await profile(b.id)).parent_id, (await profile(b.id)).type], [null, 'distributor']);
	status(200, await parent());
	assert.equal((await profile(a.id)).parent_id, null);
});

test('products need a principal, which cannot lose its flag', async () => {
	const made = await company('Not yet');
	refused(await product(made.id, 'A'), 'principal_id', new RegExp(`^principal_id: company ${made.id} "Not yet" is not a principal$`));
	status(200, await patch(made.id, { is_principal: true }));
	const tea = await product(made.id, 'A');
	status(201, tea);
	refused(await patch(made.id, { is_principal: false }), 'is_principal',
		new RegExp(`^is_principal: company ${made.id} "Not yet" has products, such as ${tea.json.id} "A"$`));
	const other = await company('Another');
	refused(await call('PATCH', `/api/products/${tea.json.id}`, { principal_id: other.id }), 'principal_id', /is not a principal/);
	const real = await product(theirs.id, 'A');
	const fake = await product(9007199254740001, 'A');
	assert.equal(told(real), told(fake));
});

test('of a new product and a concurrent removal of the flag, one succeeds', async () => {
	for (let n = 0; n < 5; n++) {
		const { id } = await company(`Race ${n}`);
		await patch(id, { is_principal: true });
		const both = await Promise.all([product(id, 'A'), patch(id, { is_principal: false })]);
		assert.equal(both.filter((rs) => rs.status < 300).length, 1, both.map((rs) => rs.text).join());
	}
});

test('when the module is switched on, all companies get a profile, and those with products are principals', async () => {
	const [made, plain] = [await company('Kept'), await company('Kept, too')];
	await patch(made.id, { type: 'principal' });
	status(201, await product(made.id, 'K'));
	await switchModules(who, false);
	const late = await company('Late');
	// Inserts rows like those of an archive from an older release.
	sql(`SET app.org_id = '${who.organization}';
		DELETE FROM crm.company_profiles WHERE id IN (${made.id}, ${plain.id})`);
	await switchModules(who, true);
	assert.equal((await profile(late.id)).type, null);
	assert.equal((await profile(made.id)).is_principal, true);
	assert.equal((await profile(plain.id)).is_principal, false);
	const [[companies, profiles]] = sql(`SELECT (SELECT count(*) FROM crm.companies WHERE org_id = '${who.organization}'),
		(SELECT count(*) FROM crm.company_profiles WHERE org_id = '${who.organization}')`);
	assert.equal(companies, profiles);
});
