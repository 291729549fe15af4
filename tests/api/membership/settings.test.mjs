// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Member settings: defaults at sign-up, changes to a key, and their effects.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { query } from '../../lib/api.mjs';
import { good } from '../lib/answers.mjs';
import { sql } from '../lib/database.mjs';
import { Browser } from '../lib/http.mjs';
import { address, member, owner, PASSWORD } from '../lib/people.mjs';

let boss, early, guest, other, stranger;
const ids = {};

const DEFAULTS = {
	user_settings: { language: null, time_zone: null },
	user_security_settings: { sign_in_alerts: false },
	user_notification_preferences: { email: true, memberships: true, queue: true, verifications: true, messages: true, member_messages: true, muted_until: null },
	user_payment_settings: { renews: false, currency: null },
	user_privacy_settings: { listed: false, show_bio: true, show_birth_date: false, show_city: false, show_email: false, show_phone: false },
	user_appearance_settings: { theme: 'system', density: 'comfortable' },
};
const NAMES = Object.keys(DEFAULTS);
const plain = ({ id, created_at, updated_at, ...row }) => row;
const own = async (who) => (await good(boss.browser.get(`/api/user_profiles${query({ filter: { user_id: who.id } })}`)))[0].id;
const set = (who, resource, body, id = ids[who.id]) => who.browser.patch(`/api/${resource}/${id}`, body);
const mails = (to, template) => sql(`SELECT language, data FROM ops.mail WHERE recipient = '${to}' AND template = '${template}' ORDER BY id`);

before(async () => {
	boss = await owner('settings');
	stranger = await owner('settings-stranger');
	early = await member(boss, 'portal');
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	[guest, other] = [await member(boss, 'portal'), await member(boss, 'portal')];
	for (const who of [boss, early, guest, other])
		ids[who.id] = await own(who);
});

test('each member gets the defaults in the transaction in which they join', async () => {
	for (const who of [early, guest])
		for (const name of NAMES) {
			const rows = await good(who.browser.get(`/api/${name}`));
			assert.deepEqual(rows.map((row) => row.id), [ids[who.id]], name);
			assert.deepEqual(plain(rows[0]), DEFAULTS[name], name);
			assert.deepEqual(plain(await good(boss.browser.get(`/api/${name}/${ids[who.id]}`))), DEFAULTS[name]);
		}
	assert.equal(sql(`SELECT count(*) FROM identity.organization_member m LEFT JOIN membership.user_profiles p
		ON p.org_id = m.organization_id AND p.user_id = m.user_id LEFT JOIN membership.user_appearance_settings s
		ON s.org_id = p.org_id AND s.id = p.id WHERE m.organization_id = '${boss.organization.id}' AND s.id IS NULL`)[0][0], '0');
	// The request is one transaction, so a later failure rolls back everything.
	const invite = await good(boss.browser.post('/api/invites', { role: 'portal' }));
	const email = address('late');
	const rs = await new Browser().post('/api/signup', { email, password: 'short', first_name: 'L', last_name: 'L', invite_token: invite.token });
	assert.ok(rs.status >= 400, rs.text);
	assert.equal(sql(`SELECT count(*) FROM membership.user_profiles WHERE org_id = '${boss.organization.id}'`)[0][0], '4');
});

