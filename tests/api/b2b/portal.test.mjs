// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Partners are portal users who belong to a distributor, and can read its opportunities, terms and price lists.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { query } from '../../lib/api.mjs';
import { sql } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

const TODAY = new Date().toISOString().slice(0, 10);
const RESOURCES = ['opportunities', 'distributor_terms', 'price_lists', 'price_list_items', 'products'];
let boss, contact, guest, other, plain;
const rows = {};	// IDs by distributor and resource

const good = async (answer) => {
	const rs = await answer;
	assert.ok(rs.status < 300, `${rs.status} ${rs.text}`);
	return rs.json;
};
const refused = async (answer) => {
	const rs = await answer;
	assert.deepEqual([rs.status, rs.json.detail], [422, 'your role does not allow this']);
};
const create = (resource, row) => good(boss.browser.post(`/api/${resource}`, row));
const change = (resource, id, row) => good(boss.browser.patch(`/api/${resource}/${id}`, row));
const ids = (list) => list.map(({ id }) => id).sort();
const profile = (id, flags) => change('company_profiles', id, flags);

// Creates a portal user with the verified address of a new contact.
async function partner(company) {
	const user = await member(boss, 'portal');
	sql(`UPDATE identity."user" SET email_verified = true WHERE id = '${user.id}'`);
	const { id } = await create('contacts', { last_name: 'Person', company_id: company,
		email_jsonb: [{ email: user.email.toUpperCase(), type: 'Work' }] });
	return { ...user, contact: id };
}

// Creates a distributor with a principal, prices and an opportunity, with the same marker in all names.
async function trade(mark) {
	const principal = await create('companies', { name: `${mark} principal`, description: `${mark} inside` });
	const distributor = await create('companies', { name: `${mark} distributor`, description: `${mark} inside` });
	await profile(principal.id, { is_principal: true });
	await profile(distributor.id, { is_distributor: true });
	const terms = await create('distributor_terms', { principal_id: principal.id, distributor_id: distributor.id,
		territory: `${mark} land`, commission_rate: 10, valid_from: '2020-01-01' });
	const product = await create('products', { principal_id: principal.id, sku: `${mark}-1`, name: `${mark} product` });
	const unpriced = await create('products', { principal_id: principal.id, sku: `${mark}-2`, name: `${mark} unpriced` });
	const list = await create('price_lists', { principal_id: principal.id, name: `${mark} list`, currency: 'EUR' });
	const price = await create('price_list_items', { price_list_id: list.id, product_id: product.id, price: 1250 });
	const opportunity = await create('opportunities', { name: `${mark} opportunity`, stage: 'opportunity',
		company_id: distributor.id, amount: 100 });
	return { principal: principal.id, distributor: distributor.id, unpriced: unpriced.id,
		opportunities: opportunity.id, distributor_terms: terms.id, products: product.id, price_lists: list.id,
		price_list_items: price.id };
}

before(async () => {
	boss = await owner('partner-boss');
	await good(boss.browser.put('/api/modules/b2b', { enabled: true }));
	rows.own = await trade('Own');
	rows.other = await trade('Alien');
	await create('opportunities', { name: 'Alien opportunity of nobody', stage: 'opportunity' });
	guest = await partner(rows.own.distributor);
	other = await partner(rows.other.distributor);
	plain = await member(boss, 'portal');
	contact = guest.contact;
	await create('contact_notes', { contact_id: contact, text: 'Alien note' });
	await create('deal_notes', { deal_id: rows.own.opportunities, text: 'Alien note' });
});

const lists = async (who) => Object.fromEntries(await Promise.all(RESOURCES.map(async (name) => {
	const rs = await who.browser.get(`/api/${name}`);
	return [name, rs.status === 200 ? ids(rs.json) : rs.status];
})));
const only = (trades) => Object.fromEntries(RESOURCES.map((name) => [name, trades.map((one) => one[name]).sort()]));
const nothing = Object.fromEntries(RESOURCES.map((name) => [name, 422]));

test('partners receive no weekly email', async () => {
	await good(boss.browser.get('/api/opportunities/weekly_mail'));
	for (const who of [guest, plain])
		await refused(who.browser.put('/api/opportunities/weekly_mail', { enabled: true }));
});

