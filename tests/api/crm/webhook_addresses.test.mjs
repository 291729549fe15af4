// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Allowed webhook URLs with default settings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { member, owner } from '../lib/people.mjs';

test('P32 a webhook URL that is not https is refused when it is saved', async () => {
	const me = await owner('addresses'), max = await member(me);
	const made = await me.browser.post('/api/webhooks', { url: 'https://hook.test/x' });
	assert.equal(made.status, 201, made.text);
	const at = `/api/webhooks/${made.json.id}`;
	for (const url of ['http://hook.test/', 'HTTPS:hook.test', 'https://', 'https:///x', 'ftp://x', '']) {
		assert.equal((await me.browser.post('/api/webhooks', { url })).status, 422, url);
		assert.equal((await me.browser.post('/api/webhooks/test', { url })).status, 422, url);
		for (const method of ['PATCH', 'PUT']) {
			const rs = await me.browser.send(method, at, { url });
			assert.equal(rs.status, 422, `${method} ${url} ${rs.text}`);
		}
	}
	assert.equal((await max.browser.patch(at, { url: 'http://hook.test/' })).status, 422);
	assert.equal((await me.browser.get(at)).json.url, 'https://hook.test/x');
	const rs = await me.browser.patch(at, { url: 'https://hook.test/y' });
	assert.deepEqual([rs.status, rs.json.url], [200, 'https://hook.test/y']);
	// The secret can be used only for URLs of the same server.
	assert.equal((await me.browser.patch(at, { url: 'https://other.test/' })).status, 422);
	assert.equal((await me.browser.get(at)).json.url, 'https://hook.test/y');
});

test('P32 the test of an address does not reach private networks, even through a name that resolves to them', async () => {
	const me = await owner('addresses');
	for (const url of ['https://127.0.0.1/', 'https://localhost/', 'https://169.254.169.254/', 'https://[::1]/']) {
		const rs = await me.browser.post('/api/webhooks/test', { url });
		assert.deepEqual([rs.status, rs.json.status, rs.json.error, rs.json.answer], [200, null, 'the server has a private address', ''], url);
	}
});