test('PATCH with one key changes only that key, and PUT the whole row', async () => {
	for (const [name, changes] of Object.entries({ user_settings: { language: 'fr' }, user_security_settings: { sign_in_alerts: true },
		user_notification_preferences: { memberships: false }, user_payment_settings: { currency: 'EUR' },
		user_privacy_settings: { show_city: true }, user_appearance_settings: { theme: 'dark' } })) {
		assert.deepEqual(plain(await good(set(early, name, changes))), { ...DEFAULTS[name], ...changes });
		assert.deepEqual(plain(await good(early.browser.put(`/api/${name}/${ids[early.id]}`, DEFAULTS[name]))), DEFAULTS[name]);
		for (const answer of [early.browser.post(`/api/${name}`, {}), early.browser.delete(`/api/${name}/${ids[early.id]}`)])
			assert.ok([404, 405, 422].includes((await answer).status), name);
		for (const id of [ids[other.id], 1])
			assert.equal((await set(early, name, changes, id)).status, 404, name);
		assert.equal((await set(early, name, { none: true })).status, 422);
		assert.equal((await stranger.browser.get(`/api/${name}/${ids[early.id]}`)).status, 404);
	}
	for (const [name, wrong] of [['user_settings', { language: 'de' }], ['user_settings', { time_zone: 'Mars/Base' }],
		['user_payment_settings', { currency: 'euro' }], ['user_appearance_settings', { theme: 'pink' }]])
		assert.equal((await set(early, name, wrong)).status, 422, JSON.stringify(wrong));
	assert.equal((await set(early, 'user_notification_preferences', { email: 'often' })).status, 400);
	await good(set(early, 'user_notification_preferences', { email: false }));
	assert.equal((await good(set(early, 'user_notification_preferences', { email: null }))).email, true, 'null: the default');
});

test('a new membership gets the member\'s settings unless the request has different values', async () => {
	await good(set(guest, 'user_payment_settings', { renews: true, currency: 'CHF' }));
	const give = (more) => good(boss.browser.post('/api/user_memberships', { member_id: ids[guest.id], tier: 'gold', ...more }));
	const first = await give({ starts_on: '2026-01-01', ends_on: '2026-12-31', fee: 100 });
	assert.deepEqual([first.renews, first.currency], [true, 'CHF']);
	const second = await give({ starts_on: '2027-01-01', ends_on: '2027-12-31', renews: false, fee: 100, currency: 'EUR' });
	assert.deepEqual([second.renews, second.currency], [false, 'EUR']);
	const free = await give({ starts_on: '2028-01-01', ends_on: '2028-12-31' });
	assert.deepEqual([free.renews, free.currency], [true, null]);
});

test('a muted email is not sent', async () => {
	let year = 2031;
	const renew = async () => {
		const row = await good(boss.browser.post('/api/user_memberships', { member_id: ids[other.id], tier: 'gold',
			starts_on: `${year}-01-01`, ends_on: `${year}-12-31` }));
		const next = await good(boss.browser.post(`/api/user_memberships/${row.id}/renew`, {}));
		year += 2;
		return next;
	};
	const told = () => mails(other.email, 'membership-renewed');
	const next = await renew();
	assert.equal(told().length, 1);
	const [language, data] = told()[0];
	assert.deepEqual([language, JSON.parse(data)], ['en', { tier: 'gold', begins: '2032-01-01', ends: '2032-12-31',
		organization: boss.organization.name }]);
	const prefer = (body) => good(set(other, 'user_notification_preferences', body));
	for (const [off, on] of [[{ memberships: false }, { memberships: true }], [{ email: false }, { email: true }],
		[{ muted_until: '2999-01-01T00:00:00Z' }, { muted_until: '2000-01-01T00:00:00Z' }]]) {
		const n = told().length;
		await prefer(off);
		await renew();
		assert.equal(told().length, n, JSON.stringify(off));
		await prefer(on);
		await renew();
		assert.equal(told().length, n + 1, JSON.stringify(on));
	}
	await good(set(other, 'user_settings', { language: 'fr' }));
	await good(boss.browser.post(`/api/user_memberships/${next.id}/cancel`, {}));
	// The membership had not begun yet.
	assert.deepEqual(mails(other.email, 'membership-withdrawn').map(([l, data]) => [l, JSON.parse(data).begins]), [['fr', next.starts_on]]);
	assert.deepEqual(mails(other.email, 'membership-cancelled'), []);
	const now = await good(boss.browser.post('/api/user_memberships', { member_id: next.member_id, tier: 'silver', starts_on: '2026-01-01',
		ends_on: '2029-12-31' }));
	const { cancelled_on } = await good(boss.browser.post(`/api/user_memberships/${now.id}/cancel`, {}));
	assert.deepEqual(mails(other.email, 'membership-cancelled').map(([l, data]) => [l, JSON.parse(data).ends]), [['fr', cancelled_on]]);
	// A person without an account receives no email.
	const paper = await good(boss.browser.post('/api/user_profiles', { last_name: 'Paper' }));
	const row = await good(boss.browser.post('/api/user_memberships', { member_id: paper.id, tier: 'gold', starts_on: '2026-01-01' }));
	await good(boss.browser.post(`/api/user_memberships/${row.id}/cancel`, {}));
});

