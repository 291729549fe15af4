// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP TENANTRY_TRUSTED_ORIGINS=http://app.example.test
// Replays the recordings of the second factor.
import { sql } from '../lib/database.mjs';
import { Jar } from '../lib/http.mjs';
import { signUp } from '../lib/people.mjs';
import { exchanges, jars, ours, replay } from '../lib/replay.mjs';
import { early, totp } from '../../lib/totp.mjs';

const enabled = 470, trusted = 509, locked = 516;

// The first user creates an organization, so another user signs up first.
await signUp();

const recorded = exchanges('two_factor');
const before = {};

// Computes codes from this server's secret. The reference accepts a code repeatedly, but this server only once, so the
// last used step is reset.
const theirs = recorded.find((x) => x.n === enabled).res.b.totpURI;
for (const { n, totp: later } of recorded)
	if (later !== undefined)
		before[n] = async (exchange) => {
			await early();
			exchange.req.b.code = totp(ours.get(theirs), later);
			sql('UPDATE identity.two_factor SET last_step = 0');
		};

function copy(from, to) {
	const jar = new Jar();
	jar.cookies = new Map(jars.get(from).cookies);
	jars.set(to, jar);
}

// Copies the cookies before they are used.
const challenged = before[485];
before[485] = async (exchange) => {
	copy('tot', 'replay');
	await challenged(exchange);
};
before[trusted] = () => copy('trusted', 'copy');

// The recording had nine failures before this exchange.
before[locked] = () => sql('UPDATE identity.two_factor SET failures = 9');

replay('two_factor', { before });
