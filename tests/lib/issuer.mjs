// npm's oidc-provider as the issuer at IDP. The package is passed as an argument, because a module finds packages only
// in its parent folders.
import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';

export const IDP = process.env.IDP;

export function newKeys(kid) {
	const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
	const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	return [{ ...rsa.privateKey.export({ format: 'jwk' }), kid: `${kid}-rsa`,
		use: 'sig', alg: 'RS256' },
	{ ...ec.privateKey.export({ format: 'jwk' }), kid: `${kid}-ec`, use: 'sig',
		alg: 'ES256' }];
}

// Returns the configuration of the issuer. The user "ada" has the address ada@issuer.test, and any password is
// accepted. `groups` contains the groups of each user.
function configuration(base, keys, groups) {
	const client = (id, more) => ({ client_id: id,
		redirect_uris: [`${base}/api/auth/callback/${id}`],
		post_logout_redirect_uris: [`${base}/bye`],
		grant_types: ['authorization_code', 'refresh_token'],
		response_types: ['code'], ...more });
	return {
		clients: [
			client('rsa', { client_secret: 'a/secret:with+signs%',
				id_token_signed_response_alg: 'RS256' }),
			client('ec', { token_endpoint_auth_method: 'none',
				id_token_signed_response_alg: 'ES256' }),
		],
		jwks: { keys },
		clientAuthMethods: ['client_secret_basic', 'none'],
		pkce: { required: () => true },
		claims: { openid: ['sub'], email: ['email', 'email_verified'],
			profile: ['name', 'groups'] },
		findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id,
			email: `${id}@issuer.test`, email_verified: id !== 'mallory',
			name: `${id} Of Issuer`, groups: groups[id] }) }),
		issueRefreshToken: () => true,
		rotateRefreshToken: true,
		cookies: { keys: ['a key of a test'] },
	};
}

// Starts an issuer. A second instance is a different issuer at the same URL, with different keys.
export async function startIssuer(Provider, base, keys = newKeys('k')) {
	const groups = {};
	const provider = new Provider(IDP, configuration(base, keys, groups));
	const server = http.createServer(provider.callback());
	await new Promise((resolve) => server.listen(new URL(IDP).port,
		new URL(IDP).hostname, resolve));
	return { provider, groups, stop() {
		server.closeAllConnections?.();
		return new Promise((resolve) => server.close(resolve));
	} };
}
