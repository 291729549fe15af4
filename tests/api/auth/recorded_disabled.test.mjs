// stack: TENANTRY_RATE_LIMIT=off TENANTRY_DELETE_USER=off TENANTRY_CREATE_ORGANIZATION=off TENANTRY_DELETE_ORGANIZATION=off BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP
// Replays the recordings with every optional feature switched off.
import { signUp } from '../lib/people.mjs';
import { replay } from '../lib/replay.mjs';

// The first user needs no invitation.
await signUp({ email: 'u@example.test', name: 'U' });

// Mail is always available: without a mail server, `tenantry mail` shows the emails.
const mailed = () => ({ s: 200, b: { status: true } });

replay('disabled', { differences: {
	633: () => ({ s: 200, b: { status: true, message: 'any' } }),
	634: mailed,
	636: mailed,
} });
