// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_WEBHOOKS=on
// own stack: it runs tenantry-jobs with its own settings.
// Webhooks: signatures, retries, the delivery log, replay, protection of private networks, and isolation from slow
// receivers.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import http from 'node:http';
import { after, test } from 'node:test';
import { ask } from '../../lib/api.mjs';
import { sql } from '../lib/database.mjs';
import { startJobs, until } from '../lib/files.mjs';
import { member, operator, owner } from '../lib/people.mjs';

let jobs = startJobs();
after(() => jobs.stop());
const me = await owner('hooks');
const other = await owner('strangers');

// A webhook receiver. answers[path] overrides its response.
const received = [];
const answers = {};
const server = http.createServer((rq, rs) => {
	let body = '';
	rq.on('data', (part) => { body += part; });
	rq.on('end', () => {
		const got = { path: rq.url, headers: rq.headers, body, json: JSON.parse(body), at: Date.now() };
		received.push(got);
		(answers[rq.url] ?? ((_, r) => r.end('thanks')))(got, rs);
	});
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
after(() => {
	server.closeAllConnections?.();
	server.close();
});
const at = (path) => `http://127.0.0.1:${server.address().port}${path}`;
const of = (path) => received.filter((r) => r.path === path);

async function hook(path, more = {}, who = me) {
	const rs = await who.browser.post('/api/webhooks', { url: at(path), ...more });
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
}
const deliveries = async (w, who = me) => (await who.browser.get('/api/webhook_deliveries?'
	+ new URLSearchParams({ filter: JSON.stringify({ webhook_id: w.id }) }))).json;
const tag = async (name, who = me) => (await who.data.create('tags',
	{ data: { name, color: '#123456' } })).data;
const forget = (w, who = me) => who.browser.send('DELETE', `/api/webhooks/${w.id}`);

function signed(secret, { headers, body }) {
	const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
	return 'v1,' + createHmac('sha256', key).update(
		`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64');
}

test('P32 a change is sent within two seconds', async () => {
	const w = await hook('/soon', { events: ['tags.create'] });
	const delays = [];
	// The first delivery waits for tenantry-jobs to start, and a busy machine may delay others.
	for (let i = 1; i <= 5 && !delays.some((ms) => ms < 2000); i++) {
		const began = Date.now();
		await tag(`soon ${i}`);
		await until(() => of('/soon').length === i);
		delays.push(of('/soon')[i - 1].at - began);
	}
	assert.ok(Math.min(...delays) < 2000, `${delays} ms`);
	await forget(w);
});

test('changes to the rows of an object are sent under its name, without deleted fields', async () => {
	const post = async (resource, row, who = me) => {
		const rs = await who.browser.post(`/api/${resource}`, row);
		assert.equal(rs.status, 201, rs.text);
		return rs.json;
	};
	const { resource } = await post('object_definitions', { label: 'Machine', plural: 'Machines 2' });
	const { resource: silent } = await post('object_definitions', { label: 'Hall', plural: 'Halls' });
	const code = await post('field_definitions', { resource, label: 'Code', kind: 'text' });
	await post('field_definitions', { resource, label: 'Power', kind: 'number' });
	const w = await hook('/objects', { events: [`${resource}.*`] });
	await post(silent, { name: 'Nothing' });
	const lathe = await post(resource, { name: 'Lathe', custom: { power: 7.5, code: 'K9' }, external_ids: { erp: ['4711'] } });
	await until(() => of('/objects').length === 1);
	const [{ json: first }] = of('/objects');
	assert.deepEqual([first.type, first.data.id, first.data.name, first.data.custom, first.data.external_ids],
		[`${resource}.create`, lathe.id, 'Lathe', { power: 7.5, code: 'K9' }, { erp: ['4711'] }]);
	await me.browser.send('DELETE', `/api/field_definitions/${code.id}`);
	await me.browser.send('DELETE', `/api/${resource}/${lathe.id}`);
	await until(() => of('/objects').length === 2);
	const { json: last } = of('/objects')[1];
	assert.deepEqual([last.type, last.data], [`${resource}.delete`, { id: lathe.id, external_ids: { erp: ['4711'] } }]);
	await forget(w);
	for (const events of [['custom_nothing.create'], ['records.create'], [`${resource}.move`], ['custom_.create']])
		assert.equal((await me.browser.post('/api/webhooks', { url: at('/x'), events })).status, 422, events[0]);
	assert.equal((await other.browser.post('/api/webhooks', { url: at('/x'), events: [`${resource}.create`] })).status, 422);
});

test('a delivery names the API key and the client of the writer', async () => {
	const w = await hook('/writer', { events: ['tags.*'] });
	const key = (await me.browser.post('/api/auth/api-key/create', { name: 'sync' })).json;
	const made = await ask('POST', '/api/tags', { headers: { 'x-api-key': key.key, 'x-client': 'sync"1"' }, body: { name: 'by a key', color: '#123456' } });
	assert.equal(made.status, 201, made.text);
	await me.browser.send('DELETE', `/api/tags/${made.json.id}`);
	await until(() => of('/writer').length === 2);
	const [one, two] = of('/writer').map(({ json }) => json).sort((a, b) => a.seq - b.seq);
	assert.deepEqual(Object.keys(one), ['id', 'type', 'created_at', 'organization', 'seq', 'by', 'api_key_id', 'client', 'data']);
	assert.deepEqual([one.api_key_id, one.client], [key.id, 'sync"1"']);
	assert.deepEqual(Object.keys(two), ['id', 'type', 'created_at', 'organization', 'seq', 'by', 'data']);
	await forget(w);
});

test('a delivery about an update contains the previous values of the changed fields', async () => {
	const w = await hook('/previous', { events: ['deals.*', 'tags.*'] });
	const send = async (method, path, body) => {
		const rs = await me.browser.send(method, `/api/${path}`, body);
		assert.ok(rs.status < 300, rs.text);
		return rs.json;
	};
	const { id } = await send('POST', 'deals', { name: 'Old', stage: 'opportunity', amount: 5, metadata: { a: 1 } });
	await send('PATCH', `deals/${id}`, { name: 'New', amount: 7.5, stage: 'opportunity' });
	await send('PATCH', `deals/${id}`, { metadata: { b: 2 } });
	const { id: gone } = await send('POST', 'tags', { name: 'to delete', color: '#123456' });
	await send('DELETE', `tags/${gone}`);
	await until(() => of('/previous').length === 5);
	const sent = of('/previous').map(({ json }) => json).sort((a, b) => a.seq - b.seq);
	assert.deepEqual(sent.map(({ type, previous }) => [type, previous]), [['deals.create', undefined], ['deals.update', { name: 'Old', amount: 5 }],
		['deals.update', { metadata: { a: 1 } }], ['tags.create', undefined], ['tags.delete', undefined]]);
	await forget(w);
});

test('P32 a delivery is signed and contains the row as the API returns it', async () => {
	const w = await hook('/first', { events: ['companies.*', 'contacts.create', '*.delete'] });
	assert.match(w.secret, /^whsec_[A-Za-z0-9+/]+=*$/);
	assert.equal((await me.browser.get(`/api/webhooks/${w.id}`)).json.secret, undefined);
	assert.ok(!JSON.stringify(sql('SELECT to_json(w) FROM crm.webhooks w'))
		.includes(Buffer.from(w.secret.slice(6), 'base64').toString()), 'sealed at rest');
	const company = (await me.data.create('companies', { data: { name: 'Told Ltd' } })).data;
	const contact = (await me.data.create('contacts', { data: { first_name: 'Ada',
		last_name: 'Told', company_id: company.id } })).data;
	const t = await tag('not told');
	await me.browser.send('DELETE', `/api/tags/${t.id}`);
	await tag('strange', other);
	await until(() => of('/first').length >= 3);
	const [one, two, three] = of('/first').sort((a, b) => a.json.seq - b.json.seq);
	assert.deepEqual([one, two, three].map((r) => r.json.type),
		['companies.create', 'contacts.create', 'tags.delete']);
	for (const [r, resource, row] of [[one, 'companies', company], [two, 'contacts', contact]]) {
		assert.equal(r.headers['webhook-signature'], signed(w.secret, r));
		assert.equal(r.headers['webhook-id'], r.json.id);
		assert.ok(Math.abs(Number(r.headers['webhook-timestamp']) - Date.now() / 1000) < 60);
		assert.equal(r.headers['content-type'], 'application/json');
		assert.equal(r.json.organization, me.organization.id);
		const shown = (await me.browser.get(`/api/${resource}/${row.id}`)).json;
		for (const name of Object.keys(shown).filter((n) => !['nb_contacts', 'nb_deals'].includes(n)))
			assert.deepEqual(r.json.data[name], shown[name], `${resource}.${name}`);
		assert.deepEqual(Object.keys(r.json.data).filter((n) => !(n in shown)), []);
	}
	assert.deepEqual(three.json.data, { id: t.id });
	const log = await until(async () => {
		const all = await deliveries(w);
		return all.length === 3 && all.every((d) => d.status === 'delivered') && all;
	});
	assert.equal(log[0].attempts[0].status, 200);
	assert.equal(log[0].attempts[0].answer, 'thanks');
	for (const d of log) {
		const got = [one, two, three].find((r) => r.json.id === `msg_${d.id}`);
		assert.equal(d.request_body, got.body);
		assert.deepEqual(['webhook-id', 'webhook-timestamp', 'webhook-signature', 'Content-Type'].map((name) => d.request_headers[name]),
			['webhook-id', 'webhook-timestamp', 'webhook-signature', 'content-type'].map((name) => got.headers[name]));
	}
	assert.ok(log[0].attempts[0].ms >= 0);
	// For a day after a rotation, the old secret also signs deliveries.
	const rotated = (await me.browser.post(`/api/webhooks/${w.id}/rotate`, {})).json;
	assert.notEqual(rotated.secret, w.secret);
	const tried = await me.browser.post(`/api/webhooks/${w.id}/test`, {});
	assert.equal(tried.status, 200, tried.text);
	const test = await until(() => of('/first').find((r) => r.json.type === 'webhook.test'));
	assert.deepEqual(test.headers['webhook-signature'].split(' '),
		[signed(rotated.secret, test), signed(w.secret, test)]);
	await forget(w);
});

test('P32 a delivery contains the row\'s external IDs, even if the row is deleted', async () => {
	const w = await hook('/ids', { events: ['companies.*'] });
	const ids = { erp: ['4711', '4712'], shop: ['a'] };
	const { id } = (await me.browser.post('/api/companies', { name: 'Known', external_ids: ids })).json;
	const without = (await me.browser.post('/api/companies', { name: 'Unknown' })).json;
	await until(() => of('/ids').length === 2);
	await me.browser.patch(`/api/companies/${id}`, { external_ids: { shop: null } });
	await until(() => of('/ids').length === 3);
	for (const row of [id, without.id])
		await me.browser.delete(`/api/companies/${row}`);
	await until(() => of('/ids').length === 5);
	const told = of('/ids').map(({ json }) => json).sort((a, b) => a.seq - b.seq);
	assert.deepEqual(told.map(({ type, data }) => [type, data.id, data.external_ids]), [
		['companies.create', id, ids], ['companies.create', without.id, undefined], ['companies.update', id, { erp: ids.erp }],
		['companies.delete', id, { erp: ids.erp }], ['companies.delete', without.id, undefined]]);
	assert.deepEqual(told[3].data, { id, external_ids: { erp: ids.erp } });
	await forget(w);
});

test('P32 a delivery contains no column that the API does not show', async () => {
	const w = await hook('/shown', { events: ['tags.create', 'tasks.create'] });
	const contact = (await me.data.create('contacts', { data: { first_name: 'Ada', last_name: 'Shown' } })).data;
	const task = (await me.data.create('tasks', { data: { contact_id: contact.id, text: 'shown', due_date: '2030-01-31' } })).data;
	const made = { 'tags.create': await tag('shown'), 'tasks.create': task };
	await until(() => of('/shown').length === 2);
	for (const { json } of of('/shown'))
		assert.deepEqual(Object.keys(json.data).filter((name) => !(name in made[json.type])), [], json.type);
	await forget(w);
});

test('P32 a failed delivery is retried with the same ID and a growing delay, and can be replayed', async () => {
	answers['/fails'] = (_, rs) => {
		rs.statusCode = 500;
		rs.end('no'.repeat(100_000));
	};
	const w = await hook('/fails', { events: ['tags.create'] });
	const t = await tag('fails');
	const [first] = await until(() => of('/fails').length > 0 && of('/fails'));
	const d = await until(async () => (await deliveries(w)).find((x) => x.attempts.length === 1));
	assert.equal(d.status, 'waiting');
	assert.equal(d.attempts[0].status, 500);
	assert.ok(d.attempts[0].answer.length > 1024 && d.attempts[0].answer.length <= 2048, 'only its beginning is stored');
	const pause = Date.parse(d.next_at) - Date.parse(d.attempts[0].at);
	assert.ok(pause >= 3900 && pause <= 6100, `${pause} ms`);
	assert.ok((await me.browser.get(`/api/webhooks/${w.id}`)).json.failing_since);
	// Makes the next attempt the last attempt of the day.
	sql(`UPDATE ops.webhook_queue SET due_at = now(), attempt = 10, began_at = now() - interval '23 hours'
		WHERE webhook_id = ${w.id}`);
	await until(async () => (await deliveries(w))[0].status === 'failed');
	assert.equal(of('/fails').length, 2);
	assert.equal(of('/fails')[1].json.id, first.json.id);
	delete answers['/fails'];
	const one = await me.browser.post(`/api/webhook_deliveries/${d.id}/replay`, {});
	assert.equal(one.json.status, 'waiting', one.text);
	await until(async () => (await deliveries(w))[0].status === 'delivered');
	assert.equal(of('/fails')[2].json.id, first.json.id);
	assert.equal(of('/fails')[2].json.data.id, t.id);
	sql(`UPDATE crm.webhook_deliveries SET status = 'failed' WHERE webhook_id = ${w.id}`);
	const all = await me.browser.post(`/api/webhooks/${w.id}/replay`, { since: '2020-01-01T00:00:00Z' });
	assert.deepEqual(all.json, { replayed: 1 });
	await until(() => of('/fails').length === 4);
	await forget(w);
	assert.deepEqual(sql(`SELECT count(*) FROM ops.webhook_queue WHERE webhook_id = ${w.id}`), [['0']]);
});

test('P32 five days of failures, or status 410, disable a webhook and notify administrators', async () => {
	answers['/gone'] = (_, rs) => {
		rs.statusCode = 410;
		rs.end();
	};
	answers['/long'] = (_, rs) => {
		rs.statusCode = 503;
		rs.end();
	};
	const [gone, long] = [await hook('/gone'), await hook('/long')];
	sql(`UPDATE crm.webhooks SET failing_since = now() - interval '6 days' WHERE id = ${long.id}`);
	await tag('last');
	for (const w of [gone, long]) {
		const shown = await until(async () => {
			const rs = await me.browser.get(`/api/webhooks/${w.id}`);
			return !rs.json.enabled && rs.json;
		});
		assert.ok(shown.disabled_reason);
	}
	assert.deepEqual(sql(`SELECT DISTINCT recipient FROM ops.mail WHERE template = 'webhook-disabled'`),
		[[me.email]]);
	await tag('nobody hears this');
	await until(() => sql(`SELECT bool_and(queued = numbered) FROM ops.feed_channel`)[0][0] === 't');
	assert.equal(of('/gone').length, 1);
	const again = await me.browser.send('PATCH', `/api/webhooks/${long.id}`, { enabled: true });
	assert.deepEqual([again.json.disabled_reason, again.json.failing_since], [null, null]);
	await Promise.all([forget(gone), forget(long)]);
});

test('P32 a slow receiver does not delay other organizations, and redirects are not followed', async () => {
	const held = [];
	answers['/slow'] = (_, rs) => held.push(rs);
	const slow = await hook('/slow', {}, other);
	const quick = await hook('/quick', { events: ['tags.create'] });
	for (let i = 0; i < 12; i++)
		await tag(`slow ${i}`, other);
	await until(() => held.length >= 2);
	await tag('quick');
	await until(() => of('/quick').length === 1);
	assert.ok(held.every((rs) => !rs.destroyed), 'the slow receiver has not been given up');
	assert.equal(held.length, 2, 'at most two concurrent requests to one webhook');
	delete answers['/slow'];
	for (const rs of held)
		rs.end();
	await until(() => new Set(of('/slow').map((r) => r.json.id)).size === 12, 20_000);
	answers['/moved'] = (_, rs) => {
		rs.writeHead(302, { location: at('/secret') });
		rs.end();
	};
	const moved = await hook('/moved');
	await tag('moved');
	await until(async () => (await deliveries(moved))[0]?.attempts[0]?.status === 302);
	assert.equal(of('/secret').length, 0);
	await Promise.all([forget(slow, other), forget(quick), forget(moved)]);
});

test('P32 hanging receivers of many organizations leave slots for another organization', async () => {
	const held = new Set();
	const perOrg = {};
	const hanging = http.createServer((rq, rs) => {
		held.add(rs);
		perOrg[rq.url] = (perOrg[rq.url] ?? 0) + 1;
	});
	await new Promise((done) => { hanging.listen(0, '127.0.0.1', done); });
	const quick = await hook('/beside', { events: ['tags.create'] });
	const many = [];
	for (let i = 0; i < 26; i++)
		many.push(await owner(`hang${i}`));
	await Promise.all(many.map(async (who) => {
		const url = `http://127.0.0.1:${hanging.address().port}/${who.organization.id}`;
		for (let i = 0; i < 2; i++)
			assert.equal((await who.browser.post('/api/webhooks', { url })).status, 201);
		for (let i = 0; i < 2; i++)
			await tag(`hangs ${i}`, who);
	}));
	await until(() => held.size >= 48);
	for (let i = 0; i < 8; i++)
		await tag(`beside ${i}`);
	await until(() => of('/beside').length === 8, 30_000);
	assert.ok([...held].every((rs) => !rs.destroyed), 'no hanging request has been given up');
	assert.equal(held.size, 48, 'slow deliveries to one host');
	assert.ok(Object.values(perOrg).every((n) => n <= 2), JSON.stringify(perOrg));
	await jobs.stop();
	hanging.closeAllConnections();
	hanging.close();
	sql(`DELETE FROM ops.webhook_queue WHERE org_id <> '${me.organization.id}'`);
	jobs = startJobs();
	await forget(quick);
});

