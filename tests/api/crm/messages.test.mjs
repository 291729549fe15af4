// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it reads all rows.
// Messages of all channels, and the channels' inbound URLs.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dump, sql, sqlFor } from '../lib/database.mjs';
import { until } from '../lib/files.mjs';
import { member, owner } from '../lib/people.mjs';

const me = await owner('messages');
const max = await member(me);
const stranger = await owner('stranger');

const post = (path, body, who = me) => who.browser.post(path, body);
const list = async (filter, who = me, path = '/api/messages') => (await who.browser.get(`${path}?`
	+ new URLSearchParams({ filter: JSON.stringify(filter) }))).json;
const channel = async (body, who = me) => {
	const rs = await post('/api/message_channels', body, who);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const bring = (url, body, headers = {}) => fetch(url, { method: 'POST',
	headers: { 'content-type': 'application/json', ...headers },
	body: typeof body === 'string' ? body : JSON.stringify(body) });
const contact = async (row, who = me) => (await post('/api/contacts', row, who)).json;

test('S2-13 messages are stored with a channel, a direction and a thread', async () => {
	const ada = await contact({ first_name: 'Ada', last_seen: '2026-01-01T00:00:00Z' });
	for (const [direction, body] of [['inbound', 'Hello?'], ['outbound', 'Hello!']]) {
		const rs = await post('/api/messages', { channel: 'whatsapp', direction, body,
			thread_id: 't-1', contact_id: ada.id, sent_at: '2027-01-01T10:00:00Z' });
		assert.equal(rs.status, 201, rs.text);
		assert.deepEqual([rs.json.status, rs.json.sales_id],
			direction === 'inbound' ? ['received', null] : ['queued', me.me.id]);
	}
	const rows = await list({ thread_id: 't-1' }, me, '/api/crm/messages');
	assert.deepEqual(rows.map((m) => m.body).sort(), ['Hello!', 'Hello?']);
	assert.equal((await me.browser.get(`/api/contacts/${ada.id}`)).json.last_seen,
		'2027-01-01T10:00:00+00:00');
	for (const [row, member, status] of [[{ channel: 'pigeon' }, 'channel', 422],
		[{ direction: 'up' }, 'direction', 422], [{ status: 'lost' }, 'status', 422],
		[{ metadata: [] }, 'metadata', 422], [{ body: null }, 'body', 422],
		[{ external_id: '' }, 'external_id', 422], [{ sent_at: 'now' }, 'sent_at', 400]]) {
		const rs = await post('/api/messages', { channel: 'sms', direction: 'inbound', body: 'x', ...row });
		assert.equal(rs.status, status, rs.text);
		assert.ok(rs.json.errors?.[member], rs.text);
	}
	assert.deepEqual(await list({ thread_id: 't-1' }, stranger), []);
});

test('the status of a message determines its times', async () => {
	const ada = await contact({ first_name: 'Waits', last_seen: '2026-01-01T00:00:00Z' });
	const seen = async () => (await me.browser.get(`/api/contacts/${ada.id}`)).json.last_seen;
	const row = { channel: 'sms', direction: 'outbound', body: 'x', contact_id: ada.id };
	const change = (id, body) => me.browser.patch(`/api/messages/${id}`, body);
	for (const status of ['draft', 'queued', undefined, 'failed']) {
		const { json } = await post('/api/messages', { ...row, status, sent_at: '2026-06-01T00:00:00Z' });
		assert.equal(json.status, status ?? 'queued');
		assert.equal(await seen(), '2026-01-01T00:00:00+00:00', `nobody has had contact: ${status}`);
		for (const next of ['queued', 'failed', 'queued'])
			assert.equal((await change(json.id, { status: next })).json.status, next);
		const sent = (await change(json.id, { status: 'sent' })).json;
		assert.ok(Math.abs(Date.parse(sent.sent_at) - Date.now()) < 60_000, sent.sent_at);
		assert.ok(Date.parse(await seen()) >= Date.parse(sent.sent_at));
		for (const [next, answer] of [['draft', 409], ['queued', 409], ['received', 422], ['delivered', 200], ['read', 200], ['queued', 409]])
			assert.equal((await change(json.id, { status: next })).status, answer, next);
		sqlFor(me.organization.id, `UPDATE crm.contacts SET last_seen = '2026-01-01Z' WHERE id = ${ada.id}`);
	}
	// A message that was sent before it is stored.
	const kept = (await post('/api/messages', { ...row, status: 'delivered', sent_at: '2026-06-01T00:00:00Z' })).json;
	assert.deepEqual([kept.status, kept.sent_at, await seen()], ['delivered', ...Array(2).fill('2026-06-01T00:00:00+00:00')]);
	for (const [direction, statuses] of [['inbound', ['draft', 'queued', 'sent', 'delivered', 'failed']], ['outbound', ['received']]])
		for (const status of statuses)
			assert.equal((await post('/api/messages', { ...row, direction, status })).status, 422, `${direction} ${status}`);
});

test('S2-13 an inbound message is matched to a contact and stored once', async () => {
	const grace = await contact({ first_name: 'Grace', email_jsonb: [{ email: 'Grace@Navy.test', type: 'Work' }],
		phone_jsonb: [{ number: '+33 1 99', type: 'Home' }, { number: '+33 6 12-34-56-78', type: 'Work' },
			{ number: '+49 30 900 11 22', type: 'Other' }] });
	await contact({ first_name: 'Other', phone_jsonb: [{ number: '12', type: 'Work' }] });
	const sms = await channel({ channel: 'sms', name: 'Desk' });
	const mail = await channel({ channel: 'email' });
	assert.match(sms.url, /\/api\/inbound\/messages\/[A-Za-z0-9]{32}$/);
	const message = { external_id: 'SM1', from: '0612345678', to: '+33100', body: 'On my way\nsoon',
		metadata: { media: 0 }, sent_at: '2027-02-01T10:00:00+01:00' };
	const all = await Promise.all([1, 2, 3, 4, 5, 6].map(() => bring(sms.url, message)));
	assert.deepEqual([...new Set(all.map((rs) => rs.status))], [200]);
	const ids = await Promise.all(all.map(async (rs) => (await rs.json()).id));
	assert.equal(new Set(ids).size, 1);
	const [row, ...more] = await list({ external_id: 'SM1' });
	assert.deepEqual(more, []);
	assert.deepEqual([row.id, row.contact_id, row.channel, row.direction, row.status, row.thread_id,
		row.sent_at, row.body], [ids[0], grace.id, 'sms', 'inbound', 'received', '0612345678',
		'2027-02-01T09:00:00+00:00', 'On my way\nsoon']);
	await bring(mail.url, { external_id: 'SM1', from: ' GRACE@navy.test', body: 'Hi', thread_id: 'T' });
	const [other] = await list({ channel: 'email', external_id: 'SM1' });
	assert.deepEqual([other.contact_id, other.thread_id], [grace.id, 'T'], 'another channel, the same id');
	// The match uses indexes and does not scan all contacts.
	for (const index of ['contacts_addresses', 'contacts_numbers'])
		await until(() => sql('SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = $1',
			index)[0][0] !== '0');
	for (const from of ['12', 'nobody@else.test', '00000000', '_%'])
		assert.equal((await bring(sms.url, { external_id: `n${from}`, from, body: '?' })).status, 200);
	assert.equal((await list({ contact_id: null, channel: 'sms' })).length, 4);
});

test('S2-13 invalid messages are refused with 400, 401, 404 or 422', async () => {
	const { url } = await channel({ channel: 'chat' });
	const good = { external_id: 'x', from: 'a@b.test', body: 'x' };
	for (const [body, status] of [['not json', 400], ['[]', 400], [{ ...good, from: 1 }, 400],
		[{ ...good, external_id: undefined }, 422], [{ ...good, extra: 1 }, 422],
		[{ ...good, sent_at: 'soon' }, 400], [{ ...good, external_id: 'x'.repeat(501) }, 422],
		[{ ...good, body: 'x'.repeat(100001) }, 422], [{ ...good, metadata: [] }, 400]])
		assert.equal((await bring(url, body)).status, status, JSON.stringify(body).slice(0, 80));
	assert.equal((await bring(`${url}x`, good)).status, 404);
	assert.equal((await fetch(url)).status, 405);
	assert.deepEqual(await list({ channel: 'chat' }), []);
	const safe = await channel({ channel: 'chat', signed: true });
	const text = JSON.stringify(good);
	const sign = (secret, body = text) => ({ 'x-signature': 'sha256='
		+ createHmac('sha256', secret).update(body).digest('hex') });
	for (const headers of [{}, { 'x-signature': 'sha256=' }, sign('x'), sign(safe.signing_secret, 'x'),
		{ 'x-signature': sign(safe.signing_secret)['x-signature'].slice(7) }])
		assert.equal((await bring(safe.url, text, headers)).status, 401);
	assert.equal((await bring(safe.url, text, sign(safe.signing_secret))).status, 200);
	assert.equal((await list({ channel: 'chat' })).length, 1);
});

test('S2-13 a channel\'s URL is shown once, and administrators create and revoke channels', async () => {
	assert.equal((await post('/api/message_channels', { channel: 'sms' }, max)).status, 422);
	assert.equal((await max.browser.get('/api/message_channels')).status, 422);
	assert.ok((await post('/api/message_channels', { channel: 'pigeon' })).json.errors.channel);
	const made = await channel({ channel: 'voice' });
	const token = made.url.split('/').at(-1);
	assert.equal((await bring(made.url, { external_id: '1', from: '1', body: 'x' })).status, 200);
	const listed = await me.browser.get('/api/message_channels');
	assert.ok(listed.json.some((x) => x.id === made.id && x.channel === 'voice' && x.last_used_at));
	const stored = dump();
	for (const secret of [token, made.signing_secret]) {
		assert.ok(!listed.text.includes(secret));
		assert.ok(!stored.includes(secret));
	}
	for (const name of ['nginx-access.log', 'workers.log'])
		assert.ok(!readFileSync(`${process.env.STACK}/log/${name}`, 'utf8').includes(token), name);
	const remove = (who) => who.browser.send('DELETE', `/api/message_channels/${made.id}`);
	assert.equal((await remove(stranger)).status, 404);
	assert.equal((await remove(max)).status, 422);
	assert.equal((await remove(me)).status, 200);
	const gone = await bring(made.url, { external_id: '2', from: '1', body: 'x' });
	assert.equal(gone.status, 404);
	// The token of a calendar feed is not valid for messages.
	const feed = (await post('/api/calendar_feeds', {})).json.url.match(/calendar\/(\w+)/)[1];
	assert.equal((await bring(made.url.replace(token, feed), { external_id: '3', from: '1',
		body: 'x' })).status, 404);
	assert.equal(sql(`SELECT count(*) FROM crm.messages WHERE channel = 'voice'`)[0][0], '1');
});
