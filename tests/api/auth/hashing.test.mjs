// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_LOGIN_WORKERS=2 ASAN_OPTIONS=quarantine_size_mb=0
// long: it measures memory.
// At most TENANTRY_LOGIN_WORKERS passwords are hashed at a time, regardless of the number of sign-ins, so memory is
// bounded and other requests do not wait. The address sanitizer's quarantine is off because it would count as memory in
// use.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { send } from '../lib/http.mjs';
import { PASSWORD, signUp } from '../lib/people.mjs';
import { field, workers } from '../lib/workers.mjs';

const HASH = 32 << 10; // KiB that a hash uses while it is computed

// Returns the workers' peak total memory during the work, in KiB.
async function peak(work) {
	let highest = 0, done = false;
	const all = work.finally(() => (done = true));
	while (!done) {
		highest = Math.max(highest, workers().reduce((sum, pid) => {
			try {
				return sum + field(pid, 'VmRSS');
			} catch {
				return sum;
			}
		}, 0));
		await new Promise((r) => setTimeout(r, 10));
	}
	return [highest, await all];
}

// This test comes first, because the peak of a process (VmHWM) covers its whole life, and only root may reset it.
test('security 73: a password that is too long is refused before hashing', async () => {
	const email = `${randomUUID()}@example.com`; // an unknown address, for which a hash is computed as well
	// Returns the code of the response, and the increase of the highest peak in KiB.
	const signIn = async (password) => {
		const before = new Map(workers().map((pid) => [pid, field(pid, 'VmHWM')]));
		const rs = await send('POST', '/api/auth/sign-in/email', { body: { email, password } });
		return [rs.json.code,
			Math.max(...[...before].map(([pid, kib]) => field(pid, 'VmHWM') - kib))];
	};
	for (let i = 0; i < 9; i++) {
		const [code, kib] = await signIn('x'.repeat(129 + i * 100000));
		assert.equal(code, 'PASSWORD_TOO_LONG');
		assert.ok(kib < HASH / 2, `${kib} KiB`);
	}
	const [code, kib] = await signIn('wrong one');
	assert.equal(code, 'INVALID_EMAIL_OR_PASSWORD');
	assert.ok(kib > HASH / 2, `${kib} KiB`);
});

test('memory does not grow during fifty concurrent sign-ins', async () => {
	const { email } = await signUp();
	const before = new Set(workers());
	const rest = await peak(new Promise((r) => setTimeout(r, 200))).then(([kib]) => kib);
	const peaks = [];
	for (let round = 0; round < 4; round++) {
		const [kib, answers] = await peak(Promise.all(Array.from({ length: 50 }, () =>
			send('POST', '/api/auth/sign-in/email', { body: { email, password: PASSWORD } }))));
		// On a busy machine, requests that would wait too long get 503
		// and Retry-After.
		for (const rs of answers)
			assert.ok(rs.status === 200 || rs.status === 503 && rs.headers['retry-after'], rs.text);
		assert.ok(answers.filter((rs) => rs.status === 200).length > 0);
		peaks.push(kib);
	}
	console.log(`say memory at rest ${rest >> 10} MiB, during fifty sign-ins ${peaks.map((k) => k >> 10).join(', ')} MiB`);
	// The limit is two hashes at a time, plus a small margin.
	assert.ok(Math.max(...peaks) - rest < 2 * HASH + (24 << 10), `${rest} then ${peaks} KiB`);
	assert.ok(peaks[3] - peaks[0] < 8 << 10, `memory grows: ${peaks} KiB`);
	assert.deepEqual(new Set(workers()), before);
});