test('P32 a webhook pauses after five failures in a row, and then one delivery tests its receiver', async () => {
	answers['/breaks'] = (_, rs) => {
		rs.statusCode = 500;
		rs.end();
	};
	const w = await hook('/breaks', { events: ['tags.create'] });
	for (let i = 0; i < 8; i++)
		await tag(`breaks ${i}`);
	const pause = () => sql(`SELECT failures, open_until > now() FROM ops.webhook_receiver
		WHERE webhook_id = ${w.id}`)[0];
	await until(() => pause()[1] === 't');
	await until(async () => (await deliveries(w)).length === 8);
	assert.equal(pause()[0], '5');
	assert.equal(of('/breaks').length, 5);
	const rest = `UPDATE ops.webhook_queue SET due_at = now() WHERE webhook_id = ${w.id};
		UPDATE ops.webhook_receiver SET open_until = now() WHERE webhook_id = ${w.id}`;
	sql(rest);
	await until(() => pause().join() === '6,t');
	assert.equal(of('/breaks').length, 6, 'one delivery tests the receiver');
	// A delivery that has waited for a day fails with the next failure.
	sql(`UPDATE ops.webhook_queue SET began_at = now() - interval '2 days'
		WHERE webhook_id = ${w.id} AND attempt = 0`);
	sql(rest);
	await until(() => pause().join() === '7,t');
	assert.ok((await deliveries(w)).filter((d) => d.attempts.length === 0)
		.every((d) => d.status === 'failed'));
	delete answers['/breaks'];
	await me.browser.post(`/api/webhooks/${w.id}/replay`, { since: '2020-01-01T00:00:00Z' });
	sql(rest);
	await until(async () => (await deliveries(w)).every((d) => d.status === 'delivered'));
	assert.equal(pause()[0], '0');
	await forget(w);
});

