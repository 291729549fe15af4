// stack: SIGNUP=open TENANTRY_RATE_LIMIT=on SMTP_URL= BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP
// Limits, as the reference was recorded; limits.test.mjs looks closer.
import { sql } from '../lib/database.mjs';
import { signUp } from '../lib/people.mjs';
import { replay } from '../lib/replay.mjs';

// Somebody has been here before: the first user would found an organization.
await signUp();
sql('DELETE FROM identity.rate_limit');

const limited = { s: 429, b: { message: 'Too many requests. Please try again later.' } };

replay('limits', {
	// Headers do not choose an address.
	differences: { 605: () => limited },
});
