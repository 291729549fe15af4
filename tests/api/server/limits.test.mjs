// stack: SIGNUP=open TENANTRY_RATE_LIMIT=on
// Whatever is limited is counted before all else, and a count that gets lost
// is none of the caller's faults.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hold, waiting } from '../../lib/database.mjs';
import { PASSWORD, ask, person, sql, until } from '../../lib/api.mjs';

test('a count that is lost on its way is made again', async () => {
	const { email } = await person();
	const lock = await hold('LOCK TABLE identity.rate_limit IN EXCLUSIVE MODE');
	const answer = ask('POST', '/api/auth/sign-in/email',
		{ body: { email, password: PASSWORD } });
	await until(() => waiting() > 0);
	sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE wait_event_type = 'Lock' AND datname = current_database()`);
	await lock.release();
	const rs = await answer;
	assert.equal(rs.status, 200, rs.text);
});
