// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_SLOW_WORKERS=2 TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=plain TENANTRY_PROVIDER_PLAIN_AUTHORIZATION_URL=%IDP%/authorize TENANTRY_PROVIDER_PLAIN_TOKEN_URL=%IDP%/token TENANTRY_PROVIDER_PLAIN_USERINFO_URL=%IDP%/userinfo TENANTRY_PROVIDER_PLAIN_CLIENT_ID=plain-client TENANTRY_PROVIDER_PLAIN_CLIENT_SECRET=plain-secret
// A provider that does not respond delays only the requests that need it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { codeOf, comeBack, session, setOut, someone, travel } from '../lib/flows.mjs';
import { Browser } from '../lib/http.mjs';
import { Provider } from '../lib/idp.mjs';
import { owner, signIn } from '../lib/people.mjs';

const provider = new Provider();
await provider.start();
after(() => provider.stop());

const ms = async (what) => {
	const began = performance.now();
	const rs = await what();
	assert.equal(rs.status, 200, rs.text);
	return performance.now() - began;
};

test('while a provider hangs, lists and sign-ins respond', async () => {
	const boss = await owner();
	const list = () => boss.browser.get('/api/contacts');
	const calm = [];
	for (let i = 0; i < 50; i++)
		calm.push(await ms(list));
	const held = [];
	provider.odd['/token'] = (rq, rs) => held.push(rs);
	const ways = await Promise.all([1, 2, 3, 4].map(async () => {
		const browser = new Browser();
		return { browser, asked: await setOut(browser, 'plain') };
	}));
	const began = performance.now();
	const back = ways.map(({ browser, asked }) => comeBack(browser, 'plain',
		{ code: codeOf(someone(), asked), state: asked.state }));
	while (held.length < 2 && performance.now() - began < 30000)
		await new Promise((r) => setTimeout(r, 20));
	assert.equal(held.length, 2, 'both workers wait');
	assert.deepEqual(sql(`SELECT count(*) FROM pg_stat_activity WHERE
		datname = current_database() AND state LIKE 'idle in transaction%'`),
	[['0']], 'no transaction is open meanwhile');
	await list();
	await signIn(boss.email);
	assert.ok(held.every((rs) => !rs.destroyed), 'the provider still hangs');
	const busy = [];
	for (let i = 0; i < 50; i++)
		busy.push(await ms(list));
	const median = (times) => times.sort((a, b) => a - b)[times.length / 2];
	console.log(`# say lists: median ${median(calm).toFixed(1)} ms, while a `
		+ `provider hangs ${median(busy).toFixed(1)} ms`);
	assert.ok(Math.min(...busy) < median(calm) * 3 + 5);
	for (const rs of await Promise.all(back))
		assert.ok(rs.headers.location === '/oops?error=invalid_code'
			|| rs.status === 503 || rs.status === 504, rs.text);
	assert.ok(performance.now() - began < 30000);
	for (const { browser } of ways)
		assert.equal(await session(browser), null);
	delete provider.odd['/token'];
	held.forEach((rs) => rs.destroy());
	assert.equal(await travel(new Browser(), 'plain', someone()), '/welcome');
});
