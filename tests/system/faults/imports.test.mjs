// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=2
// own stack: it kills and restarts processes.
// Processes are killed during an import and its undo. The result is that of an
// undisturbed import, and the undo restores the state before the import.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { openSync, renameSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { ask, owner, sleep, sql, until } from '../../lib/api.mjs';

const { BUILD, STACK, UPLOAD_DIR, WORKERS } = process.env;
const KILLS = Number(process.env.KILLS ?? 5), ROWS = Number(process.env.ROWS ?? 2500);
let calm, stormy, jobs;

function startJobs() {
	const log = openSync(`${STACK}/log/jobs.log`, 'a');
	jobs = spawn(`${BUILD}/tenantry-jobs`, [], { stdio: ['ignore', log, log] });
}

before(async () => {
	calm = await owner('Calm');
	stormy = await owner('Stormy');
	for (const who of [calm, stormy])
		for (let n = 0; n < 20; n++)
			await ask('POST', '/api/contacts', { token: who.token, body: { first_name: 'Old',
				last_name: `Before ${n}`, email_jsonb: [{ type: 'Work', email: `p${n * 7}@x.test` }] } });
	startJobs();
});
after(() => jobs.kill('SIGKILL'));

// Every hundredth row is invalid, some rows already exist, and many rows name a company.
const FILE = 'first_name,last_name,email_work,company,tags,first_seen\n'
	+ Array.from({ length: ROWS }, (_, n) => `First ${n},Last ${n},p${n}@x.test,Company ${n % 97},`
		+ `"t${n % 5}, t${n % 3}",${n % 100 === 50 ? 'never' : '2026-01-31'}`).join('\n');

async function take(who) {
	const rs = await ask('POST', '/api/imports', { token: who.token, body: FILE,
		headers: { 'content-type': 'text/csv' } });
	assert.equal(rs.status, 201, rs.text);
	const plan = await ask('PATCH', `/api/imports/${rs.json.id}`, { token: who.token,
		body: { mode: 'both', match_by: 'email' } });
	assert.equal(plan.status, 200, plan.text);
	return rs.json.id;
}

const turn = async (who, id, word) => {
	const rs = await ask('POST', `/api/imports/${id}/${word}`, { token: who.token });
	assert.equal(rs.status, 200, rs.text);
};

const state = (id) => {
	try {
		return sql(`SELECT state, rows_read, undone, created, updated, failed, conflicts
			FROM crm.imports WHERE id = ${id}`)[0];
	} catch {
		return ['away']; /* PostgreSQL is recovering */
	}
};

async function settle(id) {
	await until(() => !['running', 'undoing', 'away'].includes(state(id)[0]), 60000 + ROWS * 10);
	return state(id);
}

const children = (pid) => execFileSync('ps', ['-o', 'pid=', '--ppid', pid], { encoding: 'utf8' })
	.split('\n').map(Number).filter(Boolean);

// Kills one of the processes abruptly.
async function kill(n) {
	if (n % 3 === 0) {
		const gone = new Promise((done) => jobs.on('exit', done));
		jobs.kill('SIGKILL');
		await gone;
		startJobs();
	} else if (n % 3 === 1) {
		const [pid] = sql(`SELECT pid FROM pg_stat_activity WHERE query LIKE '%import%'
			AND backend_type = 'client backend' AND pid <> pg_backend_pid()
			ORDER BY state LIMIT 1`)[0] ?? [];
		if (pid)
			process.kill(Number(pid), 'SIGKILL');
	} else {
		const [worker] = children(WORKERS);
		process.kill(worker, 'SIGKILL');
	}
}

