// Workers that only this test uses, called over FastCGI as nginx calls them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { after } from 'node:test';
import { STACK, until } from './api.mjs';

const BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6;

function record(type, content = Buffer.alloc(0)) {
	const head = Buffer.alloc(8);
	head[0] = 1;
	head[1] = type;
	head.writeUInt16BE(1, 2);
	head.writeUInt16BE(content.length, 4);
	return Buffer.concat([head, content]);
}

function length(n) {
	if (n < 128)
		return Buffer.from([n]);
	const b = Buffer.alloc(4);
	b.writeUInt32BE(n + 2 ** 31);
	return b;
}

function pairs(params) {
	return Buffer.concat(Object.entries(params).flatMap(([name, value]) => {
		const n = Buffer.from(name), v = Buffer.from(String(value));
		return [length(n.length), length(v.length), n, v];
	}));
}

// Returns the parameters that nginx would send for this request.
export function parameters(method, path, { token, body, headers = {} } = {}) {
	const [uri, query = ''] = path.split('?');
	return {
		REQUEST_METHOD: method, DOCUMENT_URI: uri, QUERY_STRING: query,
		CONTENT_TYPE: body === undefined ? '' : 'application/json',
		CONTENT_LENGTH: body === undefined ? '' : Buffer.byteLength(body),
		REMOTE_ADDR: '127.0.0.1', HTTP_HOST: 'localhost',
		...(token ? { HTTP_AUTHORIZATION: `Bearer ${token}` } : {}),
		...headers,
	};
}

// A connection for tests that send and read step by step.
export class Peer {
	constructor(path) {
		this.socket = net.connect(path);
		this.parts = [];
		this.error = null;
		this.closed = new Promise((done) => {
			this.socket.on('close', () => done(this.answer()));
		});
		this.socket.on('data', (part) => this.parts.push(part));
		this.socket.on('error', (error) => { this.error = error; });
	}

	begin(params) {
		const begin = Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]);
		this.socket.write(Buffer.concat([record(BEGIN, begin),
			record(PARAMS, pairs(params)), record(PARAMS)]));
	}

	body(part) {
		for (let i = 0; i < part.length; i += 65535)
			this.socket.write(record(STDIN, part.subarray(i, i + 65535)));
	}

	end() {
		this.socket.write(record(STDIN));
	}

	// Returns { status, head, text, ended }. ended is true if the record that ends the request has arrived.
	answer() {
		const data = Buffer.concat(this.parts), out = [];
		let at = 0, ended = false;
		while (at + 8 <= data.length) {
			const n = data.readUInt16BE(at + 4), type = data[at + 1];
			if (at + 8 + n + data[at + 6] > data.length)
				break;
			if (type === STDOUT)
				out.push(data.subarray(at + 8, at + 8 + n));
			ended ||= type === END;
			at += 8 + n + data[at + 6];
		}
		const text = Buffer.concat(out).toString();
		const cut = text.indexOf('\r\n\r\n');
		const head = cut < 0 ? text : text.slice(0, cut);
		return { status: Number(/^Status: (\d+)/.exec(head)?.[1] ?? 0), head,
			text: cut < 0 ? '' : text.slice(cut + 4), ended,
			error: this.error };
	}
}

export function askWorker(path, method, url, options = {}) {
	const peer = new Peer(path);
	peer.begin(parameters(method, url, options));
	if (options.body !== undefined)
		peer.body(Buffer.from(options.body));
	peer.end();
	return peer.closed;
}

const pools = new Set();
let started = 0;

// Ends workers of failed tests, which would keep this process alive.
after(() => {
	for (const child of pools)
		child.kill('SIGTERM');
});

// Starts tenantry-fcgi with different settings, in addition to the stack's workers.
export async function workers(settings = {}, words = []) {
	const socket = settings.TENANTRY_SOCKET ?? `${STACK}/own${process.pid}-${++started}.sock`;
	const log = [];
	const child = spawn(`${process.env.BUILD}/tenantry-fcgi`, words, {
		env: { ...process.env, TENANTRY_LOGIN_SOCKET: '', TENANTRY_SLOW_SOCKET: '', TENANTRY_FEED_SOCKET: '',
			TENANTRY_SOCKET: socket, TENANTRY_WORKERS: '1', ...settings },
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	child.stderr.on('data', (part) => log.push(part));
	pools.add(child);
	const ended = new Promise((done) => child.on('exit', (code, signal) => {
		pools.delete(child);
		done({ code, signal });
	}));
	await until(async () => {
		try {
			return (await askWorker(socket, 'GET', '/ready')).status === 200;
		} catch {
			return false;
		}
	});
	return {
		socket, child, ended,
		log: () => Buffer.concat(log).toString(),
		pids: () => children(child.pid),
		ask: (method, url, options) => askWorker(socket, method, url, options),
		async stop() {
			child.kill('SIGTERM');
			const end = await ended;
			assert.deepEqual(end, { code: 0, signal: null },
				Buffer.concat(log).toString().slice(-2000));
			rmSync(socket, { force: true });
		},
	};
}

// Returns the running child processes of a process.
export function children(pid) {
	return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
		.split(' ').filter(Boolean).map(Number);
}
