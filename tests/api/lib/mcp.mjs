// The official MCP client, and raw MCP messages.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport }
	from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { sleep } from '../../lib/api.mjs';
import { BASE, send } from './http.mjs';

let n = 0;

// Creates an API key for the user with these permissions.
export async function keyOf(who, permissions) {
	const rs = await who.browser.post('/api/auth/api-key/create',
		{ name: 'mcp', ...(permissions ? { permissions } : {}) });
	if (rs.status !== 200)
		throw new Error(rs.text);
	return rs.json.key;
}

// Connects the official client.
export async function connect(key, path = '/mcp') {
	const client = new Client({ name: 'test', version: '1' });
	await client.connect(new StreamableHTTPClientTransport(new URL(BASE + path),
		{ requestInit: { headers: { authorization: `Bearer ${key}` } } }));
	return client;
}

// Sends one raw message. The headers may replace the key.
export const say = (key, method, params, headers = {}, path = '/mcp') =>
	send('POST', path, { headers: { authorization: `Bearer ${key}`,
		accept: 'application/json, text/event-stream', ...headers },
	body: { jsonrpc: '2.0', id: ++n, method, params } });

// Calls a tool. Returns { failed, text, rows, texts }.
export async function call(key, name, args = {}, headers = {}, path = '/mcp') {
	const rs = await say(key, 'tools/call', { name, arguments: args }, headers, path);
	const result = rs.json?.result;
	if (!result)
		return { failed: true, status: rs.status, text: rs.text };
	const texts = result.content.map((c) => c.text);
	let rows;
	try {
		rows = JSON.parse(texts.at(-1).startsWith('[') ? texts.at(-1) : texts[0]);
	} catch {
		rows = undefined;
	}
	return { failed: result.isError, status: rs.status, text: texts.join('\n'), texts, rows,
		result };
}

// Calls a tool like call(), but retries a statement that got no slot, because other test files may occupy the statement
// slots.
export async function use(...about) {
	for (let tries = 1; ; tries++) {
		const told = await call(...about);
		if (tries === 100 || !told.text.includes('too many statements are running'))
			return told;
		await sleep(100);
	}
}
