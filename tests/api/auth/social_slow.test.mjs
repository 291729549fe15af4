// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_SLOW_WORKERS=2 TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=plain TENANTRY_PROVIDER_PLAIN_AUTHORIZATION_URL=%IDP%/authorize TENANTRY_PROVIDER_PLAIN_TOKEN_URL=%IDP%/token TENANTRY_PROVIDER_PLAIN_USERINFO_URL=%IDP%/userinfo TENANTRY_PROVIDER_PLAIN_CLIENT_ID=plain-client TENANTRY_PROVIDER_PLAIN_CLIENT_SECRET=plain-secret
// long: it waits for a provider that hangs.
// A provider that does not respond delays only the requests that need it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { until } from '../../lib/api.mjs';
import { sql } from '../lib/database.mjs';
import { codeOf, comeBack, session, setOut, someone, travel } from '../lib/flows.mjs';
import { Browser } from '../lib/http.mjs';
import { Provider } from '../../lib/idp.mjs';
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

test('lists and sign-ins respond while a provider hangs', async () => {
	const boss = await owner();
	const list = () => boss.browser.get('/api/contacts');
	const calm = [];
	for (let i = 0; i < 50; i++)
		calm.push(await ms(list));
	const held = [], open = () => held.filter((rs) => !rs.destroyed);
	let most = 0;
	provider.odd['/token'] = (rq, rs) => {
		held.push(rs);
		// A worker ends a call before it begins another call, but this process may notice the end later.
		setTimeout(() => { most = Math.max(most, open().length); }, 200);
	};
	const ways = await Promise.all([1, 2, 3, 4].map(async () => {
		const browser = new Browser();
		return { browser, asked: await setOut(browser, 'plain') };
	}));
	const back = ways.map(({ browser, asked }) => comeBack(browser, 'plain',
		{ code: codeOf(someone(), asked), state: asked.state }));
	await until(() => held.length > 0);
	assert.equal((await boss.browser.get('/api/contacts/export')).status, 200);
	assert.deepEqual(sql(`SELECT count(*) FROM pg_stat_activity WHERE
		datname = current_database() AND state LIKE 'idle in transaction%'`),
	[['0']], 'no transaction is open meanwhile');
	await list();
	await signIn(boss.email);
	assert.ok(open().length > 0, 'the provider still hangs');
	const busy = [];
	let beside = 0;	// number of list requests that did not wait for the end of a call
	for (let i = 0; i < 50; i++) {
		const [call] = open();
		busy.push(await ms(list));
		beside += call !== undefined && !call.destroyed;
	}
	const median = (times) => times.sort((a, b) => a - b)[times.length / 2];
	console.log(`# say lists: median ${median(calm).toFixed(1)} ms, while a `
		+ `provider hangs ${median(busy).toFixed(1)} ms`);
	assert.ok(beside > 0, 'no list responds before a call ends');
	for (const rs of await Promise.all(back))
		assert.ok(rs.headers.location === '/oops?error=invalid_code'
			|| rs.status === 503 || rs.status === 504, rs.text);
	assert.equal(most, 1, 'one of the two workers waits');
	for (const { browser } of ways)
		assert.equal(await session(browser), null);
	delete provider.odd['/token'];
	held.forEach((rs) => rs.destroy());
	assert.equal(await travel(new Browser(), 'plain', someone()), '/welcome');
});

test('a provider that has failed five times in a row is not called for a while', async () => {
	let calls = 0;
	provider.odd['/token'] = (rq, rs) => {
		calls++;
		rs.writeHead(503).end();
	};
	const fail = async () => {
		const browser = new Browser(), asked = await setOut(browser, 'plain');
		const rs = await comeBack(browser, 'plain', { code: codeOf(someone(), asked), state: asked.state });
		assert.match(rs.headers.location, /^\/oops[?]error=/);
	};
	for (let i = 0; i < 8; i++)
		await fail();
	assert.equal(calls, 5);
	delete provider.odd['/token'];
});
