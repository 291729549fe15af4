// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=plain TENANTRY_PROVIDER_PLAIN_AUTHORIZATION_URL=%IDP%/authorize TENANTRY_PROVIDER_PLAIN_TOKEN_URL=%IDP%/token TENANTRY_PROVIDER_PLAIN_USERINFO_URL=%IDP%/userinfo TENANTRY_PROVIDER_PLAIN_CLIENT_ID=plain-client TENANTRY_PROVIDER_PLAIN_CLIENT_SECRET=plain-secret
// Imports the database of a Better Auth server, which the original package created. Users, passwords, sessions and
// organizations continue to work.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Authenticator } from '../lib/authenticator.mjs';
import { sql } from '../lib/database.mjs';
import { session, travel } from '../lib/flows.mjs';
import { Browser, Jar } from '../lib/http.mjs';
import { Provider } from '../../lib/idp.mjs';
import { PASSWORD, signIn, signUp } from '../lib/people.mjs';
import { enter, register } from '../lib/passkeys.mjs';
import { reference } from '../lib/reference.mjs';
import { totp } from '../../lib/totp.mjs';

const provider = new Provider();
let theirs;
const people = {};

// Runs the command as an operator would.
function tenantry(args, env = {}) {
	return spawnSync(`${process.env.BUILD}/tenantry`, args, {
		encoding: 'utf8',
		env: { ...process.env, SOURCE_DATABASE_URL: theirs.url, ...env },
	});
}

// Returns the numbers in a line of the report: [read, new, known, skipped].
function row(report, title) {
	const line = report.split('\n').find((l) => l.startsWith(`${title} `));
	return line?.match(/\d+/g).map(Number);
}

async function person(who, more = {}) {
	const rs = await theirs.ask('/sign-up/email',
		{ name: `${who} Person`, email: `${who}@old.test`, password: PASSWORD,
			...more });
	assert.equal(rs.status, 200, rs.text);
	return people[who] = { jar: rs.jar, id: rs.json.user.id };
}

// Creates a user at the reference, with an authenticator, backup codes and a trusted device.
async function guarded() {
	const { jar } = await person('guarded');
	const rs = await theirs.ask('/two-factor/enable', { password: PASSWORD }, jar);
	assert.equal(rs.status, 200, rs.text);
	const { totpURI, backupCodes } = rs.json;
	const on = await theirs.ask('/two-factor/verify-totp', { code: totp(totpURI) }, jar);
	assert.equal(on.status, 200, on.text);
	const device = new Jar();
	await theirs.ask('/sign-in/email',
		{ email: 'guarded@old.test', password: PASSWORD }, device);
	const trusted = await theirs.ask('/two-factor/verify-totp',
		{ code: totp(totpURI), trustDevice: true }, device);
	assert.equal(trusted.status, 200, trusted.text);
	Object.assign(people.guarded, { totpURI, backupCodes, device });
}

before(async () => {
	await provider.start();
	await signUp({ email: 'first@new.test' });
	theirs = await reference();
	const ada = await person('ada');
	await person('bob');
	await person('old');
	await person('gone');
	await guarded();
	const made = await theirs.ask('/organization/create',
		{ name: 'Acme', slug: 'acme', metadata: { plan: 'pro' } }, ada.jar);
	assert.equal(made.status, 200, made.text);
	people.acme = made.json.id;
	const invited = await theirs.ask('/organization/invite-member',
		{ email: 'bob@old.test', role: 'admin' }, ada.jar);
	const joined = await theirs.ask('/organization/accept-invitation',
		{ invitationId: invited.json.id }, people.bob.jar);
	assert.equal(joined.status, 200, joined.text);
	people.bob.key = new Authenticator();
	const key = await register(theirs.browser(people.bob.jar), people.bob.key, {},
		{ name: 'Bob\'s phone' });
	assert.equal(key.status, 200, key.text);
	const open = await theirs.ask('/organization/invite-member',
		{ email: 'old@old.test', role: 'member' }, ada.jar);
	people.invitation = open.json.id;
	await theirs.query(`UPDATE account SET password = $2 WHERE "userId" = $1`,
		[people.old.id, '$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA']);
	await theirs.query(`UPDATE session SET "expiresAt" = now() - interval '1 hour'
		WHERE "userId" = $1`, [people.gone.id]);
	await theirs.query(`INSERT INTO account (id, "accountId", "providerId", "userId",
		"accessToken", "createdAt", "updatedAt")
		VALUES ('acc1', '4711', 'plain', $1, 'gho_secret', now(), now())`,
		[people.bob.id]);
});

after(() => Promise.all([theirs?.close(), provider.stop()]));

test('a dry run reports everything and writes nothing', () => {
	const run = tenantry(['import', 'better-auth', '--dry-run']);
	assert.equal(run.status, 0, run.stderr + run.stdout);
	assert.deepEqual(row(run.stdout, 'users'), [5, 5, 0, 0]);
	assert.match(run.stdout, /all changes were rolled back/);
	assert.deepEqual(sql(`SELECT count(*) FROM identity."user"
		WHERE email LIKE '%@old.test'`), [['0']]);
});

test('all data is imported', () => {
	const run = tenantry(['import', 'better-auth']);
	assert.equal(run.status, 0, run.stderr + run.stdout);
	assert.deepEqual(row(run.stdout, 'users'), [5, 5, 0, 0]);
	assert.deepEqual(row(run.stdout, 'organizations'), [1, 1, 0, 0]);
	assert.deepEqual(row(run.stdout, 'members'), [2, 2, 0, 0]);
	assert.deepEqual(row(run.stdout, 'invitations'), [2, 2, 0, 0]);
	assert.deepEqual(row(run.stdout, 'accounts'), [6, 6, 0, 0]);
	assert.deepEqual(row(run.stdout, 'sessions'), [6, 5, 1, 0]);
	assert.deepEqual(row(run.stdout, 'authenticators'), [1, 1, 0, 0]);
	assert.deepEqual(row(run.stdout, 'passkeys'), [1, 1, 0, 0]);
	assert.deepEqual(row(run.stdout, 'trusted devices'), [1, 1, 0, 0]);
	assert.match(run.stdout, /argon2\); the user sets a new one/);
});

