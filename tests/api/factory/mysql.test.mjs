// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_WEBHOOKS=on
// own stack: it runs tenantry-jobs with its own settings.
// long: it starts MariaDB; factory/integrations tests what happens to the rows of other systems.
// Integrations that query a MariaDB server, which the test starts.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { userInfo } from 'node:os';
import { after, before, test } from 'node:test';
import { good } from '../lib/answers.mjs';
import { sql } from '../lib/database.mjs';
import { freePort, plant, replaceRunner, run as start, startRunner, startServer, stopRunners } from '../lib/integrations.mjs';
import { owner } from '../lib/people.mjs';

const folder = mkdtempSync('/tmp/tenantry-mysql.'), user = userInfo().username;
const password = { password: "s&1'\\" };
let boss, integration, run, reason, port, options, server, six, settings;

const INIT = String.raw`
	SET NAMES utf8mb4;
	CREATE DATABASE shop CHARACTER SET utf8mb4;
	CREATE USER bob@'%' IDENTIFIED BY 's&1''\\';
	GRANT ALL ON shop.* TO bob@'%';
	CREATE USER encrypted@'%' IDENTIFIED BY 's&1''\\' REQUIRE SSL;
	GRANT SELECT ON shop.* TO encrypted@'%';
	CREATE TABLE shop.people (id bigint PRIMARY KEY, code varchar(20) CHARACTER SET latin1 UNIQUE, name varchar(100), price decimal(30,10), born date,
		old int(5) zerofill, note text, picture blob);
	INSERT INTO shop.people SELECT 9007199254740993 + seq, concat('K', seq MOD 7, '-é"', seq), concat('My ', seq), 1.1, '2026-01-31', 7, NULL, x'00ff' FROM shop_numbers;
	CREATE TABLE shop.written (id int);
`.replace('FROM shop_numbers', 'FROM (SELECT a.i + 10 * b.i + 100 * c.i + 1000 * d.i AS seq FROM (SELECT 0 i UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 '
	+ 'UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) a'
	+ ['b', 'c'].map((name) => ` CROSS JOIN (SELECT 0 i ${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => `UNION ALL SELECT ${i}`).join(' ')}) ${name}`).join('')
	+ ' CROSS JOIN (SELECT 0 i UNION ALL SELECT 1 UNION ALL SELECT 2) d) n WHERE seq < 2100').split('\n').map((line) => line.trim()).join(' ').replace(/; /g, ';\n');