test('partners read the rows of their distributor, and a portal user without a distributor reads nothing', async () => {
	assert.deepEqual(await lists(guest), only([rows.own]));
	assert.deepEqual(await lists(other), only([rows.other]));
	assert.deepEqual(await lists(plain), nothing);
	for (const name of RESOURCES) {
		const rs = await guest.browser.get(`/api/${name}?range=[0,0]`);
		assert.match(rs.headers['content-range'], /\/1$/, name);
		assert.equal((await good(guest.browser.get(`/api/${name}/${rows.own[name]}`))).id, rows.own[name]);
		assert.equal((await guest.browser.get(`/api/${name}/${rows.other[name]}`)).status, 404, name);
		await refused(plain.browser.get(`/api/${name}/${rows.own[name]}`));
	}
	assert.equal((await guest.browser.get(`/api/products/${rows.own.unpriced}`)).status, 404);
	const [price] = await good(guest.browser.get(`/api/products/${rows.own.products}/prices`));
	assert.deepEqual([price.price_list_id, price.price], [rows.own.price_lists, 1250]);
	assert.equal((await guest.browser.get(`/api/products/${rows.other.products}/prices`)).status, 404);
	for (const [name, q, found] of [['opportunities', 'Alien', 0], ['opportunities', 'Own', 1], ['products', 'Alien', 0], ['products', 'Own', 1]])
		assert.equal((await good(guest.browser.get(`/api/${name}${query({ filter: { q } })}`))).length, found, `${name} ${q}`);
	assert.deepEqual(ids(await good(guest.browser.get('/api/price_list_items?embed=["price_list","product"]'))), [rows.own.price_list_items]);
});

test('partners can read the names of these companies', async () => {
	const { partner: of, portal, grants } = await good(guest.browser.get('/api/me'));
	assert.deepEqual([of, portal, grants], [{ companies: [{ id: rows.own.distributor, name: 'Own distributor' }],
		principals: [{ id: rows.own.principal, name: 'Own principal' }] }, true, {}]);
	for (const who of [plain, boss])
		assert.equal((await good(who.browser.get('/api/me'))).partner, undefined);
	await refused(guest.browser.get('/api/companies'));
	await refused(guest.browser.get(`/api/companies/${rows.own.distributor}`));
	await refused(guest.browser.get('/api/opportunities?embed=["company"]'));
});

const ACCOUNT = ['access/view', 'auth', 'catalogue', 'events', 'me', 'openapi.json', 'organizations', 'whats-new'];

test('no route reveals a different distributor to partners', async () => {
	const { paths } = await good(boss.browser.get('/api/openapi.json'));
	const secret = ['Alien', boss.email, 'unpriced', 'inside', ...Object.values(rows.other).map(String)];
	const { key } = await good(guest.browser.post('/api/auth/api-key/create', { name: 'k' }));
	let asked = 0, seen = 0;
	for (const [path, methods] of Object.entries(paths)) {
		const name = path.split('/').filter((part) => part !== 'crm')[2];
		if (!path.startsWith('/api/') || !methods.get || methods.get.security?.length === 0
		    || ACCOUNT.some((one) => path === `/api/${one}` || one === name))
			continue;
		const of = { deals: 'opportunities', opportunities_summary: 'opportunities', contacts: contact, companies: 'distributor' }[name] ?? name;
		const at = (trade) => path.replace('{id}', typeof of === 'number' ? of : rows[trade][of] ?? 1).replace(/\{[^}]*\}/g, '1');
		for (const url of new Set([at('own'), at('other')])) {
			const rs = await guest.browser.get(url);
			const keyed = await fetch(`${process.env.BASE}${url}`, { headers: { 'x-api-key': key } });
			for (const [status, text] of [[rs.status, rs.text], [keyed.status, await keyed.text()]]) {
				asked++;
				if (status !== 200)
					assert.ok([400, 403, 404, 410, 422].includes(status), `${url}: ${status} ${text}`);
				else if ([...RESOURCES, 'deals', 'opportunities_summary'].includes(name))
					seen++;
				else
					assert.match(text, /^(\[\]|\[\{"count":0\}\]|[a-z_,]+\r\n)$/, url);
				const echo = text.replaceAll(url, '');	// a problem document contains the path
				assert.deepEqual(secret.filter((word) => echo.includes(word)), [], `${url}: ${text}`);
			}
			if (url === at('other') && url !== at('own'))
				assert.notEqual(rs.status, 200, url);
		}
	}
	assert.ok(asked > 200 && seen >= 30, `${asked} requests, ${seen} answers`);
});

