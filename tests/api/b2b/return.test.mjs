// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_MCP_SQL=on
// The undo of a bulk change or an import, and an archive, restore the module's rows. All of the module's tables are
// readable through MCP.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ask, query, untimed } from '../../lib/api.mjs';
import { good } from '../lib/answers.mjs';
import { makeDatabase } from '../lib/database.mjs';
import { startJobs } from '../lib/files.mjs';
import { bring, turn } from '../lib/imports.mjs';
import { owner } from '../lib/people.mjs';

const { BUILD, SOURCES, DATABASE_URL, PGDATABASE } = process.env;
const work = mkdtempSync(join(tmpdir(), 'tenantry-return.'));
const jobs = startJobs();
after(() => {
	jobs.stop();
	rmSync(work, { recursive: true });
});

async function boss(name, enabled = true) {
	const who = await owner(name);
	await good(who.browser.put('/api/modules/b2b', { enabled }));
	const add = (resource, body) => good(who.browser.post(`/api/${resource}`, body));
	const company = async (named) => (await add('companies', { name: named })).id;
	return { ...who, add, company, path: (path, body) => good(who.browser.patch(path, body)),
		list: (resource, filter) => good(who.browser.send('GET', `/api/${resource}${query({ filter })}`)) };
}

// Applies a bulk change, and returns the change and its undo.
async function bulk(who, resource, id, set) {
	const change = await who.add(`${resource}/bulk`, { ids: [id], set });
	return () => who.browser.post(`/api/bulk_changes/${change.id}/undo`, {});
}

test('the undo of a bulk change restores a role and a company', async () => {
	const who = await boss('return-roles');
	const [a, b] = [await who.company('A'), await who.company('B')];
	const contact = await who.add('contacts', { last_name: 'L', company_id: a });
	const row = await who.add('contact_organizations', { contact_id: contact.id, company_id: b, role: 'old' });
	const undo = await bulk(who, 'contact_organizations', row.id, { role: 'new' });
	assert.deepEqual((await good(undo())).undone, 1);
	assert.equal((await who.list('contact_organizations', { id: row.id }))[0].role, 'old');

	const back = await bulk(who, 'contacts', contact.id, { company_id: b });
	await good(back());
	assert.equal((await who.list('contacts', { id: contact.id }))[0].company_id, a);
	assert.deepEqual((await who.list('contact_organizations', { contact_id: contact.id })).filter((one) => one.is_primary)
		.map((one) => one.company_id), [a]);
});

test('after an undo, a contact that had no company has no organization', async () => {
	const who = await boss('return-none');
	const [a, b] = [await who.company('A'), await who.company('B')];
	const [none, left, told, other] = await Promise.all(['None', 'Left', 'Told', 'Other'].map((last_name) =>
		who.add('contacts', { last_name, company_id: last_name === 'Other' ? b : null })));
	const ended = '2020-01-31';
	await who.add('contact_organizations', { contact_id: left.id, company_id: a, ended_on: ended });
	const had = await who.list('contact_organizations', {});
	const change = await who.add('contacts/bulk', { ids: [none, left, told, other].map(({ id }) => id), set: { company_id: a } });
	const of = (one) => who.list('contact_organizations', { contact_id: one.id });
	await who.path(`/api/contact_organizations/${(await of(told))[0].id}`, { role: 'Buyer' });
	await good(who.browser.post(`/api/bulk_changes/${change.id}/undo`, {}));
	assert.deepEqual(untimed([await of(none), await of(other)]), untimed([[], had.filter(({ contact_id }) => contact_id === other.id)]));
	for (const one of [left, told]) {
		assert.equal((await who.list('contacts', { id: one.id }))[0].company_id, null);
		const [row, ...more] = await of(one);
		assert.ok(row.ended_on && !row.is_primary && more.length === 0, JSON.stringify(row));
	}
	assert.deepEqual(await who.list('trash', { resource: 'contact_organizations' }), []);
});

