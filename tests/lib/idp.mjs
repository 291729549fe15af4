// A local provider at IDP: plain OAuth 2 and OpenID Connect. The authorization
// code is the encoded profile itself, so no browser is needed:
// code({ sub: 'p1', email: 'a@b.co', email_verified: true, name: 'A' }).
import { createHash, createPublicKey, generateKeyPairSync, sign }
	from 'node:crypto';
import http from 'node:http';

export const IDP = process.env.IDP;

export const code = (profile) =>
	Buffer.from(JSON.stringify(profile)).toString('base64url');
export const challenge = (verifier) =>
	createHash('sha256').update(verifier).digest('base64url');

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export function newKey(alg, kid) {
	const { privateKey } = alg === 'RS256'
		? generateKeyPairSync('rsa', { modulusLength: 2048 })
		: generateKeyPairSync('ec', { namedCurve: 'P-256' });
	return { alg, kid, privateKey,
		jwk: { ...createPublicKey(privateKey).export({ format: 'jwk' }),
			kid, alg, use: 'sig' } };
}

// Creates a compact JWS. The given header members override the defaults.
export function jwt(claims, key, header = {}) {
	const text = `${part({ alg: key.alg, kid: key.kid, ...header })}.${part(claims)}`;
	const signature = sign('sha256', Buffer.from(text),
		{ key: key.privateKey, dsaEncoding: 'ieee-p1363' });
	return `${text}.${signature.toString('base64url')}`;
}

export class Provider {
	constructor() {
		this.keys = [newKey('RS256', 'k1')];
		this.asked = []; // each request as { method, path, headers, form }
		this.odd = {};   // functions (rq, rs) => ... by path, which replace the default response
		this.changes = {}; // overrides for the discovery document
		this.server = http.createServer((rq, rs) => this.serve(rq, rs));
	}

	start() {
		const { hostname, port } = new URL(IDP);
		return new Promise((resolve) =>
			this.server.listen(port, hostname, resolve));
	}

	stop() {
		this.server.closeAllConnections?.();
		return new Promise((resolve) => this.server.close(resolve));
	}

	last(path) {
		return this.asked.filter((a) => a.path === path).at(-1);
	}

	count(path) {
		return this.asked.filter((a) => a.path === path).length;
	}

	idToken(profile, { key = this.keys[0], header, ...claims } = {}) {
		const now = Math.floor(Date.now() / 1000);
		const { oidc, drop, ...about } = profile;
		return jwt({ ...about, iat: now, iss: IDP, aud: 'oidc-client',
			exp: now + 600, ...claims }, key, header);
	}

	discovery() {
		return { issuer: IDP, authorization_endpoint: `${IDP}/authorize`,
			token_endpoint: `${IDP}/token`, jwks_uri: `${IDP}/jwks`,
			userinfo_endpoint: `${IDP}/userinfo`,
			end_session_endpoint: `${IDP}/logout`,
			id_token_signing_alg_values_supported: ['RS256', 'ES256'],
			token_endpoint_auth_methods_supported: ['client_secret_post'],
			...this.changes };
	}

	token(form) {
		if (form.grant_type === 'refresh_token')
			return form.refresh_token.startsWith('rt-')
				? { access_token: 'at-refreshed', refresh_token: 'rt-2',
					expires_in: 3600 }
				: null;
		let profile;
		try {
			profile = JSON.parse(Buffer.from(form.code, 'base64url'));
		} catch {
			return null;
		}
		return { access_token: `at-${form.code}`, refresh_token: 'rt-1',
			token_type: 'bearer', expires_in: 3600, scope: 'profile email',
			...(profile.oidc ? { id_token: this.idToken(profile) } : {}),
			...this.extra?.(profile) };
	}

	userinfo(rq) {
		const token = rq.headers.authorization?.replace(/^Bearer at-/, '');
		if (token === 'refreshed')
			return { id: 'x1', sub: 'x1', email: 'refreshed@idp.test',
				email_verified: true, name: 'R' };
		const profile = JSON.parse(Buffer.from(token, 'base64url'));
		return 'sub' in profile ? { id: profile.sub, ...profile } : profile;
	}

	answer(path, rq, form) {
		switch (path) {
		case '/.well-known/openid-configuration':
			return this.discovery();
		case '/jwks':
			return { keys: this.keys.map((k) => k.jwk) };
		case '/token':
			return this.token(form);
		case '/userinfo':
			return this.userinfo(rq);
		default:
			return null;
		}
	}

	async serve(rq, rs) {
		const chunks = [];
		for await (const chunk of rq)
			chunks.push(chunk);
		const path = rq.url.split('?')[0];
		const form = Object.fromEntries(
			new URLSearchParams(Buffer.concat(chunks).toString()));
		this.asked.push({ method: rq.method, path, headers: rq.headers, form });
		if (this.odd[path])
			return this.odd[path](rq, rs);
		const body = this.answer(path, rq, form);
		rs.writeHead(body === null ? 400 : 200,
			{ 'content-type': 'application/json' });
		rs.end(JSON.stringify(body ?? { error: 'invalid_grant' }));
	}
}