test('totals include only the partner\'s rows', async () => {
	const total = (list) => list.reduce((sum, row) => sum + row.open, 0);
	// The opportunities have no closing date yet.
	assert.deepEqual((await good(boss.browser.get('/api/opportunities/forecast?from=2000-01-01&to=2100-01-01'))).map((row) => row.month), [null]);
	for (const { opportunities } of [rows.own, rows.other])
		await change('opportunities', opportunities, { expected_closing_date: TODAY });
	assert.equal(total(await good(boss.browser.get('/api/opportunities/forecast'))), 3); // one opportunity has no closing date
	assert.equal(total(await good(guest.browser.get('/api/opportunities/forecast'))), 1);
	await refused(plain.browser.get('/api/opportunities/forecast'));
	for (const name of RESOURCES) {
		const [{ count }] = await good(guest.browser.get(`/api/${name}/aggregate`));
		assert.equal(count, 1, name);
		await refused(plain.browser.get(`/api/${name}/aggregate`));
	}
});

test('partners can neither write, export nor follow changes, and cannot see the history', async () => {
	for (const name of RESOURCES) {
		const at = `/api/${name}/${rows.own[name]}`;
		await refused(guest.browser.post(`/api/${name}`, {}));
		await refused(guest.browser.patch(at, {}));
		if (name !== 'products')
			await refused(guest.browser.delete(at));
		await refused(guest.browser.get(`/api/${name}/export`));
		assert.equal((await guest.browser.get(`${at}/history`)).status, 404, name);
		assert.equal((await guest.browser.get(`${at}/history?as_of=2020-01-01T00:00:00Z`)).status, 404, name);
		assert.ok((await good(boss.browser.get(`${at}/history`))).length > 0, name);
	}
	assert.equal((await guest.browser.get(`/api/opportunities/${rows.own.opportunities}/stages`)).status, 404);
	for (const path of ['changes', 'search?q=Own', 'trash', 'audit_log', 'pipelines', 'deal_notes', 'shares/1'])
		assert.notEqual((await guest.browser.get(`/api/${path}`)).status, 200, path);
	await refused(guest.browser.post(`/api/opportunities/${rows.own.opportunities}/move`, { stage: 'lead' }));
	await refused(guest.browser.post('/api/shares', { resource: 'deals', row_id: rows.own.opportunities, user_id: other.id }));
});

// Checks that a change ends the portal user's access, and that another change restores it.
async function ends(end, restore, left = nothing) {
	assert.deepEqual(await lists(guest), only([rows.own]));
	await end();
	assert.deepEqual(await lists(guest), left);
	await restore();
	assert.deepEqual(await lists(guest), only([rows.own]));
}

test('the access ends with the address of the contact', () => ends(
	() => change('contacts', contact, { email_jsonb: [] }),
	() => change('contacts', contact, { email_jsonb: [{ email: guest.email, type: 'Work' }] })));

test('the access ends when the address is no longer verified', () => ends(
	() => sql(`UPDATE identity."user" SET email_verified = false WHERE id = '${guest.id}'`),
	() => sql(`UPDATE identity."user" SET email_verified = true WHERE id = '${guest.id}'`)));

test('the access ends when the contact leaves the distributor', async () => {
	const [{ id }] = await good(boss.browser.get(`/api/contact_organizations${query({ filter: { contact_id: contact } })}`));
	await ends(() => change('contact_organizations', id, { ended_on: TODAY }),
		() => change('contacts', contact, { company_id: rows.own.distributor }));
});

test('the access ends with the flag of the company', () => ends(
	() => profile(rows.own.distributor, { type: null, is_distributor: false }),
	() => profile(rows.own.distributor, { is_distributor: true })));

test('the access ends with the module', () => ends(
	() => good(boss.browser.put('/api/modules/b2b', { enabled: false })),
	() => good(boss.browser.put('/api/modules/b2b', { enabled: true })),
	Object.fromEntries(RESOURCES.map((name) => [name, 404]))));

test('the access ends with the contact, and is restored with it', () => ends(
	() => good(boss.browser.delete(`/api/contacts/${contact}`)),
	async () => {
		const [entry] = (await good(boss.browser.get('/api/trash'))).filter((one) => one.row_id === contact);
		await good(boss.browser.post(`/api/trash/${entry.id}/restore`));
	}));