test('P32 after kills at any point, each change is sent at least once, always with the same ID', async () => {
	const w = await hook('/killed', { events: ['tags.create'] });
	const made = [];
	for (let round = 0; round < 4; round++) {
		for (let i = 0; i < 5; i++)
			made.push((await tag(`killed ${round} ${i}`)).id);
		await new Promise((r) => setTimeout(r, 150 * round));
		await jobs.kill();
		sql(`UPDATE ops.webhook_queue SET held_until = now() WHERE held_until > now()`);
		jobs = startJobs();
	}
	// A killed process may have claimed a delivery after the statement above, which is then held for a minute.
	await until(() => made.every((id) => of('/killed').some((r) => r.json.data.id === id)), 90_000);
	for (const id of made)
		assert.equal(new Set(of('/killed').filter((r) => r.json.data.id === id)
			.map((r) => r.json.id)).size, 1);
	await forget(w);
});

test('P32 only administrators can manage webhooks, and only those of their organization', async () => {
	const w = await hook('/mine');
	const max = await member(me);
	for (const [who, statuses] of [[max, [422]], [other, [404]]])
		for (const [method, path] of [['GET', `/api/webhooks/${w.id}`],
			['PATCH', `/api/webhooks/${w.id}`], ['POST', `/api/webhooks/${w.id}/rotate`],
			['POST', `/api/webhooks/${w.id}/test`], ['DELETE', `/api/webhooks/${w.id}`]]) {
			const rs = await who.browser.send(method, path, method === 'GET' || method === 'DELETE'
				? undefined : method === 'PATCH' ? { enabled: false } : {});
			assert.ok(statuses.includes(rs.status), `${method} ${path} ${rs.status}`);
		}
	assert.equal((await max.browser.post('/api/webhooks', { url: at('/') })).status, 422);
	assert.deepEqual((await other.browser.get('/api/webhook_deliveries')).json, []);
	for (const body of [{ url: 'ftp://x' }, { url: 'https://user@x/' }, { url: at('/'), events: ['nonsense.*'] },
		{ url: at('/'), events: [] }, { url: at('/'), events: ['contacts'] }])
		assert.equal((await me.browser.post('/api/webhooks', body)).status, 422, JSON.stringify(body));
	assert.equal((await me.browser.post('/api/webhooks', { url: 5 })).status, 400);
	for (const url of ['ftp://x', 'https://', 'https:///x', 'https://user@x/', '', null])
		assert.ok([400, 422].includes((await me.browser.patch(`/api/webhooks/${w.id}`, { url })).status), url);
	assert.equal((await me.browser.get(`/api/webhooks/${w.id}`)).json.url, at('/mine'));
	await forget(w);
});

