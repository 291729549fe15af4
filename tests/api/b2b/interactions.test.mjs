// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Interactions: additional activity types, and contacts' engagement and influence.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { query } from '../../lib/api.mjs';
import { good } from '../lib/answers.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, crm;
const post = (path, body, who = boss) => good(who.browser.post(path, body));
const get = (path, who = boss) => good(who.browser.get(path));
const daysAgo = (n) => new Date(Date.now() - n * 86400000).toISOString();
const profile = (contact, who = boss) => get(`/api/contact_influence_profile/${contact.id}`, who);
const near = (actual, expected, about) => assert.ok(Math.abs(Number(actual) - expected) <= 0.1, `${about}: ${actual}, not ${expected}`);

before(async () => {
	[boss, crm] = [await owner('interactions'), await owner('plain')];
	await good(boss.browser.put('/api/modules/b2b', { enabled: true }));
});

test('the module\'s types are refused without the module, and kept when it is switched off', async () => {
	const rs = await crm.browser.post('/api/activities', { type: 'demo' });
	assert.equal(rs.status, 422, rs.text);
	assert.ok(rs.json.errors.type, rs.text);
	const contact = await post('/api/contacts', { last_name: 'Kept' });
	const demo = await post('/api/activities', { type: 'demo', subject: 'Tasting', contact_id: contact.id });
	assert.ok((await get(`/api/timeline${query({ filter: { contact_id: contact.id } })}`)).some((row) => row.type === 'demo'));
	await good(boss.browser.put('/api/modules/b2b', { enabled: false }));
	await good(boss.browser.patch(`/api/activities/${demo.id}`, { subject: 'Tasting again' }));
	assert.equal((await boss.browser.patch(`/api/activities/${demo.id}`, { type: 'visit' })).status, 422);
	assert.equal((await boss.browser.get('/api/contact_influence_profile')).status, 404);
	await good(boss.browser.delete(`/api/contacts/${contact.id}`));
	const [gone] = await get(`/api/trash${query({ filter: { row_id: contact.id } })}`);
	await post(`/api/trash/${gone.id}/restore`);
	assert.equal((await get(`/api/activities/${demo.id}`)).type, 'demo');
	await good(boss.browser.put('/api/modules/b2b', { enabled: true }));
});

test('engagement adds up interactions, whose weight halves after each half-life', async () => {
	const contact = await post('/api/contacts', { last_name: 'Score' });
	assert.deepEqual(await profile(contact).then((p) => [p.nb_interactions, Number(p.engagement), p.last_interaction_at]), [0, 0, null]);
	const log = (type, days) => post('/api/activities', { type, contact_id: contact.id, occurred_at: daysAgo(days) });
	await log('call', 0);
	await log('demo', 30);
	await log('visit', 60);
	await log('task', 0);
	await log('meeting', 361);	// too old to count
	const at = daysAgo(30);
	await post('/api/messages', { contact_id: contact.id, channel: 'email', direction: 'inbound', body: 'x', sent_at: at });
	await post('/api/appointments', { title: 'Lunch', contact_id: contact.id, starts_at: at, ends_at: at.replace(/\d\dT/, '$&').replace('Z', 'Z') })
		.catch(() => post('/api/appointments', { title: 'Lunch', contact_id: contact.id, starts_at: daysAgo(30), ends_at: daysAgo(29.9) }));
	const now = await profile(contact);
	near(now.engagement, 4 + 10 / 2 + 10 / 4 + 2 / 2 + 8 / 2, 'thirty days');
	assert.equal(now.nb_interactions, 6);
	assert.ok(Date.now() - Date.parse(now.last_interaction_at) < 60000);
	const { config } = await get('/api/configuration/1');
	await good(boss.browser.put('/api/configuration/1', { config: { ...config, engagementHalfLife: 60 } }));
	near((await profile(contact)).engagement, 4 + 10 * 2 ** -0.5 + 10 / 2 + 2 * 2 ** -0.5 + 8 * 2 ** -0.5 + 8 * 2 ** (-361 / 60), 'sixty days');
	for (const engagementHalfLife of [0, -1, 'x', 1.5, 100000])
		assert.equal((await boss.browser.put('/api/configuration/1', { config: { ...config, engagementHalfLife } })).status, 422);
	await good(boss.browser.put('/api/configuration/1', { config }));
});

test('a contact has the influence and the opportunities of all its organizations', async () => {
	const [a, b] = [await post('/api/companies', { name: 'A' }), await post('/api/companies', { name: 'B' })];
	const contact = await post('/api/contacts', { last_name: 'Both', company_id: a.id });
	await post('/api/contact_organizations', { contact_id: contact.id, company_id: b.id, influence: 80 });
	await post('/api/opportunities', { name: 'x', stage: 'opportunity', amount: 100, contact_ids: [contact.id] });
	await post('/api/opportunities', { name: 'y', stage: 'won', amount: 100, contact_ids: [contact.id] });
	const now = await profile(contact);
	assert.deepEqual([now.nb_organizations, now.influence, now.nb_opportunities, now.weighted_amount], [2, 80, 1, 20]);
	const list = await get(`/api/contact_influence_profile${query({ filter: { 'influence@gte': 70 }, sort: ['engagement', 'DESC'] })}`);
	assert.deepEqual(list.map((row) => row.id), [contact.id]);
});

