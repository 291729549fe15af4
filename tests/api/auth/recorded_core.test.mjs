// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP TENANTRY_TRUSTED_ORIGINS=http://app.example.test,https://*.trusted.test,myapp://
// Replays the recordings of users and sessions.
import { signUp } from '../lib/people.mjs';
import { replay } from '../lib/replay.mjs';

// The first user creates an organization, so another user signs up first.
await signUp();

// This server answers preflight requests, because other origins may send requests.
replay('core', { differences: { 12: (res) => ({ ...res, s: 204 }) } });
