// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_REQUIRE_VERIFICATION=on TENANTRY_DELETE_USER=mail BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP
// Replays the recordings with verification and confirmed deletion required.
import { mailed } from '../lib/email.mjs';
import { PASSWORD, address } from '../lib/people.mjs';
import { send } from '../lib/http.mjs';
import { exchanges, ours, replay } from '../lib/replay.mjs';

// The first user creates an organization, so another user signs up first.
await send('POST', '/api/auth/sign-up/email',
	{ body: { email: address(), name: 'First', password: PASSWORD } });

const recorded = Object.fromEntries(exchanges('email_required').map((x) => [x.n, x]));
const take = (n, email, template) => [n, () => ours.set(
	recorded[n].req.q?.token ?? recorded[n].req.b.token, mailed(email, template))];

// This server sets no session_data cookie, and clears no cookie twice.
const differences = Object.fromEntries(Object.values(recorded).map(({ n, res }) => [n,
	() => ({ ...res, ck: res.ck?.filter(([name, value], i, all) =>
		!name.endsWith('session_data') || value === '' && all[i - 1]?.[0] !== name) })]));
// Returns the expected response. This server sets a cookie in a browser that sent the password, so that a link opened
// in this browser keeps the password.
const keeps = (res) =>
	({ ...res, ck: [['better-auth.signed_up', 'x', 'Max-Age=86400; Path=/; HttpOnly; SameSite=Lax']] });
for (const n of [560, 562, 583])
	differences[n] = keeps;
// A taken address gets the same response as a new one.
differences[561] = (res) =>
	({ ...keeps(res), b: { ...res.b, user: { ...res.b.user, role: 'user' } } });

replay('email_required', {
	differences,
	before: Object.fromEntries([
		take(564, 'vera@example.test', 'verify-email'),
		take(576, 'vera@example.test', 'change-email'),
		take(577, 'vera.new@example.test', 'new-address'),
		take(580, 'vera.new@example.test', 'delete-account'),
		take(584, 'w@example.test', 'verify-email'),
		take(586, 'w@example.test', 'reset-password'),
	]),
});
