// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_WEBHOOKS=on
// own stack: it runs tenantry-jobs with its own settings.
// long: it starts an SSH server; factory/integrations tests what happens to the rows of other systems.
// Integrations with CSV files on SFTP servers: OpenSSH with keys, and rclone with a password.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { after, before, test } from 'node:test';
import { good, list } from '../lib/answers.mjs';
import { freePort, kill, plant, run as start, runners, startRunner, startServer, stopRunners } from '../lib/integrations.mjs';
import { until } from '../lib/files.mjs';
import { owner } from '../lib/people.mjs';

const folder = mkdtempSync('/tmp/tenantry-sftp.'), user = userInfo().username;
const ports = {}, servers = [], settings = {}, keys = {};
let boss, integration, run, reason;

const fingerprint = (name) => start('ssh-keygen', '-l', '-f', `${folder}/${name}.pub`).split(' ')[1];

before(async () => {
	boss = await owner('sftp');
	await good(boss.browser.put('/api/modules/factory', { enabled: true }));
	({ integration, run, reason } = plant(boss));
	for (const [name, ...more] of [['host', '-N', ''], ['key', '-N', ''], ['locked', '-N', 'open sesame'], ['ecdsa', '-t', 'ecdsa', '-m', 'PEM', '-N', ''], ['other', '-N', '']]) {
		start('ssh-keygen', '-q', '-t', 'ed25519', '-f', `${folder}/${name}`, ...more);
		keys[name] = readFileSync(`${folder}/${name}`, 'utf8');
	}
	writeFileSync(`${folder}/authorized`, ['key', 'locked', 'ecdsa'].map((name) => readFileSync(`${folder}/${name}.pub`, 'utf8')).join(''));
	mkdirSync(`${folder}/files`);
	writeFileSync(`${folder}/files/people.csv`, 'id;name;role\ns1;"Sftp; A";ceo\ns2;Sftp B;\n');
	writeFileSync(`${folder}/files/twice.csv`, 'id,id\n1,2\n');
	writeFileSync(`${folder}/files/large.csv`, `id,name\n${'1,a row of a large file\n'.repeat(800000)}`);
	for (const name of ['openssh', 'rclone'])
		ports[name] = await freePort();
	if (process.getuid() === 0)
		mkdirSync('/run/sshd', { recursive: true });
	servers.push(await startServer('/usr/sbin/sshd', ['-D', '-e', '-f', '/dev/null', '-p', `${ports.openssh}`, '-h', `${folder}/host`, '-o', 'ListenAddress=127.0.0.1',
		'-o', 'StrictModes=no', '-o', `AuthorizedKeysFile=${folder}/authorized`, '-o', 'PidFile=none', '-o', 'UsePAM=no', '-o', 'Subsystem=sftp internal-sftp'], ports.openssh));
	servers.push(await startServer('rclone', ['serve', 'sftp', `${folder}/files`, '--addr', `127.0.0.1:${ports.rclone}`, '--user', 'bob', '--pass', 's&1',
		'--key', `${folder}/host`, '--config', ''], ports.rclone));
	settings.key = { url: `sftp://127.0.0.1:${ports.openssh}${folder}/files/people.csv`, auth: 'private_key', user, host_key: fingerprint('host') };
	settings.password = { url: `sftp://127.0.0.1:${ports.rclone}/people.csv`, user: 'bob', host_key: fingerprint('host') };
	startRunner();
});
after(() => {
	stopRunners();
	for (const server of servers)
		server.kill();
	rmSync(folder, { recursive: true });
});

const named = async () => (await list(boss, 'contacts')).map((p) => p.last_name).filter((name) => name?.startsWith('Sftp')).sort();

test('a file is read with a key, with an encrypted key, with an old key format, and with a password', async () => {
	const row = await integration('csv_sftp', settings.key, { private_key: keys.key });
	assert.deepEqual((await run({ ...row, kind: 'test' })).sample, [{ id: 's1', name: 'Sftp; A', role: 'ceo' }, { id: 's2', name: 'Sftp B', role: '' }]);
	assert.deepEqual(await named(), []);
	assert.equal((await run(row)).counts.created, 2);
	assert.deepEqual(await named(), ['Sftp B', 'Sftp; A']);
	for (const [how, secrets] of [['key', { private_key: keys.locked, passphrase: 'open sesame' }], ['key', { private_key: keys.ecdsa }], ['password', { password: 's&1' }]])
		assert.equal((await run(await integration('csv_sftp', settings[how], secrets))).counts.created, 2);
});

test('a connection test says why it fails', async () => {
	const key = fingerprint('host').replace(/[+]/g, '\\+');
	const check = async (how, more, secrets, why) => assert.match(await reason('csv_sftp', { ...settings[how], ...more }, secrets), why);
	const good = { private_key: keys.key };
	await check('key', {}, { private_key: keys.other }, /the server: (Login denied|.*auth)/i);
	await check('key', {}, { private_key: 'no key\n' }, /the server: /);
	await check('key', {}, { private_key: keys.locked, passphrase: 'wrong' }, /the server: /);
	await check('key', {}, {}, /the secret private_key is not set/);
	await check('password', {}, { password: 'wrong' }, /the server: Login denied/);
	await check('password', {}, {}, /the secret password is not set/);
	await check('key', { auth: 'none' }, good, /auth must be one of: password, private_key/);
	await check('key', { host_key: fingerprint('other') }, good, RegExp(`the key of the server is ${key}: the setting host_key has another one`));
	await check('password', { host_key: fingerprint('other') }, { password: 's&1' }, RegExp(`the key of the server is ${key}: `));
	await check('key', { host_key: '' }, good, RegExp(`the key of the server is ${key}: the setting host_key is not set`));
	const at = (name) => ({ url: settings.key.url.replace('people', name) });
	await check('key', at('none'), good, /the server: .*(file|not found)/i);
	await check('key', at('twice'), good, /two columns have the name "id"/);
	await check('key', at('large'), good, /the file has more than 16 MiB/);
	await check('key', { url: settings.key.url.replace('sftp', 'file') }, good, /the URL of the server must begin with sftp:/);
	await check('key', { url: settings.key.url.replace('//', '//bob:x@') }, good, /has a user or password: use secrets/);
	await check('key', { url: `sftp://127.0.0.1:${await freePort()}/x` }, good, /the server: /);
	// A wrong password is not retried.
	const dead = await run(await integration('csv_sftp', settings.password, { password: 'wrong' }), 'dead');
	assert.equal(dead.attempts, 1);
});

test('a private address is refused', async () => {
	const [runner] = runners;
	kill(runner);
	await until(() => runners.size === 0);
	startRunner({ TENANTRY_PRIVATE_WEBHOOKS: 'off' });
	assert.match(await reason('csv_sftp', settings.key, { private_key: keys.key }), /the server: the server has a private address/);
});
