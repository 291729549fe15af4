// statements.mjs - pgbench scripts of the statements that the workers send; imported
//
// Sends some requests while Postgres logs all statements, and makes a script from the transactions of each request. The
// variables of the script are parameters of the same statements. The ID of the row and the number in a body differ in
// each use, as in the requests.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const SAMPLES = 8, START = 'bench|';

const settings = async (...statements) => {
	const run = spawnSync('psql', ['-XqAt', '-d', 'postgres', ...[...statements, 'SELECT pg_reload_conf()']
		.flatMap((s) => ['-c', s])]);
	if (run.status !== 0) throw new Error(`psql: ${run.stderr}`);
	await sleep(500);
};

// Returns the transactions in the log that have a text in a parameter, as lists of { text, params }.
function transactions(log, text) {
	const all = [], open = {};
	for (const [, pid, entry] of log.matchAll(/^bench\|(\d+)\|([^]*?)(?=^bench\||(?![^]))/gm)) {
		const statement = /^LOG:  execute [^:]*: ([^]*)$/.exec(entry)?.[1].trim();
		const params = /^DETAIL:  parameters: ([^]*)$/.exec(entry)?.[1];
		if (statement === 'BEGIN')
			all.push(open[pid] = []);
		if (statement !== undefined)
			open[pid]?.push({ text: statement, params: [] });
		else if (params !== undefined && open[pid] !== undefined)
			for (const [, n, value] of params.matchAll(/\$(\d+) = (NULL|'(?:[^']|'')*')/g))
				open[pid].at(-1).params[n] = value === 'NULL' ? null : value.slice(1, -1).replaceAll("''", "'");
	}
	return all.filter((t) => t.some((s) => s.params.includes(text)));
}

// Writes the scripts of an operation below `folder`. Returns the arguments for pgbench.
export async function scripts(side, operation, folder, log, rows) {
	const requests = readFileSync(`${side.requests}-${operation}.txt`, 'utf8').split('\n').slice(0, SAMPLES);
	const args = [];
	await settings("ALTER SYSTEM SET log_statement = 'all'", `ALTER SYSTEM SET log_line_prefix = '${START}%p|'`);
	for (const [k, request] of requests.entries()) {
		const number = String(1e9 + k), size = statSync(log).size;
		const [method, path, cookie, body] = request.replaceAll('##########', number).split('\t');
		const response = await fetch(side.url + path, { method, body: body || undefined, headers: {
			origin: side.url, cookie, ...body && { 'content-type': 'application/json' } } });
		await response.arrayBuffer();
		if (!response.ok) throw new Error(`${operation}: ${response.status}`);
		await sleep(20);
		const hash = createHash('sha256').update(decodeURIComponent(cookie.split('=')[1]).split('.')[0]).digest('hex');
		const id = /^\/api\/contacts\/(\d+)$/.exec(path)?.[1];
		const statements = transactions(readFileSync(log).subarray(size).toString(), `\\x${hash}`).flat();
		if (statements.length < 3) throw new Error(`${operation}: no statements in ${log}`);
		const lines = statements.map(({ text, params }, s) => {
			if (/[^:]:\w/.test(text)) throw new Error(`pgbench would take a part for a variable: ${text}`);
			return text.replaceAll('\n', ' ').replace(/\$(\d+)/g, (_, n) => {
				const name = `r${k}_${s}_${n}`, value = params[n];
				if (value === null) return 'NULL';
				if (value === id) return ':id';
				args.push('-D', `${name}=${value}`);
				return value.includes(number) ? `replace(:${name}::text, '${number}', :number::text)` : `:${name}`;
			}) + ';';
		});
		const file = `${folder}/${operation}-${k}.sql`;
		writeFileSync(file, [`\\set id random(1, ${rows})`, '\\set number random(2000000000, 9999999999)',
			'\\startpipeline', ...lines, '\\endpipeline', ''].join('\n'));
		args.push('-f', file);
	}
	await settings('ALTER SYSTEM RESET log_statement', 'ALTER SYSTEM RESET log_line_prefix');
	return args;
}

// Runs the scripts for some seconds, as the role of the workers, and without a web server. The new connections of
// pgbench use the first second to prepare statements.
export function pgbench(args, seconds) {
	const run = spawnSync('pgbench', ['-n', '-M', 'prepared', '-c', '4', '-j', '2', '-P', '1', '-T', Number(seconds) + 1, ...args, 'tenantry'],
		{ env: { ...process.env, PGUSER: 'tenantry_app', PGOPTIONS: '-c plan_cache_mode=force_generic_plan -c jit=off' } });
	if (run.status !== 0) throw new Error(`pgbench: ${run.stderr}`);
	const rates = [...String(run.stderr).matchAll(/ s, ([0-9.]+) tps/g)].map((m) => Number(m[1])).slice(1);
	return { rate: rates.reduce((a, b) => a + b, 0) / rates.length };
}
