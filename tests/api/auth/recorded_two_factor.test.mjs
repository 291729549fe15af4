// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP TENANTRY_TRUSTED_ORIGINS=http://app.example.test
// The second factor, as the reference was recorded.
import { sql } from '../lib/database.mjs';
import { Jar } from '../lib/http.mjs';
import { signUp } from '../lib/people.mjs';
import { exchanges, jars, ours, replay } from '../lib/replay.mjs';
import { early, totp } from '../lib/totp.mjs';

const enabled = 470, trusted = 509, locked = 516;

// Somebody has been here before: the first user would found an organization.
await signUp();

const recorded = exchanges('two_factor');
const before = {};

// A code is told by an authenticator that has this server's secret.  There a
// code is taken again and again, here once: so it is forgotten.
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

// Cookies that were kept from before they were spent.
const challenged = before[485];
before[485] = async (exchange) => {
	copy('tot', 'replay');
	await challenged(exchange);
};
before[trusted] = () => copy('trusted', 'copy');

// Nine failures had gone before this one.
before[locked] = () => sql('UPDATE identity.two_factor SET failures = 9');

replay('two_factor', { before });
