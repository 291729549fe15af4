// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// A caller without a valid session is refused for that reason before the request's content is checked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, openapi, operations, owner, sql } from '../../lib/api.mjs';

const invalid = [
	['POST', '/api/companies', {}],
	['POST', '/api/companies', '{'],
	['PATCH', '/api/contacts/1', { nothing: 1 }],
	['GET', '/api/contacts?filter={', undefined],
	['POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call',
		params: { name: 'display_task_list', arguments: { tasks: [] } } }],
];

for (const [method, path, body] of invalid)
	test(`${method} ${path} ${JSON.stringify(body)} returns 401 before any other check`, async () => {
		for (const token of [undefined, 'x'.repeat(32)]) {
			const rs = await ask(method, path, { token, body });
			assert.equal(rs.status, 401, rs.text);
		}
		const { token } = await owner('Authenticated');
		const rs = await ask(method, path, { token, body });
		assert.ok(path === '/mcp' ? rs.status === 200 : [400, 422].includes(rs.status), rs.text);
	});

test('each 401 of each route has a challenge, which names the reason if there is a token', async () => {
	const { token } = await owner('Challenged'), bare = 'Bearer realm="Tenantry"';
	const ended = await owner('Ended');
	assert.equal((await ask('POST', '/api/auth/sign-out', { token: ended.token, body: {} })).status, 200);
	const revoked = await owner('Revoked');
	assert.equal((await ask('POST', '/api/auth/revoke-sessions', { token: revoked.token, body: {} })).status, 200);
	const swept = await owner('Swept');
	sql(`UPDATE identity.session SET expires_at = now() - interval '1 minute' WHERE token_hash = sha256('${swept.token}'::bytea);
		DELETE FROM identity.session WHERE token_hash = sha256('${swept.token}'::bytea)`);
	sql(`UPDATE identity.session SET expires_at = now() - interval '1 minute' WHERE token_hash = sha256('${token}'::bytea)`);
	const ways = [[{}, 'no_credentials'], [{ token: 'x'.repeat(32) }, 'no_session'], [{ token: ended.token }, 'session_ended'],
		[{ token: revoked.token }, 'session_revoked'], [{ token: swept.token }, 'session_expired'], [{ token: `${ended.token.slice(0, -1)}?` }, 'token_malformed'],
		[{ token }, 'session_expired'], [{ token: 'not a token' }, 'token_malformed'],
		[{ token: `${token}.forged` }, 'token_malformed'], [{ headers: { 'x-api-key': 'y'.repeat(70) } }, 'invalid_key']];
	let tried = 0, own = 0;
	// Routes of Better Auth delete expired sessions, so they come last.
	const all = operations(await openapi()).sort((a, b) => a.path.startsWith('/api/auth/') - b.path.startsWith('/api/auth/'));
	for (const { method, path, operation } of all) {
		const url = path.replace(/\{\w+\}/, '4711');
		for (const [way, code] of ways) {
			const rs = await ask(method, url, { ...way, body: operation.requestBody ? {} : undefined });
			if (rs.status !== 401)
				continue;
			const about = `${method} ${url} ${code}: ${rs.text}`, challenge = rs.headers['www-authenticate'] ?? '';
			assert.match(challenge, path.startsWith('/api/') || path.startsWith('/functions/') ? /^(Bearer realm="Tenantry"|Basic realm="Tenantry")/ : /^Bearer |^Basic /, about);
			if (path.startsWith('/api/auth/') || challenge.startsWith('Basic') || !path.startsWith('/api/')) {
				own++;
				continue;
			}
			// Public routes refuse other credentials, such as a signature.
			if (!operation.security?.length || rs.json.code === undefined)
				continue;
			assert.equal(rs.json.code, code, about);
			assert.equal(challenge.startsWith(bare), true, about);
			assert.equal(challenge.includes('error="invalid_token"'), code !== 'no_credentials', about);
			assert.equal(challenge.includes(`error_description="${rs.json.detail}"`), code !== 'no_credentials', about);
			tried++;
		}
	}
	assert.ok(tried > 4000 && own > 200, `${tried} ${own}`);
});
