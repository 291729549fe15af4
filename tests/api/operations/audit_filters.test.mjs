// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: it fills a log, and waits for the server's statistics.
// own stack: it counts the rows that are read from a log that it fills.
// The audit log of an organization with many entries: no filter reads all of them, and the total is counted up to
// a limit.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ask, owner, query } from '../../lib/api.mjs';
import { sql, sqlFor } from '../lib/database.mjs';

const ENTRIES = 250_000;
// The maximum number of rows read: the first 10,001 entries for the page and for the count, and the index entries in
// between.
const MOST = 60_000;
let boss, org;

before(async () => {
	boss = await owner('Log');
	org = boss.organization;
	sqlFor(org, `SET session_replication_role = replica;
		INSERT INTO ops.audit_log (org_id, id, at, user_id, table_name, row_id, action, new)
		SELECT $1, crm.id_since(now() - (${ENTRIES} - i) * interval '20 ms') + i % 4000, now() - (${ENTRIES} - i) * interval '20 ms',
			CASE WHEN i % 1000 = 0 THEN 'other' ELSE '${boss.user?.id ?? boss.me.user_id}' END, (ARRAY['contacts', 'deals', 'tasks'])[1 + i % 3], (i / 7)::text,
			CASE WHEN i % 2 = 0 THEN 'insert' ELSE 'update' END, '{"name": "x"}' FROM generate_series(1, ${ENTRIES}) i;
		INSERT INTO ops.audit_log (org_id, id, at, user_id, table_name, row_id, action, new)
		SELECT $1, crm.id_since(now() - interval '1 day') + i, now() - interval '1 day', 'rare', 'webhooks', '5', 'delete', '{}' FROM generate_series(1, 3) i;`
		.replaceAll('$1', `'${org}'`));
	sql('ANALYZE ops.audit_log');
});

const read = () => Number(sql(`SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relid = 'ops.audit_log'::regclass`)[0][0]);

// Waits until the server processes have reported their reads, which they do a second after their last report.
async function settled() {
	for (let last = -1, now = read(); ; last = now, now = read()) {
		if (last === now)
			return now;
		await pause(1500);
		await ask('GET', '/api/me', { token: boss.token });
	}
}

const FILTERS = [{}, { resource: 'webhooks' }, { resource: 'contacts' }, { resource: 'nothing' }, { action: 'delete' }, { action: 'update' },
	{ action: ['insert', 'delete'] }, { user_id: 'rare' }, { user_id: 'nobody' }, { sales_id: 1 }, { row_id: '5' }, { row_id: '5', resource: 'webhooks' },
	{ api_key_id: 'x' }, { impersonator: 'x' }, { request_id: 'x' }, { request_id: ['x', 'y'] }, { 'at@gte': '2026-01-01' }, { 'at@lt': '2026-01-01' }, { 'id@gte': 5 }, { 'id@lt': 5 }, { resource: 'webhooks', action: 'delete' }];

for (const filter of FILTERS)
	test(`the filter ${JSON.stringify(filter)} reads only a part of the log`, async () => {
		const first = await settled();
		const rs = await ask('GET', `/api/audit_log${query({ filter, range: [0, 24] })}`, { token: boss.token });
		assert.equal(rs.status, 200, rs.text);
		const total = Number(rs.headers['content-range'].split('/')[1]);
		assert.ok(total <= 10_001, rs.headers['content-range']);
		const rows = await settled() - first;
		assert.ok(rows < MOST, `${rows} rows are read`);
	});
