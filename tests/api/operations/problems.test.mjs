// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The contents of problem documents, and the pages to which their types lead.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { before, test } from 'node:test';
import { ask, owner, query, sql } from '../../lib/api.mjs';

const source = (path) => readFileSync(`${process.env.SOURCES}/${path}`, 'utf8');
// The refusals that schema/refusals/ describes.
const refusals = Object.assign({}, ...readdirSync(`${process.env.SOURCES}/schema/refusals`).filter((f) => f.endsWith('.sql'))
	.map((f) => JSON.parse(source(`schema/refusals/${f}`).split('$$')[1])));
let who, contact;

before(async () => {
	who = await owner('Problems');
	contact = (await ask('POST', '/api/contacts', { token: who.token,
		body: { last_name: 'One' } })).json;
});

const html = { accept: 'text/html' };

test('a problem\'s type is the address of a page that anyone may read', async () => {
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
	const hints = Object.values(refusals).flatMap(({ type }) => type ?? []);
	const types = [...nginx.matchAll(/"\/problems\/([a-z-]+)"/g)].map((m) => m[1]).concat(hints);
	assert.ok(types.length > 20);
	const all = (await ask('GET', '/problems')).json;
	assert.deepEqual(types.filter((t) => !all.some((p) => p.type === `/problems/${t}`)
		// Postmark's routes respond with 200 in this case.
		&& t !== 'already_kept'), []);
});

test('a refusal of a value that is not allowed lists the allowed values', async () => {
	const message = (body) => ask('POST', '/api/messages', { token: who.token, body: {
		channel: 'sms', direction: 'inbound', body: 'x', contact_id: contact.id, ...body } });
	for (const [body, values] of [
		[{ direction: 'sideways' }, 'inbound, outbound'],
		[{ status: 'lost' }, 'received, draft, queued, sent, delivered, read, failed'],
		[{ channel: 'pigeon' }, sql("SELECT array_to_string(crm.message_channels(), ', ')")[0][0]],
	]) {
		const rs = await message(body), [name] = Object.keys(body);
		assert.equal(rs.status, 422, rs.text);
		assert.equal(rs.json.errors[name], `${name}: is not an allowed value; use one of ${values}`);
	}
	const rs = await ask('POST', '/api/imports' + query({ format: 'xls' }), { token: who.token,
		body: 'last_name\nOne\n' });
	assert.equal(rs.json.errors.format, 'format: is not an allowed value; use one of csv, json, vcard');
});

test('a wrong path names the nearest one, and a browser gets a page', async () => {
	for (const [path, near] of [['/api/v1/contacts', '/api/contacts'], ['/api/v2.1/contacts/7', '/api/contacts/7'], ['/contacts', '/api/contacts'],
		['/contacts/', '/api/contacts'], ['/v1/deals/7', '/api/deals/7'], ['/rest/v1/companies', '/api/companies'], ['/API/contacts', '/api/contacts'],
		['/api/contact', '/api/contacts'], ['/api/contacts/', '/api/contacts'], ['/api/contacts/7/', '/api/contacts/7'], ['/api/task', '/api/tasks'],
		['/contacts?filter={}', '/api/contacts']]) {
		for (const method of ['GET', 'POST']) {
			const rs = await ask(method, path, { token: who.token, body: method === 'POST' ? {} : undefined });
			assert.deepEqual([rs.status, rs.json?.code, rs.json?.arguments], [404, 'no_such_path_near', [near]], `${method} ${path} ${rs.text}`);
			assert.equal(rs.headers['content-type'], 'application/problem+json');
		}
		if (!/^[/]api[/]/.test(path)) {
			const page = await ask('GET', path, { headers: { accept: 'text/html' } });
			assert.match(`${page.status} ${page.headers['content-type']}`, /^(200|404) text.html/, path);
		}
	}
	for (const path of ['/api/v1', '/v1']) assert.deepEqual((await ask('GET', path)).json?.arguments, ['/api'], path);
	for (const path of ['/wp-login.php', '/x'.repeat(200), '/nothing/of/this/kind', '/%22%3Cscript%3E'])
		assert.deepEqual([(await ask('GET', path)).json?.code], ['no_such_path'], path);
});

