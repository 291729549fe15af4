// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Every resource of the module, every action and every role. Rows of others require the role, and some actions on own
// rows require no role.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openapi, operations, query } from '../../lib/api.mjs';
import { good } from '../lib/answers.mjs';
import { sql } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

const SETTINGS = ['user_settings', 'user_security_settings', 'user_notification_preferences', 'user_payment_settings',
	'user_privacy_settings', 'user_appearance_settings'];
const CREATED = {
	user_contacts: (n) => ({ kind: 'phone', value: `+${n}` }),
	user_addresses: (n) => ({ kind: 'home', line1: `line ${n}`, city: 'c', country: 'FR' }),
	user_memberships: (n) => ({ tier: 'x', starts_on: new Date(Date.UTC(2030, 0, n)).toISOString().slice(0, 10),
		ends_on: new Date(Date.UTC(2030, 0, n)).toISOString().slice(0, 10) }),
	membership_queue: () => ({}),
	user_subscriptions: () => ({ plan: 'x', amount: 1, currency: 'EUR', starts_on: '2099-01-31' }),
	user_payment_methods: (n) => ({ kind: 'bank', provider: 'bank', token: `token_${n}` }),
	user_billing_schedules: () => ({ amount: 1, currency: 'EUR' }),
	user_payments: () => ({ amount: 1, currency: 'EUR' }),
	kyc_verification: () => ({ document_type: 'passport', country: 'FR' }),
	member_messages: () => ({ body: 'x' }),
};
// Rows of these resources cannot be deleted. payments.test.mjs, messages.test.mjs and verifications.test.mjs test their
// actions.
const KEPT = ['user_billing_schedules', 'user_payments', 'kyc_verification', 'member_messages'];
// Closes or removes a member's existing row if the member can have only one open row of the resource.
const FREE = { membership_queue: `UPDATE membership.membership_queue SET status = 'cancelled' WHERE status = 'waiting'`,
	kyc_verification: `SET app.restoring = 'on'; UPDATE membership.kyc_verification SET status = 'withdrawn' WHERE status = 'draft'` };
// Resources that are tested elsewhere. Read-only and append-only resources: ledger.test.mjs, agreements.test.mjs and
// verifications.test.mjs. Resources with special rules: tax_forms.test.mjs, payouts.test.mjs,
// payment_provider.test.mjs, alerts.test.mjs, codes_and_news.test.mjs, erasure.test.mjs, signup_sessions.test.mjs.
const ELSEWHERE = ['payout_accounts', 'payout_batches', 'user_payouts', 'disputes', 'payment_providers',
	'system_audit_logs', 'user_audit_logs', 'ledger_accounts', 'ledger_transactions', 'ledger_entries', 'agreement_documents', 'pending_agreements', 'user_agreements',
	'kyc_evidence', 'kyc_decisions', 'tax_forms', 'admin_alerts', 'monitoring_rules', 'transaction_monitoring', 'newsfeed_posts',
	'legal_holds', 'erasures', 'report_templates', 'signup_policy', 'signup_sessions'];
const CHANGE = { user_profiles: { bio: 'x' }, user_contacts: { label: 'x' }, user_addresses: { line2: 'x' }, user_memberships: { tier: 'y' },
	membership_queue: { note: 'x' }, user_settings: { language: 'fr' }, user_security_settings: { sign_in_alerts: true },
	user_notification_preferences: { queue: false }, user_payment_settings: { currency: 'EUR' }, user_privacy_settings: { show_city: true },
	user_appearance_settings: { theme: 'dark' }, user_subscriptions: { plan: 'y' }, user_payment_methods: { label: 'x' },
	user_billing_schedules: null, user_payments: null, member_messages: null, kyc_verification: { note: 'x' } };
const ALL = ['read', 'create', 'update', 'delete'];
const ROLES = { owner: ALL, admin: ALL, member: ALL, viewer: ['read'], portal: [], none: [], reads: ['read'], changes: ['read', 'update'],
	adds: ['read', 'create'], removes: ['read', 'delete'] };
const NAMES = Object.keys(CHANGE);

let boss, n = 0;
const own = {}, people = {}, profiles = {};

