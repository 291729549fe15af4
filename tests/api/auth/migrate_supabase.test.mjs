// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_TWO_FACTOR_MAIL=on TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=keycloak TENANTRY_PROVIDER_KEYCLOAK_ISSUER=%IDP% TENANTRY_PROVIDER_KEYCLOAK_CLIENT_ID=oidc-client TENANTRY_PROVIDER_KEYCLOAK_CLIENT_SECRET=oidc-secret GOOGLE_CLIENT_ID=google-client GOOGLE_CLIENT_SECRET=google-secret ELSEWHERE=%ELSEWHERE%
// long: the migrate suite also contains a migration from Supabase.
// After the migration of a Supabase project, its users sign in with the stock client: with the old password, the code
// of the old authenticator, and the old account at a provider. Members and staff find their rows.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { twoFactorClient } from 'better-auth/client/plugins';
import { good as ok, list, refused } from '../lib/answers.mjs';
import { sql, sqlFor } from '../lib/database.mjs';
import { PNG, send } from '../lib/files.mjs';
import { session, travel } from '../lib/flows.mjs';
import { Browser } from '../lib/http.mjs';
import { IDP, Provider } from '../../lib/idp.mjs';
import { authClient, PASSWORD, signUp } from '../lib/people.mjs';
import { early, totpOf } from '../../lib/totp.mjs';

const source = `supabase_${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'tenantry-supabase-'));
const { BUILD, SOURCES, PGHOST, PGDATABASE } = process.env;
const env = { ...process.env, TENANTRY_LIBEXEC: `${SOURCES}/libexec`, TENANTRY_SQL: SOURCES,
	SOURCE_DATABASE_URL: `postgresql:///${source}?host=${PGHOST}`,
	BACKUP_DATABASE_URL: `postgresql:///${PGDATABASE}?host=${PGHOST}`, BACKUP_TO: join(folder, 'backups'),
	TENANTRY_STATUS_DIR: join(folder, 'status'), TENANTRY_TWO_FACTOR_MAIL: 'on' };
const SIGNERS = ['ann@new.test', 'bob@new.test'];
const provider = new Provider();
let before_sum;

const migrate = (...words) => spawnSync(`${BUILD}/tenantry`, ['migrate', 'supabase', ...words],
	{ cwd: folder, encoding: 'utf8', env, input: `${PASSWORD}\n` });

function good(out) {
	assert.equal(out.status, 0, out.stderr + out.stdout);
	return out.stdout;
}

const fromSource = (text) => execFileSync('psql', ['-XAtqd', source, '-c', text], { encoding: 'utf8' }).trim();
const user = (n) => fromSource(`SELECT id FROM auth.users WHERE email = 'user${n}@project.test'`);
const sums = () => fromSource(`SELECT string_agg(format('%s %s', c.oid::regclass, (xpath('/row/s/text()', query_to_xml(
	format('SELECT coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) AS s FROM %s t', c.oid::regclass), false, true, '')))[1]),
	',' ORDER BY c.oid) FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace IN ('auth'::regnamespace, 'public'::regnamespace)`);

before(async () => {
	await provider.start();
	for (const email of SIGNERS)
		await signUp({ email });
	sql(`UPDATE identity."user" SET role = 'admin', email_verified = true WHERE email = ANY ('{${SIGNERS}}')`);
	execFileSync(`${SOURCES}/tests/lib/supabase_project.sh`, [source, 'factors']);
	// A provider that can run on this machine.
	fromSource(`UPDATE auth.identities SET provider = 'keycloak', identity_data = identity_data || '{"iss": "${IDP}"}'
		WHERE email = 'user22@project.test'`);
	before_sum = sums();
});

after(async () => {
	await provider.stop();
	execFileSync('dropdb', ['--force', source]);
	rmSync(folder, { recursive: true });
});

