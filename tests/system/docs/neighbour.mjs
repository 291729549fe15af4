// A server that replaces the external server that a document names.
//
//	neighbour.mjs mail-server FOLDER
//	neighbour.mjs issuer FOLDER
//	tests/with-postgres node neighbour.mjs better-auth|supabase|atomic-crm FOLDER
//
// Once the server responds, FOLDER/names is a sed script that replaces the document's address with the server's. The
// server runs until it is killed.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import net from 'node:net';

const [name, folder] = process.argv.slice(2);

async function freePort() {
	const server = net.createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address();
	server.close();
	return port;
}

async function answers(port) {
	for (;;) {
		const socket = net.connect(port, '127.0.0.1');
		if (await new Promise((done) => socket.on('connect', () => done(true))
			.on('error', () => done(false))))
			return socket.destroy();
		await new Promise((done) => setTimeout(done, 50));
	}
}

// Starts a mail server with STARTTLS and authentication, as the document describes.
async function mailServer() {
	const port = await freePort();
	execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
		'-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
		'-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`], { stdio: 'ignore' });
	Object.assign(process.env, { PORT: port, USER: 'user', PASS: 'password' });
	process.argv.splice(2, 2, folder);
	await import('./smtp.mjs');
	await answers(port);
	return { 'mail.example.org:587': `127.0.0.1:${port}?tls=on&ca=${folder}/cert.pem` };
}

async function issuer() {
	const { default: Provider } = await import('oidc-provider');
	process.env.IDP = `http://127.0.0.1:${await freePort()}`;
	const { startIssuer } = await import('../../lib/issuer.mjs');
	await startIssuer(Provider, 'http://127.0.0.1:8080');
	return { 'https://login.acme.example': process.env.IDP };
}

// Uses the original package to create a user with a password and an organization.
async function better() {
	const { betterAuth } = await import('better-auth');
	const { getMigrations } = await import('better-auth/db/migration');
	const { organization } = await import('better-auth/plugins');
	const { default: pg } = await import('pg');
	const host = process.env.PGHOST;
	execFileSync('psql', ['-XqAt', '-c', "CREATE ROLE reader LOGIN PASSWORD 'secret' IN ROLE pg_read_all_data",
		'-c', 'CREATE DATABASE app']);
	const auth = betterAuth({
		database: new pg.Pool({ host, database: 'app' }),
		baseURL: 'http://127.0.0.1', secret: 'the secret of the old server, 32 bytes',
		emailAndPassword: { enabled: true }, telemetry: { enabled: false },
		plugins: [organization()],
	});
	await (await getMigrations(auth.options)).runMigrations();
	const { user } = await auth.api.signUpEmail({ body: { name: 'Ada Lovelace',
		email: 'ada@old.example', password: 'a long password' } });
	await auth.api.createOrganization({ body: { name: 'Engines', slug: 'engines', userId: user.id } });
	return { 'old-host:5432': `${encodeURIComponent(host)}:5432` };
}

// Creates a project with as many tables and rows as a real project.
async function supabase(program = 'supabase_project.sh', ...args) {
	execFileSync(`${process.env.SOURCES}/tests/lib/${program}`, ['source', ...args], { stdio: 'ignore' });
	execFileSync('psql', ['-XqAt', '-c', "CREATE ROLE reader LOGIN BYPASSRLS PASSWORD 'secret' IN ROLE pg_read_all_data"]);
	return { 'old-host:5432': `${encodeURIComponent(process.env.PGHOST)}:5432` };
}

// Creates a project of Atomic CRM. A running server has the files to which the rows refer.
async function atomic() {
	const storage = spawn(process.execPath, [`${process.env.SOURCES}/tests/lib/storage.mjs`, `${folder}/files`, `${folder}/requests`],
		{ stdio: ['ignore', 'pipe', 'ignore'] });
	const [port] = await once(storage.stdout, 'data');
	return supabase('atomic_project.sh', `${folder}/files`, `address=http://127.0.0.1:${port}`.trim());
}

const names = await { 'mail-server': mailServer, issuer, 'better-auth': better, supabase, 'atomic-crm': atomic }[name]();
writeFileSync(`${folder}/names.new`, Object.entries(names).map(([from, to]) =>
	`s|${from.replaceAll('.', '\\.')}|${to.replaceAll('&', '\\&')}|g\n`).join(''));
renameSync(`${folder}/names.new`, `${folder}/names`);
setInterval(() => {}, 1 << 30);