test('a second import adds nothing', () => {
	const run = tenantry(['import', 'better-auth']);
	assert.equal(run.status, 0, run.stderr + run.stdout);
	for (const line of run.stdout.split('\n').filter((l) => / read /.test(l)))
		assert.match(line, / 0 new .* 0 skipped/);
});

test('the old password signs the user in, under the old ID', async () => {
	const bob = await signIn('bob@old.test');
	assert.equal(bob.id, people.bob.id);
});

test('an existing session cookie stays valid', async () => {
	const browser = new Browser();
	browser.jar = people.ada.jar;
	const rs = await browser.get('/api/auth/get-session');
	assert.equal(rs.json?.user.id, people.ada.id, rs.text);
	assert.match(rs.json.session.activeOrganizationId, /^[0-9a-f-]{36}$/);
});

test('the authenticator and each backup code stay valid', async () => {
	const { totpURI, backupCodes } = people.guarded;
	for (const [path, code] of [['totp', totp(totpURI)],
		['backup-code', backupCodes[0]], ['backup-code', backupCodes[9]]]) {
		const browser = new Browser();
		const rs = await browser.post('/api/auth/sign-in/email',
			{ email: 'guarded@old.test', password: PASSWORD });
		assert.equal(rs.json.twoFactorRedirect, true, rs.text);
		const entered = await browser.post(`/api/auth/two-factor/verify-${path}`, { code });
		assert.equal(entered.status, 200, `${path}: ${entered.text}`);
		assert.equal(entered.json.user.id, people.guarded.id);
	}
});

test('a trusted device is still trusted', async () => {
	const browser = new Browser();
	browser.jar = people.guarded.device;
	const rs = await browser.post('/api/auth/sign-in/email',
		{ email: 'guarded@old.test', password: PASSWORD });
	assert.equal(rs.status, 200);
	assert.equal(rs.json.user?.id, people.guarded.id, rs.text);
});

test('a passkey that was registered with the source signs the user in', async () => {
	const who = await enter(people.bob.key);
	assert.equal(who.user.id, people.bob.id);
	const list = await who.browser.get('/api/auth/passkey/list-user-passkeys');
	assert.deepEqual(list.json.map((k) => k.name), ['Bob\'s phone']);
});

test('an expired session is not imported', async () => {
	const browser = new Browser();
	browser.jar = people.gone.jar;
	const rs = await browser.get('/api/auth/get-session');
	assert.equal(rs.json, null);
});

test('organizations keep members, roles and metadata, and work in the CRM', async () => {
	const bob = await signIn('bob@old.test');
	const list = await bob.browser.get('/api/auth/organization/list');
	assert.deepEqual(list.json.map((o) => [o.name, o.slug, o.metadata]),
		[['Acme', 'acme', '{"plan":"pro"}']]);
	const me = await bob.browser.get('/api/me');
	assert.equal(me.status, 200, me.text);
	assert.equal(me.json.administrator, true);
	const deals = await bob.browser.get('/api/deals');
	assert.equal(deals.status, 200, deals.text);
});

test('a user with an argon2 hash cannot sign in before a reset', async () => {
	const rs = await new Browser().post('/api/auth/sign-in/email',
		{ email: 'old@old.test', password: PASSWORD });
	assert.equal(rs.status, 401);
	assert.equal(rs.json.code, 'INVALID_EMAIL_OR_PASSWORD');
});

test('a user with a linked provider signs in through the provider', async () => {
	const browser = new Browser();
	assert.equal(await travel(browser, 'plain',
		{ sub: '4711', email: 'bob@elsewhere.test', email_verified: true, name: 'B' }),
		'/dash');
	assert.equal((await session(browser)).user.id, people.bob.id);
});

test('linked accounts are listed, and their tokens encrypted', async () => {
	assert.deepEqual(sql(`SELECT provider_id, account_id, access_token ~ '^[0-9a-f]+$'
		FROM identity.account WHERE user_id = $1 AND provider_id <> 'credential'`,
		people.bob.id), [['plain', '4711', 't']]);
});

test('a conflicting user is named and skipped, and the rest is imported', async () => {
	await theirs.query(`INSERT INTO "user" (id, name, email, "emailVerified")
		VALUES ('twin', 'Twin', 'First@new.test', true), ('fits', 'Fits', 'fits@old.test', true)`);
	const run = tenantry(['import', 'better-auth']);
	assert.equal(run.status, 1);
	assert.match(run.stdout, /users twin skipped: another user has the address first@new.test/);
	assert.deepEqual(row(run.stdout, 'users'), [7, 1, 5, 1]);
});

test('a missing source or secret is an error', () => {
	for (const [name, code] of [['SOURCE_DATABASE_URL', 2], ['BETTER_AUTH_SECRET', 2]]) {
		const run = tenantry(['import', 'better-auth'], { [name]: '' });
		assert.equal(run.status, code);
		assert.match(run.stderr, new RegExp(`${name} is not set`));
	}
	assert.equal(tenantry(['import', 'mongodb']).status, 2);
	assert.equal(tenantry(['import', 'better-auth'],
		{ SOURCE_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x' }).status, 3);
});