test('the plan asks what happens to factors that cannot be imported', () => {
	good(migrate('plan'));
	const refused = migrate('dry-run');
	assert.equal(refused.status, 1);
	assert.match(refused.stdout, /decide unsupported_factors/);
	const plan = join(folder, 'supabase.yaml');
	assert.match(readFileSync(plan, 'utf8'), /^  owner: admin@project[.]test$/m);
	writeFileSync(plan, readFileSync(plan, 'utf8').replace(/(unsupported_factors:[^]*?choice:)[^\n]*/, '$1 mail')
		.replace(/^  owner: .*/m, '  owner: user1@project.test'));
});

test('the users are migrated', () => {
	assert.match(good(migrate('dry-run')), /rolled back on the clone: all tables are as before/);
	good(migrate('sign', 'all', 'reviewed', SIGNERS[0]));
	good(migrate('sign', 'all', 'signed', SIGNERS[1]));
	assert.match(good(migrate('run', '--execute', '--yes')), /0 rejected/);
	assert.equal(sums(), before_sum);
	assert.deepEqual(sql(`SELECT count(*) FROM identity."user" WHERE email LIKE '%@project.test'`), [['23']]);
	assert.deepEqual(sql(`SELECT o.slug, u.email, m.role FROM identity.organization_member m
		JOIN identity.organization o ON o.id = m.organization_id JOIN identity."user" u ON u.id = m.user_id
		WHERE m.role <> 'portal' AND u.email LIKE '%@project.test' ORDER BY u.email`),
	[['ada-lovelace', 'admin@project.test', 'admin'], ['ada-lovelace', 'user1@project.test', 'owner']]);
});

test('names and pictures come from the metadata', () => {
	assert.deepEqual(sql(`SELECT email, name, first_name, last_name, image FROM identity."user"
		WHERE email ~ '^user[1-9]@project' ORDER BY email`), [
		['user1@project.test', 'Ada Lovelace', 'Ada', 'Lovelace', null],
		['user2@project.test', 'Grace Hopper', 'Grace', 'Hopper', null],
		['user3@project.test', 'Alan Turing', 'Alan', 'Turing', 'https://pictures.test/alan.png'],
		['user4@project.test', 'Edsger', 'Edsger', '', null],
		['user5@project.test', 'user5', 'user5', '', null],
		['user6@project.test', 'Liskov', '', 'Liskov', null],
		['user7@project.test', 'Donald Knuth', 'Donald', 'Knuth', null],
		['user8@project.test', 'Björn Ångström', 'Björn', 'Ångström', null],
		['user9@project.test', 'Google User 9', 'Google', 'User 9', 'https://lh3.googleusercontent.com/a/9=s96-c'],
	].map((row) => row.map((value) => value ?? '')));
});

async function signIn(n, password = `supabase password ${n}`) {
	const browser = new Browser();
	const client = authClient(browser, twoFactorClient());
	return { browser, client, ...await client.signIn.email({ email: `user${n}@project.test`, password }) };
}

test('the old password signs the user in, and is then hashed with scrypt', async () => {
	for (const n of [3, 6]) {
		const { data, error } = await signIn(n);
		assert.equal(error, null, JSON.stringify(error));
		assert.equal(data.user.id, user(n));
		assert.equal(data.user.emailVerified, n !== 6);
		assert.match(sql(`SELECT password FROM identity.account WHERE user_id = $1 AND provider_id = 'credential'`,
			user(n))[0][0], /^[0-9a-f]{32}:[0-9a-f]{128}$/);
	}
	assert.equal((await signIn(3, 'another password')).error.code, 'INVALID_EMAIL_OR_PASSWORD');
	assert.equal((await signIn(7)).error.code, 'INVALID_EMAIL_OR_PASSWORD', 'an argon2 hash is not read');
	assert.equal((await signIn(8)).error.code, 'BANNED_USER');
});

