// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_SESSION_DATA=on
// The size of a user's picture is limited, and no stored link runs a script.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signUp, owner } from '../lib/people.mjs';

const UPDATE = '/api/auth/update-user';
const link = (bytes) => 'https://img.test/'.padEnd(bytes, 'a');

test('the longest picture locks nobody out, and a longer picture is refused', async () => {
	const { browser, id } = await signUp();
	assert.equal((await browser.post(UPDATE, { image: link(10000) })).status, 200);
	for (let i = 0; i < 2; i++)
		assert.equal((await browser.get('/api/auth/get-session')).json.user.id, id);
	for (const image of [link(10001), `${link(5000)}${'é'.repeat(3000)}`, '"', '\\',
		'javascript:alert(1)', ' java\tscript:alert(1)', 'VBScript:x']) {
		const rs = await browser.post(UPDATE, { image });
		assert.equal(rs.status, 400, image.slice(0, 40));
	}
	assert.equal((await browser.get('/api/auth/get-session')).json.user.image, link(10000));
	assert.equal((await browser.post(UPDATE, { image: 'data:image/png;base64,AAAA' })).status, 200);
});

test('no link of the CRM runs a script', async () => {
	const boss = await owner('Links');
	const bad = 'java\nscript:alert(1)';
	for (const [path, body, field] of [
		['companies', { name: 'x', website: bad }, 'website'],
		['companies', { name: 'x', linkedin_url: bad }, 'linkedin_url'],
		['companies', { name: 'x', logo: { src: bad } }, 'logo.src'],
		['companies', { name: 'x', context_links: ['https://a.test', bad] }, 'context_links.1'],
		['contacts', { first_name: 'x', avatar: { src: bad } }, 'avatar.src'],
	]) {
		const rs = await boss.browser.post(`/api/${path}`, body);
		assert.equal(rs.status, 422, `${field}: ${rs.text}`);
		assert.ok(rs.json.errors?.[field], rs.text);
	}
	assert.equal((await boss.browser.post('/api/companies', { name: 'y',
		website: 'example.org:8080/javascript:' })).status, 201);
});
