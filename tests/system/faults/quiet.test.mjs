// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=2 TENANTRY_QUEUE_MS=0
// own stack: it measures the workers.
// A shorter mix for workers under valgrind. memory.sh reads valgrind's output.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { owner, workersStarted } from '../../lib/api.mjs';
import { rowsOf } from '../../lib/rows.mjs';
import { mix } from './mix.mjs';

const REQUESTS = Number(process.env.QUIET_REQUESTS ?? 2100);

test(`${REQUESTS} requests are served under valgrind`, async () => {
	const who = await owner('Quiet');
	const rows = await rowsOf(who, 'quiet');
	const started = await workersStarted();
	await mix(who, rows, 0, REQUESTS, 4);
	assert.equal(await workersStarted(), started, 'a worker died');
});
