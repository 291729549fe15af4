// stack: SIGNUP=invite
// Limits on the sign-ups of visitors, by network address, mailbox and organization.
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

const used = (what, org, n) => sql(`INSERT INTO identity.rate_limit VALUES ($1 || '|' || $2, $3, clock_timestamp())
	ON CONFLICT (key) DO UPDATE SET count = excluded.count, last_request = excluded.last_request`, what, org, String(n));

before(async () => {
	await owner('limits');
	[boss, second] = [await open('first'), await open('second')];
});

test('a network can begin five sign-ups per minute', async () => {
	forget();
	for (let n = 0; n < 5; n++)
		await good(begin(boss));
	const rs = await begin(second);
	assert.equal(rs.status, 429);
	assert.ok(Number(rs.headers['retry-after']) > 0);
});

test('a mailbox receives at most five codes per hour, in all organizations together', async () => {
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

test('a few networks cannot exhaust the emails that an organization sends to others', async () => {
	const [[id]] = sql('SELECT id FROM identity.organization WHERE slug = $1', second);
	used('signup-mails', id, 200);
	sql(`DELETE FROM identity.rate_limit WHERE key LIKE 'signup-mails-first|%'`);
	forget();
	for (let n = 0; n < 5; n++)
		await good(begin(second));
	forget();
	assert.equal((await begin(second)).status, 429, 'this network has had its share');
	sql(`DELETE FROM identity.rate_limit WHERE key LIKE 'signup-mails-first|%'`);
	used('signup-mails-first', id, 100);
	forget();
	assert.equal((await begin(second)).status, 429, 'many networks have used up theirs');
	sql(`DELETE FROM identity.rate_limit WHERE key LIKE 'signup-mails%'`);
});

test('one organization cannot exhaust the limit of another', async () => {
	const [[id]] = sql('SELECT id FROM identity.organization WHERE slug = $1', boss);
	used('signup-mails', id, 200);
	used('signup-mails-first', id, 100);
	forget();
	assert.equal((await begin(boss)).status, 429);
	await good(begin(second));
	sql(`DELETE FROM identity.rate_limit WHERE key LIKE 'signup-mails%'`);
	await good(begin(boss));
	sql(`UPDATE identity.rate_limit SET count = 100 WHERE key LIKE 'signup-mails|' || $1 || '|%'`, id);
	forget();
	assert.equal((await begin(boss)).status, 429, 'one network does not use up what the organization may send');
	sql(`DELETE FROM identity.rate_limit WHERE key LIKE 'signup-mails|%'`);
	sqlFor(id, `INSERT INTO membership.signup_sessions (token_hash, link_hash, email, code_mac, code_expires_at)
		SELECT sha256(n::text::bytea), sha256(n::text::bytea), 'x@x.test', 'x', now() FROM generate_series(1, 5000) n`);
	forget();
	assert.equal((await begin(boss)).status, 429);
	await good(begin(second));
});