test('a sign-in from a new device causes an email if the member wants it', async () => {
	const at = (agent) => new Browser().send('POST', '/api/auth/sign-in/email', { email: guest.email, password: PASSWORD },
		{ 'user-agent': agent });
	const told = () => mails(guest.email, 'new-sign-in');
	assert.equal((await at('Phone/1')).status, 200);
	assert.deepEqual(told(), []);
	await good(set(guest, 'user_security_settings', { sign_in_alerts: true }));
	await at('Phone/1');
	assert.deepEqual(told(), [], 'a place where they are signed in already');
	await at('Tablet/2');
	assert.equal(told().length, 1);
	assert.equal(JSON.parse(told()[0][1]).program, 'Tablet/2');
	await good(boss.browser.put('/api/modules/membership', { enabled: false }));
	await at('Tablet/3');
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	assert.equal(told().length, 1);
});

test('the directory lists members who want to be listed, with the data that they show', async () => {
	const add = (resource, row) => good(other.browser.post(`/api/${resource}`, row));
	await good(other.browser.patch(`/api/user_profiles/${ids[other.id]}`, { bio: 'Sings', birth_date: '1990-01-31' }));
	await add('user_contacts', { kind: 'email', value: 'other@members.test' });
	await add('user_contacts', { kind: 'phone', value: '+33 1' });
	await add('user_contacts', { kind: 'phone', value: '+33 2' });
	await add('user_addresses', { kind: 'home', line1: 'Secret street', city: 'Lyon', country: 'FR' });
	const seen = async (who) => good(who.browser.get('/api/member_directory'));
	assert.deepEqual(await seen(guest), []);
	await good(set(other, 'user_privacy_settings', { listed: true }));
	const base = { id: ids[other.id], first_name: 'Max', last_name: 'Member', headline: null, bio: 'Sings', birth_date: null,
		city: null, country: null, email: null, phone: null };
	for (const who of [guest, boss, other])
		assert.deepEqual(await seen(who), [base]);
	for (const [key, change] of Object.entries({ show_bio: { bio: null }, show_birth_date: { birth_date: '1990-01-31' },
		show_city: { city: 'Lyon', country: 'FR' }, show_email: { email: 'other@members.test' }, show_phone: { phone: '+33 1' } })) {
		await good(set(other, 'user_privacy_settings', { [key]: key !== 'show_bio' }));
		assert.deepEqual(await seen(guest), [{ ...base, ...change }], key);
		assert.deepEqual(await good(guest.browser.get(`/api/member_directory${query({ filter: { city: 'Lyon' } })}`)),
			key === 'show_city' ? [{ ...base, ...change }] : [], 'a filter finds no more than is shown');
		await good(set(other, 'user_privacy_settings', { [key]: key === 'show_bio' }));
	}
	assert.equal((await guest.browser.get(`/api/user_profiles/${ids[other.id]}`)).status, 404);
	assert.equal((await guest.browser.get('/api/member_directory/export')).status, 422);
	await good(boss.browser.post('/api/auth/organization/remove-member', { memberIdOrEmail: other.email }));
	assert.deepEqual(await seen(guest), [], 'who has left is not in it');
});