// Creates a certificate authority. certificate() creates a certificate for a host and a period, signed by an
// authority.
const authority = (name) => start('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${folder}/${name}.key`, '-out', `${folder}/${name}.pem`, '-days', '2',
	'-subj', `/CN=${name}`, '-addext', 'basicConstraints=critical,CA:true', '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
function certificate(name, issuer, host, [begins, ends]) {
	const at = `${folder}/${name}`;
	start('openssl', 'req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${at}.key`, '-out', `${at}.csr`, '-subj', `/CN=${host}`);
	writeFileSync(`${at}.index`, '');
	writeFileSync(`${at}.cnf`, `[ca]\ndefault_ca = one\n[one]\ndatabase = ${at}.index\nnew_certs_dir = ${folder}\nrand_serial = yes\ndefault_md = sha256\npolicy = any
		x509_extensions = server\n[any]\ncommonName = supplied\n[server]\nbasicConstraints = CA:false\nextendedKeyUsage = serverAuth\nsubjectAltName = DNS:${host}\n`);
	start('openssl', 'ca', '-batch', '-config', `${at}.cnf`, '-cert', `${folder}/${issuer}.pem`, '-keyfile', `${folder}/${issuer}.key`, '-in', `${at}.csr`, '-out', `${at}.pem`,
		'-startdate', begins, '-enddate', ends, '-notext');
}
// Starts the server with a certificate.
async function serve(name, ...more) {
	if (server) {
		const gone = new Promise((done) => server.on('exit', done));
		server.kill('SIGKILL');
		await gone;
	}
	server = await startServer('/usr/sbin/mariadbd', [...options, '--bind-address=127.0.0.1', `--port=${port}`, `--socket=${folder}/socket`, `--ssl-cert=${folder}/${name}.pem`,
		`--ssl-key=${folder}/${name}.key`, ...more], port);
}

before(async () => {
	boss = await owner('mysql');
	await good(boss.browser.put('/api/modules/factory', { enabled: true }));
	({ integration, run, reason } = plant(boss));
	options = ['--no-defaults', `--user=${user}`, `--datadir=${folder}/data`, `--tmpdir=${folder}/tmp`, '--lc-messages-dir=/usr/share/mysql',
		'--innodb-buffer-pool-size=16M'];
	for (const name of ['ours', 'theirs'])
		authority(name);
	const day = (n) => new Date(Date.now() + n * 86400000).toISOString().replace(/[-:T]|[.].*/g, '') + 'Z';
	certificate('good', 'ours', 'localhost', [day(-1), day(1)]);
	certificate('foreign', 'theirs', 'localhost', [day(-1), day(1)]);
	certificate('elsewhere', 'ours', 'db.example.test', [day(-1), day(1)]);
	certificate('expired', 'ours', 'localhost', [day(-3), day(-1)]);
	mkdirSync(`${folder}/data`);
	mkdirSync(`${folder}/tmp`);
	writeFileSync(`${folder}/init.sql`, INIT);
	// The steps of mariadb-install-db, which is not in the package.
	execFileSync('/usr/sbin/mariadbd', [...options, '--bootstrap'], { stdio: ['pipe', 'ignore', 'ignore'],
		input: `CREATE DATABASE mysql;\nUSE mysql;\n${['', '_data'].map((part) => readFileSync(`/usr/share/mysql/mysql_system_tables${part}.sql`, 'utf8')).join('')}` });
	port = await freePort();
	await serve('good', `--init-file=${folder}/init.sql`);
	// If localhost resolves to ::1 first, libmariadb connects only to that address.
	six = net.createServer((client) => client.pipe(net.connect(port, '127.0.0.1').on('error', () => client.destroy())).pipe(client).on('error', () => {}));
	await new Promise((done) => six.on('error', done).listen(port, '::1', done));
	settings = { host: '127.0.0.1', port: `${port}`, database: 'shop', user: 'bob', sslmode: 'require', key_column: 'id', query: 'SELECT id, name, code FROM people' };
	startRunner();
});
after(() => {
	stopRunners();
	server?.kill('SIGKILL');
	six?.close();
	rmSync(folder, { recursive: true });
});

test('rows are read in pages, by a numeric key or a text key', async () => {
	const row = await integration('mysql', { ...settings, query: 'SELECT id, name, price, born, old, note FROM people' }, password);
	assert.equal(JSON.stringify((await run({ ...row, kind: 'test' })).sample[1]).replace('9007199254740992', '9007199254740994'),
		'{"id":9007199254740994,"old":"00007","born":"2026-01-31","name":"My 1","note":null,"price":1.1}');
	const done = await run(row);
	assert.deepEqual([done.counts.created, done.counts.failed], [2100, 0]);
	assert.deepEqual(sql(`SELECT count(*), count(DISTINCT last_name) FROM crm.contacts WHERE last_name LIKE 'My %'`), [['2100', '2100']]);
	for (const more of [{ key_column: 'code' }, { sslmode: 'disable' }, { query: 'SELECT id, name, code FROM people -- all of them' }])
		assert.equal((await run(await integration('mysql', { ...settings, ...more }, password))).counts.created, 2100);
});

test('a connection test says why it fails', async () => {
	const check = async (more, why, secrets = password) => assert.match(await reason('mysql', { ...settings, ...more }, secrets), why);
	await check({}, /the database: Access denied for user 'bob'/, { password: 'wrong' });
	await check({}, /the secret password is not set/, {});
	await check({ user: 'nobody' }, /the database: Access denied/);
	await check({ database: 'none' }, /the database: Access denied for user 'bob'.* to database 'none'/);
	await check({ query: 'SELECT 1 +' }, /the database: You have an error in your SQL syntax/);
	await check({ query: 'DELETE FROM people' }, /the database: You have an error/);
	await check({ query: 'SELECT id FROM nothing' }, /Table 'shop.nothing' doesn't exist/);
	await check({ key_column: 'age' }, /Unknown column 't.age'/);
	await check({ query: 'SELECT id, picture FROM people' }, /the column picture of the database is binary: convert it in the query/);
	await check({ query: "SELECT id, repeat('x', 20000) AS name FROM people" }, /1000 rows have more than 16 MiB/);
	await check({ query: "SELECT 1 AS id, repeat('x', 15000000) AS name, repeat('x', 15000000) AS more" }, /packet|more than 16 MiB/);
	await check({ sslmode: 'maybe' }, /sslmode must be one of/);
	await check({ user: 'encrypted', sslmode: 'disable' }, /the database: Access denied/);
	assert.equal((await run({ ...await integration('mysql', { ...settings, user: 'encrypted' }, password), kind: 'test' })).sample.length, 5);
	await check({ host: '/tmp' }, /do not name a server/);
	await check({ host: 'a=b;c=d' }, /do not name a server/);
	await check({ port: 'x' }, /do not name a server/);
	await check({ port: `${await freePort()}` }, /the database: Can't connect/);
	await check({ host: 'nowhere.invalid' }, /its host has no address/);
	await check({ key_column: '' }, /are required/);
	// A wrong password is not retried.
	assert.equal((await run(await integration('mysql', settings, { password: 'wrong' }), 'dead')).attempts, 1);
});

// One server responds to a query with a request for a client's file, and one server does not respond.
test('a hostile server gets no file, and a silent server causes a timeout', async () => {
	const packet = (n, ...parts) => {
		const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
		return Buffer.concat([Buffer.from([body.length, body.length >> 8, body.length >> 16, n]), body]);
	};
	let asked = 0, sent = '';
	const hostile = net.createServer((client) => {
		// A protocol 10 handshake without TLS, with mysql_native_password.
		client.write(packet(0, [10], '5.7.0\0', [1, 0, 0, 0], 'abcdefgh\0', [0xa2, 0xa2, 45, 2, 0, 0x08, 0, 21], Array(10).fill(0), 'abcdefghijkl\0', 'mysql_native_password\0'));
		client.on('data', (data) => {
			if (asked++ === 0)
				return client.write(packet(2, [0, 0, 0, 2, 0, 0, 0]));
			sent += data;
			return client.write(packet(1, [0xfb], '/etc/passwd'));
		}).on('error', () => {});
	});
	await new Promise((done) => hostile.listen(0, '127.0.0.1', done));
	const silent = net.createServer((client) => client.on('error', () => {}));
	await new Promise((done) => silent.listen(0, '127.0.0.1', done));
	try {
		assert.match(await reason('mysql', { ...settings, sslmode: 'disable', port: `${hostile.address().port}` }, password), /the database: /);
		assert.ok(asked >= 2);
		assert.ok(!sent.includes('root:'), sent);
		assert.match(await reason('mysql', { ...settings, sslmode: 'disable', port: `${silent.address().port}` }, password), /the database does not answer in time/);
	} finally {
		hostile.close();
		silent.close();
	}
});

test('a certificate must match the host, come from a trusted authority, and be valid now', async () => {
	const verified = { ...settings, sslmode: 'verify-full', host: 'localhost' };
	const check = async (more, why) => assert.match(await reason('mysql', { ...verified, ...more }, password), why);
	// The system's certificate authorities do not include ours.
	const unknown = /the database: .*unable to get local issuer certificate/;
	await check({}, unknown);
	await replaceRunner({ TENANTRY_DATABASE_AUTHORITIES: `${folder}/ours.pem` });
	assert.equal((await run({ ...await integration('mysql', verified, password), kind: 'test' })).sample.length, 5);
	assert.equal((await run(await integration('mysql', { ...verified, user: 'encrypted', query: 'SELECT id, name FROM people' }, password))).counts.created, 2100);
	await check({ host: '127.0.0.1' }, /the database: the certificate is not of the host 127\.0\.0\.1/);
	for (const [name, why] of [['foreign', unknown], ['elsewhere', /the database: the certificate is not of the host localhost/], ['expired', /the database: .*certificate has expired/]]) {
		await serve(name);
		await check({}, why);
		// Without verification, the same server can be read.
		assert.equal((await run({ ...await integration('mysql', { ...verified, sslmode: 'require' }, password), kind: 'test' })).sample.length, 5, name);
	}
	await serve('good');
	assert.equal((await run({ ...await integration('mysql', verified, password), kind: 'test' })).sample.length, 5);
	await replaceRunner({ TENANTRY_DATABASE_AUTHORITIES: `${folder}/none.pem` });
	await check({}, /the database: .*No such file/);
});

test('a private address is refused', async () => {
	await replaceRunner({ TENANTRY_PRIVATE_WEBHOOKS: 'off' });
	for (const sslmode of ['require', 'verify-full'])
		for (const host of ['127.0.0.1', 'localhost'])
			assert.match(await reason('mysql', { ...settings, host, sslmode }, password), /the database has a private address/);
	assert.match(await reason('mysql', { ...settings, sslmode: 'disable' }, password), /sslmode: connections are encrypted/);
});
