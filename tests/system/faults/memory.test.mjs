// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=2 TENANTRY_QUEUE_MS=0
// own stack: it measures the workers.
// No worker's private memory grows continuously. It may grow once, by what the largest requests need, when a worker
// first gets such a request. The worker keeps this memory. The workers that hash passwords get few requests of the mix,
// so they get their first requests before the mix.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PASSWORD, ask, owner, workersStarted } from '../../lib/api.mjs';
import { children } from '../../lib/fcgi.mjs';
import { rowsOf } from '../../lib/rows.mjs';
import { mix } from './mix.mjs';

const REQUESTS = Number(process.env.MIX_REQUESTS ?? 100000);
const GROWTH = 32; /* KiB per fifth of the requests, which are a few bytes for each request */
const MOST = 8192; /* maximum total growth of a worker, in KiB */
const SIGN_INS = 100; /* number of sign-ins before the first measurement */

async function signIn({ email }) {
	for (let n = 0; n < SIGN_INS / 4; n++)
		assert.equal((await ask('POST', '/api/auth/sign-in/email',
			{ body: { email, password: PASSWORD } })).status, 200);
}

// Returns the private memory of each worker in KiB, by process ID.
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
	await Promise.all(Array.from({ length: 4 }, () => signIn(who)));
	const step = Math.floor(REQUESTS / 5), seen = [];
	for (let n = 0; n < REQUESTS; n += step) {
		await mix(who, rows, n, n + step);
		seen.push(privateMemory());
	}
	for (const pid of seen[0].keys())
		console.log(`say worker ${pid}: `
			+ `${seen.map((m) => m.get(pid)).join(', ')} KiB`);
	assert.equal(await workersStarted(), started, 'a worker died');
	for (const pid of seen[0].keys()) {
		const sizes = seen.map((m) => m.get(pid));
		const growth = sizes.slice(1).map((kib, n) => kib - sizes[n]);
		assert.ok(growth.slice(1).some((kib) => kib < GROWTH) && sizes.at(-1) - sizes[0] < MOST,
			`worker ${pid} grows: ${sizes.join(', ')} KiB`);
	}
});
