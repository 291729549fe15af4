// Integrations of an organization that has the factory module, and processes that run their jobs.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import { add, good } from './answers.mjs';
import { until } from './files.mjs';

const { BUILD } = process.env;
const LIMIT = 120000;	// milliseconds for a job on a slow machine
let n = 0;

export const FIELDS = [{ target: 'external_id', expression: "'erp-' & id" }, { target: 'last_name', source: 'name', required: true },
	{ target: 'title', expression: "lookup('titles', role, role)" }];
export const LOOKUPS = { titles: { ceo: 'Chief' } };

// Processes of tenantry-jobs.
export const runners = new Set();
export function startRunner(env = {}) {
	const child = spawn(`${BUILD}/tenantry-jobs`, [], { stdio: 'ignore', detached: true, env: { ...process.env, ...env } });
	child.on('exit', () => runners.delete(child));
	runners.add(child);
	return child;
}
// Kills the supervisor and its processes simultaneously.
export const kill = ({ pid }) => process.kill(-pid, 'SIGKILL');
// Kills a runner, and starts a new runner after the first one has ended.
export async function replaceRunner(env) {
	const [victim] = runners;
	kill(victim);
	await until(() => !runners.has(victim));
	startRunner(env);
}
export function stopRunners() {
	for (const runner of runners)
		kill(runner);
}

// Returns helpers for an owner's integrations: integration() creates an integration with a mapping and secrets, and
// run() creates a job and waits for its end.
export function plant(boss) {
	const secret = (id, name, value) => good(boss.browser.put(`/api/integration_configs/${id}/secret`, { name, value }));
	async function integration(type, settings, secrets = {}) {
		const made = await add(boss, 'integration_configs', { name: `integration ${++n}`, type, status: 'active', settings: { retry_seconds: 0, ...settings } });
		for (const [name, value] of Object.entries(secrets))
			await secret(made.id, name, value);
		const mapping = await add(boss, 'data_mappings', { integration_id: made.id, name: 'people', fields: FIELDS, lookups: LOOKUPS });
		return { integration_id: made.id, mapping_id: mapping.id };
	}
	const job = async (id) => good(boss.browser.get(`/api/integration_jobs/${id}`));
	async function ended(id, status) {
		const row = await until(async () => {
			const now = await job(id);
			return !['queued', 'running'].includes(now.status) && now;
		}, LIMIT);
		assert.equal(row.status, status, JSON.stringify(row));
		return row;
	}
	const run = async (row, status = 'succeeded') => ended((await add(boss, 'integration_jobs', row)).id, status);
	// Returns the error of a connection test that must fail.
	const reason = async (...about) => (await run({ ...await integration(...about), kind: 'test' }, 'failed')).error;
	return { secret, integration, job, ended, run, reason };
}

// Starts a fake external system. `answers` contains the response for each path, [status, text or object], and `asked`
// contains the received requests.
export async function otherSystem() {
	const system = { asked: [], answers: {} };
	const server = http.createServer((rq, rs) => {
		let body = '';
		rq.on('data', (part) => { body += part; });
		rq.on('end', () => {
			const url = new URL(rq.url, 'http://x');
			system.asked.push({ method: rq.method, path: url.pathname, headers: rq.headers, body });
			const [status, text] = system.answers[url.pathname]?.({ url, headers: rq.headers, body }) ?? [404, 'nothing here'];
			rs.writeHead(status);
			rs.end(typeof text === 'string' ? text : JSON.stringify(text));
		});
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	system.at = (path) => `http://127.0.0.1:${server.address().port}${path}`;
	system.close = () => {
		server.closeAllConnections?.();
		server.close();
	};
	return system;
}

// Starts a server that listens on a port, and waits until it responds.
export async function startServer(command, words, port, options = {}) {
	let said = '';
	const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', (part) => { said += part; });
	child.on('error', (error) => { said += error; });
	await until(() => {
		assert.ok(child.exitCode === null && child.pid, `${command}: ${said}`);
		return new Promise((done) => {
			const socket = net.connect(port, '127.0.0.1', () => done(socket.destroy() && true)).on('error', () => done(false));
		});
	}, LIMIT);
	return child;
}
export const run = (command, ...words) => execFileSync(command, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

export const freePort = () => new Promise((done) => {
	const server = net.createServer().listen(0, '127.0.0.1', () => {
		const { port } = server.address();
		server.close(() => done(port));
	});
});
