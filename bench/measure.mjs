// measure.mjs - puts load on a side and measures the processor time of its processes; imported
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const here = new URL('.', import.meta.url).pathname;
const BEHIND = 'Postgres for jobs'; // the sessions of tenantry-jobs
export const ours = ['Postgres', BEHIND, 'workers', 'jobs', 'nginx'], peers = ['Postgres', 'Node'];
const groups = { Postgres: 'postgres', workers: 'tenantry-fcgi', jobs: 'tenantry-jobs', nginx: 'nginx', Node: 'node' };

const read = (file) => {
	try {
		return readFileSync(file, 'utf8');
	} catch { // the process has ended
		return '';
	}
};

// Returns the processes of a side: those whose command line contains its folders, and their children.
function processes(side) {
	const all = readdirSync('/proc').filter((d) => /^\d+$/.test(d) && d !== `${process.pid}`).map((pid) => {
		const stat = read(`/proc/${pid}/stat`);
		return { pid, name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
			parent: stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0], command: read(`/proc/${pid}/cmdline`) };
	});
	const own = new Set(all.filter((p) => side.folders.some((f) => p.command.includes(f))).map((p) => p.pid));
	for (let size = 0; size !== own.size;) {
		size = own.size;
		for (const p of all)
			if (own.has(p.parent)) own.add(p.pid);
	}
	return all.filter((p) => own.has(p.pid));
}

// Returns the processes of the sessions with the application name that stack.bash sets.
const sessions = () => new Set(String(spawnSync('psql', ['-XAtd', 'postgres', '-c',
	"SELECT pid FROM pg_stat_activity WHERE application_name = 'tenantry-jobs'"]).stdout).trim().split('\n'));

// Returns the processor time of each thread so far, in nanoseconds, with the group of the thread.
function spent(side) {
	const threads = new Map(), behind = side.groups.includes(BEHIND) ? sessions() : new Set();
	for (const { pid, name } of processes(side)) {
		const group = behind.has(pid) ? BEHIND : side.groups.find((g) => groups[g] === name);
		if (group === undefined) continue;
		try {
			for (const thread of readdirSync(`/proc/${pid}/task`))
				threads.set(thread, { group, ns: Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]) });
		} catch { // the thread has ended
		}
	}
	return threads;
}

// Returns the nanoseconds that each group of a side worked between two states of its threads.
const difference = (before, after, groups) => Object.fromEntries(groups.map((g) => [g, [...after].reduce((sum, [thread, t]) =>
	t.group === g ? sum + t.ns - (before.get(thread)?.ns ?? 0) : sum, 0)]));

// Waits until a side has finished the work after its start (jobs and autovacuum), for at most the given number of
// seconds.
export async function settle(side, most = 60) {
	for (let n = 0, quiet = 0; n < most && quiet < 3; n++) {
		const before = spent(side);
		await sleep(1000);
		const worked = Object.values(difference(before, spent(side), side.groups)).reduce((a, b) => a + b);
		quiet = worked < 50e6 ? quiet + 1 : 0;
	}
}

// Runs a function. Returns the microseconds of processor time that a side used during the call, and the result of the
// function.
export async function during(side, work) {
	const before = spent(side), result = await work();
	return { us: Object.values(difference(before, spent(side), side.groups)).reduce((a, b) => a + b) / 1000, result };
}

// Returns the nanoseconds that the processors have worked, from the user column to the steal column.
const busy = () => read('/proc/stat').split('\n')[0].trim().split(/\s+/).slice(1, 9)
	.reduce((sum, ticks, i) => i === 3 || i === 4 ? sum : sum + ticks * 1e7, 0);

// Sends an operation for some seconds. The side has a URL, folders, groups, and the folder and name of its requests.
// Returns what replay.lua reports, and microseconds of processor time per request: `cpu` by group, `all` as their sum,
// and `generator` for the load generator. `others` is the number of processors that other processes kept busy.
export function load(side, operation, seconds) {
	const before = spent(side), worked = busy(), start = performance.now();
	const run = spawnSync('wrk', ['-t2', '-c16', `-d${seconds}`, '-s', `${here}/replay.lua`, side.url],
		{ env: { ...process.env, ORIGIN: side.url, REQUESTS: `${side.requests}-${operation}.txt` } });
	const after = spent(side), all = busy() - worked, ms = performance.now() - start;
	const result = JSON.parse(String(run.stdout).trim().split('\n').at(-1));
	const cpu = difference(before, after, side.groups);
	for (const group of side.groups) cpu[group] /= 1000 * result.requests;
	const sum = Object.values(cpu).reduce((a, b) => a + b);
	return { ...result, cpu, all: sum, generator: result.cpu / 1000 / result.requests,
		others: (all - sum * result.requests * 1000 - result.cpu) / 1e6 / ms };
}

export const quantile = (values, q = 0.5) => {
	const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
};

export const table = (rows) => rows.map((r, i) => `| ${r.join(' | ')} |${
	i === 0 ? `\n|${'---|'.repeat(r.length)}` : ''}`).join('\n');