// Refusals by the database functions, by a worker, and by PostgreSQL.
test('a refusal contains its code and its arguments', async () => {
	const refuse = async (method, path, body) => (await ask(method, path, { token: who.token, body })).json;
	for (const [problem, code, values, status] of [
		[await refuse('POST', '/api/contacts', { last_name: 'Two', title: 'x'.repeat(3000) }), 'too_many_characters', ['2000'], 422],
		[await refuse('POST', '/api/contacts', { no: 1 }), 'member_unknown', ['contacts'], 422],
		[await refuse('GET', '/api/contacts?sort=%5B%22no%22%2C%22ASC%22%5D'), 'not_sorted', ['contacts', 'no'], 400],
		[await refuse('POST', '/api/contacts', { last_name: 'Two', company_id: 1 }), 'no_such_reference', [], 422],
		[await refuse('GET', '/api/no_such_resource'), 'no_such_path', [], 404],
		[await refuse('GET', '/api/contact/7'), 'no_such_path_near', ['/api/contacts/7'], 404],
		[await refuse('GET', '/api/contacts/'), 'no_such_path_near', ['/api/contacts'], 404],
	]) {
		// The last argument of some refusals is a list of the known names.
		const known = problem.arguments.slice(values.length).every((list) => list.split(', ').length > 10);
		assert.deepEqual([problem.code, problem.arguments.slice(0, values.length), known, problem.status], [code, values, true, status], JSON.stringify(problem));
		const text = refusals[code].en.replace(/\{(\d)\}/g, (all, n) => problem.arguments[n - 1]);
		assert.equal(problem.detail, (problem.errors ? Object.keys(problem.errors)[0] + ': ' : '') + text);
	}
});

// Such errors have the format that Better Auth's clients expect.
test('the code of an error below /api/auth has a page, too', async () => {
	const refused = await ask('POST', '/api/auth/sign-in/email', { body: { email: 'nobody@example.test', password: 'wrong-password' } });
	assert.deepEqual([refused.status, refused.json], [401, { message: 'Invalid email or password', code: 'INVALID_EMAIL_OR_PASSWORD' }]);
	const [problem, ...more] = (await ask('GET', `/problems/${refused.json.code}`)).json;
	assert.deepEqual(more, []);
	assert.deepEqual([problem.status, problem.text.en], [401, refused.json.message]);
	assert.ok((await ask('GET', `/problems/${refused.json.code}`, { headers: { ...html, 'accept-language': 'fr' } })).text.includes(problem.text.fr));
});

test('each refusal has a page with its text, cause and remedy', async () => {
	const all = (await ask('GET', '/problems')).json;
	const described = all.filter(({ code }) => code);
	assert.deepEqual(described.map(({ code }) => code).sort(), Object.keys(refusals).sort());
	for (const { code, status, cause, remedy, text, type } of described) {
		assert.deepEqual({ status, cause, remedy, ...text }, (({ status, cause, remedy, en, fr }) => ({ status, cause, remedy, en, fr }))(refusals[code]));
		assert.ok(all.some((kind) => !kind.code && kind.type === type && kind.status === status)
			|| type === '/problems/already_kept', `${code}: ${type}`);
	}
	const one = '/problems/too_many_webhooks';
	assert.deepEqual((await ask('GET', one)).json.map(({ code }) => code), ['too_many_webhooks']);
	const { en, fr, cause, remedy } = refusals.too_many_webhooks;
	const page = (await ask('GET', one, { headers: html })).text;
	for (const part of [en, cause, remedy]) assert.ok(page.includes(part), page);
	assert.ok((await ask('GET', one, { headers: { ...html, 'accept-language': 'fr' } })).text.includes(fr));
});

test('the database and the programs contain the same refusals', () => {
	const rows = sql('SELECT code, description FROM ops.refusal');
	assert.deepEqual(Object.fromEntries(rows.map(([code, description]) => [code, JSON.parse(description)])), refusals);
});
