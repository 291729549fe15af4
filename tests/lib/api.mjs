// Access to a stack for tests: HTTP, database, users.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { test } from 'node:test';
import { note } from './exchanges.mjs';
import { patiently } from './patiently.mjs';
import { sql } from './psql.mjs';

export const BASE = process.env.BASE;
export const STACK = process.env.STACK;
export const PASSWORD = 'correct horse battery';

// One agent for all requests, so that connections to nginx are reused.
const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });

// Sends a request. A body that is a Buffer or a string is sent unchanged, and any other body as JSON. `base` is the
// address of a different host. Returns { status, headers, text, json }.
export function ask(method, path, { token, headers = {}, body, chunked, base = BASE } = {}) {
	const all = { ...headers };
	let data = body;
	if (data !== undefined && typeof data !== 'string' &&
	    !Buffer.isBuffer(data))
		data = JSON.stringify(data);
	if (data !== undefined && !('content-type' in all))
		all['content-type'] = 'application/json';
	if (all['content-type'] === null)
		delete all['content-type'];
	if (token)
		all.authorization = `Bearer ${token}`;
	if (data !== undefined && !chunked)
		all['content-length'] = Buffer.byteLength(data);
	return new Promise((resolve, reject) => {
		let answered = false;
		const rq = http.request(base + path,
			{ method, headers: all, agent, path }, (rs) => {
				const parts = [];
				answered = true;
				rs.on('data', (part) => parts.push(part));
				rs.on('error', reject);
				rs.on('end', () => {
					const got = answer(rs, parts);
					note(`${method} ${path} ${data ?? ''}`, `${got.status} ${got.text}`, got.headers['x-request-id']);
					resolve(got);
				});
			});
		// A server that refuses a large body need not read all of it.
		rq.on('error', (error) => answered || reject(error));
		rq.end(data);
	});
}

function answer(rs, parts) {
	const text = Buffer.concat(parts).toString();
	let json;
	try {
		json = JSON.parse(text);
	} catch {
		json = undefined;
	}
	return { status: rs.statusCode, headers: rs.headers, text, json };
}

export { sql };

// Returns a checksum of all stored data, except for tables that any request may change. Requests extend sessions, and
// are counted as attempts or as calls of old paths. The feed numbers changes after the requests, and hosts report
// themselves.
const moving = ['identity.session', 'identity.rate_limit', 'identity.attempt', 'ops.route_use', 'ops.change', 'ops.feed_channel',
	'ops.feed_position', 'ops.feed_server', 'ops.feed_state', 'ops.host', 'ops.request_count'];

export function checksum(where = () => 'true') {
	const tables = sql(`SELECT n.nspname || '.' || c.relname,
		coalesce((SELECT min(a.attname) FROM pg_attribute a
			WHERE a.attrelid = c.oid AND a.attname IN
			('org_id', 'organization_id') AND a.attnum > 0), '')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p')
		AND n.nspname IN ('identity', 'crm', 'factory_app', 'membership', 'ops')
		ORDER BY 1`).filter(([name]) => !moving.includes(name));
	return Object.fromEntries(sql(tables.map(([name, key]) =>
		`SELECT '${name}', count(*), coalesce(md5(string_agg(t::text, '|'
		ORDER BY t::text)), '') FROM ${name} t WHERE ${where(name, key)}`)
		.join(' UNION ALL ')).map(([name, ...rest]) => [name, rest.join(' ')]));
}

// Returns the rows without updated_at, which a restore and an undo set.
export const untimed = (rows) => JSON.parse(JSON.stringify(rows, (name, value) => name === 'updated_at' ? undefined : value));

export async function metrics() {
	const { text } = await ask('GET', '/metrics');
	return Object.fromEntries(text.split('\n')
		.filter((line) => line && !line.startsWith('#'))
		.map((line) => {
			const at = line.lastIndexOf(' ');
			return [line.slice(0, at), Number(line.slice(at + 1))];
		}));
}

export async function workersStarted() {
	return (await metrics()).tenantry_workers_started_total;
}

let people = 0;

// Signs up a user. The active organization is the user's only organization or, with open sign-up, none.
export async function person(name = 'Ada Lovelace') {
	const email = `p${++people}.${process.pid}.${Date.now().toString(36)}@people.test`;
	const rs = await patiently(() => ask('POST', '/api/auth/sign-up/email',
		{ body: { name, email, password: PASSWORD } }));
	assert.equal(rs.status, 200, rs.text);
	return { name, email, token: rs.json.token, user: rs.json.user };
}

// Signs up a user with a new organization.
export async function owner(name) {
	const who = await person(`${name} Owner`);
	const slug = `${name.toLowerCase()}-${process.pid}-${Date.now().toString(36)}`;
	const rs = await ask('POST', '/api/auth/organization/create',
		{ token: who.token, body: { name: `${name} Ltd`, slug } });
	assert.equal(rs.status, 200, rs.text);
	const me = await ask('GET', '/api/me', { token: who.token });
	assert.equal(me.status, 200, me.text);
	return { ...who, slug, organization: rs.json.id, me: me.json };
}

export async function openapi() {
	return (await ask('GET', '/api/openapi.json')).json;
}

// Returns the operations of an OpenAPI document. `other` is true if the path is a second name of a resource.
export function operations(document) {
	return Object.entries(document.paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => {
			const resource = /\/(get-many|aggregate|bulk)$/.test(path)
				? undefined : operation['x-resource'];
			return { method: method.toUpperCase(), path, operation,
				resource, one: path.includes('{'),
				file: path.endsWith('/export'),
				other: resource && path.split('/')[2] !== resource };
		}));
}

export function query(parameters) {
	return '?' + new URLSearchParams(Object.fromEntries(
		Object.entries(parameters).map(([name, value]) =>
			[name, typeof value === 'string' ? value
				: JSON.stringify(value)])));
}

export function workersLog() {
	return readFileSync(`${STACK}/log/workers.log`, 'utf8');
}

/** True in "script/test --all", where a test may take minutes. */
export const LONG = Boolean(process.env.TESTS_ALL);

/** Defines a test that only "script/test --all" runs: a variant of a test that script/test runs. */
export const long = LONG ? test : () => {};

/**
 * Returns every nth element of a list, or all elements in "script/test --all". In a list of pairs of a route and a
 * value, an n that does not divide the number of values covers each route and each value.
 */
export const sampled = (list, n) => LONG ? list : list.filter((_, i) => i % n === 0);

// Returns the time of the tested commit, or 0 in a tree without git.
function commit() {
	try {
		return Number(execFileSync('git', ['-C', process.env.SOURCES, 'log', '-1', '--format=%ct'], { stdio: ['ignore', 'pipe', 'ignore'] }));
	} catch {
		return 0;
	}
}

/** Returns one element of a list, depending on the commit. Returns all elements in "script/test --all". */
export const turn = (list) => LONG ? list : [list[commit() % list.length]];

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Waits until the condition holds, or fails after `ms` milliseconds. The polling interval grows with the waiting time.
export async function until(condition, ms = 30000) {
	const end = Date.now() + ms;
	for (let pause = 20; ; pause = Math.min(1.25 * pause, 200)) {
		const value = await condition();
		if (value)
			return value;
		assert.ok(Date.now() < end, `not within ${ms} ms: ${condition}`);
		await sleep(pause);
	}
}
