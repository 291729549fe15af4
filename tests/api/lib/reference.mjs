// A Better Auth server with its own tables, in a second database.
import { execFileSync } from 'node:child_process';
import { passkey } from '@better-auth/passkey';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { admin, bearer, organization, twoFactor } from 'better-auth/plugins';
import pg from 'pg';
import { BASE, Jar } from './http.mjs';

const name = `theirs_${process.pid}`;

// Runs Better Auth's own migrations. ask(path, body, jar) calls its API.
export async function reference(options = {}) {
	execFileSync('createdb', [name]);
	const pool = new pg.Pool({ host: process.env.PGHOST, database: name });
	const auth = betterAuth({
		database: pool,
		baseURL: BASE,
		secret: process.env.BETTER_AUTH_SECRET,
		emailAndPassword: { enabled: true },
		rateLimit: { enabled: false },
		logger: { disabled: true },
		telemetry: { enabled: false },
		...options,
		plugins: [organization(), admin(), bearer(), twoFactor(), passkey(),
			...(options.plugins ?? [])],
	});
	await (await getMigrations(auth.options)).runMigrations();
	// Sends a request to this server, like send() of lib/http.mjs.
	async function send(path, body, jar) {
		const headers = { origin: BASE };
		if (body)
			headers['content-type'] = 'application/json';
		if (jar.cookies.size)
			headers.cookie = jar.header();
		const rs = await auth.handler(new Request(`${BASE}${path}`, {
			method: body ? 'POST' : 'GET', headers,
			body: body && JSON.stringify(body),
		}));
		jar.take(rs.headers.getSetCookie?.()
			?? rs.headers.get('set-cookie')?.split(/, (?=[^;,= ]+=)/) ?? []);
		const text = await rs.text();
		return { status: rs.status, jar, text, json: text && JSON.parse(text) };
	}
	return {
		// The database address, for "tenantry import".
		url: `postgresql:///${name}?host=${process.env.PGHOST}`,
		query: async (text, values) => (await pool.query(text, values)).rows,
		ask: (path, body, jar = new Jar()) => send(`/api/auth${path}`, body, jar),
		browser: (jar) => ({ jar, get: (path) => send(path, undefined, jar),
			post: (path, body) => send(path, body, jar) }),
		close: () => pool.end(),	// the database is removed together with the server
	};
}