before(async () => {
	boss = await owner('matrix');
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	for (const role of ['none', 'reads', 'changes', 'adds', 'removes'])
		await good(boss.browser.post('/api/auth/organization/create-role', { role, permission: { user_profiles: ['read'],
			...Object.fromEntries(NAMES.filter((name) => role !== 'none' || name !== 'user_profiles').map((name) =>
				[name, ROLES[role].filter((action) => (!SETTINGS.includes(name) || ['read', 'update'].includes(action))
					&& (!KEPT.includes(name) || action !== 'delete'))])) } }));
	for (const role of Object.keys(ROLES)) {
		people[role] = role === 'owner' ? boss : await member(boss, role);
		[profiles[role]] = await good(boss.browser.get(`/api/user_profiles${query({ filter: { user_id: people[role].id } })}`));
	}
	for (const [name, , actions] of sql(`SELECT name, 1, array_to_json(own_actions) FROM identity.resource WHERE module = 'membership'`))
		own[name] = JSON.parse(actions);
});

// Creates a row about a person. For settings, returns the existing row.
async function rowOf(name, profile) {
	if (name === 'user_profiles')
		return profile.id;
	if (SETTINGS.includes(name))
		return profile.id;
	if (FREE[name])
		sql(`${FREE[name]} AND member_id = ${profile.id}`);
	return (await good(boss.browser.post(`/api/${name}`, { member_id: profile.id, ...CREATED[name](++n) }))).id;
}
const person = async () => good(boss.browser.post('/api/user_profiles', { last_name: 'Other' }));

test('every resource of the module is in the matrix', async () => {
	const known = new Set(operations(await openapi()).filter(({ operation }) => operation['x-module'] === 'membership')
		.map(({ path, operation }) => operation['x-resource'] ?? path.split('/')[2]));
	for (const name of [...NAMES, 'member_directory'])
		assert.ok(known.has(name), name);
	assert.ok([...known].every((name) => NAMES.includes(name) || ['member_directory', ...ELSEWHERE].includes(name)), [...known].join());
});

// Returns the expected response: 2 for success, 404 for a row that the caller may not know about, 422 for a refusal.
function expected(name, action, may, mine) {
	const without = own[name].includes(action), reads = may.includes('read') || mine && own[name].includes('read');
	if (may.includes(action) || mine && without)
		return reads ? 2 : 404;
	return without && !reads ? 404 : 422;
}

for (const name of NAMES)
	test(`${name}: each role may perform only its actions, on rows of others and on own rows`, async () => {
		for (const [role, permits] of Object.entries(ROLES)) {
			const may = role === 'none' && name === 'user_profiles' ? ['read'] : permits;
			const who = people[role].browser;
			for (const mine of [false, true]) {
				const about = mine ? profiles[role] : await person();
				const id = await rowOf(name, about);
				const told = (rs, action) => {
					const want = expected(name, action, may, mine);
					assert.equal(want === 2 ? Math.floor(rs.status / 100) : rs.status, want, `${role} ${action} ${mine ? 'own' : 'other'}: ${rs.text}`);
				};
				told(await who.get(`/api/${name}/${id}`), 'read');
				if (CHANGE[name])
					told(await who.patch(`/api/${name}/${id}`, CHANGE[name]), 'update');
				else
					assert.equal((await who.patch(`/api/${name}/${id}`, {})).status, 405, name);
				const ids = (await who.get(`/api/${name}${query({ range: [0, 999] })}`)).json.map((row) => row.id);
				assert.equal(ids.includes(id), expected(name, 'read', may, mine) === 2, `${role} list`);
				if (SETTINGS.includes(name))
					continue;
				if (FREE[name])
					sql(`${FREE[name]} AND member_id = ${about.id}`);
				if (name !== 'user_profiles') {
					const rs = await who.post(`/api/${name}`, { member_id: about.id, ...CREATED[name](++n) });
					// A member whom the caller cannot see is refused like a missing member.
					assert.equal(rs.status, may.includes('create') || mine && own[name].includes('create') ? 201 : 422,
						`${role} create ${mine ? 'own' : 'other'}: ${rs.text}`);
				}
				if (KEPT.includes(name) || name === 'user_profiles' && mine)	/* the following actions need the row */
					continue;
				told(await who.delete(`/api/${name}/${id}`), 'delete');
			}
		}
	});

test('only roles with the permission can export, and all roles can read the directory', async () => {
	for (const [role, may] of Object.entries(ROLES)) {
		const exports = ['owner', 'admin', 'member'].includes(role);
		for (const name of [...NAMES, 'member_directory']) {
			const rs = await people[role].browser.get(`/api/${name}/export`);
			assert.equal(rs.status, exports ? 200 : 422, `${role} ${name}: ${may} ${rs.text}`);
		}
		assert.equal((await people[role].browser.get('/api/member_directory')).status, 200, role);
	}
});