test('the secret of a webhook is used only for its server', async () => {
	const w = await hook('/bound');
	const patch = (url) => me.browser.patch(`/api/webhooks/${w.id}`, { url });
	assert.equal((await patch(at('/other?x=1'))).status, 200);
	const { host } = new URL(at('/'));
	for (const url of [at('/').replace('127.0.0.1', 'localhost'), 'https://elsewhere.example/bound', `${at('/').replace(/:\d+/, ':1')}`,
		at('/').replace('http:', 'https:'), `http://${host}.elsewhere.example/`])
		assert.match((await patch(url)).json.errors.url, /another webhook/, url);
	assert.equal((await me.browser.get(`/api/webhooks/${w.id}`)).json.url, at('/other?x=1'));
	await forget(w);
});

test('P32 an impersonating operator can neither create nor change webhooks nor get a secret', async () => {
	const w = await hook('/own');
	const boss = await operator();
	assert.equal((await boss.browser.post('/api/auth/admin/impersonate-user', { userId: me.id, reason: 'asked for help' })).status, 200);
	const seen = await boss.browser.get(`/api/webhooks/${w.id}`);
	assert.equal(seen.json?.url, at('/own'), seen.text);
	for (const [method, path, body] of [['POST', '', { url: at('/theirs') }],
		['POST', `/${w.id}/rotate`, {}], ['PATCH', `/${w.id}`, { url: at('/theirs') }],
		['PATCH', `?filter=${encodeURIComponent(`{"id":[${w.id}]}`)}`, { url: at('/theirs') }]]) {
		const rs = await boss.browser.send(method, `/api/webhooks${path}`, body);
		assert.equal(rs.status, 403, `${method} ${path} ${rs.text}`);
		assert.ok(!rs.text.includes('whsec_'), rs.text);
	}
	assert.deepEqual(sql(`SELECT id, url FROM crm.webhooks WHERE org_id = '${me.organization.id}'
		AND url LIKE '%/own' OR url LIKE '%/theirs'`), [[String(w.id), at('/own')]]);
	await forget(w);
});

