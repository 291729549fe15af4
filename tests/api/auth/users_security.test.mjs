// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Limits on creating and changing users: an administrator controls only accounts that belong exclusively to their own
// organization, and no organization loses its last administrator. No mail server is configured, so links are shown to
// administrators, which is the worst case.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { Browser, send } from '../lib/http.mjs';
import { lastMail, mails } from '../../lib/mail.mjs';
import { PASSWORD, address, owner, signIn, signUp } from '../lib/people.mjs';
import { enrolled } from '../lib/second_factor.mjs';

const THEIRS = 'quite another password';
const form = (more) => ({ email: address('sale'), first_name: 'Grace', last_name: 'Hopper',
	administrator: false, disabled: false, ...more });
const make = async (boss, more) => {
	const rs = await boss.browser.post('/api/sales', form(more));
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const tokenOf = (sale) => sale.invite_url.split('/').at(-1);
const choose = (token, password = PASSWORD, more = {}) => {
	const browser = new Browser();
	return browser.post('/api/set-password', { token, password, ...more })
		.then((rs) => ({ ...rs, browser }));
};
const change = (who, id, body) => who.browser.patch(`/api/sales/${id}`, body);
const accept = (who, invitationId) =>
	who.browser.post('/api/auth/organization/accept-invitation', { invitationId });
const row = (who, id) => who.browser.get(`/api/sales/${id}`).then((rs) => rs.json);

// Creates a user as an administrator of that organization.
async function made(boss, more) {
	const sale = await make(boss, more);
	const rs = await choose(tokenOf(sale));
	assert.equal(rs.status, 200, rs.text);
	return { browser: rs.browser, email: sale.email, password: PASSWORD, id: rs.json.user.id,
		sale: sale.id };
}

const user = (id) => sql(`SELECT u.name, u.email, u.email_verified, a.password
	FROM identity."user" u LEFT JOIN identity.account a ON a.user_id = u.id
	AND a.provider_id = 'credential' WHERE u.id = $1`, id);

await signUp(); // the first user creates an organization, so another user signs up first
const a = await owner('a'), b = await owner('b');

test('known and unknown addresses get the same response', async () => {
	const victim = await signUp({ email: address('victim'), name: 'Secret Name' });
	const known = await a.browser.post('/api/sales', form({ email: victim.email }));
	const fresh = await a.browser.post('/api/sales', form());
	assert.equal(known.status, fresh.status);
	const plain = ({ json }) => ({ ...json, id: 0, email: '', user_id: json.user_id
		.replace(String(json.id), 'ID'), invite_url: json.invite_url.slice(0, -32), created_at: '', updated_at: '' });
	assert.deepEqual(plain(known), plain(fresh));
	assert.ok(!known.text.includes('Secret') && !known.text.includes(victim.id));
	const members = await a.browser.get('/api/auth/organization/list-members');
	assert.ok(!members.text.includes(victim.id));
});

test('an invitation link neither changes nor opens an existing account', async () => {
	const victim = await signUp({ email: address('victim') });
	const before = user(victim.id);
	const sale = await make(a, { email: victim.email, first_name: 'Typed' });
	const rs = await choose(tokenOf(sale), THEIRS);
	assert.equal(rs.status, 409);
	assert.match(rs.json.message, /Sign in/);
	for (const patch of [{ email: address('thief') }, { administrator: true },
		{ first_name: 'Other' }, { disabled: true }, { disabled: false }])
		assert.equal((await change(a, sale.id, patch)).status, 200);
	const again = await a.browser.patch(`/api/sales/${sale.id}/password`, {});
	assert.equal((await choose(again.json.invite_url.split('/').at(-1), THEIRS)).status, 200);
	assert.deepEqual(user(victim.id), before);
	assert.equal((await victim.browser.get('/api/auth/get-session')).json.user.id, victim.id);
	await signIn(victim.email);
	assert.deepEqual(sql('SELECT count(*) FROM identity.organization_member WHERE user_id = $1',
		victim.id), [['0']]);
});

test('the name that an organization enters applies only in that organization', async () => {
	const other = await owner('other');
	const sale = await make(a, { email: other.email, first_name: 'Typed', last_name: 'There' });
	const led = await send('GET', `/invite/${tokenOf(sale)}`);
	assert.match(led.headers.location, /\/#\/login\?invite=\w{32}$/);
	assert.equal((await accept(other, tokenOf(sale))).status, 200);
	const now = await row(a, sale.id);
	assert.equal(now.user_id, other.id);
	assert.equal(now.first_name, 'Typed');
	assert.equal((await other.browser.get(`/api/me?orgId=${other.organization.id}`))
		.json.first_name, 'other');

	const before = user(other.id);
	assert.equal((await change(a, sale.id, { first_name: 'Again' })).status, 200);
	const rs = await change(a, sale.id, { email: address('thief') });
	assert.equal(rs.status, 422);
	assert.deepEqual(user(other.id), before);
	assert.equal((await row(a, sale.id)).email, other.email);
});

test('an organization can change a user\'s address until the user joins another organization', async () => {
	const theirs = await made(a);
	const email = address('moved');
	assert.equal((await change(a, theirs.sale, { email: email.toUpperCase() })).json.email, email);
	assert.ok(lastMail(theirs.email, 'email-changed'));
	assert.deepEqual(user(theirs.id).map((u) => [u[1], u[2]]), [[email, 'f']]);
	await signIn(email);
	const taken = await change(a, theirs.sale, { email: a.email });
	assert.equal(taken.status, 409);

	const sale = await make(b, { email });
	assert.equal((await accept(theirs, tokenOf(sale))).status, 200);
	for (const [boss, id] of [[a, theirs.sale], [b, sale.id]])
		assert.equal((await change(boss, id, { email: address('thief') })).status, 422);
	await theirs.browser.post('/api/auth/organization/leave', { organizationId: b.organization.id });
	assert.equal((await change(a, theirs.sale, { email: address('thief') })).status, 422);
	assert.equal(user(theirs.id)[0][1], email);
});

test('an organization cannot change the address of an operator', async () => {
	const theirs = await made(a);
	sql('UPDATE identity."user" SET role = \'user,admin\' WHERE id = $1', theirs.id);
	assert.equal((await change(a, theirs.sale, { email: address('thief') })).status, 422);
});

test('joining with a link that was shown does not verify the address', async () => {
	const theirs = await made(a);
	assert.equal(user(theirs.id)[0][2], 'f');
	const invite = await a.browser.post('/api/invites', { email: address('shown') });
	const rs = await choose(invite.json.token, PASSWORD, { first_name: 'Max', last_name: 'Shown' });
	assert.equal(rs.status, 200, rs.text);
	assert.equal(rs.json.user.emailVerified, false);
	assert.equal(rs.json.user.name, 'Max Shown');
});

test('users of another organization return 404', async () => {
	const theirs = await made(b);
	for (const id of [theirs.sale, 9007199254740001]) {
		const answers = await Promise.all([change(a, id, { administrator: true }),
			change(a, id, { email: address() }), change(a, id, {}),
			a.browser.patch(`/api/sales/${id}/password`, {})]);
		assert.deepEqual(answers.map((rs) => rs.status), [404, 404, 404, 404]);
	}
	assert.equal((await row(b, theirs.sale)).administrator, false);
	assert.equal(mails(theirs.email).filter((m) => m.template === 'reset-password').length, 0);
});

test('a member cannot change users or their own role', async () => {
	const theirs = await made(a), other = await made(a);
	for (const body of [{ first_name: 'x' }, { administrator: true }, { email: address() }, {}])
		assert.equal((await change(theirs, other.sale, body)).status, 422);
	assert.equal((await change(theirs, theirs.sale, { administrator: true, disabled: true })).status, 200);
	const now = await row(a, theirs.sale);
	assert.deepEqual([now.administrator, now.disabled], [false, false]);
	assert.equal((await theirs.browser.get('/api/invites')).status, 422);
	assert.equal((await theirs.browser.get('/api/me')).status, 200);
});

test('an administrator cannot change an owner', async () => {
	const admin = await made(a, { administrator: true });
	const before = user(a.id);
	for (const body of [{ administrator: false }, { disabled: true }, { email: address('thief') }]) {
		const rs = await change(admin, a.me.id, body);
		assert.equal(rs.status, 422, rs.text);
	}
	assert.deepEqual(user(a.id), before);
	assert.deepEqual(sql(`SELECT role, disabled FROM identity.organization_member
		WHERE user_id = $1`, a.id), [['owner', 'f']]);
});

test('if administrators demote or disable each other concurrently, one administrator remains', async () => {
	const boss = await owner('race');
	const stay = (n) => sql(`SELECT count(*) FROM identity.organization_member
		WHERE organization_id = $1 AND acts_as <> 'member' AND NOT disabled`,
	boss.organization.id)[0][0] >= n;
	for (const patch of [{ administrator: false }, { disabled: true }]) {
		const [x, y] = [await made(boss, { administrator: true }),
			await made(boss, { administrator: true })];
		const answers = await Promise.all([change(x, y.sale, patch), change(y, x.sale, patch)]);
		assert.equal(answers.filter((rs) => rs.status === 200).length, 1);
		assert.ok(stay(2));
	}
	// Of two owners who remove each other concurrently, one remains.
	const heir = await made(boss);
	sql(`UPDATE identity.organization_member SET role = 'owner' WHERE user_id = $1`, heir.id);
	const answers = await Promise.all([change(boss, heir.sale, { disabled: true }),
		change(heir, boss.me.id, { disabled: true })]);
	assert.equal(answers.filter((rs) => rs.status === 200).length, 1);
	assert.deepEqual(sql(`SELECT count(*) FROM identity.organization_member
		WHERE organization_id = $1 AND acts_as = 'owner' AND NOT disabled`,
	boss.organization.id), [['1']]);
});

test('the last administrator cannot be demoted or disabled', async () => {
	const boss = await owner('alone');
	await made(boss);
	for (const patch of [{ administrator: false }, { disabled: true }])
		assert.equal((await change(boss, boss.me.id, patch)).status, 422);
	const admin = await made(boss, { administrator: true });
	assert.equal((await change(admin, admin.sale, { administrator: false })).status, 200);
});

test('concurrent requests with one address create one user', async () => {
	const email = address('twice');
	const answers = await Promise.all([1, 2, 3].map(() =>
		a.browser.post('/api/sales', form({ email }))));
	assert.deepEqual(answers.map((rs) => rs.status).sort(), [201, 409, 409]);
	assert.deepEqual(sql('SELECT count(*) FROM crm.sales WHERE email = $1', email), [['1']]);
});

test('a link works once, even with concurrent requests', async () => {
	const sale = await make(a);
	const answers = await Promise.all([1, 2, 3].map((n) => choose(tokenOf(sale), `${PASSWORD} ${n}`)));
	assert.equal(answers.filter((rs) => rs.status === 200).length, 1);
	assert.ok(answers.every((rs) => [200, 400, 409].includes(rs.status)));
	assert.deepEqual(sql('SELECT count(*) FROM identity."user" WHERE email = $1', sale.email),
		[['1']]);
	const theirs = await made(a);
	await theirs.browser.patch(`/api/sales/${theirs.sale}/password`, {});
	const { url } = lastMail(theirs.email, 'reset-password').data;
	const token = new URLSearchParams(url.split('?')[1]).get('access_token');
	const resets = await Promise.all([1, 2, 3].map((n) => choose(token, `${THEIRS} ${n}`)));
	assert.deepEqual(resets.map((rs) => rs.status).sort(), [200, 400, 400]);
});

test('a link is void after a newer link, a new address or disabling', async () => {
	const sale = await make(a);
	const first = tokenOf(sale);
	const { json } = await a.browser.patch(`/api/sales/${sale.id}/password`, {});
	assert.deepEqual(json.data, {});
	assert.equal((await choose(first)).status, 400);
	const second = json.invite_url.split('/').at(-1);
	assert.equal((await change(a, sale.id, { email: address('else') })).status, 200);
	assert.equal((await choose(second)).status, 400);
	const third = (await a.browser.patch(`/api/sales/${sale.id}/password`, {})).json.invite_url;
	assert.equal((await change(a, sale.id, { disabled: true })).json.disabled, true);
	assert.equal((await choose(third.split('/').at(-1))).status, 400);
	assert.equal((await a.browser.patch(`/api/sales/${sale.id}/password`, {})).status, 422);
	assert.equal((await change(a, sale.id, { disabled: false })).json.disabled, false);
	sql('UPDATE identity.organization_invitation SET expires_at = now() WHERE sales_id = $1', sale.id);
	const last = (await a.browser.patch(`/api/sales/${sale.id}/password`, {})).json.invite_url;
	assert.equal((await choose(last.split('/').at(-1))).status, 200);
});

test('an invitation is void if its inviter leaves or is demoted', async () => {
	const admin = await made(a, { administrator: true });
	const [one, two] = [await make(admin), await make(admin)];
	await change(a, admin.sale, { administrator: false });
	assert.equal((await choose(tokenOf(one))).status, 400);
	await change(a, admin.sale, { administrator: true });
	await admin.browser.post('/api/auth/organization/leave', { organizationId: a.organization.id });
	assert.equal((await choose(tokenOf(two))).status, 400);
	assert.equal((await send('GET', `/invite/${tokenOf(two)}`)).status, 404);
	const again = await a.browser.patch(`/api/sales/${two.id}/password`, {});
	assert.equal((await choose(again.json.invite_url.split('/').at(-1))).status, 200);
});

test('the organization plugin and REST show the same invitations', async () => {
	const at = '/api/auth/organization/';
	const [one, two] = [await make(a), await make(a)];
	const rest = (await a.browser.get('/api/invites')).json;
	const of = (sale) => rest.find((i) => i.sales_id === sale.id);
	const plugin = (await a.browser.get(`${at}list-invitations`)).json;
	assert.deepEqual(rest.map((i) => i.id).sort(),
		plugin.filter((i) => i.status === 'pending' && new Date(i.expiresAt) > new Date())
			.map((i) => i.id).sort());
	assert.deepEqual(Object.keys(of(one)), ['id', 'organization_id', 'email', 'role',
		'expires_at', 'created_at', 'updated_at', 'sales_id']);
	assert.equal((await a.browser.post(`${at}cancel-invitation`,
		{ invitationId: of(one).id })).status, 200);
	assert.equal((await row(a, one.id)).disabled, true);
	assert.equal((await a.browser.delete(`/api/invites/${of(two).id}`)).json.id, of(two).id);
	assert.equal((await a.browser.delete(`/api/invites/${of(two).id}`)).status, 404);
	assert.equal((await row(a, two.id)).disabled, true);
	assert.equal((await choose(tokenOf(two))).status, 400);

	const decliner = await signUp({ email: address('decliner') });
	const three = await make(a, { email: decliner.email });
	assert.equal((await decliner.browser.post(`${at}reject-invitation`,
		{ invitationId: tokenOf(three) })).status, 200);
	assert.equal((await row(a, three.id)).disabled, true);
});

test('the ID of an invitation, which members may see, cannot set a password', async () => {
	const sale = await make(a, { administrator: true });
	const { id } = (await a.browser.get('/api/invites')).json.find((i) => i.sales_id === sale.id);
	assert.equal((await choose(id)).status, 400);
	const theirs = await made(a);
	const seen = await theirs.browser.get('/api/sales');
	assert.ok(!seen.text.includes(id));
	assert.equal((await choose(sale.user_id)).status, 400);
});

test('an invitation without an address cannot set a password', async () => {
	const { json } = await a.browser.post('/api/invites', {});
	assert.equal((await choose(json.token)).status, 400);
});

test('disabling a user ends the session immediately, and prevents sign-in and the use of API keys', async () => {
	const theirs = await made(a);
	const key = (await theirs.browser.post('/api/auth/api-key/create', {})).json.key;
	const ask = () => send('GET', '/api/contacts', { headers: { 'x-api-key': key } });
	assert.equal((await ask()).status, 200);
	await theirs.browser.patch(`/api/sales/${theirs.sale}/password`, {});
	assert.equal((await change(a, theirs.sale, { disabled: true })).json.disabled, true);
	assert.equal((await theirs.browser.get('/api/contacts')).status, 401);
	assert.equal((await ask()).status, 401);
	assert.equal((await send('POST', '/api/auth/sign-in/email',
		{ body: { email: theirs.email, password: PASSWORD } })).status, 403);
	const { url } = lastMail(theirs.email, 'reset-password').data;
	const token = new URLSearchParams(url.split('?')[1]).get('access_token');
	const rs = await choose(token, THEIRS);
	assert.equal(rs.status, 422);
	assert.match(rs.json.message, /disabled/);
	assert.equal((await change(a, theirs.sale, { disabled: false })).status, 200);
	await signIn(theirs.email);
});

test('a user who is disabled in one organization remains active in others', async () => {
	const theirs = await made(a);
	const sale = await make(b, { email: theirs.email });
	await accept(theirs, tokenOf(sale));
	assert.equal((await change(b, sale.id, { disabled: true })).status, 200);
	const { browser } = await signIn(theirs.email);
	assert.equal((await browser.get('/api/contacts')).status, 200);
	assert.equal((await browser.get(`/api/contacts?orgId=${b.organization.id}`)).status, 401);
});

test('setting a password does not bypass the second factor', async () => {
	const theirs = await made(a);
	sql('UPDATE identity."user" SET email_verified = true WHERE id = $1', theirs.id);
	const two = await enrolled(await signIn(theirs.email));
	await two.browser.patch(`/api/sales/${theirs.sale}/password`, {});
	const { url } = lastMail(theirs.email, 'reset-password').data;
	const token = new URLSearchParams(url.split('?')[1]).get('access_token');
	const rs = await choose(token, THEIRS);
	assert.equal(rs.status, 200, rs.text);
	assert.equal(rs.json.twoFactorRedirect, true);
	assert.equal((await rs.browser.get('/api/contacts')).status, 401);
	assert.equal((await send('POST', '/api/auth/sign-in/email',
		{ body: { email: theirs.email, password: PASSWORD } })).status, 401);
});

test('an API key cannot change roles or addresses or get links', async () => {
	const key = (await a.browser.post('/api/auth/api-key/create', {})).json.key;
	const call = (method, path, body) => send(method, path, { headers: { 'x-api-key': key }, body });
	const theirs = await made(a), waits = await make(a);
	for (const body of [{ administrator: true }, { disabled: true }, { email: address() }])
		assert.equal((await call('PATCH', `/api/sales/${theirs.sale}`, body)).status, 422);
	assert.equal((await call('PATCH', `/api/sales/${a.me.id}`, { email: address() })).status, 422);
	assert.equal((await call('PATCH', `/api/sales/${waits.id}/password`, {})).status, 422);
	assert.equal((await call('POST', '/api/sales', form())).status, 403);
	assert.equal((await call('PATCH', `/api/sales/${theirs.sale}`, { first_name: 'Key' })).status, 200);
});

test('a former member who is invited again keeps the same record', async () => {
	const theirs = await made(a);
	await theirs.browser.post('/api/auth/organization/leave', { organizationId: a.organization.id });
	assert.equal((await row(a, theirs.sale)).disabled, true);
	const sale = await make(a, { email: theirs.email, administrator: true });
	assert.equal(sale.id, theirs.sale);
	assert.equal((await theirs.browser.get(`/api/contacts?orgId=${a.organization.id}`)).status, 403);
	assert.equal((await accept(theirs, tokenOf(sale))).status, 200);
	const now = await row(a, sale.id);
	assert.deepEqual([now.user_id, now.disabled, now.administrator], [theirs.id, false, true]);
});

test('hostile bodies are refused with a message', async () => {
	for (const [more, status] of [[{ email: 'nobody' }, 422], [{ email: '' }, 422],
		[{ email: 'a@b.test\nBcc: c@d.test' }, 422], [{ password: 'chosen by another' }, 422],
		[{ first_name: 'x'.repeat(501) }, 422], [{ administrator: 'yes' }, 400],
		[{ organization_id: b.organization.id }, 422], [{ user_id: b.id }, 422],
		[{ avatar: 5 }, 400]]) {
		const rs = await a.browser.post('/api/sales', form(more));
		assert.equal(rs.status, status, `${JSON.stringify(more)} ${rs.text}`);
		assert.ok(rs.json.message);
	}
	assert.equal((await change(a, 'x', { email: address() })).status, 400);
	assert.equal((await a.browser.patch('/api/sales/x/password', {})).status, 400);
	assert.equal((await change(a, a.me.id, { administrator: { $ne: 1 } })).status, 400);
	for (const [body, status] of [[{}, 422], [{ token: '', password: PASSWORD }, 422],
		[{ token: 'x' }, 422], [{ token: ['x'], password: PASSWORD }, 400]])
		assert.equal((await send('POST', '/api/set-password', { body })).status, status);
	assert.equal((await choose('\' OR 1=1 --')).status, 400);
});

test('a repeated idempotency key creates one user and returns the same response', async () => {
	const headers = { 'idempotency-key': `sale-${process.pid}` }, body = form();
	const [one, two] = [await a.browser.post('/api/sales', body, headers),
		await a.browser.post('/api/sales', body, headers)];
	assert.equal(one.status, 201, one.text);
	assert.equal(two.text, one.text);
	assert.equal(mails(body.email).length, 1);
});
