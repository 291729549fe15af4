// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_DELETE_USER=on BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP
// Replays the recordings of session refresh, aging and expiry.
import { sql } from '../lib/database.mjs';
import { signUp } from '../lib/people.mjs';
import { replay } from '../lib/replay.mjs';

// The first user creates an organization, so another user signs up first.
await signUp();

// Sets the session's age, because the reference renews a session with every request, but this server only once a day.
const age = (days) => () => sql(`UPDATE identity.session SET
	expires_at = expires_at - $1::interval, created_at = created_at - $1::interval
	WHERE user_id = (SELECT id FROM identity."user" WHERE email = 'r@example.test')`, `${days} days`);

// Returns the expected response without cookies, because a refused request extends no session.
const kept = ({ h, ck, ...res }) => res;
const first = (res) => ({ ...res, ck: res.ck.slice(0, 1) });

replay('refresh', {
	differences: {
		622: first,
		623: kept, 624: kept, 625: kept, 626: kept,
		// This server does not defer a refresh.
		630: ({ b: { needsRefresh, ...b }, ...res }) => ({ ...res, b }),
		631: () => ({ s: 405, b: { code: 'METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED',
			message: 'POST method requires deferSessionRefresh to be enabled in session config' } }),
	},
	before: { 620: age(2), 621: age(2), 623: age(2), 627: age(30) },
});
