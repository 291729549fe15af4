// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// A visitor joins an association step by step. The input is stored for 24 hours. A code or the emailed link proves the
// address, and replaces the token. The visitor joins only once.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sql, sqlFor } from '../lib/database.mjs';
import { good, list, refused } from '../lib/answers.mjs';
import { Browser } from '../lib/http.mjs';
import { address, member, owner, PASSWORD, signIn } from '../lib/people.mjs';

const AT = '/api/signup_sessions';
const ENTERED = { first_name: 'Vera', last_name: 'Visitor', tier: 'gold', phone: '+33 1', line1: 'Rue 1', city: 'Paris', country: 'FR' };
let boss, other, slug, org;

const mail = (email) => JSON.parse(sql(`SELECT data FROM ops.mail WHERE recipient = $1 AND template = 'signup-code' ORDER BY id DESC LIMIT 1`, email)[0][0]);
const codeOf = (email) => mail(email).code;
const linkOf = (email) => new URL(mail(email).url).hash.replace('#link=', '');
// Creates a visitor, with the data that every request of the sign-up contains.
const visitor = async (email = address('visitor'), organization = slug) => {
	const browser = new Browser();
	const state = await good(browser.post(AT, { organization, email }));
	const held = { organization, token: state.token };
	return { browser, email, held, state, post: (path, body = {}) => browser.post(`${AT}/${path}`, { ...held, ...body }),
		put: (entered) => browser.put(`${AT}/entered`, { ...held, entered }) };
};
const proven = async (...who) => {
	const v = await visitor(...who);
	await good(v.put(ENTERED));
	return prove(v);
};
// Proves the address. Returns the visitor with the new token.
const prove = async (v) => {
	const verified = await good(v.post('verify', { code: codeOf(v.email) })), held = { ...v.held, token: verified.token };
	return { ...v, held, verified, post: (path, body = {}) => v.browser.post(`${AT}/${path}`, { ...held, ...body }),
		put: (entered) => v.browser.put(`${AT}/entered`, { ...held, entered }) };
};
const users = (email) => Number(sql('SELECT count(*) FROM identity."user" WHERE email = $1', email)[0][0]);
const policy = (body, by = boss) => by.browser.put('/api/signup_policy', body);

before(async () => {
	boss = await owner('joining');
	({ id: org, slug } = boss.organization);
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	sql(`INSERT INTO identity.organization (name, slug) VALUES ('Other', $1)`, `other-${process.pid}`);
	other = `other-${process.pid}`;
});

test('owners and admins open the sign-up, and a closed sign-up looks like a missing one', async () => {
	assert.deepEqual(await good(boss.browser.get('/api/signup_policy')), { enabled: false, tiers: [], activates: false });
	const closed = async (organization) => {
		const rs = await new Browser().post(AT, { organization, email: address() });
		assert.equal(rs.status, 404);
		return rs.json.detail;
	};
	assert.equal(await closed(slug), await closed('nobody'));
	assert.equal(await closed(other), await closed('nobody'));
	for (const [tiers, detail] of [[[], /at least one/], [['x'.repeat(101)], /at most 20/], [[' '], /at most 20/], [Array(21).fill('a'), /at most 20/]])
		await refused(policy({ enabled: true, tiers }), 422, detail);
	await refused(policy({ enabled: true, tiers: [1] }), 400, /^tiers\.0: must be text$/);
	const clerk = await member(boss, 'member');
	await refused(policy({ enabled: true, tiers: ['gold'] }, clerk));
	await refused(clerk.browser.get('/api/signup_policy'));
	assert.deepEqual(await good(policy({ enabled: true, tiers: ['gold', 'silver', 'gold'] })), { enabled: true, tiers: ['gold', 'silver'], activates: false });
	assert.deepEqual(await good(new Browser().get(`${AT}/offer?organization=${slug}`)), { organization: 'joining Ltd', tiers: ['gold', 'silver'] });
	assert.equal((await new Browser().get(`${AT}/offer?organization=nobody`)).status, 404);
	assert.equal((await new Browser().get(`${AT}/offer`)).status, 404);
});

