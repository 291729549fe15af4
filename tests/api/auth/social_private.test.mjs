// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PROVIDERS=v4,name,v6,mapped,short,decimal,any,cloud,lan TENANTRY_PROVIDER_V4_ISSUER=https://127.0.0.1:%IDP_PORT% TENANTRY_PROVIDER_NAME_ISSUER=https://localhost:%IDP_PORT% TENANTRY_PROVIDER_V6_ISSUER=https://[::1]:%IDP_PORT% TENANTRY_PROVIDER_MAPPED_ISSUER=https://[::ffff:127.0.0.1]:%IDP_PORT% TENANTRY_PROVIDER_SHORT_ISSUER=https://127.1:%IDP_PORT% TENANTRY_PROVIDER_DECIMAL_ISSUER=https://2130706433:%IDP_PORT% TENANTRY_PROVIDER_ANY_ISSUER=https://0.0.0.0:%IDP_PORT% TENANTRY_PROVIDER_CLOUD_ISSUER=https://169.254.169.254 TENANTRY_PROVIDER_LAN_ISSUER=https://10.0.0.1:%IDP_PORT% TENANTRY_PROVIDER_V4_CLIENT_ID=x TENANTRY_PROVIDER_NAME_CLIENT_ID=x TENANTRY_PROVIDER_V6_CLIENT_ID=x TENANTRY_PROVIDER_MAPPED_CLIENT_ID=x TENANTRY_PROVIDER_SHORT_CLIENT_ID=x TENANTRY_PROVIDER_DECIMAL_CLIENT_ID=x TENANTRY_PROVIDER_ANY_CLIENT_ID=x TENANTRY_PROVIDER_CLOUD_CLIENT_ID=x TENANTRY_PROVIDER_LAN_CLIENT_ID=x
// Without TENANTRY_PRIVATE_PROVIDERS, the server does not connect to private addresses.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import net from 'node:net';
import { after, test } from 'node:test';
import { Browser } from '../lib/http.mjs';

const met = [];
const trap = net.createServer((socket) => {
	met.push(socket.remoteAddress);
	socket.destroy();
});
await new Promise((resolve) =>
	trap.listen(Number(new URL(process.env.IDP).port), '::', resolve));
after(() => trap.close());

test('security 69: no provider may be at a private address', async () => {
	for (const provider of ['v4', 'name', 'v6', 'mapped', 'short', 'decimal',
		'any', 'cloud', 'lan']) {
		const times = [];
		// A connection attempt would take 3 seconds.
		for (let i = 0; i < 3 && !times.some((ms) => ms < 2500); i++) {
			const began = Date.now();
			const rs = await new Browser().post('/api/auth/sign-in/social', { provider });
			times.push(Date.now() - began);
			assert.equal(rs.status, 503, provider);
			assert.equal(rs.json.code, 'SERVICE_UNAVAILABLE');
		}
		assert.ok(Math.min(...times) < 2500, `${provider} was tried`);
	}
	assert.deepEqual(met, []);
});

// Starts tenantry-fcgi with these settings, which must fail. Returns stderr.
function complaint(settings) {
	const { status, stderr } = spawnSync(`${process.env.BUILD}/tenantry-fcgi`, [],
		{ encoding: 'utf8', env: { ...process.env, TENANTRY_SOCKET: '',
			GATEWAY_INTERFACE: 'CGI/1.1', ...settings } });
	assert.equal(status, 1);
	return stderr;
}

test('invalid settings are reported and prevent the start', () => {
	const a = { TENANTRY_PROVIDERS: 'a', TENANTRY_PROVIDER_A_CLIENT_ID: 'x',
		TENANTRY_PROVIDER_A_ISSUER: 'https://a.test' };
	for (const [settings, says] of [
		[{ TENANTRY_PROVIDER_A_ISSUER: 'http://a.test' }, /ISSUER is not an https/],
		[{ TENANTRY_PROVIDER_A_ISSUER: 'http://127.0.0.1' }, /ISSUER is not/],
		[{ TENANTRY_PROVIDER_A_ISSUER: 'file:///etc/passwd' }, /ISSUER is not/],
		[{ TENANTRY_PROVIDER_A_ISSUER: 'https://' }, /ISSUER is not/],
		[{ TENANTRY_PROVIDER_A_ISSUER: 'https://a b' }, /ISSUER is not/],
		[{ TENANTRY_PROVIDER_A_ISSUER: '' }, /neither ISSUER nor AUTHORIZATION_URL/],
		[{ TENANTRY_PROVIDER_A_CLIENT_ID: '' }, /CLIENT_ID is not set/],
		[{ TENANTRY_PROVIDER_A_SIGNUP: 'maybe' }, /SIGNUP=maybe/],
		[{ TENANTRY_PROVIDER_A_TRUSTED: 'yes' }, /TRUSTED=yes/],
		[{ TENANTRY_PROVIDERS: 'A' }, /lower-case letters/],
		[{ TENANTRY_PROVIDERS: 'a/b' }, /lower-case letters/],
		[{ TENANTRY_PROVIDERS: '-a' }, /lower-case letters/],
		[{ TENANTRY_PROVIDERS: 'a'.repeat(33) }, /lower-case letters/],
		[{ TENANTRY_PROVIDERS: 'a,a' }, /given twice/],
		[{ TENANTRY_PROVIDERS: 'credential' }, /passwords/],
		[{ TENANTRY_PROVIDERS: 'google' }, /built-in provider/],
		[{ GITHUB_CLIENT_ID: 'x' }, /CLIENT_SECRET is not set/],
		[{ TENANTRY_PRIVATE_PROVIDERS: 'yes' }, /on or off/],
	])
		assert.match(complaint({ ...a, ...settings }), says,
			JSON.stringify(settings));
	const both = complaint({ TENANTRY_PROVIDERS: 'a,b' });
	assert.match(both, /provider a:/);
	assert.match(both, /provider b:/);
});
