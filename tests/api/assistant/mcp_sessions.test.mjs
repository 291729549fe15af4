// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Without TENANTRY_MCP_SQL=on, only API keys run SQL.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, use } from '../lib/mcp.mjs';
import { owner } from '../lib/people.mjs';

const me = await owner('plain');

test('P36 a session runs no SQL unless it is enabled', async () => {
	const ask = async (method, params) => (await me.browser.post('/mcp?access=write',
		{ jsonrpc: '2.0', id: 1, method, params })).json.result;
	for (const name of ['query', 'mutate']) {
		const result = await ask('tools/call', { name, arguments: { sql: 'SELECT 1' } });
		assert.equal(result.isError, true);
		assert.match(result.content[0].text, /SQL needs an API key/);
	}
	assert.deepEqual((await ask('tools/list')).tools.map((t) => t.name),
		['get_schema', 'display_task_list', 'complete_task']);
	const read = await use(await keyOf(me), 'query', { sql: 'SELECT 1 AS n' });
	assert.ok(!read.failed, read.text);
});
