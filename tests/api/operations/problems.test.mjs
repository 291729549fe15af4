// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// What problem documents say, and where their types lead.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { before, test } from 'node:test';
import { ask, owner, query, sql } from '../../lib/api.mjs';

const source = (path) => readFileSync(`${process.env.SOURCES}/${path}`, 'utf8');
let who, contact;

before(async () => {
	who = await owner('Problems');
	contact = (await ask('POST', '/api/contacts', { token: who.token,
		body: { last_name: 'One' } })).json;
});

const html = { accept: 'text/html' };

test('the type of a problem is a page that anyone may read', async () => {
	const refused = await ask('POST', '/api/contacts', { token: who.token, body: { no: 1 } });
	const { type, status, title } = refused.json;
	const row = await ask('GET', type);
	assert.equal(row.status, 200, row.text);
	assert.equal(row.json[0].status, status);
	assert.equal(row.json[0].title, title);
	const page = await ask('GET', type, { headers: html });
	assert.match(page.headers['content-type'], /^text\/html/);
	assert.match(page.text, new RegExp(title));
	assert.equal((await ask('GET', '/problems/no-such-thing')).status, 404);
});

test('every type that nginx and the database send has a page', async () => {
	const nginx = source('nginx/problems.conf') + source('nginx/nginx.conf.in');
	const hints = ['crm', 'identity', 'ops'].flatMap((folder) =>
		readdirSync(`${process.env.SOURCES}/schema/${folder}`).filter((f) => f.endsWith('.sql'))
			.flatMap((f) => [...source(`schema/${folder}/${f}`)
				.matchAll(/HINT = '([a-z_]+)'/g)].map((m) => m[1])));
	const types = [...nginx.matchAll(/"\/problems\/([a-z-]+)"/g)].map((m) => m[1]).concat(hints);
	assert.ok(types.length > 20);
	const all = (await ask('GET', '/problems')).json;
	assert.deepEqual(types.filter((t) => !all.some((p) => p.type === `/problems/${t}`)
		// Postmark's routes answer it with 200.
		&& t !== 'already_kept'), []);
});

test('a value that is not allowed is refused with those that are', async () => {
	const message = (body) => ask('POST', '/api/messages', { token: who.token, body: {
		channel: 'sms', direction: 'inbound', body: 'x', contact_id: contact.id, ...body } });
	for (const [body, values] of [
		[{ direction: 'sideways' }, 'inbound, outbound'],
		[{ status: 'lost' }, 'received, draft, queued, sent, delivered, read, failed'],
		[{ channel: 'pigeon' }, sql("SELECT array_to_string(crm.message_channels(), ', ')")[0][0]],
	]) {
		const rs = await message(body), [name] = Object.keys(body);
		assert.equal(rs.status, 422, rs.text);
		assert.equal(rs.json.errors[name], `${name}: is not an allowed value: one of ${values}`);
	}
	const rs = await ask('POST', '/api/imports' + query({ format: 'xls' }), { token: who.token,
		body: 'last_name\nOne\n' });
	assert.equal(rs.json.errors.format, 'format: is not an allowed value: one of csv, json, vcard');
});
