// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_WEBHOOKS=on
// own stack: it runs tenantry-jobs with its own settings.
// The webhook receivers in examples/, and the requests that they refuse.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { ask, owner, until } from '../../lib/api.mjs';
import { within } from '../../lib/examples.mjs';
import { startJobs } from '../lib/files.mjs';

const { SOURCES } = process.env;
const jobs = startJobs();
after(() => jobs.stop());
const me = await owner('Receivers');
const call = async (method, path, body) => {
	const rs = await ask(method, path, { token: me.token, body });
	assert.ok(rs.status < 300, rs.text);
	return rs.json;
};

// Starts a receiver. `lines` is its output.
async function receiver(program, file, secret) {
	const child = spawn(program, [`${SOURCES}/examples/${file}`, '0'], { stdio: ['ignore', 'pipe', 'inherit'],
		env: { ...process.env, WEBHOOK_SECRET: secret, PYTHONPATH: `${SOURCES}/contrib/python`, PYTHONDONTWRITEBYTECODE: '1' } });
	after(() => child.kill());
	const lines = [];
	const read = createInterface(child.stdout);
	const [first] = await once(read, 'line');
	read.on('line', (line) => lines.push(JSON.parse(line)));
	return { lines, port: /^listening on port (\d+)$/.exec(first)[1] };
}

const post = (port, headers, body) => new Promise((done, failed) => {
	http.request({ port, host: '127.0.0.1', method: 'POST', path: '/', headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
		(rs) => { rs.resume(); done(rs.statusCode); }).on('error', failed).end(body);
});

for (const [program, file] of [[process.execPath, 'webhook-receiver.mjs'], ['python3', 'webhook_receiver.py']])
	test(`${file} prints each event that the secret signed only once`, () => within(file, async () => {
		// The secret is known only after the webhook has been created, and the port only after the receiver has
		// started.
		const { id, secret } = await call('POST', '/api/webhooks', { url: 'http://127.0.0.1:9/', events: ['tags.*'] });
		const { lines, port } = await receiver(program, file, secret);
		await call('DELETE', `/api/webhooks/${id}`);
		const key = Buffer.from(secret.slice(6), 'base64');
		const signed = (body, time = Math.floor(Date.now() / 1000), by = key) => ({ 'webhook-id': 'msg_1', 'webhook-timestamp': `${time}`,
			'webhook-signature': `v1,AAAA v1,${createHmac('sha256', by).update(`msg_1.${time}.${body}`).digest('base64')}` });
		const body = '{"id":"msg_1","type":"tags.create","data":{"id":1}}';
		for (const [headers, sent, status] of [[signed(body), body, 204], [signed(body), body, 204], [signed(body), `${body} `, 401],
			[signed(body, 1), body, 401], [signed(body, undefined, 'another'), body, 401], [{}, body, 401]])
			assert.equal(await post(port, headers, sent), status);
		assert.deepEqual(lines, [['tags.create', 1]]);
	}));

test('a delivery from the server is verified', async () => {
	const hooks = [], answers = [];
	for (const [program, file] of [[process.execPath, 'webhook-receiver.mjs'], ['python3', 'webhook_receiver.py']]) {
		// A proxy provides the port before the secret is known.
		const proxy = http.createServer((rq, rs) => {
			const parts = [];
			rq.on('data', (part) => parts.push(part)).on('end', async () => {
				answers.push(await post(hook.port, rq.headers, Buffer.concat(parts)));
				rs.writeHead(answers.at(-1)).end();
			});
		}).listen(0, '127.0.0.1');
		await once(proxy, 'listening');
		after(() => proxy.close());
		const { secret } = await call('POST', '/api/webhooks', { url: `http://127.0.0.1:${proxy.address().port}/`, events: ['tags.*'] });
		const hook = await receiver(program, file, secret);
		hooks.push(hook);
	}
	const { id } = await call('POST', '/api/tags', { name: 'told', color: '#123456' });
	await until(() => answers.length === 2);
	assert.deepEqual(answers, [204, 204]);
	assert.deepEqual(hooks.map(({ lines }) => lines), [[['tags.create', id]], [['tags.create', id]]]);
});
