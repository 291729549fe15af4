// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Regressions: restrictions that could once be bypassed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { long } from '../../lib/api.mjs';
import { sql } from '../lib/database.mjs';
import { send } from '../lib/http.mjs';
import { owner, signUp } from '../lib/people.mjs';

const me = await owner('guards');
const { browser } = me;
const filter = (f) => `filter=${encodeURIComponent(JSON.stringify(f))}`;
const bearer = (token, more = {}) => ({ headers: { authorization: `Bearer ${token}`, ...more } });

// Adds a new member with this role to our organization.
async function colleague(role) {
	const user = await signUp();
	const invitation = await browser.post('/api/auth/organization/invite-member',
		{ email: user.email, role });
	assert.equal(invitation.status, 200, invitation.text);
	const accepted = await user.browser.post('/api/auth/organization/accept-invitation',
		{ invitationId: invitation.json.id });
	assert.equal(accepted.status, 200, accepted.text);
	return user;
}

test('the same Idempotency-Key signs out each of two users, not only the first', async () => {
	const users = [await signUp(), await signUp()];
	for (const { token } of users) {
		const rs = await send('POST', '/api/auth/sign-out',
			{ ...bearer(token, { 'idempotency-key': 'sign-out' }), body: {} });
		assert.equal(rs.status, 200);
		assert.equal((await send('GET', '/api/auth/get-session', bearer(token))).text, 'null');
	}
});

test('only owners can see an invitation as owner, and its ID cannot be used', async () => {
	const link = await browser.post('/api/invites', { role: 'owner' });
	assert.equal(link.status, 201, link.text);
	const admin = await colleague('admin');
	const seen = await admin.browser.get('/api/auth/organization/get-full-organization');
	assert.ok(!seen.text.includes(link.json.id));
	const stranger = await signUp();
	const accept = (invitationId) => stranger.browser.post(
		'/api/auth/organization/accept-invitation', { invitationId });
	const byId = await accept(link.json.id);
	assert.deepEqual([byId.status, byId.json.code], [400, 'INVITATION_NOT_FOUND']);
	const byToken = await accept(link.json.token);
	assert.deepEqual([byToken.status, byToken.json.member?.role], [200, 'owner']);
});

test('a filter has limits, and the error states them', async () => {
	const or = { '@or': Array.from({ length: 51 }, () => ({ status: 'hot' })) };
	const words = Array(11).fill('x').join(' ');
	for (const [f, says] of [[or, /at most 50 conditions/], [{ q: words }, /at most 10 words/],
		[{ 'last_name@ilike': words }, /at most 10 words/],
		[{ '@or': Array.from({ length: 3 }, () => ({
			'background@ilike': 'a b c d e f g' })) }, /at most 20 words in all/],
		[{ '@or': Array.from({ length: 21 }, () => ({
			'background@not.like': 'a' })) }, /at most 20 words in all/],
		[{ '@or': [{ q: 'a' }, { q: 'b' }] }, /only once/]]) {
		const rs = await browser.get(`/api/contacts?${filter(f)}`);
		assert.equal(rs.status, 400, rs.text);
		assert.match(rs.json.message, says);
	}
	const most = { '@or': Array.from({ length: 2 }, () => ({
		'background@ilike': 'a b c d e f g h i j' })) };
	assert.equal((await browser.get(`/api/contacts?${filter(most)}`)).status, 200);
	assert.equal((await browser.get(
		`/api/contacts?${filter({ '@or': or['@or'].slice(1) })}`)).status, 200);
});

test('of concurrent deletes of a row, one returns 200', async () => {
	for (let round = 0; round < 10; round++) {
		const row = await browser.post('/api/tags', { name: 'x', color: '#fff' });
		const answers = await Promise.all(Array.from({ length: 4 }, () =>
			browser.delete(`/api/tags/${row.json.id}`)));
		assert.deepEqual(answers.map((rs) => rs.status).sort(), [200, 404, 404, 404]);
	}
});

test('a response header is never too long', async () => {
	const long = '/' + 'a'.repeat(20000);
	const rs = await send('POST', '/api/auth/sign-in/email',
		{ body: { email: me.email, password: me.password, callbackURL: long } });
	assert.deepEqual([rs.status, rs.json.code], [403, 'INVALID_CALLBACK_URL']);
	const error = await send('GET', `/api/auth/error?error=X&error_description=${long}`);
	assert.equal(error.status, 302);
});

test('IDs do not reveal how many rows others create', async () => {
	const other = await owner('counted');
	const tag = async (who) =>
		BigInt((await who.browser.post('/api/tags', { name: `x ${Math.random()}`, color: '#fff' })).json.id);
	const steps = [];
	for (const n of [0, 1, 5, 20]) {
		const first = await tag(me);
		for (let i = 0; i < n; i++)
			await tag(other);
		steps.push(Number(((await tag(me)) - first) & 4095n) - 2 * n);
	}
	assert.ok(new Set(steps).size > 1, `${steps} is the same distance each time`);
});

long('a list that is too large for a worker\'s memory is refused, and no worker dies', async () => {
	const contact = (await browser.post('/api/contacts', { last_name: 'Big' })).json.id;
	const text = '😀'.repeat(250000); // 1 MB, within the limit on characters
	for (let i = 0; i < 60; i++) {
		const rs = await browser.post('/api/contact_notes', { contact_id: contact, text });
		assert.equal(rs.status, 201, rs.text.slice(0, 200));
	}
	const started = async () => /workers_started_total (\d+)/.exec(
		(await send('GET', '/metrics')).text)[1];
	const before = await started();
	const rs = await browser.get('/api/contact_notes?range=[0,99]');
	assert.equal(rs.status, 422, rs.text.slice(0, 200));
	assert.match(rs.json.message, /fewer rows/);
	assert.equal(await started(), before);
	assert.equal((await browser.get('/api/contact_notes?range=[0,9]')).status, 200);
});

test('without an organization, the problem type is no_organization', async () => {
	const { token } = await signUp();
	const rs = await send('GET', '/api/contacts', bearer(token));
	assert.deepEqual([rs.status, rs.json.type], [409, '/problems/no_organization']);
});

test('organizations of the demo user are demos, so that the first sign-up remains open', async () => {
	sql('UPDATE identity.organization SET demo = true WHERE id = $1', me.organization.id);
	const rs = await browser.post('/api/auth/organization/create',
		{ name: 'Another', slug: `another-${process.pid}` });
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual(sql('SELECT demo FROM identity.organization WHERE id = $1', rs.json.id),
		[['t']]);
});
