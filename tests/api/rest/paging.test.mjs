// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Cursor pagination, counts, and row projection.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openapi, operations } from '../../lib/api.mjs';
import { sql, sqlFor } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';

const me = await owner('paging');
const stranger = await owner('reader');
const { browser } = me;

const url = (resource, parameters) => `/api/${resource}?${new URLSearchParams(
	Object.fromEntries(Object.entries(parameters).map(([name, value]) =>
		[name, typeof value === 'string' ? value : JSON.stringify(value)])))}`;
const ask = (resource, parameters, who = me) => who.browser.get(url(resource, parameters));
const create = async (resource, row) => {
	const rs = await browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const next = (rs) => /^<([^>]+)>; rel="next"$/.exec(rs.headers.link ?? '')?.[1];
const cursor = (rs) => new URL(next(rs), 'http://x').searchParams.get('after');

// Reads all rows by following the links to the next pages.
async function walk(resource, parameters, between = async () => {}) {
	const rows = [];
	let path = url(resource, parameters);
	for (let pages = 0; path; pages++) {
		assert.ok(pages < 50);
		const rs = await browser.get(path);
		assert.equal(rs.status, 200, rs.text);
		rows.push(...rs.json);
		path = next(rs);
		if (path)
			await between(pages);
	}
	return rows;
}

const company = await create('companies', { name: 'Paged' });
const contacts = [];
for (const [last_name, last_seen] of [['b', '2026-01-02'], [null, '2026-01-01'], ['a', null],
	['b', null], [null, null], ['c', '2026-01-02'], ['b', '2026-01-02T00:00:00.000001Z'],
	['B', '2025-12-31'], ['é', null]])
	contacts.push(await create('contacts', { last_name, last_seen, title: 'paged',
		has_newsletter: last_name && last_seen ? last_name === 'b' : null,
		company_id: last_name ? company.id : null }));

test('next links return each row once in any sort order, with nulls last', async () => {
	const filter = { title: 'paged' };
	for (const column of ['last_name', 'last_seen', 'id', 'has_newsletter', 'company_id',
		'company_name', 'nb_tasks', 'title'])
		for (const order of ['ASC', 'DESC']) {
			const sort = [column, order];
			const all = (await ask('contacts', { filter, sort, range: [0, 99] })).json;
			assert.equal(all.length, contacts.length);
			for (const last of [0, 1, 3, 8])
				for (const more of [{}, { after: '' }, { count: 'none' },
					{ count: 'estimated', fields: ['first_name'] }]) {
					const rows = await walk('contacts',
						{ filter, sort, range: [0, last], ...more });
					assert.deepEqual(rows, more.fields
						? all.map(({ first_name }) => ({ first_name })) : all,
						`${sort} by ${last + 1} ${JSON.stringify(more)}`);
				}
			const values = all.map((row) => row[column]);
			const first = values.indexOf(null);
			assert.ok(first < 0 || values.slice(first).every((v) => v === null));
		}
});

test('the next page starts after the last row, despite inserts and deletes', async () => {
	const filter = { title: 'moving' }, sort = ['last_name', 'ASC'];
	const rows = [];
	for (const last_name of ['d', 'h', 'l', 'p', null])
		rows.push(await create('contacts', { last_name, title: 'moving' }));
	const seen = await walk('contacts', { filter, sort, range: [0, 1] }, async (page) => {
		await create('contacts', { last_name: `a${page}`, title: 'moving' });
		if (page === 0)
			await browser.delete(`/api/contacts/${rows[1].id}`);
	});
	assert.deepEqual(seen.map((row) => row.last_name), ['d', 'h', 'l', 'p', null]);
});

test('a next link keeps the request\'s parameters, and the last page has none', async () => {
	const first = await ask('contacts', { filter: { title: 'paged', 'last_name@gte': 'a>&"' },
		sort: ['id', 'ASC'], range: [0, 0], fields: ['id'], count: 'none',
		orgId: me.organization.id });
	const to = new URL(next(first), 'http://x');
	assert.equal(to.pathname, '/api/contacts');
	assert.deepEqual([...to.searchParams.keys()].sort(),
		['after', 'count', 'fields', 'filter', 'orgId', 'range', 'sort']);
	assert.equal(to.searchParams.get('filter'), '{"title":"paged","last_name@gte":"a>&\\""}');
	assert.equal(first.headers['content-range'], 'contacts 0-0/*');
	const last = await ask('contacts', { filter: { title: 'paged' }, range: [0, 99] });
	assert.equal(last.headers.link, undefined);
	const exact = await ask('contacts', { filter: { title: 'paged' }, range: [0, 8], after: '' });
	assert.equal(exact.headers.link, undefined);
	const middle = await ask('contacts', { filter: { title: 'paged' }, range: [2, 4] });
	assert.equal(new URL(next(middle), 'http://x').searchParams.get('range'), '[0,2]');
});

test('a cursor is valid only for its list and sort order', async () => {
	const sort = ['last_name', 'ASC'], range = [0, 2];
	const after = cursor(await ask('contacts', { sort, range }));
	assert.equal((await ask('contacts', { sort, range, after })).status, 200);
	const bad = [
		[{ sort: ['last_name', 'DESC'], after }], [{ sort: ['first_name', 'ASC'], after }],
		[{ after }], [{ sort, after }, 'contacts_summary'], [{ sort, after: after.slice(1) }],
		[{ sort, after: after.slice(0, -2) }], [{ sort, after: `${after}=` }],
		[{ sort, after: 'x' }], [{ sort, after: '{}' }], [{ sort, range: [1, 2], after }],
	];
	const make = (...list) => Buffer.from(JSON.stringify(list)).toString('base64url');
	for (const list of [['contacts', ...sort, 'a'], ['contacts', ...sort, 'a', 1],
		['contacts', ...sort, 1, '1'], ['contacts', ...sort, 'a', 'x'],
		['contacts', ...sort, 'a', '1', 2], ['contacts', ...sort, {}, '1']])
		bad.push([{ sort, after: make(...list) }]);
	for (const [parameters, resource = 'contacts'] of bad) {
		const rs = await ask(resource, parameters);
		assert.equal(rs.status, 400, `${JSON.stringify(parameters)} ${rs.text}`);
		assert.deepEqual(Object.keys(rs.json.errors ?? {}), [parameters.range?.[0] ? 'range' : 'after'], rs.text);
	}
	const untimely = { sort: ['last_seen', 'ASC'], after: make('contacts', 'last_seen', 'ASC', 'x', '1') };
	assert.equal((await ask('contacts', untimely)).status, 400);
	const drop = make('contacts', ...sort, "a'; DROP TABLE x; --", '1');
	assert.equal((await ask('contacts', { sort, after: drop })).status, 200);
	const theirs = await ask('contacts', { sort, range, after }, stranger);
	assert.deepEqual([theirs.status, theirs.text], [200, '[]']);
});

test('a sort value that is too long for a cursor is reported', async () => {
	const background = 'x'.repeat(9000);
	for (let i = 0; i < 2; i++)
		await create('contacts', { title: 'long', background });
	const parameters = { filter: { title: 'long' }, sort: ['background', 'ASC'], range: [0, 0] };
	const plain = await ask('contacts', parameters);
	assert.deepEqual([plain.status, plain.headers.link], [200, undefined]);
	const rs = await ask('contacts', { ...parameters, after: '' });
	assert.equal(rs.status, 422, rs.text);
	assert.ok(rs.json.errors.after);
});

test('a list without a filter counts only the rows that an operator\'s policy shows', async () => {
	const total = async () => (await ask('companies', { range: [0, 0] })).headers['content-range'].split('/')[1];
	const before = Number(await total());
	await create('companies', { name: 'Hidden by a policy' });
	assert.equal(Number(await total()), before + 1);
	sql(`CREATE POLICY narrow ON crm.companies AS RESTRICTIVE FOR SELECT TO tenantry_app
		USING (name <> 'Hidden by a policy')`);
	try {
		assert.equal(Number(await total()), before);
	} finally {
		sql('DROP POLICY narrow ON crm.companies');
	}
	assert.equal(Number(await total()), before + 1);
});

test('the total is exact, estimated or omitted', async () => {
	const filter = { title: 'paged' }, range = [0, 3];
	const total = async (more) => (await ask('contacts', { filter, range, ...more }))
		.headers['content-range'];
	assert.equal(await total({}), 'contacts 0-3/9');
	assert.equal(await total({ count: 'exact' }), 'contacts 0-3/9');
	assert.equal(await total({ count: 'estimated' }), 'contacts 0-3/9');
	assert.equal(await total({ count: 'none' }), 'contacts 0-3/*');
	assert.equal(await total({ count: 'none', range: [20, 24] }), 'contacts */*');
	assert.equal(await total({ range: [20, 24] }), 'contacts */9');
	const sort = ['id', 'ASC'];
	const after = cursor(await ask('contacts', { filter, range, sort }));
	assert.equal(await total({ after, sort }), 'contacts */9');
	assert.equal(await total({ after, sort, count: 'none' }), 'contacts */*');
	assert.equal((await ask('contacts', { count: 'most' })).status, 400);
});

test('the parameter fields limits rows to the named fields', async () => {
	const [one] = contacts;
	const rs = await ask('contacts', { fields: ['nb_tasks', 'id', 'id'], filter: { id: one.id } });
	assert.equal(rs.text, `[{"id":${one.id},"nb_tasks":0}]`);
	const got = await browser.get(`/api/contacts/${one.id}?fields=["last_name"]`);
	assert.equal(got.text, '{"last_name":"b"}');
	for (const fields of ['["org_id"]', '["id","nope"]', '[]', '{}', '"id"', '[1]', '[null]',
		'["id; --"]', 'x'])
		for (const path of ['/api/contacts', `/api/contacts/${one.id}`])
			assert.equal((await browser.get(`${path}?fields=${encodeURIComponent(fields)}`))
				.status, 400, fields);
});

test('embed=["etag"] returns the ETag of each row of every resource', async () => {
	const { json: document } = await browser.get('/api/openapi.json');
	const resources = Object.keys(document.paths).map((path) => path.match(/^\/api\/(\w+)\/\{id\}$/)?.[1])
		.filter((name) => document.paths[`/api/${name}`]?.get?.parameters?.some((p) => p.name === 'embed'));
	assert.ok(resources.length >= 20, resources.join());
	let compared = 0;
	for (const name of resources) {
		const rs = await browser.get(`/api/${name}?embed=["etag"]&range=[0,2]`);
		assert.equal(rs.status, 200, `${name}: ${rs.text}`);
		for (const { id, etag } of rs.json) {
			const one = await browser.get(`/api/${name}/${id}`);
			assert.equal(etag, one.headers.get?.('etag') ?? one.headers.etag ?? null, name);
			compared += etag !== null;
		}
	}
	assert.ok(compared >= 5, String(compared));
});

test('embed includes referenced rows in the same response', async () => {
	const [one] = contacts;
	const get = async (path) => (await browser.get(path)).json;
	const rs = await ask('contacts', { embed: ['company', 'sales'], filter: { title: 'paged' },
		sort: ['id', 'ASC'] });
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual(rs.json[0].company, await get(`/api/companies/${company.id}`));
	assert.deepEqual(rs.json[0].sales, await get(`/api/sales/${me.me.id}`));
	assert.equal(rs.json[1].company, null);
	const { company: _, sales, ...plain } = rs.json[0];
	assert.deepEqual(plain, await get(`/api/contacts/${one.id}`));
	const stock = await me.data.getOne('contacts', { id: one.id, meta: { embed: ['company'] } });
	assert.equal(stock.data.company.name, 'Paged');
	const many = await me.data.getMany('contacts', { ids: [one.id], meta: { embed: ['sales'] } });
	assert.equal(many.data[0].sales.id, me.me.id);
	const sparse = await browser.get(`/api/contacts/${one.id}?fields=["id"]&embed=["company"]`);
	assert.deepEqual(Object.keys(sparse.json), ['id', 'company']);
	const task = await create('tasks', { contact_id: one.id });
	const deal = await create('deals', { name: 'd', stage: 'opportunity', company_id: company.id });
	const note = await create('deal_notes', { deal_id: deal.id, text: 'n' });
	assert.equal((await get(`/api/tasks/${task.id}?embed=["contact"]`)).contact.id, one.id);
	assert.equal((await get(`/api/deal_notes/${note.id}?embed=["deal"]`)).deal.name, 'd');
	for (const embed of ['["companies"]', '["company_id"]', '["org"]', '"company"', '[[]]'])
		assert.equal((await browser.get(`/api/contacts?embed=${encodeURIComponent(embed)}`))
			.status, 400, embed);
	for (const list of [[], ['company']])
		assert.equal((await ask('contacts', { embed: list })).status, 200);
});

test('an API key can embed only resources that it may read', async () => {
	const ask = async (permissions, path) => {
		const { key } = (await browser.post('/api/auth/api-key/create',
			{ name: 'e', permissions })).json;
		return send('GET', path, { headers: { 'x-api-key': key } });
	};
	const path = '/api/contacts?embed=["company"]';
	assert.equal((await ask({ contacts: ['read'] }, path)).status, 403);
	assert.equal((await ask({ companies: ['read'] }, path)).status, 403);
	assert.equal((await ask({ contacts: ['read'] }, '/api/contacts')).status, 200);
	assert.equal((await ask({ contacts: ['read'], companies: ['read'] }, path)).status, 200);
	assert.equal((await ask({ contacts: ['read'] }, `/api/contacts/${contacts[0].id}?embed=["company"]`))
		.status, 403);
});

test('98 getMany accepts 1,000 ids, in the URL and with POST', async () => {
	const ids = [];
	for (let i = 0; i < 10; i++) {
		const rs = await browser.post('/api/batch', { operations: Array.from({ length: 100 }, (_, n) => (
			{ method: 'POST', resource: 'tags', data: { name: `many ${i} ${n}`, color: '#000000' } })) });
		assert.equal(rs.status, 200, rs.text);
		ids.push(...rs.json.results.map((r) => r.data.id));
	}
	const got = (await me.data.getMany('tags', { ids })).data;
	assert.equal(got.length, 1000);
	const post = (body, path = '/api/tags/get-many', who = me) => who.browser.post(path, body);
	const rs = await post({ ids: [...ids, null, 7, `${ids[0]}`] });
	assert.equal(rs.status, 200, rs.text);
	assert.equal(rs.headers['content-range'], 'tags 0-999/1000');
	const sorted = (rows) => rows.map((row) => row.id).sort();
	assert.deepEqual(sorted(rs.json), sorted(got));
	assert.equal((await post({ ids: [] })).text, '[]');
	assert.equal((await post({ ids }, undefined, stranger)).text, '[]');
	const few = await post({ ids: [contacts[0].id] },
		'/api/contacts/get-many?fields=["id"]&embed=["company"]');
	assert.deepEqual(Object.keys(few.json[0]), ['id', 'company']);
	for (const ids of [['x'], 'x', {}])
		assert.ok([400, 422].includes((await post({ ids })).status), JSON.stringify(ids));
	assert.equal((await browser.get('/api/activity_log?filter={}')).status, 200);
	const { id } = (await browser.get('/api/activity_log')).json[0];
	assert.equal((await post({ ids: [id] }, '/api/activity_log/get-many')).json[0].id, id);
	const { key } = (await browser.post('/api/auth/api-key/create',
		{ name: 'r', permissions: { tags: ['read'] } })).json;
	const by = (path) => send('POST', path, { body: { ids }, headers: { 'x-api-key': key } });
	assert.equal((await by('/api/tags/get-many')).json.length, 1000);
	assert.equal((await by('/api/contacts/get-many')).status, 403);
});

test('the activity log also uses cursor pagination', async () => {
	const all = (await ask('activity_log', { sort: ['date', 'DESC'], range: [0, 99] })).json;
	const rows = await walk('activity_log', { sort: ['date', 'DESC'], range: [0, 2] });
	assert.deepEqual(rows, all);
});

test('names are sorted as people expect, page by page', async () => {
	const order = ['alice', 'Álvaro', 'Bob', 'eté', 'été', 'Łukasz', 'Lund', 'Müller', 'nz', 'ñandú', 'Österreich', 'Otto', 'straße', 'Strasse 2', 'Zulu']
		.sort(new Intl.Collator('es').compare);
	for (const name of [...order].reverse())
		await create('companies', { name, city: 'Sorted' });
	const all = { filter: { city: 'Sorted' }, sort: ['name', 'ASC'] };
	assert.deepEqual((await ask('companies', all)).json.map((r) => r.name), order);
	for (const way of ['ASC', 'DESC']) {
		const found = (await walk('companies', { ...all, sort: ['name', way], range: [0, 2], after: '' })).map((r) => r.name);
		assert.deepEqual(way === 'ASC' ? found : found.reverse(), order);
	}
	// Only some of the columns determine the order, and values are equal.
	assert.deepEqual((await ask('companies', { ...all, filter: { city: 'Sorted', 'name@gt': 'Bob', 'name@lt': 'nz' } })).json.map((r) => r.name),
		order.slice(order.indexOf('Bob') + 1, order.indexOf('nz')));
	for (const filter of [{ name: 'Álvaro' }, { name: ['Álvaro', 'alvaro'] }])
		assert.deepEqual((await ask('companies', { filter })).json.map((r) => r.name), ['Álvaro']);
});

test('a list\'s total is the stored total, or is counted up to a limit', async () => {
	const many = await owner('many'), org = many.organization.id;
	sqlFor(org, `INSERT INTO crm.tags (org_id, name, color) SELECT $1, 't' || i, '#ffffff' FROM generate_series(1, 3) i;`, org);
	sqlFor(org, `SET session_replication_role = replica; INSERT INTO crm.companies (org_id, name, size) SELECT '${org}', 'n' || i, 1
		FROM generate_series(1, 10050) i; SET session_replication_role = origin; INSERT INTO ops.totals (org_id, resource, place, change)
		VALUES ('${org}', 'companies', 0, 10050)`);
	const total = async (resource, parameters) => {
		const { headers } = await ask(resource, { range: [0, 0], ...parameters }, many);
		return [headers['content-range'], headers['total-more-than']];
	};
	const filter = { size: 1 };
	for (const count of [{}, { count: 'estimated' }]) {
		assert.deepEqual(await total('companies', count), ['companies 0-0/10050', undefined]);
		assert.deepEqual(await total('tags', count), ['tags 0-0/3', undefined]);
		assert.deepEqual(await total('companies', { ...count, filter }), ['companies 0-0/10001', '10000']);
		// A client that follows each page reaches the end.
		assert.deepEqual(await total('companies', { ...count, filter, range: [9999, 9999] }), ['companies 9999-9999/10001', '10000']);
		assert.deepEqual(await total('companies', { ...count, filter, range: [10020, 10029] }), ['companies 10020-10029/10031', '10030']);
		assert.deepEqual(await total('companies', { ...count, filter, range: [10040, 10059] }), ['companies 10040-10049/10050', undefined]);
		assert.deepEqual(await total('companies', { ...count, filter, range: [20000, 20009] }), ['companies */10001', '10000']);
	}
	assert.deepEqual(await total('companies', { count: 'exact', filter }), ['companies 0-0/10050', undefined]);
	const { json } = await many.browser.get(`/api/batch?${new URLSearchParams({ get: `/api/companies?${new URLSearchParams({ filter: JSON.stringify(filter) })}` })}`);
	assert.equal(json.results[0].total_more_than, '10000');
});

test('a page far from the beginning has the correct rows, in any sort order', async () => {
	const crowd = await owner('crowd'), org = crowd.organization.id, rows = 1234;
	const made = await crowd.browser.post('/api/auth/organization/create-role',
		{ role: 'seller', permission: { companies: ['read:own'] } });
	assert.equal(made.status, 200, made.text);
	const seller = await member(crowd, 'seller');
	sqlFor(org, `INSERT INTO crm.companies (org_id, name, sector, size, sales_id)
		SELECT $1, (ARRAY['é', 'Z', 'a'])[1 + i % 3] || (i * 7919) % 1000, CASE WHEN i % 3 > 0 THEN 'energy' END, NULL, s.id
		  FROM generate_series(1, ${rows}) i, crm.sales s WHERE s.user_id = $2`, org, seller.id);
	const compare = async (who, resource, parameters) => {
		const all = (await ask(resource, { ...parameters, range: [0, 9999] }, who)).json;
		assert.ok(all.length >= rows, `${resource}: ${all.length}`);
		for (const [first, last, count] of [[1000, 1024, 'exact'], [1220, 1300, 'none'], [1233, 1233, 'none'], [1234, 1300, 'exact']]) {
			const rs = await ask(resource, { ...parameters, range: [first, last], count }, who);
			assert.deepEqual(rs.json, all.slice(first, last + 1), JSON.stringify({ resource, ...parameters, first, last, count }));
			assert.equal(next(rs) !== undefined, last < all.length - 1);
		}
	};
	for (const column of ['id', 'name', 'sector', 'nb_contacts'])
		for (const order of ['ASC', 'DESC'])
			await compare(crowd, 'companies', { sort: [column, order] });
	await compare(crowd, 'companies', { sort: ['sector', 'DESC'], filter: { 'name@neq': 'other' } });
	await compare(crowd, 'companies', { sort: ['name', 'DESC'], fields: ['website'], embed: ['sales'] });
	await compare(crowd, 'activity_log', { sort: ['date', 'DESC'] });
	await compare(seller, 'companies', { sort: ['name', 'ASC'] });
});

// Better Auth's routes limit responses as docs/better-auth.md describes.
test('a limit outside of its range is refused with the range', async () => {
	const admin = await owner('limits');
	sql(`UPDATE identity."user" SET role = 'admin' WHERE id = '${admin.id}'`);
	for (const module of ['b2b', 'membership', 'factory'])
		assert.equal((await admin.browser.put(`/api/modules/${module}`, { enabled: true })).status, 200, module);
	const limits = operations(await openapi()).filter(({ path }) => path.startsWith('/api/') && !/^\/api\/auth\/(?!api-key\/requests)/.test(path))
		.flatMap(({ method, path, operation }) => operation.parameters.filter(({ in: where, name }) => where === 'query' && /^(limit|days)$/.test(name))
			.map(({ name, description }) => ({ method, name, required: operation.parameters.filter((p) => p.name === 'id' && p.in === 'query').map((p) => [p.name, 'x']), most: Number(/from 1 to (\d+)/.exec(description)?.[1]), url: path.replace(/\{\w+\}/, '1') })));
	for (const { method, url: at, name, required, most } of limits) {
		assert.ok(most > 0, `the description of ${at} ${name} has no range`);
		for (const value of [0, -1, most + 1, '9'.repeat(18), '9'.repeat(30), '1.5', 'x', '']) {
			const rs = await admin.browser.send(method, `${at}?${new URLSearchParams([...required, [name, value]])}`);
			const about = `${at} ${name}=${value}: ${rs.text}`;
			assert.ok([400, 422].includes(rs.status), about);
			assert.match(rs.json.errors[name] ?? rs.text, /^\d{1,18}$/.test(value) ? new RegExp(`1 to ${most}$`) : /whole number|from 1 to/, about);
		}
	}
	assert.ok(limits.length > 60, `${limits.length}`);
});