test('the sign-in asks for a code of the old authenticator', async () => {
	for (const [n, secret] of [[1, 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'], [2, 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ']]) {
		const { client, browser, data } = await signIn(n);
		assert.equal(data.twoFactorRedirect, true);
		assert.equal(await session(browser), null);
		await early();
		const { error } = await client.twoFactor.verifyTotp({ code: totpOf(secret) });
		assert.equal(error, null, JSON.stringify(error));
		assert.equal((await session(browser)).user.id, user(n));
	}
	for (const n of [4, 5]) {
		const { client, data } = await signIn(n);
		assert.equal(data.twoFactorRedirect, true, 'a factor that was not imported is a code by mail');
		assert.equal((await client.twoFactor.sendOtp()).error, null);
	}
});

test('the old account at a provider signs the user in without linking', async () => {
	const browser = new Browser();
	assert.equal(await travel(browser, 'keycloak', { oidc: true, sub: '100000000000000000022', email: 'other@elsewhere.test',
		email_verified: false, name: 'Other' }), '/dash');
	assert.equal((await session(browser)).user.id, user(22));
	assert.deepEqual(sql('SELECT issuer FROM identity.account WHERE user_id = $1', user(22)), [[IDP]]);
});

// Serves Google's real addresses, at which the workers find this local server (see elsewhere.c).
async function startGoogle() {
	const names = ['oauth2.googleapis.com', 'openidconnect.googleapis.com', 'www.googleapis.com'];
	execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key', '-out', 'certificate', '-days', '2',
		'-subj', '/CN=Google', '-addext', `subjectAltName=${names.map((name) => `DNS:${name}`)}`], { cwd: folder, stdio: 'pipe' });
	const google = new Provider();
	google.idToken = (profile) => Provider.prototype.idToken.call(google, profile, { iss: 'https://accounts.google.com', aud: 'google-client' });
	google.odd['/oauth2/v3/certs'] = (rq, rs) => rs.end(JSON.stringify({ keys: google.keys.map((key) => key.jwk) }));
	google.server = https.createServer({ key: readFileSync(join(folder, 'key')), cert: readFileSync(join(folder, 'certificate')) },
		(rq, rs) => google.serve(rq, rs));
	await new Promise((resolve) => google.server.listen(0, '127.0.0.1', resolve));
	const { port } = google.server.address();
	writeFileSync(process.env.ELSEWHERE, [join(folder, 'certificate'), ...names.map((name) => `${name}:443:127.0.0.1:${port}`)].join('\n') + '\n');
	return google;
}

test('the old Google account signs the user in without linking, regardless of the stored issuer', async () => {
	const google = await startGoogle();
	for (const n of [9, 10]) {
		const sub = `1000000000000000000${String(n).padStart(2, '0')}`;
		assert.deepEqual(sql(`SELECT account_id, issuer FROM identity.account WHERE user_id = $1 AND provider_id = 'google'`, user(n)),
			[[sub, 'https://accounts.google.com']]);
		const browser = new Browser();
		assert.equal(await travel(browser, 'google', { oidc: true, sub, email: 'changed@elsewhere.test', email_verified: true,
			name: 'Other' }), '/dash');
		assert.equal((await session(browser)).user.id, user(n));
	}
	assert.equal(google.count('/token'), 2);
	const stranger = new Browser();
	assert.equal(await travel(stranger, 'google', { oidc: true, sub: '9', email: 'nobody@elsewhere.test', email_verified: true,
		name: 'New' }), '/welcome');
	await google.stop();
});

test('audit entries about accounts become account events', async () => {
	const { browser } = await signIn(3);
	const events = (await browser.get('/api/events?limit=200')).json.filter((e) => e.action.startsWith('supabase.'));
	const count = fromSource(`SELECT count(*) FROM auth.audit_log_entries WHERE payload->>'actor_id' = '${user(3)}'`);
	assert.equal(events.length, Number(count));
	assert.ok(events.some((e) => e.action === 'supabase.login' && e.at.startsWith('2025-') && e.data.log_type === 'account'));
	const seen = [];
	for (let before = ''; ;) {
		const page = (await browser.get(`/api/events?limit=5${before}`)).json;
		if (page.length === 0)
			break;
		seen.push(...page.map((e) => e.id));
		before = `&before=${page.at(-1).id}`;
	}
	assert.equal(new Set(seen).size, seen.length);
	assert.ok(events.every((e) => seen.includes(e.id)));
});

