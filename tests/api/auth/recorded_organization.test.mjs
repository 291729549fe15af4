// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP TENANTRY_TRUSTED_ORIGINS=http://app.example.test,https://*.trusted.test,myapp://
// Replays the recordings of organizations.
import { sql } from '../lib/database.mjs';
import { signUp } from '../lib/people.mjs';
import { replay, renewed } from '../lib/replay.mjs';

// The first user creates an organization, so another user signs up first.
await signUp();

const whole = (res) =>
	({ ...res, b: { ...res.b, invitations: [], members: 'any' } });
const link = (res) => ({ ...res, b: { ...res.b, url: 'http://a.link' } });

replay('organization', { differences: {
	324: renewed, 327: renewed,
	297: whole, 298: whole, 302: whole,
	303: link, 305: link, 306: link, 308: link, 334: link, 338: link, 344: link,
}, before: {
	321: () => sql('UPDATE identity."user" SET email_verified = true'
		+ " WHERE email = 'mem@org.test'"),
	345: () => sql("UPDATE identity.organization_invitation SET expires_at = now()"
		+ " WHERE email = 'outs@org.test'"),
} });
