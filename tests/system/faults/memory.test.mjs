// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=2 TENANTRY_QUEUE_MS=0
// After a warm-up of two fifths of the requests, no worker's private memory
// grows beyond the largest: one keeps the buffers of a large request for some
// requests, and that can be the last one looked at.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { owner, workersStarted } from '../../lib/api.mjs';
import { children } from '../../lib/fcgi.mjs';
import { rowsOf } from '../../lib/rows.mjs';
import { mix } from './mix.mjs';

const REQUESTS = Number(process.env.MIX_REQUESTS ?? 100000);
const GROWTH = 512; /* KiB that the allocator may still take */

// Private memory of each worker in KiB, by pid.
function privateMemory() {
	return new Map(children(Number(process.env.WORKERS)).map((pid) => [pid,
		[...readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
			.matchAll(/^Private_\w+:\s+(\d+)/gm)]
			.reduce((sum, [, kib]) => sum + Number(kib), 0)]));
}

test(`private memory does not grow over ${REQUESTS} requests`, async () => {
	const who = await owner('Memory');
	const rows = await rowsOf(who, 'memory');
	const started = await workersStarted();
	const step = Math.floor(REQUESTS / 5), seen = [];
	for (let n = 0; n < REQUESTS; n += step) {
		await mix(who, rows, n, n + step);
		seen.push(privateMemory());
	}
	for (const pid of seen[0].keys())
		console.log(`say worker ${pid}: `
			+ `${seen.map((m) => m.get(pid)).join(', ')} KiB`);
	assert.equal(await workersStarted(), started, 'a worker died');
	const warm = Math.max(...seen[0].values(), ...seen[1].values());
	for (const [pid, kib] of seen.at(-1))
		assert.ok(kib <= warm + GROWTH, `worker ${pid} grew from ${warm} to ${kib} KiB`);
});
