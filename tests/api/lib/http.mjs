// Requests with exactly the given headers, and a cookie jar like a browser's.
import { setDefaultResultOrder } from 'node:dns';
import http from 'node:http';

// The stack listens only on 127.0.0.1, but localhost may also resolve to ::1.
setDefaultResultOrder('ipv4first');

export const BASE = process.env.BASE;

export class Jar {
	constructor() {
		this.cookies = new Map();
	}

	take(setCookies) {
		for (const line of setCookies) {
			const [pair, ...attributes] = line.split('; ');
			const at = pair.indexOf('=');
			const name = pair.slice(0, at);
			if (attributes.includes('Max-Age=0'))
				this.cookies.delete(name);
			else
				this.cookies.set(name, pair.slice(at + 1));
		}
	}

	header() {
		return [...this.cookies].map(([n, v]) => `${n}=${v}`).join('; ');
	}
}

// Sends one request; body is text, or a value to send as JSON. Returns
// { status, headers, cookies, text, json }.
export function send(method, path, { headers = {}, body, jar } = {}) {
	const all = { ...headers };
	let data = body;
	if (data !== undefined && typeof data !== 'string') {
		data = JSON.stringify(data);
		all['content-type'] ??= 'application/json';
	}
	for (const name of Object.keys(all))
		if (all[name] === undefined || all[name] === null)
			delete all[name];
	if (jar?.cookies.size)
		all.cookie = jar.header();
	if (data !== undefined)
		all['content-length'] = Buffer.byteLength(data);
	else if (method !== 'GET' && method !== 'HEAD')
		all['content-length'] = 0;
	return new Promise((resolve, reject) => {
		const rq = http.request(BASE + path, { method, headers: all, path });
		rq.on('error', reject);
		rq.on('response', (rs) => {
			const chunks = [];
			rs.on('error', reject);
			rs.on('data', (c) => chunks.push(c));
			rs.on('end', () => {
				const text = Buffer.concat(chunks).toString();
				const cookies = rs.headers['set-cookie'] ?? [];
				let json;
				try {
					json = JSON.parse(text);
				} catch {
					json = undefined;
				}
				jar?.take(cookies);
				resolve({ status: rs.statusCode,
					reason: rs.statusMessage,
					headers: rs.headers, cookies, text, json });
			});
		});
		rq.end(data);
	});
}

// Splits the Set-Cookie headers, which the fetch() of Debian 12's Node joins with commas.
function setCookies(headers) {
	if (headers.getSetCookie)
		return headers.getSetCookie();
	return headers.get('set-cookie')?.split(/, (?=[^;,= ]+=)/) ?? [];
}

// A browser page with the server's origin: get(path), post(path, body), ...
export class Browser {
	constructor({ origin = BASE } = {}) {
		this.jar = new Jar();
		this.origin = origin;
	}

	send(method, path, body, headers = {}) {
		const own = method === 'GET' ? {} : { origin: this.origin };
		return send(method, path,
			{ headers: { ...own, ...headers }, body, jar: this.jar });
	}

	get(path, headers) {
		return this.send('GET', path, undefined, headers);
	}

	post(path, body = {}, headers) {
		return this.send('POST', path, body, headers);
	}

	put(path, body, headers) {
		return this.send('PUT', path, body, headers);
	}

	patch(path, body, headers) {
		return this.send('PATCH', path, body, headers);
	}

	delete(path, headers) {
		return this.send('DELETE', path, undefined, headers);
	}

	// A fetch() for clients that accept a custom one.
	get fetch() {
		return async (input, init = {}) => {
			const headers = new Headers(init.headers ?? input.headers);
			const method = init.method ?? input.method ?? 'GET';
			if (this.jar.cookies.size)
				headers.set('cookie', this.jar.header());
			if (method !== 'GET')
				headers.set('origin', this.origin);
			const rs = await fetch(input, { ...init, headers });
			this.jar.take(setCookies(rs.headers));
			return rs;
		};
	}
}
