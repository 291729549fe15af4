// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it counts the refused sign-ins of all users.
// What identity events record, who can read them, and what they omit.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { dump, sql } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { PASSWORD, address, signIn, signUp } from '../lib/people.mjs';

const SIGN_IN = '/api/auth/sign-in/email';
const actions = (rs) => rs.json.map((event) => event.action);
const audit = (...args) => execFileSync(`${process.env.BUILD}/tenantry`,
	['audit', ...args], { encoding: 'utf8' });

test('users read their own events, newest first', async () => {
	const { browser, email, id } = await signUp();
	const wrong = await send('POST', SIGN_IN, { body: { email, password: 'not this one' },
		headers: { 'user-agent': 'a stranger\'s' } });
	assert.equal(wrong.status, 401);
	await browser.post('/api/auth/update-user', { name: 'Another Name' });
	await browser.post('/api/auth/change-password', { currentPassword: PASSWORD,
		newPassword: 'another horse', revokeOtherSessions: true });
	const rs = await browser.get('/api/events');
	assert.deepEqual(actions(rs), ['session.created', 'session.revoked',
		'password.changed', 'user.updated', 'sign-in.refused', 'session.created',
		'password.set', 'user.created']);
	const [,, changed, updated, refused] = rs.json;
	assert.equal(changed.actor_id, id);
	assert.equal(changed.address, '127.0.0.1');
	assert.match(changed.request_id, /./);
	assert.deepEqual(updated.data, { name: ['Some One', 'Another Name'] });
	assert.equal(refused.actor_id, null);
	assert.equal(refused.user_agent, 'a stranger\'s');
	const two = await browser.get(`/api/events?limit=2&before=${rs.json[2].id}`);
	assert.deepEqual(actions(two), ['user.updated', 'sign-in.refused']);
	for (const query of ['limit=x', 'before=-1', 'before=1e3', 'before=99999999999999999999'])
		assert.equal((await browser.get(`/api/events?${query}`)).status, 400, query);
	assert.equal((await send('GET', '/api/events')).status, 401);
});

test('only operators can read the events of other users', async () => {
	const one = await signUp(), other = await signUp();
	for (const who of [other.id, '*', 'nobody'])
		assert.equal((await one.browser.get(`/api/events?user_id=${who}`)).status, 422, who);
	sql('UPDATE identity."user" SET role = $1 WHERE id = $2', 'user,admin', one.id);
	const rs = await one.browser.get(`/api/events?user_id=${other.id}`);
	assert.equal(rs.status, 200);
	assert.ok(rs.json.length > 0);
	assert.ok(rs.json.every((event) => event.user_id === other.id));
});

test('second-factor events record creation, attempts, locking and deletion, without the secret', async () => {
	const { browser, id } = await signUp();
	const { json } = await browser.post('/api/auth/two-factor/enable', { password: PASSWORD });
	const secret = new URL(json.totpURI).searchParams.get('secret');
	for (let i = 0; i < 2; i++)
		await browser.post('/api/auth/two-factor/verify-totp', { code: '000000' });
	sql('UPDATE identity.two_factor SET failures = 10, locked_until = now() WHERE user_id = $1', id);
	sql('DELETE FROM identity.two_factor WHERE user_id = $1', id);
	const told = (await browser.get('/api/events')).json.filter((e) => e.action.startsWith('two-factor'));
	assert.deepEqual([told[0].action, told.at(-1).action], ['two-factor.deleted', 'two-factor.created']);
	assert.ok(told.some((e) => e.data.locked_until?.[1]));
	assert.ok(!JSON.stringify(told).includes(secret));
});

test('the end of a session is recorded with its reason', async () => {
	const { browser, email } = await signUp();
	const second = await signIn(email), third = await signIn(email);
	await second.browser.post('/api/auth/sign-out', {});
	sql(`UPDATE identity.session SET expires_at = now() WHERE token_hash = sha256($1)`, third.token);
	await third.browser.get('/api/auth/get-session');
	sql('SELECT ops.sweep()');
	await browser.post('/api/auth/revoke-other-sessions', {});
	assert.deepEqual(actions(await browser.get('/api/events?limit=2')),
		['session.expired', 'session.signed-out']);
});

test('failed sign-ins are recorded up to a limit, even for unknown addresses', async () => {
	const { browser, email } = await signUp();
	const count = () => Number(sql(`SELECT count(*) FROM identity.event
		WHERE action = 'sign-in.refused'`)[0][0]);
	const before = count();
	const nobody = address('nobody');
	for (let i = 0; i < 25; i++)
		await Promise.all([email, nobody].map((name) => send('POST', SIGN_IN,
			{ body: { email: name, password: 'wrong one' } })));
	assert.equal(count() - before, 40);
	const mine = (await browser.get('/api/events?limit=100')).json;
	assert.equal(mine.filter((e) => e.action === 'sign-in.refused').length, 20);
	assert.equal(sql(`SELECT count(*) FROM identity.event WHERE data::text LIKE '%nobody%'`)[0][0], '0');
});

test('the command prints the same events, and the table is append-only', async () => {
	const { email, id } = await signUp();
	assert.match(audit('--user', email), /session\.created +user\.\d+\.\d+@example\.test  from 127\.0\.0\.1/);
	const events = audit('--user', id, '--action', 'session', '--json').trimEnd().split('\n')
		.map((line) => JSON.parse(line));
	assert.deepEqual(events.map((event) => event.action), ['session.created']);
	assert.equal(audit('--since', '2999-01-01'), 'no events\n');
	assert.equal(audit('--limit', '1').trimEnd().split('\n').length, 1);
	assert.throws(() => audit('--limit', 'x'), { status: 2 });
	assert.throws(() => audit('--user'), { status: 2 });
	for (const statement of ['DELETE FROM identity.event', 'UPDATE identity.event SET data = NULL',
		'TRUNCATE identity.event'])
		assert.throws(() => sql(statement), /append-only/);
});

test('events contain no secret', async () => {
	const { token } = await signUp({ password: 'nowhere in the log' });
	const log = dump().split('\n').filter((line) => line.includes('identity.event')).join('\n');
	assert.ok(log.includes('session.created'));
	for (const secret of [token, 'nowhere in the log'])
		assert.ok(!log.includes(secret));
	assert.doesNotMatch(log, /[0-9a-f]{32}:[0-9a-f]{128}|token_hash/);
});
