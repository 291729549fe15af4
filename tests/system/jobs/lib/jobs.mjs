// Starts tenantry-jobs and its mail server, and reads their output.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, readdirSync,
	rmSync } from 'node:fs';
import net from 'node:net';
import { after } from 'node:test';
import PostalMime from 'postal-mime';
import { sleep, sql, until as comesTrue } from '../../../lib/api.mjs';

export const { STACK, BUILD, SOURCES } = process.env;
export const FROM = 'Rivière & Co <crm@example.test>';

export { sleep, sql };

// On failure, appends the last log lines of tenantry-jobs to the error.
export const until = (condition, ms) => comesTrue(condition, ms).catch((error) => {
	error.message += `\n${jobsLog().split('\n').slice(-8).join('\n')}`;
	throw error;
});

const quoted = (value) => `'${String(value).replaceAll("'", "''")}'`;

// Queues an email as the database functions do. Returns its ID.
export function send(to, { template = 'verify-email', language = 'en',
	data = { url: `https://crm.example.test/${to}` } } = {}) {
	sql(`SELECT ops.send_mail(${quoted(template)}, ${quoted(to)},
		${quoted(language)}, ${quoted(JSON.stringify(data))})`);
	return sql(`SELECT max(id) FROM ops.mail
		WHERE recipient = ${quoted(to)}`)[0][0];
}

export const tenantry = (...words) => execFileSync(`${BUILD}/tenantry`, words,
	{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 });

// Returns an email as operators see it.
export const mail = (id) => JSON.parse(tenantry('mail', 'show', id, '--json'));
export const status = (id) => mail(id).status;
export const statusBecomes = (id, wanted, ms) =>
	until(() => status(id) === wanted, ms);

// Child processes, which end with the tests.
const running = new Set();

export function launch(command, words, env, onLine) {
	const child = spawn(command, words, { env: { ...process.env, ...env },
		stdio: ['ignore', 'pipe', 'pipe'] });
	let text = '';
	running.add(child);
	child.gone = new Promise((done) => child.on('exit', (code, signal) => {
		running.delete(child);
		done(signal ?? code);
	}));
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', (part) => {
			text += part;
			onLine(String(part));
		});
	child.said = () => text;
	return child;
}

// Processes of a failed test would keep this process running.
after(() => setTimeout(() =>
	running.forEach((child) => child.kill('SIGKILL')), 60000).unref());	// each process searches for leaks first
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

// The mail server

export class Server {
	constructor() {
		this.folder = mkdtempSync('/tmp/tenantry-smtp.');
		after(async () => {
			await this.kill();
			rmSync(this.folder, { recursive: true });
		});
		openssl(this.folder);
	}

	async start(env = {}) {
		this.port ??= await freePort();
		this.child = launch('node', [new URL('smtp.mjs', import.meta.url).pathname,
			this.folder], { PORT: String(this.port), USER: 'post@man',
			PASS: 's:cret/?', ...env }, () => {});
		await until(() => this.child.said().includes('ready'));
	}

	async kill() {
		this.child?.kill('SIGKILL');
		await this.child?.gone;
	}

	url({ scheme = 'smtp', user = 'post%40man:s%3Acret%2F%3F@',
		options = `?tls=on&ca=${this.folder}/ca.pem` } = {}) {
		return `${scheme}://${user}localhost:${this.port}${options}`;
	}

	// Returns the emails that the server has accepted.
	accepted() {
		return readdirSync(this.folder).filter((f) => f.endsWith('.mail'))
			.map((f) => JSON.parse(readFileSync(`${this.folder}/${f}`)));
	}

	to(address) {
		return this.accepted().filter((m) => m.to === address);
	}

	logins() {
		return existsSync(`${this.folder}/auth`)
			? readFileSync(`${this.folder}/auth`, 'utf8') : '';
	}
}

export const parse = (m) => PostalMime.parse(Buffer.from(m.raw, 'latin1'));

function openssl(folder) {
	const run = (...words) => execFileSync('openssl', words,
		{ cwd: folder, stdio: 'ignore' });
	run('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
		'-subj', '/CN=Test', '-keyout', 'ca.key', '-out', 'ca.pem');
	run('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost',
		'-addext', 'subjectAltName=DNS:localhost', '-keyout', 'key.pem',
		'-out', 'cert.csr');
	run('x509', '-req', '-in', 'cert.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key',
		'-days', '2', '-copy_extensions', 'copy', '-out', 'cert.pem');
}

export function freePort() {
	return new Promise((done) => {
		const server = net.createServer().listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => done(port));
		});
	});
}

// tenantry-jobs

const LOG = `${STACK}/log/jobs.log`;

export const jobsLog = () => existsSync(LOG) ? readFileSync(LOG, 'utf8') : '';

export async function startJobs(env = {}) {
	const child = launch(`${BUILD}/tenantry-jobs`, [], {
		TENANTRY_MAIL_FROM: FROM, TENANTRY_MAIL_TIMEOUT: '4',
		TENANTRY_MAIL_RETRY: '1', ...env }, (part) => appendFileSync(LOG, part));
	await until(() => child.said().includes('start jobs') || child.exitCode);
	return child;
}

export async function stopJobs(child) {
	child.kill('SIGTERM');
	assert.equal(await child.gone, 0, child.said());
	assert.doesNotMatch(jobsLog(), /Sanitizer|runtime error:/);
}
