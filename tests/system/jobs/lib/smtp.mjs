// An SMTP server that tests kill. It writes each email to a file before it accepts the email. The recipient, up to the
// first hyphen, selects its behavior:
//
//	refused-	550 to RCPT TO
//	greylist-	451 to the first two RCPT TO
//	deaf-		no response to RCPT TO
//	spam-		554 to the message
//	busy-		451 to the first message
//	cut-		closes the connection during the first message
//	mute-		receives the message and never replies
//	shut-		receives the first message and closes the connection
//
// Other recipients are accepted, after up to DELAY ms at each step.
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { SMTPServer } from 'smtp-server';

const [folder] = process.argv.slice(2);
const { PORT, SECURE, USER, PASS, NO_TLS, DELAY = '0' } = process.env;
const seen = new Map();
let n = 0;

function refusal(code, text) {
	return Object.assign(new Error(text), { responseCode: code });
}

// Returns the number of earlier calls with the same argument.
function timesSeen(what) {
	const times = seen.get(what) ?? 0;
	seen.set(what, times + 1);
	return times;
}

const pause = () => new Promise((done) =>
	setTimeout(done, Math.random() * Number(DELAY)));

const treat = (address) => address.split('-')[0];

const server = new SMTPServer({
	secure: SECURE === '1',
	key: readFileSync(`${folder}/key.pem`),
	cert: readFileSync(`${folder}/cert.pem`),
	hideSTARTTLS: NO_TLS === '1',
	disabledCommands: NO_TLS === '1' ? ['STARTTLS'] : [],
	authOptional: !USER,
	allowInsecureAuth: true,
	disableReverseLookup: true,
	closeTimeout: 100,
	onAuth(auth, session, done) {
		appendFileSync(`${folder}/auth`, `${session.secure} ${auth.method}\n`);
		if (auth.username === USER && auth.password === PASS)
			done(null, { user: USER });
		else
			done(refusal(535, 'no such user or password'));
	},
	async onRcptTo({ address }, session, done) {
		await pause();
		if (treat(address) === 'refused')
			done(refusal(550, '5.1.1 nobody of that name\u00e9 here'));
		else if (treat(address) === 'greylist' && timesSeen(address) < 2)
			done(refusal(451, '4.7.1 come back later'));
		else if (treat(address) !== 'deaf')
			done();
	},
	onData(stream, session, done) {
		const to = session.envelope.rcptTo[0].address;
		const parts = [];
		if (treat(to) === 'cut' && !timesSeen(to)) {
			server.connections.forEach((c) => c.session === session
				&& c._socket.destroy());
			return;
		}
		stream.on('data', (part) => parts.push(part));
		stream.on('end', async () => {
			await pause();
			if (treat(to) === 'spam')
				return done(refusal(554, '5.7.1 not this'));
			if (treat(to) === 'busy' && !timesSeen(to))
				return done(refusal(451, '4.3.0 try again'));
			accept(to, Buffer.concat(parts), session);
			await pause();
			if (treat(to) === 'shut' && !timesSeen(`shut ${to}`))
				server.connections.forEach((c) => c.session === session
					&& c._socket.destroy());
			else if (treat(to) !== 'mute')
				done();
		});
	},
});

// Stores an email. The file is renamed when it is complete, so that a killed server leaves no partial email.
function accept(to, data, session) {
	const name = `${folder}/${process.pid}.${++n}`;
	writeFileSync(`${name}.tmp`, JSON.stringify({ to,
		from: session.envelope.mailFrom.address, secure: session.secure,
		hello: session.hostNameAppearsAs, user: session.user ?? null,
		raw: data.toString('latin1') }));
	renameSync(`${name}.tmp`, `${name}.mail`);
}

server.on('error', () => {});
server.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
