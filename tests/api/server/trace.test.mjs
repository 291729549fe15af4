// stack: SIGNUP=open TENANTRY_RATE_LIMIT=on
// What a response and the log tell about a request: its limit and its trace.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, until, workersLog } from '../../lib/api.mjs';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736', SPAN = '00f067aa0ba902b7';

async function logged(traceparent) {
	const rs = await ask('GET', '/api/init_state', { headers: { traceparent } });
	assert.equal(rs.status, 200, rs.text);
	return until(() => workersLog().split('\n').find((line) =>
		line.includes(rs.headers['x-request-id']) && line.includes('request method=')));
}

test('the trace of a caller is in the log', async () => {
	for (const good of [`00-${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-00`,
		`cc-${TRACE}-${SPAN}-01`, `cc-${TRACE}-${SPAN}-01-abc`])
		assert.match(await logged(good), new RegExp(` trace=${TRACE}-${SPAN}$`), good);
});

test('a traceparent that breaks the rules is ignored', async () => {
	for (const bad of ['', 'x', `00-${TRACE}-${SPAN}`, `00-${TRACE}-${SPAN}-1`, `00-${TRACE}-${SPAN}-01-abc`,
		`ff-${TRACE}-${SPAN}-01`, `00-${'0'.repeat(32)}-${SPAN}-01`, `00-${TRACE}-${'0'.repeat(16)}-01`,
		`00-${TRACE.toUpperCase()}-${SPAN}-01`, `0-0${TRACE}-${SPAN}-01`, `00-${TRACE}-${SPAN}-0g`,
		`cc-${TRACE}-${SPAN}-01abc`, `00-${TRACE}${SPAN}-${'-'.repeat(4)}`,
		`00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`])
		assert.doesNotMatch(await logged(bad), /trace=/, bad);
});

test('responses of a limited path tell the limit', async () => {
	const body = { email: 'nobody@people.test', password: 'correct horse battery' };
	const seen = [];
	for (let i = 0; i < 4; i++) {
		const rs = await ask('POST', '/api/auth/sign-in/email', { body });
		assert.equal(rs.headers['ratelimit-policy'], '"path";q=3;w=10');
		const [, left, reset] = rs.headers.ratelimit.match(/^"path";r=(\d+);t=(\d+)$/);
		assert.ok(reset >= 1 && reset <= 10, reset);
		seen.push([rs.status, left]);
	}
	assert.deepEqual(seen, [[401, '2'], [401, '1'], [401, '0'], [429, '0']]);
	assert.equal((await ask('GET', '/api/init_state')).headers.ratelimit, undefined);
});