test('the input is kept for 24 hours, and the sign-up resumes with the token', async () => {
	const v = await visitor();
	const left = Date.parse(v.state.expires_at) - Date.now();
	assert.ok(left > 23 * 3600e3 && left <= 24 * 3600e3);
	assert.deepEqual([v.state.email, v.state.entered, v.state.verified, v.state.completed], [v.email, {}, false, false]);
	const url = new URL(mail(v.email).url);
	assert.deepEqual([url.pathname, url.hash], [`/join/${slug}`, `#link=${linkOf(v.email)}`]);
	assert.notEqual(linkOf(v.email), v.state.token, 'the link has a token that the requester does not have');
	assert.ok(!sqlFor(org, 'SELECT s FROM membership.signup_sessions s').join().includes(v.state.token), 'the token is stored hashed');
	assert.ok(!sqlFor(org, 'SELECT s FROM membership.signup_sessions s').join().includes(codeOf(v.email)), 'so is the code');
	await good(v.put({ last_name: 'First', city: 'Lyon' }));
	assert.deepEqual((await good(v.put({ last_name: 'Second', city: null }))).entered, { last_name: 'Second' });
	assert.deepEqual((await good(v.post('resume'))).entered, { last_name: 'Second' });
	for (const [entered, detail] of [[{ other: 'x' }, /unknown member/], [{ last_name: 'x'.repeat(201) }, /at most 200/],
		[{ last_name: ' ' }, /text/], [{ first_name: 'a\nb' }, /text/], [{ country: 'fr' }, /two-letter/], [{ tier: 'bronze' }, /not offered/],
		[{ phone: 'none' }, /digit/]])
		await refused(v.put(entered), 422, detail);
	for (const last_name of [1, { a: 1 }])
		await refused(v.put({ last_name }), 400, /^entered\.last_name: must be text$/);
	assert.deepEqual((await good(v.post('resume'))).entered, { last_name: 'Second' });
	for (const held of [{ ...v.held, token: 'x'.repeat(32) }, { ...v.held, organization: other }, { ...v.held, organization: 'nobody' }])
		assert.equal((await v.browser.post(`${AT}/resume`, held)).status, 404);
	sqlFor(org, `UPDATE membership.signup_sessions SET expires_at = now() WHERE email = $1`, v.email);
	for (const rs of [await v.post('resume'), await v.put({}), await v.post('verify', { code: codeOf(v.email) }), await v.post('verify', { link: linkOf(v.email) }),
		await v.post('code'), await v.post('complete', { password: PASSWORD })])
		assert.equal(rs.status, 404, rs.text);
	sqlFor('', "UPDATE ops.organization_turn SET due_at = now() WHERE task LIKE 'membership%'");
	sqlFor('', 'SELECT membership.run_tasks(100)');
	assert.deepEqual(sqlFor(org, 'SELECT count(*) FROM membership.signup_sessions WHERE email = $1', v.email)[0], ['0']);
});

test('a code allows five attempts, and a new code allows five more', async () => {
	const v = await visitor();
	const first = codeOf(v.email);
	const wrong = first === '000000' ? '111111' : '000000';
	for (let n = 0; n < 5; n++)
		await refused(v.post('verify', { code: wrong }), 422, /wrong or has expired/);
	await refused(v.post('verify', { code: first }), 422, /wrong or has expired/);
	await good(v.post('code'));
	const second = codeOf(v.email);
	sqlFor(org, 'UPDATE membership.signup_sessions SET code_expires_at = now() WHERE email = $1', v.email);
	await refused(v.post('verify', { code: second }), 422, /wrong or has expired/);
	await good(v.post('code'));
	await good(v.put(ENTERED));
	await refused(v.post('complete', { password: PASSWORD }), 422, /not verified/);
	for (const [body, missing] of [[{ organization: slug, code: '0' }, /token/], [v.held, /code/]])
		await refused(v.browser.post(`${AT}/verify`, body), 422, missing);
	const p = await prove(v);
	assert.equal(p.verified.verified, true);
	await good(p.post('verify', { code: 'again' }));
});

test('a visitor who began with someone else\'s address gets no access to the owner\'s sign-up', async () => {
	const ended = async (v) => {
		for (const rs of [await v.post('resume'), await v.put({ city: 'Lyon' }), await v.post('code'), await v.post('verify', { code: codeOf(v.email) }),
			await v.post('complete', { password: PASSWORD })])
			assert.equal(rs.status, 404, rs.text);
		assert.equal(users(v.email), 0);
	};
	// After a proof by code, the previous token is invalid.
	const begun = await visitor();
	await good(begun.put(ENTERED));
	const shown = await prove(begun);
	assert.notEqual(shown.held.token, begun.held.token);
	assert.equal(shown.verified.entered.city, 'Paris');
	await ended(begun);
	// After a proof by the link in the owner's browser, earlier input is not shown, and new input belongs to the
	// owner.
	const attacker = await visitor();
	await good(attacker.put(ENTERED));
	const link = linkOf(attacker.email), owner = new Browser();
	const first = await good(owner.post(`${AT}/verify`, { organization: slug, link }));
	assert.deepEqual([first.verified, first.entered, first.email], [true, {}, attacker.email]);
	await ended(attacker);
	// The link can be opened again later, with the owner's input, and only the newest token is valid.
	await good(owner.put(`${AT}/entered`, { organization: slug, token: first.token, entered: ENTERED }));
	const second = await good(new Browser().post(`${AT}/verify`, { organization: slug, link }));
	assert.deepEqual(second.entered, ENTERED);
	assert.equal((await owner.post(`${AT}/resume`, { organization: slug, token: first.token })).status, 404);
	await good(owner.post(`${AT}/complete`, { organization: slug, token: second.token, password: PASSWORD }));
	assert.equal(users(attacker.email), 1);
	// If the browser has the token, the link keeps the input. Another email replaces the link.
	const v = await visitor();
	await good(v.put(ENTERED));
	const old = linkOf(v.email);
	await good(v.post('code'));
	assert.equal((await v.post('verify', { link: old })).status, 404);
	assert.deepEqual((await good(v.post('verify', { link: linkOf(v.email) }))).entered, ENTERED);
	assert.equal((await v.post('verify', { link: linkOf(v.email), organization: other })).status, 404);
});