test('P32 an address is tested before it is saved, with a sample of a chosen event, and the response is returned', async () => {
	const { id: tagged } = await tag('sample');
	assert.equal((await other.browser.post('/api/tags', { name: 'newer, of others', color: '#eee' })).status, 201);
	answers['/tried'] = (_, rs) => { rs.statusCode = 202; rs.end('thank you'); };
	const tried = (body, who = me) => who.browser.post('/api/webhooks/test', body);
	const rs = await tried({ url: at('/tried'), events: ['tags.*', 'contacts.create'] });
	assert.equal(rs.status, 200, rs.text);
	const { ms, ...rest } = rs.json;
	assert.deepEqual(rest, { event: 'tags.create', status: 202, error: null, answer: 'thank you' });
	assert.ok(ms >= 0 && ms < 10_000);
	const [got] = of('/tried');
	assert.deepEqual([got.json.type, got.json.test, got.json.data.name, got.json.data.id, got.json.organization, got.json.by],
		['tags.create', true, 'sample', tagged, me.organization.id, me.id]);
	assert.equal(got.headers['webhook-id'], got.json.id);
	assert.match(got.headers['webhook-signature'], /^v1,/);
	// Only the user and the time of the test are stored.
	assert.equal((await me.browser.get('/api/webhooks')).json.some(({ url }) => url === at('/tried')), false);
	const log = (await me.browser.get('/api/audit_log?' + new URLSearchParams({ filter: '{"action":"test"}' }))).json;
	assert.deepEqual(log.map(({ resource, user_id, changes: { url, event, status } }) => [resource, user_id, url.new, event.new, status.new]),
		[['webhooks', me.id, at('/tried'), 'tags.create', 202]]);
	// The sample of a deletion contains only the ID. Without a choice of events, the sample is about a changed
	// contact. A receiver that is down is reported.
	assert.equal((await tried({ url: at('/tried'), events: ['*.delete'] })).json.event, 'contacts.delete');
	assert.deepEqual(Object.keys(of('/tried')[1].json.data), ['id']);
	assert.equal((await tried({ url: at('/tried') })).json.event, 'contacts.create');
	const down = (await tried({ url: 'http://127.0.0.1:1/' })).json;
	assert.equal(down.status, null);
	assert.match(down.error, /connect/i);
	delete answers['/tried'];
});

