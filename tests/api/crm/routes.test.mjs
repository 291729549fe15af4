// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it claims the metrics tasks of all organizations.
// CRM routes with both of their names: access, stages, timeline, metrics, suspension and aggregates.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql, sqlFor } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { member, operator, owner, signIn, signUp, tenantry } from '../lib/people.mjs';

const folder = ['--dir', process.env.SOURCES];
const NOBODY = '7f3d2c1a-5b6e-4f70-8a91-b2c3d4e5f607';
const me = await owner('working');
const stranger = await owner('stranger');
const { browser } = me;

const url = (path, parameters = {}) => `${path}?${new URLSearchParams(
	Object.fromEntries(Object.entries(parameters).map(([name, value]) =>
		[name, typeof value === 'string' ? value : JSON.stringify(value)])))}`;
const get = async (path, parameters, who = me) => {
	const rs = await who.browser.get(url(path, parameters));
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const create = async (resource, row, who = me) => {
	const rs = await who.browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const alike = (rs) => rs.text.replaceAll(rs.headers['x-request-id'], '');

test('S2-09 /api/crm/contacts uses the organization in orgId, for its members', async () => {
	const second = await browser.post('/api/auth/organization/create', { name: 'Second',
		slug: `second-${process.pid}`, keepCurrentActiveOrganization: true });
	const row = await create('contacts', { last_name: 'Here' });
	const there = await create(`crm/contacts?orgId=${second.json.id}`, { last_name: 'There' });
	const names = async (parameters) => (await get('/api/crm/contacts', parameters))
		.map((c) => c.last_name);
	assert.deepEqual(await names(), ['Here']);
	assert.deepEqual(await names({ orgId: me.organization.id }), ['Here']);
	assert.deepEqual(await names({ orgId: second.json.id }), ['There']);
	assert.equal((await browser.get(`/api/crm/contacts/${there.id}`)).status, 404);
	const theirs = url('/api/crm/contacts', { orgId: me.organization.id });
	for (const call of [(path) => stranger.browser.get(path),
		(path) => stranger.browser.post(path, { last_name: 'x' })]) {
		const rs = await call(theirs);
		assert.deepEqual([rs.status, rs.json.type], [403, '/problems/not_member']);
		assert.equal(alike(rs), alike(await call(
			url('/api/crm/contacts', { orgId: NOBODY }))));
	}
	const changed = await browser.put(`/api/crm/contacts/${row.id}`, { last_name: 'Both' });
	assert.equal(changed.status, 200);
	assert.equal((await get(`/api/contacts/${row.id}`)).last_name, 'Both');
});

test('S2-18 the list of organizations needs only a session', async () => {
	const mine = (rows) => rows.map((o) => [o.id, o.slug, o.role, o.suspended]);
	const rows = await get('/api/crm/organizations', { filter: { slug: me.organization.slug } });
	assert.deepEqual(mine(rows)[0], [me.organization.id, me.organization.slug, 'owner', false]);
	assert.deepEqual((await me.data.getOne('organizations', { id: rows[0].id })).data, rows[0]);
	assert.deepEqual(mine(await get('/api/organizations', {}, stranger)),
		[[stranger.organization.id, stranger.organization.slug, 'owner', false]]);
	assert.equal((await stranger.browser.get(`/api/crm/organizations/${rows[0].id}`)).status, 404);
	const none = await signUp();
	assert.deepEqual(await get('/api/crm/organizations', {}, none), []);
});

test('S2-18 /api/crm aliases return the same as the resources', async () => {
	const lists = { contacts: 'contacts', deals: 'deals', activities: 'activities',
		metrics: 'daily_metrics', organizations: 'organizations', timeline: 'timeline' };
	for (const [name, resource] of Object.entries(lists)) {
		const [a, b] = await Promise.all([`/api/crm/${name}`, `/api/${resource}`].map((path) =>
			browser.get(url(path, { orgId: me.organization.id }))));
		assert.deepEqual([a.status, a.text, a.headers['content-range']],
			[200, b.text, b.headers['content-range']], name);
	}
});

test('S2-10 each organization has its own stages, and stage changes are recorded', async () => {
	const stages = ['lead', 'qualified', 'proposal', 'won', 'lost', 'on-hold'];
	const configure = (values) => browser.put('/api/configuration/1', { config: {
		dealStages: values.map((value) => ({ value, label: value })) } });
	assert.equal((await configure(stages)).status, 200);
	const deal = await create('deals', { name: 'Staged', stage: 'lead', amount: 10 });
	for (const stage of ['qualified', 'on-hold', 'won'])
		assert.equal((await browser.put(`/api/deals/${deal.id}`, { stage })).status, 200);
	await browser.put(`/api/deals/${deal.id}`, { amount: 20 });
	const named = await browser.post('/api/configuration/rename-stage',
		{ from: 'won', to: 'closed' });
	assert.equal(named.status, 200, named.text);
	await browser.delete(`/api/deals/${deal.id}`);
	assert.equal((await browser.get(`/api/deals/${deal.id}/stages`)).status, 404);
	const [item] = await get('/api/trash', { filter: { row_id: deal.id } });
	await browser.post(`/api/trash/${item.id}/restore`);
	const history = await get(`/api/crm/deals/${deal.id}/stages`);
	assert.deepEqual(history.map((c) => [c.was, c.stage, c.sales_id]),
		[[null, 'lead'], ['lead', 'qualified'], ['qualified', 'on-hold'], ['on-hold', 'won']]
			.map((c) => [...c, me.me.id]));
	assert.equal((await stranger.browser.get(`/api/deals/${deal.id}/stages`)).status, 404);
});

test('S2-11 the timeline combines calls, emails, notes and tasks, with pagination', async () => {
	const { browser: own, ...who } = await owner('feed');
	const someone = { browser: own, ...who };
	const make = (resource, row) => create(resource, row, someone);
	const contact = await make('contacts', { last_name: 'Fed' });
	const deal = await make('deals', { name: 'Fed', stage: 'opportunity' });
	const at = (n) => `2026-02-${String(n).padStart(2, '0')}T10:00:00+00:00`;
	const what = [];
	for (let n = 1; n <= 25; n += 5) {
		await make('activities', { type: 'call', subject: `s${n}`, contact_id: contact.id,
			deal_id: deal.id, occurred_at: at(n) });
		await make('crm/activities', { type: 'email', body: `b${n}`, occurred_at: at(n + 1) });
		await make('contact_notes', { text: `c${n}`, contact_id: contact.id, date: at(n + 2) });
		await make('deal_notes', { text: `d${n}`, deal_id: deal.id, date: at(n + 3) });
		await make('tasks', { type: 'call', text: `t${n}`, contact_id: contact.id,
			due_date: at(n + 4) });
		what.push([at(n), 'call'], [at(n + 1), 'email'], [at(n + 2), 'note'],
			[at(n + 3), 'note'], [at(n + 4), 'task']);
	}
	await make('tasks', { text: 'some day', contact_id: contact.id });
	const walk = async (filter) => {
		const rows = [];
		let path = url('/api/crm/timeline', { after: '', range: [0, 6], filter });
		for (let pages = 0; path && pages < 20; pages++) {
			const rs = await own.get(path);
			assert.equal(rs.status, 200, rs.text);
			rows.push(...rs.json);
			path = /^<([^>]+)>; rel="next"$/.exec(rs.headers.link ?? '')?.[1];
		}
		return rows;
	};
	const rows = await walk({});
	assert.deepEqual(rows.map((r) => [r.date, r.type]), [...what.reverse(), [null, 'task']]);
	assert.deepEqual((await walk({ deal_id: deal.id })).map((r) => r.text ?? r.subject),
		['d21', 's21', 'd16', 's16', 'd11', 's11', 'd6', 's6', 'd1', 's1']);
	assert.equal((await walk({ contact_id: contact.id })).length, 16);
	const one = rows.find((r) => r.resource === 'deal_notes');
	assert.deepEqual(await get(`/api/timeline/${one.id}`, {}, someone), one);
	assert.equal((await browser.get(`/api/timeline/${one.id}`)).status, 404);
	const refused = await own.post('/api/activities', { type: 'letter' });
	assert.deepEqual([refused.status, Object.keys(refused.json.errors)], [422, ['type']]);
});

// Returns the date in a time zone, n days from now.
const day = (zone, n = 0) => new Date(Date.now() + n * 86400000)
	.toLocaleDateString('sv-SE', { timeZone: zone });

test('S2-15 daily metrics use the organization\'s time zone and have no gaps', async () => {
	const who = await owner('days');
	const metrics = (days, more) => get('/api/crm/metrics', { days: `${days}`, ...more }, who);
	const recompute = async (days) => {
		const rs = await who.browser.post('/api/daily_metrics/recompute', { days });
		assert.equal(rs.status, 200, rs.text);
		return rs.json.changed;
	};
	const zone = async (time_zone) => {
		const rs = await who.browser.patch('/api/configuration/1', { time_zone });
		assert.equal(rs.status, 200, rs.text);
	};
	const empty = await metrics(30);
	assert.deepEqual(empty.map((d) => d.date),
		Array.from({ length: 30 }, (_, n) => day('UTC', n - 29)));
	assert.ok(empty.every((d) => d.new_contacts === 0 && d.revenue === 0));

	// 18:00 UTC is the next day in Kiritimati and the same day in Honolulu.
	const first_seen = `${day('UTC', -5)}T18:00:00Z`;
	await create('contacts', { last_name: 'Counted', first_seen }, who);
	const deal = await create('deals', { name: 'Sold', stage: 'opportunity', amount: 250 }, who);
	await who.browser.put(`/api/deals/${deal.id}`, { stage: 'won' });
	await create('deals', { name: 'Won then', stage: 'won', amount: 7,
		created_at: first_seen }, who);
	await create('deals', { name: 'Lost', stage: 'lost' }, who);
	for (const [name, found] of [['UTC', -5], ['Pacific/Kiritimati', -4],
		['Pacific/Honolulu', -5]]) {
		await zone(name);
		assert.equal(await recompute(30) > 0, true);
		assert.equal(await recompute(30), 0, 'nothing changed since');
		const rows = Object.fromEntries((await metrics(30)).map((d) => [d.date, d]));
		assert.equal(Object.keys(rows).length, 30);
		assert.deepEqual(Object.values(rows).filter((d) => d.new_contacts)
			.map((d) => [d.date, d.new_contacts]), [[day('UTC', found), 1]], name);
		const today = rows[day(name)];
		assert.deepEqual([today.days_ago, today.new_deals, today.won_deals, today.lost_deals,
			today.revenue], [0, 2, 1, 1, 25000], name);
		assert.deepEqual([rows[day('UTC', found)].won_deals, rows[day('UTC', found)].revenue],
			[1, 700], name);
	}
	assert.deepEqual((await metrics(3, { sort: ['date', 'DESC'] })).map((d) => d.days_ago),
		[0, 1, 2]);
	for (const days of ['0', '401', 'x', '-1', '1.5', ''])
		assert.equal((await who.browser.get(`/api/crm/metrics?days=${days}`)).status, 400, days);
	for (const name of ['Mars/Olympus', '+03', "UTC'", '', 'FOO3'])
		assert.equal((await who.browser.patch('/api/configuration/1',
			{ time_zone: name })).status, 422, name);
	const helper = await member(who);
	assert.equal((await helper.browser.post('/api/daily_metrics/recompute', {})).status, 422);
	assert.equal((await metrics(30)).length, 30);
});

test('S2-14 a new contact is first seen now, unless it was seen before', async () => {
	const began = Date.now();
	const found = await create('contacts', { last_name: 'New' });
	assert.ok(Math.abs(new Date(found.first_seen) - began) < 60000, found.first_seen);
	const seen = await create('contacts', { last_name: 'Old', first_seen: '2020-02-02T02:02:02Z' });
	assert.equal(new Date(seen.first_seen).toISOString(), '2020-02-02T02:02:02.000Z');
	// A contact that is restored from the trash is unchanged.
	const changed = await browser.patch(`/api/contacts/${found.id}`, { first_seen: null });
	assert.equal(changed.json.first_seen, null, changed.text);
	await browser.delete(`/api/contacts/${found.id}`);
	const [{ id }] = await get('/api/trash');
	assert.equal((await browser.post(`/api/trash/${id}/restore`, {})).status, 200);
	assert.equal((await get(`/api/contacts/${found.id}`)).first_seen, null);
});

test('S2-15 the periodic task computes metrics after changes and once a day', async () => {
	const who = await owner('chore');
	await create('contacts', { last_name: 'Counted' }, who);
	const org = who.organization.id;
	const days = () => Number(sqlFor(org, 'SELECT count(*) FROM crm.daily_metrics WHERE org_id = $1', org)[0][0]);
	const run = (last) => {
		sql(`UPDATE ops.organization_turn SET due_at = '-infinity', done_at = ${last} WHERE org_id = $1 AND task = 'metrics'`, org);
		sql('SELECT ops.compute_metrics(1000)');
	};
	run('NULL');
	assert.equal(days(), 1, 'a day on which nothing happened has no row');
	const [[turn]] = sql("SELECT due_at > now() + interval '50 minutes' FROM ops.organization_turn WHERE org_id = $1 AND task = 'metrics'", org);
	assert.equal(turn, 't');
	// If nothing has changed since the last turn, metrics are not computed.
	sqlFor(org, 'DELETE FROM crm.daily_metrics WHERE org_id = $1', org);
	sqlFor(org, 'SET session_replication_role = replica; UPDATE ops.audit_log SET id = id - (60 * 60 * 1000::bigint << 12) WHERE org_id = $1', org);
	run("now() - interval '1 second'");
	assert.equal(days(), 0);
	run("now() - interval '2 days'");
	assert.equal(days(), 1, 'the next day it is');
	assert.equal((await get('/api/crm/metrics', { days: '1' }, who))[0].new_contacts, 1);
});

test('S2-01 a suspended organization keeps its data and denies access', async () => {
	const boss = await operator(), who = await owner('held');
	const helper = await member(who);
	await create('contacts', { last_name: 'Kept' }, who);
	const key = (await who.browser.post('/api/auth/api-key/create', {})).json.key;
	const change = (word, by = boss, id = who.organization.id) =>
		by.browser.post(`/api/operators/organizations/${id}/${word}`);
	for (const by of [who, helper, stranger])
		assert.equal((await change('suspend', by)).status, 403);
	assert.deepEqual((await change('suspend')).json, { id: who.organization.id,
		slug: who.organization.slug, name: who.organization.name, suspended: true });
	assert.equal((await change('suspend')).status, 409);
	assert.equal((await change('suspend', boss, NOBODY)).status, 404);
	const again = await signIn(who.email);
	for (const by of [who, helper, again])
		for (const path of ['/api/contacts', `/api/crm/deals?orgId=${who.organization.id}`,
			'/api/me']) {
			const rs = await by.browser.get(path);
			assert.deepEqual([rs.status, rs.json.type],
				[403, '/problems/organization_suspended'], path);
		}
	const byKey = await send('GET', '/api/contacts', { headers: { 'x-api-key': key } });
	assert.deepEqual([byKey.status, byKey.json.type],
		[403, '/problems/organization_suspended']);
	const invited = await who.browser.post('/api/auth/organization/invite-member',
		{ email: 'x@y.test', role: 'member' });
	assert.deepEqual([invited.status, invited.json.code], [403, 'ORGANIZATION_SUSPENDED']);
	assert.throws(() => sql("SELECT identity.begin_inbound($1, NULL, 'm')", who.email),
		/suspended/);
	assert.equal((await again.browser.get('/api/auth/get-session')).json.user.id, who.id);
	assert.deepEqual((await get('/api/organizations', {}, again)).map((o) => o.suspended), [true]);
	const other = await again.browser.post('/api/auth/organization/create',
		{ name: 'Other', slug: `other-${process.pid}` });
	assert.equal(other.status, 200, other.text);
	assert.deepEqual(await get('/api/contacts', {}, again), []);

	assert.equal((await change('restore')).json.suspended, false);
	assert.deepEqual((await get('/api/contacts', {}, who)).map((c) => c.last_name), ['Kept']);
	assert.match(tenantry('org', 'suspend', who.organization.slug), /is suspended/);
	assert.equal((await helper.browser.get('/api/contacts')).status, 403);
	assert.match(tenantry('org', 'show', who.organization.slug), /State: suspended/);
	assert.match(tenantry('org', 'restore', who.organization.slug), /no longer suspended/);
	assert.equal((await helper.browser.get('/api/contacts')).status, 200);
	const taken = await stranger.browser.post('/api/auth/organization/create',
		{ name: 'Same', slug: who.organization.slug });
	assert.equal(taken.status, 400, 'a slug is unique');
});

test('S2-24 schema reset requires the name of the database', async () => {
	assert.match(tenantry('schema', 'status', ...folder), /003_crm .* applied/);
	for (const words of [[], ['--yes-i-mean', 'postgres_'], ['--yes-i-mean', '']])
		assert.throws(() => tenantry('schema', 'reset', ...folder, ...words), /nothing was changed/);
	assert.equal((await get('/api/me')).id, me.me.id);
});

test('P21 rows are aggregated by group and by time', async () => {
	const who = await owner('sums');
	const sum = (parameters, by = who, resource = 'deals') =>
		by.browser.get(url(`/api/${resource}/aggregate`, parameters));
	const answer = async (...words) => {
		const rs = await sum(...words);
		assert.equal(rs.status, 200, rs.text);
		return rs.json;
	};
	assert.deepEqual(await answer({}), [{ count: 0 }]);
	assert.deepEqual(await answer({ values: ['sum:amount', 'avg:amount', 'max:created_at'] }),
		[{ sum_amount: null, avg_amount: null, max_created_at: null }]);
	for (const [name, stage, amount, at] of [['Bridge', 'won', 10, '2026-01-31T23:30:00Z'],
		['Tunnel', 'won', 15, '2026-02-01T12:00:00Z'], ['Tower', 'opportunity', 7, '2026-02-03T00:00:00Z'],
		['Tower two', 'opportunity', 8, null]])
		await create('deals', { name, stage, amount, archived_at: at }, who);
	assert.deepEqual(await answer({ group: ['stage'],
		values: ['count', 'sum:amount', 'avg:amount', 'min:name', 'max:amount'] }), [
		{ stage: 'opportunity', count: 2, sum_amount: 15, avg_amount: 7.5, min_name: 'Tower',
			max_amount: 8 },
		{ stage: 'won', count: 2, sum_amount: 25, avg_amount: 12.5, min_name: 'Bridge',
			max_amount: 15 }]);
	const months = { group: ['archived_at:month'], values: ['sum:amount'] };
	assert.deepEqual(await answer(months), [{ archived_at_month: '2026-01-01', sum_amount: 10 },
		{ archived_at_month: '2026-02-01', sum_amount: 22 },
		{ archived_at_month: null, sum_amount: 8 }]);
	await who.browser.patch('/api/configuration/1', { time_zone: 'Europe/Paris' });
	assert.deepEqual((await answer(months)).map((g) => g.sum_amount), [32, 8],
		'February starts one hour earlier in Paris');
	assert.deepEqual(await answer({ filter: { q: 'tower', 'amount@gt': 7 } }), [{ count: 1 }]);
	assert.equal((await answer({ group: ['stage', 'archived_at:day'] })).length, 3);
	assert.deepEqual(await answer({ filter: { stage: 'won' } }, stranger), [{ count: 0 }]);
	assert.equal((await sum({ orgId: who.organization.id }, stranger)).status, 403);
	assert.deepEqual(await answer({}, who, 'crm/deals'), [{ count: 4 }]);

	for (const parameters of [{ group: ['nothing'] }, { group: ['contact_ids'] },
		{ group: ['stage:month'] }, { group: ['archived_at:century'] }, { group: ['stage', 'stage'] },
		{ group: ['expected_closing_date:hour'] }, { values: ['sum:name'] }, { values: ['count:id'] },
		{ values: ['median:amount'] }, { values: ['sum:org_id'] }, { values: ["sum:amount')--"] },
		{ values: ['min:contact_ids'] }, { values: ['count', 'count'] }]) {
		const rs = await sum(parameters);
		assert.equal(rs.status, 422, JSON.stringify(parameters) + rs.text);
		assert.deepEqual(Object.keys(rs.json.errors), Object.keys(parameters));
	}
	for (const parameters of [{ group: 'stage' }, { group: [1] }, { values: {} },
		{ group: ['id', 'name', 'stage', 'amount', 'index'] }, { filter: { nothing: 1 } }])
		assert.equal((await sum(parameters)).status, 400, JSON.stringify(parameters));
});

test('P21 every list can be aggregated, with a limit on groups', async () => {
	const document = (await browser.get('/api/openapi.json')).json;
	const lists = Object.keys(document.paths).filter((path) => path.endsWith('/aggregate'));
	assert.ok(lists.length > 15, String(lists));
	for (const path of lists) {
		const rs = await browser.get(path);
		const total = (await browser.get(url(path.slice(0, -10), { range: [0, 0] })))
			.headers['content-range'].split('/')[1];
		assert.deepEqual([rs.status, rs.json], [200, [{ count: Number(total) }]], path);
	}
	const who = await owner('costs');
	sqlFor(who.organization.id, `INSERT INTO crm.tags (name, color)
		SELECT 'tag ' || n, '#fff' FROM generate_series(1, 1001) n`);
	const many = await who.browser.get(url('/api/tags/aggregate', { group: ['name'] }));
	assert.deepEqual([many.status, Object.keys(many.json.errors)], [422, ['group']]);
	sqlFor(who.organization.id, 'DELETE FROM crm.tags WHERE name = $1', 'tag 7');
	assert.equal((await get('/api/tags/aggregate', { group: ['name'] }, who)).length, 1000);
});

test('S2-16 metadata can be filtered by key, and its size is limited', async () => {
	const who = await owner('meta'), other = await owner('other');
	const make = (resource, row, by = who) => create(resource, row, by);
	const base = { contacts: { last_name: 'x' }, deals: { name: 'x', stage: 'opportunity' },
		activities: { type: 'call' } };
	for (const [resource, row] of Object.entries(base)) {
		const ids = [];
		for (const metadata of [{ color: 'red', n: 1 }, { color: 'blue', n: 1.0, 'a.b': true },
			{ color: ['red'], n: '1' }, undefined])
			ids.push((await make(resource, metadata ? { ...row, metadata } : row)).id);
		await make(resource, { ...row, metadata: { color: 'red', n: 1 } }, other);
		const find = async (filter) => (await get(`/api/${resource}`, { filter,
			sort: ['id', 'ASC'] }, who)).map((found) => ids.indexOf(found.id));
		for (const [filter, found] of [[{ 'metadata->color': 'red' }, [0]],
			[{ 'metadata.color': 'red' }, [0]], [{ 'metadata.n': 1 }, [0, 1]],
			[{ 'metadata.n': '1' }, [2]], [{ 'metadata->a.b': true }, [1]],
			[{ 'metadata.color@not.eq': 'red' }, [1, 2, 3]], [{ 'metadata.color@in': ['red', 'blue'] }, [0, 1]],
			[{ 'metadata.color': ['blue'] }, [1]], [{ 'metadata.color@is': null }, [3]],
			[{ 'metadata.color': null }, [3]], [{ 'metadata.color@ilike': 'BL' }, [1]],
			[{ 'metadata.color@neq': 'red' }, [1, 2]], [{ 'metadata@cs': { n: 1 } }, [0, 1]],
			[{ "metadata.x'; DROP TABLE crm.deals --": 'x' }, []],
			[{ '@or': { 'metadata.color': 'red', 'metadata.n': '1' } }, [0, 2]]])
			assert.deepEqual(await find(filter), found, `${resource} ${JSON.stringify(filter)}`);
		for (const filter of [{ 'metadata.n@gt': 1 }, { 'metadata.': 1 }, { 'metadata->': 1 },
			{ 'metadata.color': { a: 1 } }, { 'last_name.x': 1 }, { 'id->x': 1 },
			{ [`metadata.${'k'.repeat(65)}`]: 1 }])
			assert.equal((await who.browser.get(url(`/api/${resource}`, { filter }))).status, 400,
				`${resource} ${JSON.stringify(filter)}`);
		const large = await who.browser.post(`/api/${resource}`,
			{ ...row, metadata: { novel: 'x'.repeat(16384) } });
		assert.deepEqual([large.status, large.json.message], [422,
			'metadata: has 16397 bytes; at most 16384 are allowed']);
		assert.equal((await who.browser.post(`/api/${resource}`,
			{ ...row, metadata: [1] })).status, 422);
	}
	const plan = sql(`SET enable_seqscan = off; EXPLAIN SELECT id FROM crm.contacts
		WHERE metadata <> '{}' AND crm.metadata_terms(org_id, metadata)
			@> ARRAY[crm.metadata_term($1, 'color', '"red"')]`, who.organization.id).join();
	assert.match(plan, /contacts_metadata/);
});
