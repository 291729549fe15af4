// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP
// Replays the recordings of passkeys.
import { Authenticator, BE, BS, UP, UV } from '../lib/authenticator.mjs';
import { signUp } from '../lib/people.mjs';
import { answers, jars, replay } from '../lib/replay.mjs';

// The first user creates an organization, so another user signs up first.
const other = await signUp();
jars.set('other', other.browser.jar);

// The challenges differ from the recording, so our authenticators create the responses from the options of the
// previous exchange, as the recorded ones did.
const keys = Array.from({ length: 3 }, () => new Authenticator(
	{ flags: UP | UV | BE | BS, transports: ['internal', 'hybrid'] }));
const stranger = new Authenticator();
const before = {};

function makes(n, key) {
	before[n] = ({ req }) => {
		req.b.response = key.create(answers.get(n - 1));
	};
}

function uses(n, key, wrong) {
	before[n] = ({ req }) => {
		req.b.response = key.get(answers.get(n - 1), wrong);
	};
}

makes(525, keys[0]);
makes(527, keys[1]);
makes(529, keys[2]);
uses(538, keys[2]);
uses(545, stranger, { id: 'AAAA' });
uses(547, keys[2], { origin: 'https://evil.test' });
uses(549, keys[2], { counter: 0 });
uses(551, keys[2], { signer: stranger });
uses(553, keys[2]);

// This exchange uses the challenge of one browser in the session of another browser.
const foreign = 556, name = 'better-auth.better-auth-passkey';
makes(foreign, stranger);
const made = before[foreign];
before[foreign] = (exchange) => {
	made(exchange);
	jars.get('other').cookies.set(name, jars.get('pas').cookies.get(name));
};

replay('passkey', { before });
