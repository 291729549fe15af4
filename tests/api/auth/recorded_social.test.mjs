// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off BETTER_AUTH_SECRET=fixture-secret-0123456789-abcdefghij-KLMNOP TENANTRY_PRIVATE_PROVIDERS=on TENANTRY_PROVIDERS=plain,nosignup,oidc TENANTRY_PROVIDER_PLAIN_AUTHORIZATION_URL=%IDP%/authorize TENANTRY_PROVIDER_PLAIN_TOKEN_URL=%IDP%/token TENANTRY_PROVIDER_PLAIN_USERINFO_URL=%IDP%/userinfo TENANTRY_PROVIDER_PLAIN_CLIENT_ID=plain-client TENANTRY_PROVIDER_PLAIN_CLIENT_SECRET=plain-secret TENANTRY_PROVIDER_PLAIN_SCOPES=profile,email TENANTRY_PROVIDER_NOSIGNUP_AUTHORIZATION_URL=%IDP%/authorize TENANTRY_PROVIDER_NOSIGNUP_TOKEN_URL=%IDP%/token TENANTRY_PROVIDER_NOSIGNUP_USERINFO_URL=%IDP%/userinfo TENANTRY_PROVIDER_NOSIGNUP_CLIENT_ID=plain-client TENANTRY_PROVIDER_NOSIGNUP_CLIENT_SECRET=plain-secret TENANTRY_PROVIDER_NOSIGNUP_SCOPES=email TENANTRY_PROVIDER_NOSIGNUP_SIGNUP=asked TENANTRY_PROVIDER_OIDC_ISSUER=%IDP% TENANTRY_PROVIDER_OIDC_CLIENT_ID=oidc-client TENANTRY_PROVIDER_OIDC_CLIENT_SECRET=oidc-secret GOOGLE_CLIENT_ID=google-client GOOGLE_CLIENT_SECRET=google-secret GITHUB_CLIENT_ID=gh-client GITHUB_CLIENT_SECRET=gh-secret
// Replays the recordings of social sign-in, linking and accounts.
import { after } from 'node:test';
import { sql } from '../lib/database.mjs';
import { IDP, Provider, code } from '../../lib/idp.mjs';
import { signUp } from '../lib/people.mjs';
import { jars, ours, replay } from '../lib/replay.mjs';

const provider = new Provider();
await provider.start();
after(() => provider.stop());

// Users that existed before the recording.
for (const who of ['y', 'form']) {
	const { browser } = await signUp({ email: `${who}@example.test`, name: who });
	jars.set(who, browser.jar);
}
await signUp({ email: 'vic@adm.test' });
sql(`UPDATE identity."user" SET email_verified = true
	WHERE email IN ('y@example.test', 'vic@adm.test')`);
sql(`UPDATE identity."user" SET banned = true WHERE email = 'vic@adm.test'`);
ours.set('http://localhost:4790', IDP);

// Replaces the nonce in the recorded code with the nonce of this run.
function nonce(exchange) {
	const profile = JSON.parse(Buffer.from(exchange.req.q.code, 'base64url'));
	exchange.req.q.code = code({ ...profile, nonce: ours.get(profile.nonce) });
}

function idToken(exchange) {
	exchange.req.b.idToken.token = provider.idToken({ sub: 'o2',
		email: 'o2@example.test', email_verified: true, name: 'O2',
		nonce: 'n-1' });
}

const expire = () => sql(`UPDATE identity.account
	SET access_token_expires_at = now() WHERE provider_id = 'plain'`);

replay('social', {
	before: { 222: nonce, 266: nonce, 234: idToken, 235: idToken, 264: expire },
	differences: {
		// This server sends Google a nonce, as it does to every issuer.
		228: (res) => ({ ...res, h: { ...res.h, location: res.h.location
			.replace('&code_challenge', '&nonce=-&code_challenge') } }),
	},
});