test('rows that the module adds do not prevent the undo of an import', async () => {
	for (const meanwhile of ['', 'switch']) {
		const who = await boss(`return-import${meanwhile}`, !meanwhile);
		const kept = await who.add('contacts', { last_name: 'Kept', email_jsonb: [{ type: 'Work', email: 'kept@here.test' }] });
		const done = await bring(who, 'last_name,email_work,company\nKept,kept@here.test,New\nGone,gone@here.test,New\n'
			+ 'Used,used@here.test,Used\nTold,told@here.test,Told\nTyped,typed@here.test,Typed\n',
		{ plan: { mode: 'both', match_by: 'email' } });
		assert.equal(done.failed, 0);
		if (meanwhile)
			await good(who.browser.put('/api/modules/b2b', { enabled: true }));
		const named = Object.fromEntries((await who.list('contacts', {})).map((one) => [one.last_name, one]));
		const organization = async (one) => (await who.list('contact_organizations', { contact_id: one.id }))[0];
		await who.add('tasks', { contact_id: named.Used.id, text: 'call' });
		await who.path(`/api/contact_organizations/${(await organization(named.Told)).id}`, { role: 'Buyer' });
		await who.path(`/api/company_profiles/${named.Typed.company_id}`, { type: 'customer' });
		const undone = await turn(who, done.id, 'undo');
		const names = async (resource, name) => (await who.list(resource, {})).map((row) => row[name]).sort();
		assert.deepEqual([undone.state, await names('contacts', 'last_name'), await names('companies', 'name')],
			['undone', ['Kept', 'Told', 'Used'], ['Told', 'Typed', 'Used']]);
		const conflicts = await good(who.browser.send('GET', `/api/imports/${done.id}/conflicts`));
		assert.deepEqual(conflicts.map(({ resource }) => resource).sort(), ['companies', 'companies', 'companies', 'contacts', 'contacts']);
		assert.equal(undone.conflicts, 5);
		assert.equal((await who.list('contacts', { id: kept.id }))[0].company_id, null);
		assert.equal(await organization(kept), undefined);
		for (const one of [named.Told, named.Used])
			assert.ok((await organization(one)).is_primary);
		assert.equal((await who.list('company_profiles', {})).length, 3);
	}
});

// Restores a row, or fails with this status.
async function restore(who, resource, row_id, status = 200) {
	const [item] = await who.list('trash', { resource, row_id });
	const rs = await who.browser.post(`/api/trash/${item.id}/restore`, {});
	assert.equal(rs.status, status, rs.text);
	return rs.json;
}

test('a company is restored without terms that conflict with newer terms', async () => {
	const who = await boss('return-terms');
	const [principal, one, other] = [await who.company('P'), await who.company('One'), await who.company('Other')];
	await who.path(`/api/company_profiles/${principal}`, { is_principal: true });
	const terms = (distributor_id, more) => who.add('distributor_terms', { principal_id: principal, distributor_id,
		commission_rate: 1, valid_from: '2999-01-01', ...more });
	const [lost, kept] = [await terms(one, { territory: 'France' }), await terms(one, { territory: 'Spain' })];
	await good(who.browser.send('DELETE', `/api/companies/${one}`));
	const taker = await terms(other, { territory: 'France', exclusive: true });
	const { rows, left } = await restore(who, 'companies', one);
	assert.deepEqual([rows, left], [3, { distributor_terms: 1 }]);
	assert.deepEqual((await who.list('distributor_terms', { distributor_id: one })).map(({ id }) => id), [kept.id]);
	await restore(who, 'distributor_terms', lost.id, 409);
	await good(who.browser.send('DELETE', `/api/distributor_terms/${taker.id}`));
	await restore(who, 'distributor_terms', lost.id);
	assert.deepEqual(untimed((await who.list('distributor_terms', { id: lost.id }))[0]), untimed(lost));
	assert.deepEqual(await who.list('trash', { resource: 'distributor_terms', row_id: lost.id }), []);
});

test('a contact\'s organization is restored only if both the contact and the company exist', async () => {
	const who = await boss('return-both');
	const [a, b] = [await who.company('A'), await who.company('B')];
	const rows = [];
	for (const last_name of ['Purged', 'Waits']) {
		const contact = await who.add('contacts', { last_name, company_id: a });
		rows.push([contact.id, (await who.add('contact_organizations', { contact_id: contact.id, company_id: b, role: 'r' })).id]);
	}
	const [[purged, lost], [waits, row]] = rows;
	await good(who.browser.send('DELETE', `/api/companies/${b}`));
	for (const id of [purged, waits])
		await good(who.browser.send('DELETE', `/api/contacts/${id}`));
	const [{ id: entry }] = await who.list('trash', { row_id: purged });
	await good(who.browser.send('DELETE', `/api/trash/${entry}`));
	assert.deepEqual((await restore(who, 'companies', b)).left, { contact_organizations: 2 });
	await restore(who, 'contact_organizations', lost, 422);
	assert.deepEqual((await restore(who, 'contacts', waits)).left, {});
	assert.equal((await who.list('contact_organizations', { id: row }))[0].role, 'r');
	// The company is deleted again while the contact is in the trash.
	await good(who.browser.send('DELETE', `/api/contacts/${waits}`));
	await good(who.browser.send('DELETE', `/api/companies/${b}`));
	assert.deepEqual((await restore(who, 'contacts', waits)).left, { contact_organizations: 1 });
	assert.deepEqual((await restore(who, 'companies', b)).left, {});
	assert.equal((await who.list('contact_organizations', { id: row }))[0].role, 'r');
});

