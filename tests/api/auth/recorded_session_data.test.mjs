// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_SESSION_DATA=on BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP
// Replays the recordings of the session_data cookie.
import { sql } from '../lib/database.mjs';
import { signUp } from '../lib/people.mjs';
import { jars, replay } from '../lib/replay.mjs';

// The first user creates an organization, so another user signs up first.
await signUp();
const vera = await signUp({ email: 'vera@example.test', name: 'Vera' });
sql('UPDATE identity."user" SET email_verified = true WHERE id = $1', vera.id);
await vera.browser.get('/api/auth/get-session');
jars.set('vera', vera.browser.jar);

// Each cookie is cleared once.
const once = (res) => ({ ...res, ck: res.ck.filter(([name], i) =>
	res.ck.findIndex(([other]) => other === name) === i) });

replay('session_data', {
	differences: {
		// This server checks the database, so a revoked session ends immediately.
		570: (res) => ({ ...res, b: null, ck: ['session_token', 'session_data', 'dont_remember']
			.map((name) => [`better-auth.${name}`, '', 'Max-Age=0; Path=/; HttpOnly; SameSite=Lax']) }),
		571: once,
	},
	before: {
		// Restores the cookies of the session for the next exchange.
		570: () => jars.set('kept', new Map(jars.get('second').cookies)),
		571: () => (jars.get('second').cookies = jars.get('kept')),
		572: () => jars.get('vera').cookies.set('better-auth.session_data', 'corrupt'),
	},
});
