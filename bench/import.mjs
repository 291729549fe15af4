// node import.mjs: the measurements of bench/import.
import { execFileSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { during, ours } from './measure.mjs';

const { OURS, PEER, BETTER_AUTH_SECRET, JOBS, WORKERS } = process.env;
const ROWS = Number(process.env.ROWS);
const token = createHash('md5').update('user10@org1.test1').digest('hex');
const mac = createHmac('sha256', BETTER_AUTH_SECRET).update(token).digest('base64');
const cookie = `better-auth.session_token=${encodeURIComponent(`${token}.${mac}`)}`;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const ask = async (base, method, path, body, type = 'application/json') => {
	const rs = await fetch(base + path, { method, body,
		headers: { cookie, origin: base, ...body ? { 'content-type': type } : {} } });
	const text = await rs.text();
	if (!rs.ok)
		throw new Error(`${method} ${path}: ${rs.status} ${text}`);
	return JSON.parse(text);
};

// Returns the memory of a process and each of its children, in MiB.
function sizes(parent) {
	const pids = execFileSync('ps', ['-o', 'pid=', '--pid', parent, '--ppid', parent], { encoding: 'utf8' });
	return pids.trim().split(/\s+/).map((pid) => {
		try {
			return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
		} catch {
			return 0; /* the process has ended in the meantime */
		}
	});
}
const memory = () => `jobs ${sizes(JOBS).reduce((x, y) => x + y).toFixed(1)} MiB together, `
	+ `largest worker ${Math.max(...sizes(WORKERS)).toFixed(1)} MiB`;

// Creates contacts one by one, each after the previous one.
async function oneByOne(base, seconds) {
	const began = Date.now();
	let n = 0;
	for (; Date.now() - began < seconds * 1000; n++)
		await ask(base, 'POST', '/api/contacts', JSON.stringify({ first_name: `First ${n}`,
			last_name: `Last ${n}`, title: 'CTO', first_seen: '2026-01-31T00:00:00.000Z',
			last_seen: '2026-01-31T00:00:00.000Z', tags: [1, 2],
			email_jsonb: [{ email: `p${n}@company${n % 500}.test`, type: 'Work' }],
			phone_jsonb: [{ number: `+33 1 ${n}`, type: 'Work' }] }));
	return n / ((Date.now() - began) / 1000);
}

// Resolves when the import has left the given state. Reports the memory at some percentages.
async function until(id, state, shares = []) {
	for (;;) {
		const now = await ask(OURS, 'GET', `/api/imports/${id}`);
		while (shares.length > 0 && now.percent >= shares[0])
			console.log(`\t${shares.shift()} %: ${memory()}`);
		if (now.state !== state)
			return now;
		await sleep(200);
	}
}

async function bringIn() {
	const csv = 'first_name,last_name,title,email_work,phone_work,company,tags,first_seen\n'
		+ Array.from({ length: ROWS }, (_, n) => `First ${n},Last ${n},CTO,p${n}@company${n % 500}.test,`
			+ `+33 1 ${n},Company ${n % 500},"hot, t${n % 7}",2026-01-31`).join('\n');
	console.log(`\tbefore: ${memory()}; the file has ${(csv.length / 1048576).toFixed(1)} MiB`);
	const began = Date.now();
	const { id } = await ask(OURS, 'POST', '/api/imports?resource=contacts', csv, 'text/csv');
	await ask(OURS, 'POST', `/api/imports/${id}/start`);
	const end = await until(id, 'running', [10, 50, 100]);
	if (end.created !== ROWS)
		throw new Error(JSON.stringify(end));
	return { id, rate: ROWS / ((Date.now() - began) / 1000) };
}

async function undo(id) {
	const began = Date.now();
	await ask(OURS, 'POST', `/api/imports/${id}/undo`);
	const end = await until(id, 'undoing');
	console.log(`\tundone in ${((Date.now() - began) / 1000).toFixed(1)} s: ${end.undone} rows, `
		+ `${end.conflicts} conflicts; ${memory()}`);
}

async function round() {
	const first = await oneByOne(PEER, 8);
	const { id, rate } = await bringIn();
	const second = await oneByOne(PEER, 8);
	const ratio = rate / ((first + second) / 2);
	console.log(`${ROWS} rows: ${rate.toFixed(0)} rows/s; the peer creates ${first.toFixed(0)} and `
		+ `${second.toFixed(0)} a second one by one: ${ratio.toFixed(1)} times that`);
	await undo(id);
	return ratio;
}

// The modules that an organization can switch on. Each step includes the previous steps.
const SETTINGS = {
	'every module': async () => {
		for (const { id } of await ask(OURS, 'GET', '/api/modules'))
			await ask(OURS, 'PUT', `/api/modules/${id}`, JSON.stringify({ enabled: true }));
	},
	'a rule': () => ask(OURS, 'POST', '/api/automation_rules', JSON.stringify({ name: 'Seen', trigger_type: 'contact.created',
		trigger_config: { conditions: [{ field: 'title', op: 'eq', value: 'CTO' }] }, action_type: 'set_field', action_config: { field: 'background', value: 'Met' } })),
	'unique addresses and names': () => configure({ uniqueContactEmails: 'refuse', uniqueCompanyNames: 'refuse',
		uniqueCompanyDomains: 'refuse' }),
};

async function configure(values) {
	const { config } = await ask(OURS, 'GET', '/api/configuration/1');
	await ask(OURS, 'PATCH', '/api/configuration/1', JSON.stringify({ config: { ...config, ...values } }));
}

const ratios = [];
for (let n = 0; n < Number(process.env.ROUNDS); n++)
	ratios.push(await round());
if (ratios.length > 0) {
	ratios.sort((x, y) => x - y);
	console.log(`times the peer: ${ratios[0].toFixed(1)} at least, ${ratios[ratios.length >> 1].toFixed(1)} in the `
		+ `middle, ${ratios.at(-1).toFixed(1)} at most`);
}
const side = { folders: process.env.FOLDERS.split(' '), groups: ours };
const cost = async () => {
	const { us, result } = await during(side, bringIn);
	await undo(result.id);
	return us / ROWS;
};
const plain = await cost();
console.log(`${ROWS} rows: ${plain.toFixed(0)} us of processor time a row`);
for (const [name, set] of Object.entries(SETTINGS)) {
	await set();
	const us = await cost();
	console.log(`with ${name}: ${us.toFixed(0)}, ${(us / plain).toFixed(2)} times as much`);
}
