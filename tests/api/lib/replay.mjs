// Replays the exchanges that were recorded from the reference against this server. Compares the status, headers,
// cookies, exact error texts, and the shape of every body.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BASE, Jar, send } from './http.mjs';

// The secret and the base URL of the recordings.
export const SECRET = 'fixture-secret-0123456789-abcdefghij-KLMNOP';
let RECORDED;

// The base URL in this server's configuration.
const SELF = process.env.BETTER_AUTH_URL ?? BASE;

// Maps recorded IDs and tokens to those of this run.
export const ours = new Map();
export const jars = new Map();

// This server's response to each exchange, by number.
export const answers = new Map();

const mac = (text) => createHmac('sha256', SECRET)
	.update(text).digest('base64');

function translate(text) {
	for (const [theirs, mine] of ours) {
		const a = `${theirs}.${mac(theirs)}`;
		const b = `${mine}.${mac(mine)}`;
		text = text.replaceAll(a, b)
			.replaceAll(encodeURIComponent(a), encodeURIComponent(b))
			.replaceAll(theirs, mine);
	}
	return text.replaceAll(RECORDED, BASE)
		.replaceAll(encodeURIComponent(RECORDED), encodeURIComponent(SELF));
}

// Removes the parts of a provider URL that are different each time.
const cut = (url) => url?.replace(
	/([?&](state|nonce|code_challenge|id_token_hint)=)[^&]+/g, '$1-');

function learnUrl(theirs, mine) {
	if (!theirs || !mine)
		return;
	const was = new URL(theirs, BASE).searchParams,
		is = new URL(mine, BASE).searchParams;
	for (const name of ['state', 'nonce'])
		if (was.has(name) && is.has(name))
			ours.set(was.get(name), is.get(name));
}

const volatile = /^(id|token|.*Id|totpURI)$/;
const short = /^backupCodes$/;

export function learn(theirs, mine, key) {
	if (typeof theirs === 'string' && typeof mine === 'string') {
		if (short.test(key) || volatile.test(key) && theirs !== mine
		    && theirs.length > 20)
			ours.set(theirs, mine);
	} else if (theirs && mine && typeof theirs === 'object')
		for (const k of Object.keys(theirs))
			learn(theirs[k], mine[k], Array.isArray(theirs) ? key : k);
}

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function shape(value) {
	if (value === null)
		return 'null';
	if (Array.isArray(value))
		return value.map(shape);
	if (typeof value === 'object')
		return Object.fromEntries(Object.keys(value).sort()
			.map((k) => [k, value[k] === 'any' ? 'any' : shape(value[k])]));
	return typeof value === 'string' && iso.test(value) ? 'date' : typeof value;
}

// Returns our value, with 'any' in each position where the expected value has 'any'.
function open(mine, theirs) {
	if (theirs === 'any')
		return 'any';
	if (mine && theirs && typeof mine === 'object' && typeof theirs === 'object'
	    && !Array.isArray(mine))
		return Object.fromEntries(Object.entries(mine)
			.map(([k, v]) => [k, open(v, theirs[k])]));
	return mine;
}

function cookieParts(line) {
	const [pair, ...attributes] = line.split('; ');
	const at = pair.indexOf('=');
	return { name: pair.slice(0, at), value: pair.slice(at + 1),
		attributes: attributes.join('; ') };
}

// Checks the signature of session_data, whose format differs from the format of other cookies.
function envelope(value) {
	const { session, expiresAt, signature } =
		JSON.parse(Buffer.from(value, 'base64url'));
	return signature === createHmac('sha256', SECRET)
		.update(JSON.stringify({ ...session, expiresAt })).digest('base64url');
}

function sameCookies(rs, wanted) {
	const got = rs.cookies.map(cookieParts);
	assert.deepEqual(got.map((c) => [c.name, c.value !== '', c.attributes]),
		wanted.map(([name, value, attributes]) =>
			[name, value !== '', attributes]));
	for (const { name, value } of got) {
		if (value === '')
			continue;
		if (name.endsWith('session_data')) {
			assert.ok(envelope(value), name);
			continue;
		}
		const text = decodeURIComponent(value);
		const dot = text.lastIndexOf('.');
		assert.equal(text.slice(dot + 1), mac(text.slice(0, dot)), name);
		if (name.endsWith('session_token'))
			assert.equal(rs.headers['set-auth-token'], text);
	}
}

function sameHeaders(rs, wanted) {
	for (const [name, value] of Object.entries(wanted)) {
		if (name === 'set-auth-token')
			assert.match(rs.headers['access-control-expose-headers'],
				/set-auth-token/);
		else if (value === null)
			assert.equal(rs.headers[name], undefined);
		else
			assert.equal(cut(rs.headers[name]), cut(translate(value)));
	}
	if (!('set-auth-token' in wanted))
		assert.equal(rs.headers['set-auth-token'], undefined);
}

async function ask({ as, req }) {
	const headers = Object.fromEntries(Object.entries(req.h ?? {}).map(([k, v]) =>
		[k, v === 'SELF' ? SELF : v && translate(v)]));
	if (!('content-type' in headers) && req.b !== undefined)
		headers['content-type'] = 'application/json';
	const body = req.b === undefined ? undefined
		: translate(typeof req.b === 'string' ? req.b : JSON.stringify(req.b));
	const query = req.q
		? `?${translate(new URLSearchParams(Object.entries(req.q).flatMap(
			([k, v]) => [v].flat().map((one) => [k, one]))).toString())}` : '';
	const path = translate(req.p.startsWith('!') ? req.p.slice(1)
		: `/api/auth${req.p}`);
	if (as && !jars.has(as))
		jars.set(as, new Jar());
	return send(req.m, path + query, { headers, body, jar: jars.get(as) });
}

function check(exchange, rs, wanted) {
	assert.equal(rs.status, wanted.s, rs.text);
	sameHeaders(rs, wanted.h ?? {});
	sameCookies(rs, wanted.ck ?? []);
	if (wanted.len === 0)
		return assert.equal(rs.text, '');
	if (wanted.s >= 400)
		return assert.deepEqual(rs.json, wanted.b);
	assert.deepEqual(shape(open(rs.json, wanted.b)), shape(wanted.b));
	learn(exchange.res.b, rs.json, '');
	learnUrl(exchange.res.b?.url, rs.json?.url);
}

export function exchanges(name) {
	const [recording, ...list] = readFileSync(
		new URL(`../recorded/${name}.jsonl`, import.meta.url), 'utf8')
		.trimEnd().split('\n').map((line) => JSON.parse(line));
	RECORDED = recording.base;
	return list;
}

// Returns the expected response with a known difference: the session of a new member has a new token.
export const renewed = (res) => ({ ...res, h: { ...res.h, 'set-auth-token': '=COOKIE' },
	ck: [['better-auth.session_token', 'x', 'Max-Age=604800; Path=/; HttpOnly; SameSite=Lax']] });

// Defines one test for each exchange of recorded/NAME.jsonl, in order.
//
// differences[n](res) returns the expected response if this server differs on purpose (docs/better-auth.md explains
// why). before[n](exchange) runs first. It may change the database, or the exchange if a body needs a value from an
// email or an authenticator. In a response body, 'any' matches every value.
export function replay(name, { differences = {}, before = {} } = {}) {
	for (const exchange of exchanges(name))
		test(`${exchange.n} ${exchange.case}`, async () => {
			await before[exchange.n]?.(exchange);
			const rs = await ask(exchange);
			answers.set(exchange.n, rs.json);
			check(exchange, rs,
				differences[exchange.n]?.(exchange.res) ?? exchange.res);
		});
}
