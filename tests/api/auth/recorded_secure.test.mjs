// stack: BETTER_AUTH_URL=https://auth.example.test TENANTRY_COOKIE_DOMAIN=example.test TENANTRY_RP_ID=example.test TENANTRY_SESSION_DATA=on SIGNUP=open TENANTRY_RATE_LIMIT=off GOOGLE_CLIENT_ID=g GOOGLE_CLIENT_SECRET=g BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP
// A28: replays the recordings behind https, with cookies for a whole domain.
import { sql } from '../lib/database.mjs';
import { Browser } from '../lib/http.mjs';
import { PASSWORD } from '../lib/people.mjs';
import { answers, jars, replay } from '../lib/replay.mjs';
import { totp } from '../../lib/totp.mjs';

// The first user creates an organization, so another user signs up first.
await new Browser({ origin: 'https://auth.example.test' }).post('/api/auth/sign-up/email',
	{ name: 'First', email: 'first@example.test', password: PASSWORD });

// Replaces the code of an exchange, because the recording used the same code twice.
function code(exchange) {
	sql('UPDATE identity.two_factor SET last_step = 0');
	exchange.req.b.code = totp(answers.get(593).totpURI);
}

const once = (res) => ({ ...res, ck: res.ck.filter(([name], i) =>
	res.ck.findIndex(([other]) => other === name) === i) });

replay('secure', {
	differences: {
		// This server sends Google a nonce, as it does to every issuer.
		591: (res) => ({ ...res, h: { ...res.h, location: res.h.location
			.replace('&code_challenge', '&nonce=-&code_challenge') } }),
		592: (res) => ({ ...res, b: { ...res.b, rp: { name: 'Tenantry', id: 'example.test' } } }),
		// This server sends session_data again after every change.
		593: (res) => ({ ...res, ck: [['__Secure-better-auth.session_data', 'x',
			'Max-Age=300; Domain=example.test; Path=/; HttpOnly; Secure; SameSite=Lax']] }),
		595: once,
		// The cookie is set with its session, and cleared with trust_device.
		597: (res) => {
			const [token, data, challenge, trust, forgotten] = res.ck;
			return { ...res, ck: [token, [forgotten[0], 'true', token[2]], challenge,
				trust, forgotten, data] };
		},
	},
	before: {
		590: (exchange) => {
			const value = jars.get('sec').cookies.get('__Secure-better-auth.session_token');
			exchange.req.h = { cookie: `better-auth.session_token=${value}` };
		},
		594: code,
		597: code,
	},
});