// Signs in the owner, who is on the staff.
async function owner() {
	const { browser, client } = await signIn(1);
	await early();
	sql('UPDATE identity.two_factor SET last_step = 0 WHERE user_id = $1', user(1));
	assert.equal((await client.twoFactor.verifyTotp({ code: totpOf('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP') })).error, null);
	return { browser };
}

test('the application\'s audit logs are imported into the organization\'s audit log', async () => {
	const { browser } = await owner();
	const rs = await browser.get(`/api/audit_log?${new URLSearchParams({ range: '[0,9]',
		filter: JSON.stringify({ action: 'EXPORT' }) })}`);
	assert.equal(rs.status, 200, rs.text);
	assert.equal(rs.headers['content-range'], 'audit_log 0-9/390');
	assert.equal(rs.json[0].action, 'EXPORT');
	assert.match(rs.json[0].resource, /^(users|user_profiles|payout_management)$/);
	assert.equal(rs.json[0].changes.created_at.new.slice(0, 4), '2025');
	assert.deepEqual(sql('SELECT count(*) FROM identity."user" WHERE id = $1', rs.json[0].user_id), [['1']], 'the user of the source is the user here');
	const [[n, org]] = sql('SELECT count(*), min(org_id::text) FROM ops.imported_audit_log');
	assert.equal(n, '1951');
	assert.throws(() => sqlFor(org, `DELETE FROM ops.imported_audit_log WHERE source_id IS NOT NULL`), /append-only/);
	assert.throws(() => sql(`DELETE FROM identity.event WHERE action = 'supabase.login'`), /append-only/);
});

test('the application\'s users have accounts, and users without an account are pending', () => {
	const org = sql(`SELECT id FROM identity.imported_organization`)[0][0];
	assert.deepEqual(sqlFor(org, `SELECT a.status, count(*), count(a.user_id) FROM membership.users a GROUP BY 1 ORDER BY 1`),
		[['Active', '15', '15'], ['Pending', '6', '6'], ['Suspended', '1', '1']]);
	assert.deepEqual(sqlFor(org, `SELECT metadata->>'referral_code' FROM membership.users WHERE user_id = $1`, user(5)),
		[['REF5']]);
});

