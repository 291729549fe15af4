// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_DELETE_USER=on BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP
// Replays the recordings of verification, changes and deletion by email.
import { createHmac } from 'node:crypto';
import { mailed } from '../lib/email.mjs';
import { signUp } from '../lib/people.mjs';
import { SECRET, exchanges, ours, replay } from '../lib/replay.mjs';

// The first user creates an organization, so another user signs up first.
await signUp();

const recorded = Object.fromEntries(exchanges('email').map((x) => [x.n, x]));
const theirs = (n) => recorded[n].req.q?.token ?? recorded[n].req.b?.token
	?? recorded[n].req.p.split('/').pop();
const take = (n, address, template) => [n, () =>
	ours.set(theirs(n), mailed(address, template))];

// The token for an unknown address was created an hour before the recording.
function ghost() {
	const now = Math.floor(Date.now() / 1000);
	const text = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify(
		{ email: 'ghost@example.test', iat: now, exp: now + 3600 })).toString('base64url')}`;
	ours.set(theirs(166),
		`${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`);
}

const clear = ['session_token', 'session_data', 'dont_remember'].map((name) =>
	[`better-auth.${name}`, '', 'Max-Age=0; Path=/; HttpOnly; SameSite=Lax']);

replay('email', {
	// A reset ends all sessions.
	differences: { 182: (res) => ({ ...res, ck: clear, b: null }) },
	before: Object.fromEntries([
		take(150, 'ada2@example.test', 'new-address'),
		take(156, 'y@example.test', 'verify-email'),
		[166, ghost],
		take(170, 'ada2@example.test', 'reset-password'),
		take(179, 'ada2@example.test', 'reset-password'),
	]),
});