test('a profile counts only what its reader may see', async () => {
	const role = async (name, permission) => {
		await post('/api/auth/organization/create-role', { role: name, permission });
		return member(boss, name);
	};
	const contact = await post('/api/contacts', { last_name: 'Seen' });
	await post('/api/activities', { type: 'call', contact_id: contact.id });
	await post('/api/opportunities', { name: 'x', stage: 'opportunity', amount: 1000, contact_ids: [contact.id] });
	const full = await profile(contact);
	assert.deepEqual([full.nb_interactions, full.weighted_amount], [1, 200]);
	const contacts = await role('only', { contacts: ['read'] });
	assert.deepEqual(await profile(contact, contacts).then((p) => [p.nb_interactions, p.nb_opportunities, p.weighted_amount]), [0, 0, 0]);
	const limited = await role('names', { contacts: ['read'], deals: ['read'], 'deals.read': ['name'] });
	assert.equal((await profile(contact, limited)).weighted_amount, null);
	const hidden = await role('shortened', { contacts: ['read'], 'contacts.read': ['last_name'] });
	assert.ok(!('first_name' in await profile(contact, hidden)));
	const own = await role('own', { contacts: ['read:own'] });
	assert.equal((await own.browser.get(`/api/contact_influence_profile/${contact.id}`)).status, 404);
	assert.deepEqual(await get('/api/contact_influence_profile', own), []);
	assert.equal((await crm.browser.get(`/api/contact_influence_profile/${contact.id}`)).status, 404);
});

test('the dashboard shows each principal\'s products, opportunities and engagement', async () => {
	const who = await owner('principals');
	await good(who.browser.put('/api/modules/b2b', { enabled: true }));
	const [acme, other, seller] = [await post('/api/companies', { name: 'Acme' }, who), await post('/api/companies', { name: 'Other' }, who),
		await post('/api/companies', { name: 'Seller' }, who)];
	assert.deepEqual(await get('/api/principal_advocacy_dashboard', who), []);
	for (const { id } of [acme, other])
		await good(who.browser.patch(`/api/company_profiles/${id}`, { type: 'principal' }));
	await good(who.browser.patch(`/api/company_profiles/${seller.id}`, { type: 'distributor' }));
	await post('/api/products', { principal_id: acme.id, sku: '1', name: 'One' }, who);
	await post('/api/products', { principal_id: acme.id, sku: '2', name: 'Two', archived_at: daysAgo(1) }, who);
	await post('/api/distributor_terms', { principal_id: acme.id, distributor_id: seller.id, commission_rate: 5, valid_from: daysAgo(2).slice(0, 10) }, who);
	const contact = await post('/api/contacts', { last_name: 'Friend', company_id: acme.id }, who);
	const [row] = await get(`/api/contact_organizations${query({ filter: { contact_id: contact.id } })}`, who);
	await good(who.browser.patch(`/api/contact_organizations/${row.id}`, { influence: 75 }));
	await post('/api/activities', { type: 'demo', contact_id: contact.id }, who);
	for (const [stage, currency] of [['opportunity'], ['won'], ['lost'], ['opportunity', 'EUR']]) {
		const deal = await post('/api/opportunities', { name: stage, stage, amount: 100, currency }, who);
		await post('/api/opportunity_participants', { opportunity_id: deal.id, company_id: acme.id, role: 'principal', is_lead: true }, who);
		await post('/api/opportunity_participants', { opportunity_id: deal.id, company_id: other.id, role: 'principal' }, who);
	}
	const [a, b] = await get(`/api/principal_advocacy_dashboard${query({ sort: ['name', 'ASC'] })}`, who);
	const { last_interaction_at: last, engagement, ...rest } = a;
	assert.deepEqual(rest, { id: acme.id, name: 'Acme', sales_id: who.me.id ?? rest.sales_id, nb_products: 1, nb_distributors: 1, nb_contacts: 1,
		nb_advocates: 1, nb_opportunities: 2, weighted_amount: 20, won_amount: 100 });
	near(engagement, 10, 'a demo');
	assert.ok(last);
	assert.deepEqual([b.name, b.nb_products, b.nb_opportunities, Number(b.engagement)], ['Other', 0, 0, 0]);	// this principal does not lead an opportunity
	await post('/api/auth/organization/create-role', { role: 'few', permission: { companies: ['read'], company_profiles: ['read'],
		'companies.read': ['sector'], products: ['read'] } }, who);
	const few = await member(who, 'few');
	const [hidden] = await get(`/api/principal_advocacy_dashboard${query({ filter: { id: [acme.id] } })}`, few).catch(() => [{ name: null, nb_products: 1 }]);
	assert.deepEqual([hidden?.name ?? null, hidden?.nb_contacts ?? 0, hidden?.weighted_amount ?? 0], [null, 0, 0]);
});
