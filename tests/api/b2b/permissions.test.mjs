// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// What roles permit on the module's rows, whose permissions follow from the company and the contact.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, query } from '../../lib/api.mjs';
import { good } from '../lib/answers.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, first, second, contact;
const refused = async (answer, detail = /your role does not allow this/) => {
	const rs = await answer;
	assert.equal(rs.status, 422, rs.text);
	assert.match(rs.json.detail, detail);
};
let roles = 0;
const withRole = async (permission) => {
	const role = `role${++roles}`;
	await good(boss.browser.post('/api/auth/organization/create-role', { role, permission }));
	return (await member(boss, role)).browser;
};
const list = (who, resource, filter = {}) => good(who.get(`/api/${resource}${query({ filter })}`));

before(async () => {
	boss = await owner('b2b-permissions');
	await good(boss.browser.put('/api/modules/b2b', { enabled: true }));
	[first, second] = [await good(boss.browser.post('/api/companies', { name: 'First' })),
		await good(boss.browser.post('/api/companies', { name: 'Second' }))];
	contact = await good(boss.browser.post('/api/contacts', { last_name: 'Held', company_id: first.id }));
});

test('a user who may not change a contact cannot change its primary organization', async () => {
	const who = await withRole({ contacts: ['read'], companies: ['read'], contact_organizations: ['read', 'create', 'update', 'delete'] });
	const [primary] = await list(who, 'contact_organizations');
	const added = await good(who.post('/api/contact_organizations', { contact_id: contact.id, company_id: second.id, role: 'x' }));
	await good(who.patch(`/api/contact_organizations/${added.id}`, { role: 'y' }));
	await refused(who.patch(`/api/contact_organizations/${added.id}`, { is_primary: true }));
	await refused(who.patch(`/api/contact_organizations/${primary.id}`, { ended_on: '2020-01-31' }));
	await refused(who.delete(`/api/contact_organizations/${primary.id}`));
	await good(who.delete(`/api/contact_organizations/${added.id}`));
	assert.equal((await good(boss.browser.get(`/api/contacts/${contact.id}`))).company_id, first.id);
	assert.equal((await who.get('/api/company_profiles')).status, 422);
});

test('a user who may change only contacts can change the companies of contacts', async () => {
	const who = await withRole({ contacts: ['read', 'update'], companies: ['read'] });
	await good(who.patch(`/api/contacts/${contact.id}`, { company_id: second.id }));
	assert.equal((await who.get('/api/contact_organizations')).status, 422);
	assert.deepEqual((await list(boss.browser, 'contact_organizations', { is_primary: true })).map((row) => row.company_id), [second.id]);
	await good(boss.browser.patch(`/api/contacts/${contact.id}`, { company_id: first.id }));
});

test('a role that is limited to own rows reads and changes only the rows of own records', async () => {
	const who = await withRole({ contacts: ['read:own', 'create:own', 'update:own'], companies: ['read:own', 'create:own', 'update:own'],
		contact_organizations: ['read:own', 'create:own', 'update:own'], company_profiles: ['read:own', 'update:own'] });
	const own = await good(who.post('/api/companies', { name: 'Own' }));
	const mine = await good(who.post('/api/contacts', { last_name: 'Mine', company_id: own.id }));
	assert.deepEqual((await list(who, 'contact_organizations')).map((row) => row.contact_id), [mine.id]);
	assert.deepEqual((await list(who, 'company_profiles')).map((row) => row.id), [own.id]);
	await good(who.patch(`/api/company_profiles/${own.id}`, { type: 'customer' }));
	assert.equal((await who.patch(`/api/company_profiles/${first.id}`, { type: 'customer' })).status, 404);
	const missing = /the referenced row does not exist/;
	await refused(who.patch(`/api/company_profiles/${own.id}`, { parent_id: first.id }), missing);
	await refused(who.post('/api/contact_organizations', { contact_id: mine.id, company_id: first.id }), missing);
	await refused(who.post('/api/contact_organizations', { contact_id: contact.id, company_id: own.id }), missing);
});

