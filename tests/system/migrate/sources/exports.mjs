// exports.mjs KIND - prints 200 users as Keycloak, Auth0 or Firebase exports them, or as CSV. 30 users have faults.
import { createHash } from 'node:crypto';

const md5 = (text) => createHash('md5').update(text).digest('hex');
const uuid = (n) => md5(`account ${n}`).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const hash = '$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS';
const start = Date.UTC(2025, 0, 1);
const users = Array.from({ length: 170 }, (_, n) => ({
	n, id: uuid(n), email: `person${n}@source.test`, first: 'Person', last: `N${n}`, verified: n % 10 > 0, enabled: n !== 169, at: start + n * 3600000,
	password: n % 3 > 0, provider: n % 3 === 0, otp: n % 13 === 1 }));
const faults = [{ email: 'Capital.Letters@Source.Test' }, { email: 'PERSON3@source.test', verified: false }, { email: 'no address' }, { email: '' }, { email: null },
	{ email: undefined }, { first: 'n'.repeat(600), email: 'long.name@source.test' }, { first: '', last: '' }, { first: null, last: null }, { first: 5, last: ['a'] },
	{ first: { a: 1 } }, { last: undefined }, { first: '   ' }, { first: 'Ünïcödé 🙂 \u202e' }, { first: 'O\'Hara "\\"', last: ',;\n' }, { verified: null },
	{ verified: 'yes' }, { enabled: false }, { enabled: null }, { at: undefined }, { at: null }, { at: 0 }, { at: start + 0.5 }, { password: true, broken: true },
	{ provider: true, subject: '' }, { provider: true, subject: `subject ${uuid(3)}` }, { otp: true, odd: true }, { password: undefined }, { id: 'not-a-uuid' },
	{ email: 'ünïcode@source.test' }];
faults.forEach((fault, i) => users.push({ n: 1000 + i, id: uuid(1000 + i), email: `fault${i}@source.test`, first: 'Fault', last: `N${i}`, verified: true, enabled: true,
	at: start, ...fault }));
const subject = (u) => u.subject ?? `subject ${u.id}`;
const date = (at) => (at === undefined || at === null ? at : new Date(at).toISOString());

const kinds = {
	keycloak: () => JSON.stringify({ realm: 'source', users: users.map((u) => ({
		id: u.id, createdTimestamp: u.at, username: `user${u.n}`, enabled: u.enabled, totp: u.otp, emailVerified: u.verified, firstName: u.first, lastName: u.last,
		email: u.email, disableableCredentialTypes: [], requiredActions: [], realmRoles: ['default-roles-source'], notBefore: 0, groups: [],
		credentials: [...(u.password ? [{ id: uuid(`p${u.n}`), type: 'password', createdDate: start,
			secretData: JSON.stringify({ value: 'aGFzaA==', salt: 'c2FsdA==', additionalParameters: {} }),
			credentialData: JSON.stringify({ hashIterations: 27500, algorithm: 'pbkdf2-sha256', additionalParameters: {} }) }] : []),
		...(u.otp ? [{ id: uuid(`o${u.n}`), type: 'otp', userLabel: 'telephone', createdDate: start, secretData: JSON.stringify({ value: `secret-of-user-${u.n}` }),
			credentialData: JSON.stringify({ subType: 'totp', digits: u.odd ? 8 : 6, counter: 0, period: 30, algorithm: 'HmacSHA1' }) }] : [])],
		...(u.provider ? { federatedIdentities: [{ identityProvider: 'google', userId: subject(u), userName: u.email }] } : {}) })) }),
	auth0: () => users.map((u) => JSON.stringify({
		user_id: `auth0|${u.id}`, email: u.email, email_verified: u.verified, given_name: u.first, family_name: u.last, created_at: date(u.at), updated_at: date(u.at),
		blocked: u.enabled === false, last_login: date(u.at), ...(u.password ? { passwordHash: u.broken ? 'broken' : hash } : {}),
		identities: [{ provider: 'auth0', user_id: u.id, connection: 'Username-Password-Authentication', isSocial: false },
			...(u.provider ? [{ provider: 'google-oauth2', user_id: subject(u), connection: 'google-oauth2', isSocial: true }] : [])],
		...(u.odd ? { multifactor: ['guardian'] } : {}) })).join('\n') + '\n',
	firebase: () => JSON.stringify({ users: users.map((u) => ({
		localId: md5(u.id).slice(0, 28), email: u.email, emailVerified: u.verified, displayName: u.last === undefined ? undefined : `${u.first} ${u.last}`,
		createdAt: u.at === undefined || u.at === null ? u.at : String(u.at), lastSignedInAt: String(start), disabled: u.enabled === false,
		...(u.password ? { passwordHash: 'aGFzaA==', salt: 'c2FsdA==' } : {}),
		providerUserInfo: u.provider ? [{ providerId: 'google.com', rawId: subject(u), email: u.email, displayName: String(u.first) }] : [],
		...(u.odd ? { mfaInfo: [{ mfaEnrollmentId: 'x', phoneInfo: '+33600000000' }] } : {}) })) }),
	csv: () => [['id', 'email', 'name', 'email_verified', 'password_hash', 'disabled', 'created_at', 'Customer no.'],
		...users.map((u) => [u.id, u.email ?? (u.n % 2 ? '' : `${u.n}`), u.last === undefined ? '' : `${u.first} ${u.last}`, u.verified ? 'yes' : 'no',
			u.n < 1000 || u.password ? (u.broken ? 'broken' : hash) : '', u.enabled === false ? '1' : '', date(u.at) ?? '', `C-${u.n}`])]
		.map((row) => row.map((cell) => `"${String(cell).replaceAll('"', '""')}"`).join(',')).join('\r\n') + '\r\n',
};
process.stdout.write(kinds[process.argv[2]]());
