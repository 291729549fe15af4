// stack: SIGNUP=open TENANTRY_RATE_LIMIT=on SMTP_URL= BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP
// Replays the recordings of rate limits. limits.test.mjs tests the details.
import { beforeEach } from 'node:test';
import { sql, stay } from '../lib/database.mjs';
import { signUp } from '../lib/people.mjs';
import { replay } from '../lib/replay.mjs';

// The first user creates an organization, so another user signs up first.
await signUp();
sql('DELETE FROM identity.rate_limit');
beforeEach(stay);

const limited = { s: 429, b: { message: 'Too many requests. Please try again later.' } };

replay('limits', {
	// Headers cannot change the client address.
	differences: { 605: () => limited },
});
