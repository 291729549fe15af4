// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// A caller without a valid session is refused for that reason, before the content of the request is checked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, owner } from '../../lib/api.mjs';

const invalid = [
	['POST', '/api/companies', {}],
	['POST', '/api/companies', '{'],
	['PATCH', '/api/contacts/1', { nothing: 1 }],
	['GET', '/api/contacts?filter={', undefined],
	['POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call',
		params: { name: 'display_task_list', arguments: { tasks: [] } } }],
];

for (const [method, path, body] of invalid)
	test(`${method} ${path} ${JSON.stringify(body)} is 401 before anything else`, async () => {
		for (const token of [undefined, 'x'.repeat(32)]) {
			const rs = await ask(method, path, { token, body });
			assert.equal(rs.status, 401, rs.text);
		}
		const { token } = await owner('Authenticated');
		const rs = await ask(method, path, { token, body });
		assert.ok(path === '/mcp' ? rs.status === 200 : [400, 422].includes(rs.status), rs.text);
	});
