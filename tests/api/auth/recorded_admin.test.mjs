// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP
// own stack: it lists all users.
// Replays the recordings of the admin plugin.
import { sql } from '../lib/database.mjs';
import { signUp } from '../lib/people.mjs';
import { replay } from '../lib/replay.mjs';

// The first user creates an organization, so another user signs up first.
await signUp();

// Only the command line can create operators, so this server refuses the request.
const unmade = () => ({ s: 403, b: {
	message: 'You are not allowed to change users role',
	code: 'YOU_ARE_NOT_ALLOWED_TO_CHANGE_USERS_ROLE' } });
const promote = (email) => () =>
	sql(`UPDATE identity."user" SET role = 'admin' WHERE email = $1`, email);
// Returns the expected response. Unlike this server, the reference still shows the ban that it has just lifted.
const unbanned = (res) => ({ ...res, b: { ...res.b, user: { ...res.b.user,
	banned: false, banReason: null, banExpires: null } } });

// This server requires a reason for an impersonation.
const why = ({ req }) => {
	req.b.reason = 'asked for help';
};

replay('admin', {
	differences: { 409: unmade, 413: unmade, 414: unmade, 432: unbanned },
	before: {
		388: why, 436: why, 437: why, 445: why,
		397: promote('boss@adm.test'),
		403: () => sql(`UPDATE identity."user" SET email_verified = true
			WHERE email = 'vic@adm.test'`),
		419: promote('new@adm.test'),
		432: () => sql(`UPDATE identity."user" SET ban_expires = now()
			- interval '1 minute' WHERE email = 'vic@adm.test'`),
	},
});
