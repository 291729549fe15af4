// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP TENANTRY_TRUSTED_ORIGINS=http://app.example.test,https://*.trusted.test,myapp://
// Users and sessions, as the reference was recorded.
import { signUp } from '../lib/people.mjs';
import { replay } from '../lib/replay.mjs';

// Somebody has been here before: the first user would found an organization.
await signUp();

// A preflight is answered here: other origins may call.
replay('core', { differences: { 12: (res) => ({ ...res, s: 204 }) } });
