// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=4 TENANTRY_QUEUE_MS=1000
// tenantry doctor reports requests that wait for, or were refused because of, their organization's fair share.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { ask, metrics, owner, sql, until } from '../../lib/api.mjs';
import { hold } from '../../lib/database.mjs';

const doctor = () => spawnSync(`${process.env.BUILD}/tenantry`, ['doctor'], { encoding: 'utf8',
	env: { ...process.env, TENANTRY_SOCKET: `${process.env.STACK}/api.sock` } }).stdout
	.split('\n').filter((line) => /fair shares +api:/.test(line)).join();

test('doctor shows waiting requests, and warns of refused requests', async () => {
	const busy = await owner('Busy');
	const { json: row } = await ask('POST', '/api/contacts',
		{ token: busy.token, body: { first_name: 'A', last_name: 'B' } });
	const lock = await hold(`SELECT FROM crm.contacts WHERE id = ${row.id} FOR UPDATE`);
	let all;
	try {
		assert.match(doctor(), /^ok .*api: 1 of 4 workers .* wait: 0, refused: 0$/);
		all = Array.from({ length: 12 }, () => ask('PATCH', `/api/contacts/${row.id}`,
			{ token: busy.token, body: { title: 'x' } }));
		await until(async () =>
			(await metrics())['tenantry_organization_refused_total{pool="api"}'] > 0);
		assert.match(doctor(),
			/^warn .* refused: [1-9]\d*, the last one \d+ s ago; .* raise TENANTRY_WORKERS$/);
	} finally {
		await lock.release();
	}
	assert.ok((await Promise.all(all)).some(({ status }) => status === 503));
});

test('a server whose files an upgrade has replaced returns 503, and doctor says why', async () => {
	const who = await owner('Upgraded');
	const me = () => ask('GET', '/api/me', { token: who.token });
	const library = (name) => sql(`UPDATE pg_proc SET probin = '${name}' WHERE proname LIKE 'plpgsql\\_%' AND probin IS NOT NULL`);
	// As after a system update, the next session cannot find the previous session's library.
	library('$libdir/replaced');
	try {
		sql('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()');
		await until(async () => (await me()).status === 503);
		for (let n = 0; n < 20; n++)
			assert.equal((await me()).status, 503);
		const out = spawnSync(`${process.env.BUILD}/tenantry`, ['doctor'], { encoding: 'utf8' });
		assert.equal(out.status, 1);
		assert.match(out.stdout, /^FAIL +server +new sessions fail: .*replaced.*; if an upgrade has replaced its files, restart the server$/m);
	} finally {
		library('$libdir/plpgsql');
	}
	await until(async () => (await me()).status === 200);
});

test('doctor says for each missing extension what is used instead', () => {
	const out = spawnSync(`${process.env.BUILD}/tenantry`, ['doctor'], { encoding: 'utf8' }).stdout;
	for (const [name, instead] of [['uuid-ossp', 'gen_random_uuid'], ['pgcrypto', 'sha256'], ['pg_stat_statements', 'statements']])
		assert.match(out, new RegExp(`^ok +${name} .*${instead}`, 'm'));
});