test('a price list is restored without prices for products of another principal', async () => {
	const who = await boss('return-prices');
	const [a, b] = [await who.company('A'), await who.company('B')];
	for (const id of [a, b])
		await who.path(`/api/company_profiles/${id}`, { is_principal: true });
	const [gone, stays] = [await who.add('products', { principal_id: a, sku: '1', name: '1' }), await who.add('products', { principal_id: a, sku: '2', name: '2' })];
	const list = await who.add('price_lists', { principal_id: a, name: 'L', currency: 'EUR' });
	for (const { id } of [gone, stays])
		await who.add('price_list_items', { price_list_id: list.id, product_id: id, price: 1 });
	await good(who.browser.send('DELETE', `/api/price_lists/${list.id}`));
	await who.path(`/api/products/${gone.id}`, { principal_id: b });
	assert.deepEqual((await restore(who, 'price_lists', list.id)).left, { price_list_items: 1 });
	assert.deepEqual((await who.list('price_list_items', { price_list_id: list.id })).map(({ product_id }) => product_id), [stays.id]);
});

test('a parent is not restored if it would form a cycle', async () => {
	const who = await boss('return-parents');
	const [a, b] = [await who.company('A'), await who.company('B')];
	await who.path(`/api/company_profiles/${a}`, { parent_id: b });
	const undo = await bulk(who, 'company_profiles', a, { parent_id: null });
	await who.path(`/api/company_profiles/${b}`, { parent_id: a });
	const rs = await undo();
	assert.equal(rs.status, 422, rs.text);
	assert.match(rs.json.detail, /is below company/);
});