test('P32 the test of a saved address is signed with its secret, but only for its server', async () => {
	const w = await hook('/signed');
	const tried = (body, who = me) => who.browser.post('/api/webhooks/test', { id: w.id, ...body });
	assert.equal((await tried({ url: at('/signed?x=1') })).status, 200);
	const [got] = of('/signed?x=1');
	assert.equal(got.headers['webhook-signature'], signed(w.secret, got));
	const elsewhere = at('/signed').replace('127.0.0.1', 'localhost');
	assert.equal((await tried({ url: elsewhere })).status, 200);
	const [strange] = of('/signed');
	assert.notEqual(strange.headers['webhook-signature'], signed(w.secret, strange));
	assert.equal((await tried({ url: at('/signed') }, other)).status, 404);
	assert.equal((await tried({ url: at('/signed') }, await member(me))).status, 422);
	for (const body of [{ url: 'ftp://x' }, { url: 'https://user@x/' }, { url: at('/'), events: ['nonsense.*'] }, {}])
		assert.ok([400, 422].includes((await me.browser.post('/api/webhooks/test', body)).status), JSON.stringify(body));
	const boss = await operator();
	await boss.browser.post('/api/auth/admin/impersonate-user', { userId: me.id, reason: 'asked for help' });
	assert.equal((await boss.browser.post('/api/webhooks/test', { url: at('/theirs') })).status, 403);
	assert.equal(of('/theirs').length, 0);
	await forget(w);
});

