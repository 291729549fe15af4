// stack: SIGNUP=open TENANTRY_RATE_LIMIT=on
// own stack: it counts the requests from an address.
// Rate limits count a request before any other check. A failed count is not the client's fault.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hold, waiting } from '../../lib/database.mjs';
import { PASSWORD, ask, person, sql, until } from '../../lib/api.mjs';

test('a count whose connection is lost is repeated', async () => {
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