test('MCP reads and changes the module\'s tables as its schema describes', async () => {
	const who = await boss('return-mcp');
	const tool = async (name, args = {}) => (await good(ask('POST', '/mcp?access=write', { token: who.token,
		headers: { accept: 'application/json, text/event-stream' },
		body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } } }))).result;
	const text = ({ content }) => content.map((part) => part.text).join('\n');
	const change = async (sql) => {
		const result = await tool('mutate', { sql });
		assert.equal(result.isError, false, `${sql}: ${text(result)}`);
		return JSON.parse(result.content[1]?.text ?? '[{}]')[0].id;
	};
	const [a, b] = [await who.company('A'), await who.company('B')];
	const contact = await who.add('contacts', { last_name: 'L', company_id: a });
	const deal = await who.add('opportunities', { name: 'O', stage: 'opportunity', currency: 'EUR' });
	const own = {
		company_profiles: { UPDATE: () => `UPDATE company_profiles SET is_principal = true WHERE id = ${a}` },
		products: { INSERT: () => `INSERT INTO products (principal_id, sku, name) VALUES (${a}, '1', 'One') RETURNING id` },
		price_lists: { INSERT: () => `INSERT INTO price_lists (principal_id, name, currency) VALUES (${a}, 'L', 'EUR') RETURNING id` },
		price_list_items: { INSERT: (ids) => `INSERT INTO price_list_items (price_list_id, product_id, price)
			VALUES (${ids.price_lists}, ${ids.products}, 5) RETURNING id` },
		distributor_terms: { INSERT: () => `INSERT INTO distributor_terms (principal_id, distributor_id, commission_rate, valid_from)
			VALUES (${a}, ${b}, 5, '2999-01-01') RETURNING id` },
		contact_organizations: { INSERT: () => `INSERT INTO contact_organizations (contact_id, company_id) VALUES (${contact.id}, ${b}) RETURNING id` },
		opportunity_participants: { INSERT: () => `INSERT INTO opportunity_participants (opportunity_id, company_id, role, is_lead)
			VALUES (${deal.id}, ${a}, 'principal', true) RETURNING id` },
		opportunity_items: { INSERT: (ids) => `INSERT INTO opportunity_items (opportunity_id, product_id) VALUES (${deal.id}, ${ids.products}) RETURNING id` },
	};
	const openapi = await good(ask('GET', '/api/openapi.json', { token: who.token }));
	const tables = Object.entries(openapi.paths).filter(([path, { get }]) => get?.['x-module'] && /^\/api\/\w+$/.test(path)).map(([path]) => path.slice(5))
		.filter((table) => !['contact_influence_profile', 'opportunities_summary', 'principal_advocacy_dashboard'].includes(table));
	const readOnly = { opportunities: 'opportunities_summary', pipelines: 'pipelines', pipeline_stages: 'pipeline_stages' };
	assert.deepEqual(tables.sort(), [...Object.keys(own), ...Object.keys(readOnly)].sort());
	for (const table of Object.values(readOnly))
		assert.equal((await tool('query', { sql: `SELECT * FROM ${table} LIMIT 1` })).isError, false, table);
	const schema = text(await tool('get_schema'));
	const ids = { company_profiles: a }, can = {};
	for (const table of Object.keys(own)) {
		const [, all, some] = schema.match(new RegExp(`^${table} \\(table, may be changed(?:( *)| by (.*))\\)$`, 'm'));
		can[table] = all === undefined ? some.split(' and ') : ['INSERT', 'UPDATE', 'DELETE'];
		if (can[table].includes('INSERT'))
			ids[table] = await change(own[table].INSERT(ids));
		await change(own[table].UPDATE?.(ids) ?? `UPDATE ${table} SET org_id = org_id WHERE id = ${ids[table]}`);
		assert.match(text(await tool('query', { sql: `SELECT id FROM ${table}` })), new RegExp(ids[table]));
	}
	for (const table of Object.keys(own).reverse()) {
		const sql = `DELETE FROM ${table} WHERE id = ${ids[table]}`;
		if (can[table].includes('DELETE'))
			await change(sql);
		else
			assert.match(text(await tool('mutate', { sql })), /^DELETE is not allowed here: /);
	}
	for (const sql of ['INSERT INTO trash (row_id) VALUES (1)', 'DELETE FROM automation_rules WHERE id = 1', "UPDATE sales SET first_name = 'x' WHERE id = 1",
		'WITH tags AS (SELECT 1) DELETE FROM crm.choices WHERE id = 1'])
		assert.match(text(await tool('mutate', { sql })), /^to change this is not allowed here: /);
	await good(who.browser.put('/api/modules/b2b', { enabled: false }));
	assert.doesNotMatch(text(await tool('get_schema')), /^products /m);
	for (const table of Object.keys(own))
		for (const [name, sql] of [['query', `SELECT 1 FROM (SELECT id FROM crm.${table}) x`], ['mutate', `DELETE FROM ${table} WHERE id = 1`],
			['mutate', `DELETE FROM tags WHERE id IN (SELECT id FROM ${table})`]])
			assert.match(text(await tool(name, { sql })), new RegExp(`relation "${table}" does not exist`));
	assert.equal((await tool('query', { sql: 'WITH products AS (SELECT 1 AS id) SELECT id FROM products' })).isError, false);
});

test('archives of merged contacts, and archives from a time without the module, can be restored', async () => {
	const elsewhere = `${PGDATABASE}_elsewhere`;
	const there = { DATABASE_URL: DATABASE_URL.replace(PGDATABASE, elsewhere), UPLOAD_DIR: join(work, 'uploads') };
	mkdirSync(there.UPLOAD_DIR);
	const run = (program, words, env = {}) => {
		const out = spawnSync(program, words, { encoding: 'utf8', env: { ...process.env, TENANTRY_SQL: SOURCES, ...env } });
		assert.equal(out.status, 0, `${words}: ${out.stderr}`);
	};
	makeDatabase(elsewhere);
	const move = ({ organization: { slug } }) => {
		const file = join(work, `${slug}.tar`);
		run(`${BUILD}/tenantry`, ['org', 'export', slug, '--to', file]);
		run(`${BUILD}/tenantry`, ['org', 'import', file], there);
	};
	const merged = await boss('return-merged');
	const winner = await merged.add('contacts', { last_name: 'W' });
	const loser = await merged.add('contacts', { last_name: 'L', company_id: await merged.company('A') });
	await merged.add('merge_contacts', { loserId: loser.id, winnerId: winner.id });
	move(merged);

	const off = await boss('return-off');
	const contact = await off.add('contacts', { last_name: 'L', company_id: await off.company('A') });
	await good(off.browser.put('/api/modules/b2b', { enabled: false }));
	await off.path(`/api/contacts/${contact.id}`, { company_id: await off.company('B') });
	move(off);
});
