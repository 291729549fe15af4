// The hosts of an installation, each with workers, jobs, nginx and the feed's nginx.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { createInterface } from 'node:readline';

const namespace = ['unshare', ...(process.getuid() === 0 ? [] : ['-r']), '--uts'];

class Host {
	constructor(values) {
		Object.assign(this, values);
	}

	// Starts tenantry-jobs in a separate process group, so that all of its processes can be signalled.
	startJobs() {
		const log = openSync(`${this.env.STACK}/log/jobs.log`, 'a');
		this.jobs = spawn(this.prefix[0] ?? `${process.env.BUILD}/tenantry-jobs`,
			this.prefix.length ? [...this.prefix.slice(1), `${process.env.BUILD}/tenantry-jobs`] : [],
			{ env: this.env, detached: true, stdio: ['ignore', log, log] });
		this.jobsGone = new Promise((done) => this.jobs.on('exit', done));
	}

	signalJobs(signal) {
		process.kill(-this.jobs.pid, signal);
	}

	async killJobs() {
		this.signalJobs('SIGKILL');
		await this.jobsGone;
	}

	// The tenantry-fcgi process that last published to the feed.
	publisher() {
		const log = readFileSync(`${this.env.STACK}/log/workers.log`, 'utf8');
		return Number([...log.matchAll(/ pid=(\d+) .*feed publishes=yes$/gm)].at(-1)[1]);
	}

	signalFeed(signal) {
		const pid = readFileSync(`${this.env.STACK}/feed.pid`, 'utf8').trim();
		for (const child of execFileSync('pgrep', ['-P', pid], { encoding: 'utf8' }).trim().split('\n'))
			process.kill(Number(child), signal);
	}

	async stop() {
		if (this.jobs?.exitCode === null && this.jobs.signalCode === null) {
			this.signalJobs('SIGCONT');
			this.signalJobs('SIGTERM');
			await this.jobsGone;
		}
		await this.end?.(); // only an additional host has this function
	}
}

// Returns the host of the stack.
export const hostA = () => new Host({ name: 'a', hostname: hostname(), base: process.env.BASE, prefix: [],
	env: process.env, workers: Number(process.env.WORKERS) });

// Starts an additional host, which stop() ends. run() runs a command in the shell in which tests/lib/server.sh started
// the host's processes.
export async function startHost(name, settings = {}) {
	const shell = spawn(namespace[0], [...namespace.slice(1), 'bash', '-c', `set -m # processes outlive a killed group
		. "$SOURCES/tests/lib/server.sh"
		unset KEEP_STACK JOBS
		while read -r line; do
			eval "$line" >&2 </dev/null
			printf '%s %s\\n' "$?" "$STACK|$BASE|$WORKERS|$NGINX|$TENANTRY_FEED_SOCKET"
		done`], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...settings } });
	const gone = new Promise((done) => shell.on('exit', done));
	const answers = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
	const run = async (command) => {
		shell.stdin.write(`${command}\n`);
		const { value, done } = await answers.next();
		assert.ok(!done && value.startsWith('0 '), `${command}: ${value}`);
		const [STACK, BASE, workers, nginx, socket] = value.slice(2).split('|');
		return { STACK, BASE, workers: Number(workers), nginx: Number(nginx), socket };
	};
	const { STACK, BASE, workers, nginx, socket } = await run(`start_host ${name}`);
	return new Host({ name, hostname: name, base: BASE, workers, nginx, run,
		prefix: [...namespace, 'sh', '-c', `hostname ${name}; exec "$0"`],
		env: { ...process.env, ...settings, STACK, BASE, TENANTRY_FEED_SOCKET: socket },
		end: async () => {
			await run('for pid in $NGINX $FEED $WORKERS; do kill -TERM $pid 2>/dev/null || :; wait $pid || :; done');
			shell.stdin.end();
			await gone;
		} });
}
