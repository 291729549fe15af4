// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: auth/import_better_auth tests the import of users.
// Passkeys that were registered with a Better Auth server remain valid.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { ALGORITHMS, Authenticator } from '../lib/authenticator.mjs';
import { Browser } from '../lib/http.mjs';
import { enter, register, signInWith } from '../lib/passkeys.mjs';
import { PASSWORD, signIn, signUp } from '../lib/people.mjs';
import { reference } from '../lib/reference.mjs';

const keys = new Map();
let theirs, id, run;

// Registers a passkey with the reference, and uses it once.
async function taught(jar, algorithm) {
	const key = new Authenticator({ algorithm });
	const options = await theirs.ask('/passkey/generate-register-options', null, jar);
	const made = await theirs.ask('/passkey/verify-registration',
		{ response: key.create(options.json), name: algorithm }, jar);
	assert.equal(made.status, 200, made.text);
	const asked = await theirs.ask('/passkey/generate-authenticate-options');
	const used = await theirs.ask('/passkey/verify-authentication',
		{ response: key.get(asked.json) }, asked.jar);
	assert.equal(used.status, 200, used.text);
	keys.set(algorithm, key);
}

before(async () => {
	await signUp();
	theirs = await reference();
	const ada = await theirs.ask('/sign-up/email',
		{ name: 'Ada', email: 'ada@old.test', password: PASSWORD });
	assert.equal(ada.status, 200, ada.text);
	id = ada.json.user.id;
	for (const algorithm of Object.keys(ALGORITHMS))
		await taught(ada.jar, algorithm);
	run = spawnSync(`${process.env.BUILD}/tenantry`, ['import', 'better-auth'],
		{ encoding: 'utf8', env: { ...process.env, SOURCE_DATABASE_URL: theirs.url } });
});

after(() => theirs?.close());

test('the report counts the passkeys', () => {
	assert.equal(run.status, 0, run.stderr + run.stdout);
	assert.match(run.stdout, /^passkeys +3 read +3 new +0 known +0 skipped$/m);
});

for (const algorithm of Object.keys(ALGORITHMS))
	test(`a passkey of ${algorithm} signs in, and its counter continues`, async () => {
		const key = keys.get(algorithm);
		const stale = await signInWith(new Browser(), key, { counter: 1 });
		assert.deepEqual([stale.status, stale.json.code], [400, 'AUTHENTICATION_FAILED']);
		assert.equal((await enter(key)).user.id, id);
	});

test('passkeys are listed as they are by the reference, and cannot be registered again',
	async () => {
		const { browser } = await signIn('ada@old.test');
		const theirRows = await theirs.query(`SELECT * FROM passkey
			ORDER BY "createdAt", id`);
		const { json } = await browser.get('/api/auth/passkey/list-user-passkeys');
		assert.deepEqual(json.map((row) => ({ ...row, counter: 0 })),
			theirRows.map((row) => ({ ...row, counter: 0,
				createdAt: row.createdAt.toISOString() })));
		const again = await register(browser, keys.get('ES256'));
		assert.equal(again.json.code, 'PREVIOUSLY_REGISTERED');
	});
