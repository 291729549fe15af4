// stack: SIGNUP=invite
// How often visitors begin to join: by address of the network, mailbox and organization.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { good } from '../lib/answers.mjs';
import { sql, sqlFor } from '../lib/database.mjs';
import { Browser } from '../lib/http.mjs';
import { address, owner } from '../lib/people.mjs';

const AT = '/api/signup_sessions';
let boss, second;
const forget = () => sql(`DELETE FROM identity.rate_limit WHERE key NOT LIKE 'signup%'`);
const begin = (organization, email = address()) => new Browser().post(AT, { organization, email });
const open = async (name) => {
	const id = sql(`INSERT INTO identity.organization (name, slug, modules) VALUES ($1, $2, '{membership}') RETURNING id`, name, `${name}-${process.pid}`)[0][0];
	sqlFor(id, `INSERT INTO membership.signup_policies (enabled, tiers) VALUES (true, '{gold}')`);
	return `${name}-${process.pid}`;
};

before(async () => {
	await owner('limits');
	[boss, second] = [await open('first'), await open('second')];
});

test('a network begins five times a minute', async () => {
	forget();
	for (let n = 0; n < 5; n++)
		await good(begin(boss));
	const rs = await begin(second);
	assert.equal(rs.status, 429);
	assert.ok(Number(rs.headers['retry-after']) > 0);
});

test('a mailbox gets five codes an hour, in all organizations', async () => {
	const email = address();
	for (let n = 0; n < 5; n++) {
		forget();
		await good(begin(n % 2 ? boss : second, email));
	}
	forget();
	assert.equal((await begin(second, email)).status, 429);
	await good(begin(second));
	assert.equal(sql('SELECT count(*) FROM ops.mail WHERE recipient = $1', email)[0][0], '5');
});

test('one organization does not use up what another one has', async () => {
	const [[id]] = sql('SELECT id FROM identity.organization WHERE slug = $1', boss);
	sql(`INSERT INTO identity.rate_limit VALUES ('signup-mails|' || $1, 300, clock_timestamp()) ON CONFLICT (key) DO UPDATE SET count = 300, last_request = clock_timestamp()`, id);
	forget();
	assert.equal((await begin(boss)).status, 429);
	await good(begin(second));
	sql(`DELETE FROM identity.rate_limit WHERE key LIKE 'signup-mails|%'`);
	sqlFor(id, `INSERT INTO membership.signup_sessions (token_hash, email, code_mac, code_expires_at)
		SELECT sha256(n::text::bytea), 'x@x.test', 'x', now() FROM generate_series(1, 5000) n`);
	forget();
	assert.equal((await begin(boss)).status, 429);
	await good(begin(second));
});