test('access to prices ends with the terms, which remain readable', async () => {
	const left = { ...only([rows.own]), price_lists: [], price_list_items: [], products: [] };
	await ends(() => change('distributor_terms', rows.own.distributor_terms, { valid_to: '2020-12-31' }),
		() => change('distributor_terms', rows.own.distributor_terms, { valid_to: null }), left);
	await ends(() => change('distributor_terms', rows.own.distributor_terms, { valid_from: '2090-01-01' }),
		() => change('distributor_terms', rows.own.distributor_terms, { valid_from: '2020-01-01' }), left);
});

test('two distributors of a principal read its prices, and each reads its own terms', async () => {
	const terms = await create('distributor_terms', { principal_id: rows.own.principal, distributor_id: rows.other.distributor,
		territory: 'Elsewhere', commission_rate: 5, valid_from: '2020-01-01' });
	assert.deepEqual(await lists(guest), only([rows.own]));
	assert.deepEqual(await lists(other), { ...only([rows.own, rows.other]), opportunities: [rows.other.opportunities],
		distributor_terms: [rows.other.distributor_terms, terms.id].sort() });
	await good(boss.browser.delete(`/api/distributor_terms/${terms.id}`));
	assert.deepEqual(await lists(other), only([rows.other]));
});

test('a contact of several distributors reads the rows of each', async () => {
	const second = await create('contact_organizations', { contact_id: contact, company_id: rows.other.distributor });
	assert.deepEqual(await lists(guest), only([rows.own, rows.other]));
	assert.equal((await good(guest.browser.get('/api/me'))).partner.companies.length, 2);
	await good(boss.browser.delete(`/api/contact_organizations/${second.id}`));
	assert.deepEqual(await lists(guest), only([rows.own]));
});

test('a distributor reads the opportunities in which it takes part, and its own commissions', async () => {
	const made = [];
	const won = async (name, ...distributors) => {
		const { id } = await create('opportunities', { name, stage: 'won', amount: 100 });
		const takes = (role, company_id, is_lead) => create('opportunity_participants', { opportunity_id: id, role, company_id, is_lead });
		await takes('principal', rows.own.principal, true);
		for (const [n, distributor] of distributors.entries())
			await takes('distributor', distributor, n === 0);
		made.push(id);
		return id;
	};
	const [own, alien] = [rows.own.distributor, rows.other.distributor];
	const mine = await won('Mine', own), theirs = await won('Alien', alien), joint = await won('Joint', alien, own);
	assert.deepEqual((await lists(guest)).opportunities, [rows.own.opportunities, mine, joint].sort());
	assert.deepEqual((await lists(other)).opportunities, [rows.other.opportunities, theirs, joint].sort());
	const lines = async (who, more = '') => (await good(who.browser.get(`/api/distributor_terms/statement?from=2000-01-01${more}`))).lines;
	assert.deepEqual((await lines(boss)).map((line) => line.opportunity_id).sort(), [mine, theirs, joint].sort());
	for (const more of ['', `&distributor_id=${own}`])
		assert.deepEqual((await lines(guest, more)).map((line) => [line.opportunity_id, line.distributor_id, line.commission_rate]), [[mine, own, 10]]);
	assert.deepEqual(await lines(guest, `&distributor_id=${alien}`), []);
	const csv = await guest.browser.get('/api/distributor_terms/statement?from=2000-01-01&format=csv');
	assert.ok(csv.text.includes(String(mine)) && !csv.text.includes(String(alien)), csv.text);
	await refused(plain.browser.get('/api/distributor_terms/statement'));
	for (const name of ['opportunity_participants', 'opportunity_items'])
		await refused(guest.browser.get(`/api/${name}`));
	for (const id of made)
		await good(boss.browser.delete(`/api/opportunities/${id}`));
	assert.deepEqual(await lists(guest), only([rows.own]));
});

test('opportunities in a team\'s pipeline are hidden from partners', async () => {
	const team = await good(boss.browser.post('/api/auth/organization/create-team', { name: 'Closed' }));
	const pipeline = await create('pipelines', { name: 'Closed', team_id: team.id });
	await create('pipeline_stages', { pipeline_id: pipeline.id, stage: 'closed', label: 'Closed' });
	await create('opportunities', { name: 'Alien', stage: 'closed', company_id: rows.own.distributor });
	assert.deepEqual(await lists(guest), only([rows.own]));
});