test('lists of rows that belong to opportunities contain only the rows of own and shared opportunities', async () => {
	const role = 'sellers';
	await good(boss.browser.post('/api/auth/organization/create-role', { role, permission: { companies: ['read'],
		deals: ['read:own', 'create:own'], opportunity_participants: ['read'], opportunity_items: ['read'] } }));
	const seller = await member(boss, role);
	const opportunity = async (user, name) => {
		const { id } = await good(user.post('/api/opportunities', { name, company_id: first.id, stage: 'opportunity' }));
		await good(boss.browser.post('/api/opportunity_participants', { opportunity_id: id, company_id: second.id, role: 'other' }));
		await good(boss.browser.post('/api/opportunity_items', { opportunity_id: id, name: 'Item', unit_price: 1 }));
		return id;
	};
	const own = await opportunity(seller.browser, 'Own'), other = await opportunity(boss.browser, 'Other');
	const seen = async (wanted) => {
		for (const resource of ['opportunity_participants', 'opportunity_items'])
			for (const [filter, ids] of [[{}, wanted], [{ opportunity_id: own }, [own]], [{ opportunity_id: other }, wanted.filter((id) => id === other)]]) {
				const rs = await seller.browser.get(`/api/${resource}${query({ filter, range: [0, 9] })}`);
				assert.equal(rs.status, 200, rs.text);
				assert.deepEqual(rs.json.map((row) => row.opportunity_id).sort((x, y) => x - y), ids, resource);
				assert.equal(rs.headers['content-range'].split('/')[1], String(ids.length));
			}
	};
	await seen([own]);
	await good(boss.browser.post('/api/shares', { resource: 'deals', row_id: other, user_id: seller.id }));
	await seen([own, other]);
});

test('a role that hides the company of contacts sees none of their organizations', async () => {
	const who = await withRole({ contacts: ['read'], 'contacts.read': ['last_name'], contact_organizations: ['read'] });
	assert.deepEqual(await list(who, 'contact_organizations'), []);
});

test('prices can be read only with products and lists, and hidden prices still protect the principal', async () => {
	for (const { id } of [first, second])
		await good(boss.browser.patch(`/api/company_profiles/${id}`, { is_principal: true }));
	const product = await good(boss.browser.post('/api/products', { principal_id: first.id, sku: '1', name: 'One' }));
	const priced = await good(boss.browser.post('/api/price_lists', { principal_id: first.id, name: 'L', currency: 'EUR' }));
	await good(boss.browser.post('/api/price_list_items', { price_list_id: priced.id, product_id: product.id, price: 1 }));
	const all = { products: ['read', 'update'], price_lists: ['read', 'update'], price_list_items: ['read'], companies: ['read'] };
	for (const missing of ['products', 'price_lists', 'price_list_items']) {
		const { [missing]: _, ...permission } = all;
		const who = await withRole(permission);
		await refused(who.get(`/api/products/${product.id}/prices`));
		await refused(who.get(`/api/${missing}`));
		for (const [resource, { id }] of [['products', product], ['price_lists', priced]]) {
			if (missing === resource)
				continue;
			const rs = await who.patch(`/api/${resource}/${id}`, { principal_id: second.id });
			assert.equal(rs.status, 422, rs.text);
			assert.match(rs.json.errors.principal_id, /has prices/, missing);
		}
	}
	assert.equal((await good((await withRole(all)).get(`/api/products/${product.id}/prices`))).length, 1);
	const { key } = await good(boss.browser.post('/api/auth/api-key/create', { name: 'k', permissions: { products: ['read'] } }));
	const rs = await ask('GET', `/api/products/${product.id}/prices`, { headers: { 'x-api-key': key } });
	assert.equal(rs.status, 403, rs.text);
});