test('joining creates an account, a profile with contacts and an address, and a membership, once', async () => {
	const v = await proven();
	assert.equal(v.verified.account, false);
	await refused(v.post('complete'), 422, /password.*is required/);
	assert.equal((await v.post('complete', { password: 'short' })).status, 422);
	const answers = await Promise.all(Array.from({ length: 6 }, () => v.post('complete', { password: PASSWORD })));
	for (const rs of answers)
		assert.ok(rs.status === 200 && rs.json.completed, rs.text);
	assert.equal(users(v.email), 1);
	await refused(v.put({ city: 'Lyon' }), 409, /completed/);
	const { browser, id } = await signIn(v.email);
	const me = await good(browser.get('/api/me'));
	assert.deepEqual([me.portal, me.organization_id], [true, org]);
	const [profile] = await list(boss, 'user_profiles', { user_id: id });
	assert.deepEqual([profile.first_name, profile.last_name], ['Vera', 'Visitor']);
	const contacts = await list(boss, 'user_contacts', { member_id: profile.id });
	assert.deepEqual(contacts.map(({ kind, value, verified_at }) => [kind, value, verified_at !== null]).sort(), [['email', v.email, true], ['phone', '+33 1', false]]);
	assert.deepEqual((await list(boss, 'user_addresses', { member_id: profile.id })).map(({ city, country }) => [city, country]), [['Paris', 'FR']]);
	assert.deepEqual((await list(boss, 'user_memberships', { member_id: profile.id })).map(({ tier, status }) => [tier, status]), [['gold', 'pending']]);
	// If the user joins again with the account, the existing membership remains the only one.
	const again = await proven(v.email);
	assert.equal(again.verified.account, true);
	await refused(again.post('complete', { password: PASSWORD }), 409, /sign in with it/);
	await refused(browser.post(`${AT}/complete`, again.held), 409, /already have a membership/);
	await good(policy({ enabled: true, tiers: ['gold'], activates: true }));
});

test('a visitor with an account joins with it after proving the address, and the account is not revealed before', async () => {
	const holder = await owner('holder').catch(() => undefined) ?? await member(boss, 'member');
	sqlFor('', 'DELETE FROM identity.organization_member WHERE user_id = $1 AND organization_id = $2', holder.id, org);
	const shape = ({ token, email, expires_at, ...rest }) => [typeof token, typeof expires_at, email.length > 0, rest];
	const [known, unknown] = [await visitor(holder.email), await visitor()];
	assert.deepEqual(shape(known.state), shape(unknown.state));
	await good(known.put(ENTERED));
	await refused(known.post('complete', { password: PASSWORD }), 422, /not verified/);
	const { held, verified } = await prove(known);
	assert.equal(verified.account, true);
	const stranger = await signIn(boss.email);
	for (const browser of [new Browser(), stranger.browser])
		await refused(browser.post(`${AT}/complete`, { ...held, password: PASSWORD }), 409, /sign in with it/);
	const { browser } = await signIn(holder.email);
	await good(browser.post(`${AT}/complete`, held));
	assert.deepEqual(sql('SELECT role FROM identity.organization_member WHERE user_id = $1 AND organization_id = $2', holder.id, org), [['portal']]);
	const [profile] = await list(boss, 'user_profiles', { user_id: holder.id });
	assert.deepEqual((await list(boss, 'user_memberships', { member_id: profile.id })).map(({ status }) => status), ['active']);
	// A staff user remains on the staff.
	const staff = await proven((await member(boss, 'member')).email);
	await good((await signIn(staff.email)).browser.post(`${AT}/complete`, staff.held));
	assert.deepEqual(sql(`SELECT m.role FROM identity.organization_member m JOIN identity."user" u ON u.id = m.user_id
		WHERE u.email = $1 AND m.organization_id = $2`, staff.email, org), [['member']]);
	// A postal address must be complete, and a tier must be chosen.
	for (const [entered, missing] of [[{ last_name: 'X' }, /tier/], [{ last_name: 'X', tier: 'gold', city: 'Paris' }, /line1/]]) {
		const v = await visitor();
		await good(v.put(entered));
		await refused((await prove(v)).post('complete', { password: PASSWORD }), 422, missing);
		assert.equal(users(v.email), 0);
	}
});