test('a partner also reads a shared row, with its history', async () => {
	const share = await create('shares', { resource: 'deals', row_id: rows.other.opportunities, user_id: guest.id });
	assert.deepEqual((await lists(guest)).opportunities, [rows.own.opportunities, rows.other.opportunities].sort());
	await good(guest.browser.get(`/api/opportunities/${rows.other.opportunities}/history`));
	await good(guest.browser.get(`/api/opportunities/${rows.other.opportunities}/stages`));
	await good(boss.browser.delete(`/api/shares/${share.id}`));
});

test('write access to a shared contact does not make a portal user a partner', async () => {
	await create('shares', { resource: 'contacts', row_id: contact, user_id: plain.id, access: 'write' });
	await create('shares', { resource: 'companies', row_id: rows.other.distributor, user_id: plain.id });
	sql(`UPDATE identity."user" SET email_verified = true WHERE id = '${plain.id}'`);
	const at = `/api/contacts/${contact}`;
	assert.equal((await good(plain.browser.patch(at, { title: 'Hello' }))).title, 'Hello');
	const person = await good(plain.browser.get(at));
	await good(plain.browser.put(at, { ...person, title: 'Again' }));
	for (const row of [{ email_jsonb: [...person.email_jsonb, { email: plain.email, type: 'Home' }] }, { company_id: rows.other.distributor }]) {
		const rs = await plain.browser.patch(at, row);
		assert.equal(rs.status, 422, rs.text);
		assert.match(rs.json.errors[Object.keys(row)[0]], /your role does not allow this/);
	}
	assert.deepEqual(await lists(plain), nothing);
});

test('an administrator can see what a partner sees', async () => {
	await good(boss.browser.post('/api/access/view', { user_id: guest.id, reason: 'Support' }));
	assert.deepEqual(await lists(boss), only([rows.own]));
	await good(boss.browser.delete('/api/access/view'));
});

test('a staff member with the same address is not a partner', async () => {
	const { members } = await good(boss.browser.get('/api/auth/organization/list-members'));
	const memberId = members.find((m) => m.userId === other.id).id;
	await good(boss.browser.post('/api/auth/organization/create-role', { role: 'none', permission: {} }));
	for (const [role, expected] of [['none', nothing], ['portal,none', nothing], ['portal', only([rows.other])]]) {
		await good(boss.browser.post('/api/auth/organization/update-member-role', { memberId, role }));
		assert.deepEqual(await lists(other), expected, role);
	}
});

test('the access ends with the membership', async () => {
	await good(boss.browser.post('/api/auth/organization/remove-member', { memberIdOrEmail: guest.email }));
	assert.ok(Object.values(await lists(guest)).every((status) => typeof status === 'number' && status !== 200));
});

test('a participating distributor reads the opportunity and its own commissions', async () => {
	const me = await partner(rows.own.distributor), customer = await create('companies', { name: 'Alien customer' });
	const won = async (trade) => {
		const { id } = await create('opportunities', { name: 'Shared win', stage: 'won', company_id: customer.id, amount: 200 });
		await create('opportunity_participants', { opportunity_id: id, company_id: trade.principal, role: 'principal', is_lead: true });
		await create('opportunity_participants', { opportunity_id: id, company_id: trade.distributor, role: 'distributor' });
		return id;
	};
	const [mine, theirs] = [await won(rows.own), await won(rows.other)];
	const list = await good(me.browser.get('/api/opportunities'));
	assert.deepEqual(ids(list), [rows.own.opportunities, mine].sort());
	assert.equal((await me.browser.get(`/api/opportunities/${mine}`)).status, 200);
	assert.equal((await me.browser.get(`/api/opportunities/${theirs}`)).status, 404);
	const { lines, totals } = await good(me.browser.get('/api/distributor_terms/statement'));
	assert.deepEqual(lines.map((line) => [line.opportunity_id, line.commission_rate, line.base, line.commission]), [[mine, 10, 20000, 2000]]);
	assert.deepEqual(totals.map((total) => [total.distributor_id, total.commission]), [[rows.own.distributor, 2000]]);
	const csv = await me.browser.get('/api/distributor_terms/statement?format=csv');
	assert.equal(csv.status, 200, csv.text);
	assert.doesNotMatch(csv.text, /Alien/);
	await refused(plain.browser.get('/api/distributor_terms/statement'));
	for (const { id } of [{ id: mine }, { id: theirs }])
		await good(boss.browser.delete(`/api/opportunities/${id}`));
});