// Kills processes at random points in the import or its undo.
async function storm(id) {
	const points = Array.from({ length: KILLS }, () => Math.random() * ROWS * 0.95).sort((x, y) => x - y);
	let killed = 0, now;
	const going = () => {
		now = state(id);
		return ['running', 'undoing', 'away'].includes(now[0]);
	};
	const at = () => Number(now[0] === 'undoing' ? now[2] : now[1] ?? -1);
	while (killed < KILLS && going()) {
		if (at() < points[killed]) {
			await sleep(50);
			continue;
		}
		await sleep(Math.random() * 500);
		try {
			await kill(killed++);
		} catch {
			/* no process to kill is running at the moment */
		}
	}
	return killed;
}

// Returns the content of the rows, without times and IDs.
const rows = (who) => sql(`SELECT count(*), md5(string_agg(r, E'\n' ORDER BY r)) FROM (
	SELECT concat_ws('|', c.first_name, c.last_name, c.email_jsonb, c.first_seen::date, o.name,
		(SELECT string_agg(t.name, ',' ORDER BY t.name) FROM crm.tags t
		  WHERE t.org_id = c.org_id AND t.id = ANY (c.tags))) AS r
	  FROM crm.contacts c LEFT JOIN crm.companies o ON o.org_id = c.org_id AND o.id = c.company_id
	 WHERE c.org_id = '${who.organization}'
	UNION ALL SELECT 'company ' || name FROM crm.companies WHERE org_id = '${who.organization}'
	UNION ALL SELECT 'tag ' || name FROM crm.tags WHERE org_id = '${who.organization}') x`)[0].join(' ');

const fingerprint = (who) => sql(['companies', 'contacts', 'tags', 'tasks', 'trash', 'external_ids']
	.map((name) => `SELECT '${name}', count(*), md5(coalesce(string_agg((to_jsonb(t) - 'updated_at')::text, '|'
		ORDER BY (to_jsonb(t) - 'updated_at')::text), '')) FROM crm.${name} t WHERE org_id = '${who.organization}'`)
	.join(' UNION ALL ')).join('\n');

test(`P02 ${KILLS} kills do not change what is imported, P05 nor what is undone`, async () => {
	const was = fingerprint(stormy);
	const [one, two] = [await take(calm), await take(stormy)];
	await turn(calm, one, 'start');
	const want = await settle(one);
	assert.deepEqual(want.slice(0, 2), ['done', String(ROWS)]);
	await turn(stormy, two, 'start');
	const kills = await storm(two);
	const got = await settle(two);
	assert.deepEqual(got, want);
	assert.equal(rows(stormy), rows(calm));
	await turn(stormy, two, 'undo');
	const more = await storm(two);
	const end = await settle(two);
	assert.deepEqual([end[0], end[6]], ['undone', '0']);
	assert.equal(fingerprint(stormy), was);
	console.log(`say ${ROWS} rows: killed ${kills} times during the import, ${more} during the undo`);
});

const fileOf = (id) => execFileSync('find', [UPLOAD_DIR, '-name',
	sql(`SELECT name FROM ops.import_file WHERE import_id = ${id}`)[0][0]], { encoding: 'utf8' }).trim();
const tries = (id) => Number(sql(`SELECT attempts FROM ops.job WHERE queue = 'imports' AND entry = ${id}`)[0]?.[0] ?? 0);

test('P02 an import that fails repeatedly is given up, and does not affect another import', async () => {
	const [lost, away] = [await take(calm), await take(calm)];
	const place = fileOf(away);
	for (const id of [lost, away])
		renameSync(fileOf(id), `${STACK}/${id}`);
	await turn(calm, lost, 'start');
	await until(() => {
		/* skip the growing delays between attempts */
		sql('UPDATE ops.job SET due_at = now() WHERE holder IS NULL; NOTIFY tenantry_imports');
		return state(lost)[0] === 'failed';
	}, 60000);
	await turn(calm, away, 'start');
	await until(() => tries(away) > 1, 30000);
	renameSync(`${STACK}/${away}`, place);
	assert.equal((await settle(away))[0], 'done');
	assert.equal(tries(away), 0);
});
