// A fake model API. Embeddings count hashed words, so that texts with common words are similar. A chat answers from the
// test's script.
import { createHash } from 'node:crypto';
import http from 'node:http';

export const DIMENSIONS = 512;

export function embed(text) {
	const v = new Array(DIMENSIONS).fill(0);
	for (const word of text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? ['nothing'])
		v[createHash('sha256').update(word).digest().readUInt16BE() % DIMENSIONS] += 1;
	return v;
}

// Creates a model turn that calls tools. A turn has text, calls, or both.
export const calls = (...list) => ({ calls: list.map(([name, args], i) => ({
	id: `call_${i}_${Math.random().toString(36).slice(2, 8)}`, name,
	arguments: typeof args === 'string' ? args : JSON.stringify(args) })) });

function pieces({ text = '', calls: list = [] }) {
	const said = text.match(/[\s\S]{1,7}/g) ?? [];
	const out = said.map((content) => ({ delta: { content } }));
	for (const [index, c] of list.entries()) {
		out.push({ delta: { tool_calls: [{ index, id: c.id, type: 'function',
			function: { name: c.name, arguments: '' } }] } });
		for (const part of c.arguments.match(/[\s\S]{1,9}/g) ?? [])
			out.push({ delta: { tool_calls: [{ index, function: { arguments: part } }] } });
	}
	out.push({ delta: {}, finish_reason: list.length ? 'tool_calls' : 'stop' });
	return out;
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// Starts a model. script(messages, body) returns a turn, and tests may replace it at any time. If `status` is set, all
// requests fail with this status. `pause` is the time between two pieces in ms, or a function that waits.
export async function model(port = new URL(process.env.IDP).port) {
	const state = { asked: [], chats: [], keys: new Set(), status: 200, pause: 0,
		script: () => ({ text: 'Hello.' }), raw: null, going: 0 };
	const server = http.createServer(async (rq, rs) => {
		let text = '';
		for await (const chunk of rq)
			text += chunk;
		state.keys.add(rq.headers.authorization ?? null);
		if (state.status !== 200) {
			rs.writeHead(state.status, { 'content-type': 'application/json' });
			return rs.end(JSON.stringify({ error: { message: `no: ${rq.headers.authorization}` } }));
		}
		const body = JSON.parse(text);
		if (rq.url === '/v1/embeddings') {
			state.asked.push(...body.input);
			if (state.refuse && body.input.some((t) => t.includes(state.refuse))) {
				rs.writeHead(400);
				return rs.end('{}');
			}
			rs.writeHead(200, { 'content-type': 'application/json' });
			const data = body.input.map((t, index) => ({ object: 'embedding', index,
				embedding: embed(t) }));
			return rs.end(JSON.stringify({ object: 'list', data: data.reverse(),
				model: body.model }));
		}
		state.chats.push(body);
		rs.writeHead(200, { 'content-type': 'text/event-stream' });
		if (state.raw !== null)
			return rs.end(state.raw);
		state.going++;
		rs.on('close', () => state.going--);
		for (const choice of pieces(await state.script(body.messages, body))) {
			rs.write(`data: ${JSON.stringify({ object: 'chat.completion.chunk',
				choices: [{ index: 0, ...choice }] })}\n\n`);
			if (state.pause)
				await (typeof state.pause === 'function' ? state.pause() : wait(state.pause));
		}
		return rs.end('data: [DONE]\n\n');
	});
	await new Promise((done) => server.listen(port, '127.0.0.1', done));
	state.close = () => { server.closeAllConnections?.(); server.close(); };
	return state;
}

// Returns server-sent events as [{ event, data }].
export const events = (text) => text.split('\n\n').filter((s) => s.startsWith('event:'))
	.map((s) => ({ event: s.match(/^event: (.*)$/m)[1],
		data: JSON.parse(s.match(/^data: (.*)$/m)[1]) }));