test('the staff and a member find the project\'s data about members', async () => {
	const boss = await owner(), guest = await signIn(3);
	const total = async (who, resource, filter = {}) => {
		const rs = await who.browser.get(`/api/${resource}?${new URLSearchParams({ range: '[0,0]', filter: JSON.stringify(filter) })}`);
		assert.equal(rs.status, 200, rs.text);
		return Number(rs.headers['content-range'].split('/')[1]);
	};
	const counts = async (who) => Object.fromEntries(await Promise.all(['user_profiles', 'user_contacts', 'user_addresses', 'user_memberships',
		'membership_queue', 'kyc_verification', 'user_payouts', 'disputes'].map(async (resource) => [resource, await total(who, resource)])));
	// All 22 users and the administrator have a profile.
	assert.deepEqual(await counts(boss), { user_profiles: 23, user_contacts: 19, user_addresses: 1, user_memberships: 14, membership_queue: 5,
		kyc_verification: 8, user_payouts: 10, disputes: 2 });
	assert.equal(await total(boss, 'user_profiles', { 'last_name@ilike': 'Last' }), 14);
	assert.equal(await total(boss, 'admin_alerts', { status: 'open', severity: 'low' }), 3);
	assert.equal(await total(boss, 'audit_log', { 'at@lt': '2026-01-01' }), 1951);
	assert.deepEqual(await counts(guest), { user_profiles: 1, user_contacts: 1, user_addresses: 0, user_memberships: 1, membership_queue: 1,
		kyc_verification: 1, user_payouts: 1, disputes: 0 });
	await refused(guest.browser.get('/api/admin_alerts'));
	const [profile] = await list(guest, 'user_profiles'), [membership] = await list(guest, 'user_memberships'), [entry] = await list(guest, 'membership_queue');
	assert.deepEqual([profile.first_name, profile.last_name, membership.tier, membership.status], ['First3', 'Last3', 'standard', 'active']);
	assert.equal((await ok(guest.browser.get(`/api/membership_queue/${entry.id}/position`))).position, 3);
	const [verification] = await list(guest, 'kyc_verification');
	assert.deepEqual([verification.status, verification.document_type, verification.country, verification.reviewer_id], ['needs_information', 'other', 'ZZ', null]);
	// A payout is held. Only after a review, an account and an approval in Tenantry is it sent to the bank and posted.
	const payout = async () => (await list(guest, 'user_payouts'))[0];
	const approve = (resource, { id }) => boss.browser.post(`/api/${resource}/${id}/approve`, {});
	const { id, amount, currency, status, holds } = await payout();
	assert.deepEqual([amount, currency, status, holds], [30000, 'EUR', 'requested', ['account', 'kyc']]);
	await refused(approve('user_payouts', { id }), 409, /account/);
	const account = await ok(guest.browser.post('/api/payout_accounts', { holder: 'Three', iban: 'DE89370400440532013000' }));
	// The source had no files, and a verification without files cannot be approved.
	const body = new FormData();
	body.append('file', new Blob([PNG]), 'pass.png');
	assert.equal((await send(guest, `/api/kyc_evidence?verification_id=${verification.id}&kind=front`, { body })).status, 201);
	await ok(guest.browser.post(`/api/kyc_verification/${verification.id}/submit`, {}));
	await ok(boss.browser.post(`/api/kyc_verification/${verification.id}/review`, {}));
	await ok(approve('kyc_verification', verification));
	await ok(approve('user_payouts', { id }));
	assert.deepEqual([await payout()].map((p) => [p.account_id, p.status, p.holds]), [[account.id, 'approved', []]]);
	const ledger = await list(boss, 'ledger_accounts', { currency: 'EUR' });
	assert.deepEqual(ledger.map((a) => a.balance).sort((a, b) => a - b), [-30000, 30000]);
	// Disputed payouts are held.
	const disputed = (await list(boss, 'disputes')).map((d) => d.payout_id);
	const frozen = (await list(boss, 'user_payouts')).filter((p) => p.holds.includes('dispute'));
	assert.deepEqual(frozen.map((p) => p.id).sort(), disputed.sort());
});

test('the sessions are stored as hashes', () => {
	assert.deepEqual(sql('SELECT count(*) FROM identity.migrated_session'), [['59']]);
	const id = fromSource('SELECT id FROM auth.sessions ORDER BY id LIMIT 1');
	assert.equal(sql(`SELECT count(*) FROM identity.migrated_session WHERE token_hash = sha256(convert_to($1, 'UTF8'))`, id)[0][0], '1');
});

test('a rollback lists later changes, and removes the users', async () => {
	const { client } = await signIn(6);
	assert.equal((await client.updateUser({ name: 'Barbara Liskov' })).error, null);
	assert.equal((await client.changePassword({ currentPassword: 'supabase password 6', newPassword: 'a new password of 6' })).error, null);
	const out = good(migrate('rollback', '--execute', '--yes'));
	assert.match(out, /rolled back/);
	assert.deepEqual(sql(`SELECT count(*) FROM identity."user" WHERE email LIKE '%@project.test'`), [['0']]);
	assert.deepEqual(sql('SELECT count(*) FROM ops.imported_audit_log'), [['0']]);
	assert.deepEqual(sql(`SELECT count(*) FROM identity.event WHERE action LIKE 'supabase.%'`), [['0']]);
	assert.equal(sums(), before_sum);
	const returned = execFileSync('sh', ['-c', 'cat supabase.return*'], { cwd: folder, encoding: 'utf8' });
	assert.match(returned, /Barbara Liskov/);
	assert.match(returned, /user6@project.test has a new password/);
});