test('P32 a suspended organization sends nothing until it is restored', async () => {
	const suspend = (at) => sql(`UPDATE identity.organization SET suspended_at = ${at}
		WHERE id = '${other.organization.id}'`);
	const w = await hook('/suspended', { events: ['tags.create'] }, other);
	await jobs.stop();
	await tag('waits', other);
	suspend('now()');
	jobs = startJobs();
	await until(() => sql(`SELECT count(*) FROM ops.webhook_queue WHERE webhook_id = ${w.id}`)[0][0] === '1');
	await new Promise((done) => { setTimeout(done, 1500); });
	assert.equal(of('/suspended').length, 0);
	suspend('NULL');
	await until(() => of('/suspended').length === 1);
	await forget(w, other);
});

test('P32 a delivery that cannot be signed is not sent, and the error names the remedy', async () => {
	const w = await hook('/unsigned', { events: ['tags.create'] });
	sql(`UPDATE crm.webhooks SET secret = repeat('ab', 60), old_secret = secret,
		old_until = now() + interval '1 day' WHERE id = ${w.id}`);
	await tag('unsigned');
	const d = await until(async () => (await deliveries(w)).find((x) => x.attempts.length > 0));
	assert.equal(d.attempts[0].status, null);
	assert.match(d.attempts[0].error, /rotate it/);
	assert.equal(of('/unsigned').length, 0);
	const { secret } = (await me.browser.post(`/api/webhooks/${w.id}/rotate`, {})).json;
	await me.browser.post(`/api/webhook_deliveries/${d.id}/replay`, {});
	const [sent] = await until(() => of('/unsigned').length > 0 && of('/unsigned'));
	assert.equal(sent.headers['webhook-signature'], signed(secret, sent));
	await forget(w);
});

test('P32 private networks are not reachable, even through a name that resolves to them', async () => {
	await jobs.stop();
	jobs = startJobs({ TENANTRY_PRIVATE_WEBHOOKS: 'off' });
	const { port } = server.address();
	const made = [];
	for (const url of [`https://127.0.0.1:${port}/x`, `https://localhost:${port}/x`,
		'https://169.254.169.254/x', 'https://[::1]/x', at('/x')])
		made.push((await me.browser.post('/api/webhooks', { url, events: ['tags.create'] })).json);
	await tag('private');
	const errors = [];
	for (const w of made)
		errors.push(await until(async () => (await deliveries(w))[0]?.attempts[0]?.error));
	assert.deepEqual(errors.slice(0, 4), Array(4).fill('the server has a private address'));
	assert.match(errors[4], /protocol/i);
	assert.equal(of('/x').length, 0);
});
