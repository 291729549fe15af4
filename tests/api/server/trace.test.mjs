// stack: SIGNUP=open TENANTRY_RATE_LIMIT=on
// own stack: it counts the requests from an address.
// What a response and the log contain about a request's rate limit and trace.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import otlp from '@opentelemetry/otlp-transformer/build/src/generated/root.js';
import { ask, owner, sql, until, workersLog } from '../../lib/api.mjs';
import { collector, values } from '../../lib/collector.mjs';
import { hold, waiting } from '../../lib/database.mjs';
import { stay } from '../lib/database.mjs';
import { workers } from '../../lib/fcgi.mjs';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736', SPAN = '00f067aa0ba902b7';

async function logged(traceparent) {
	const rs = await ask('GET', '/api/init_state', { headers: { traceparent } });
	assert.equal(rs.status, 200, rs.text);
	return until(() => workersLog().split('\n').find((line) =>
		line.includes(rs.headers['x-request-id']) && line.includes('request method=')));
}

test('the log contains the caller\'s trace', async () => {
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

test('responses of a limited path state the limit', async () => {
	const body = { email: 'nobody@people.test', password: 'correct horse battery' };
	const seen = [];
	for (let i = 0; i < 4; i++) {
		const rs = await ask('POST', '/api/auth/sign-in/email', { body });
		assert.equal(rs.headers['ratelimit-policy'], '"path";q=3;w=10');
		const [, left, reset] = rs.headers.ratelimit.match(/^"path";r=(\d+);t=(\d+)$/);
		assert.ok(reset >= 1 && reset <= 10, reset);
		seen.push([rs.status, left]);
		stay();
	}
	assert.deepEqual(seen, [[401, '2'], [401, '1'], [401, '0'], [429, '0']]);
	const limited = (await ask('GET', '/metrics')).text.match(/^tenantry_requests_limited_total (\d+)$/m);
	assert.ok(Number(limited[1]) >= 1);
	assert.equal((await ask('GET', '/api/init_state')).headers.ratelimit, undefined);
});

const Traces = otlp.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
const caller = { HTTP_TRACEPARENT: `00-${TRACE}-${SPAN}-01` };

// Returns the value of a header in a worker's response.
const header = (rs, name) => new RegExp(`^${name}: (.*?)\r?$`, 'im').exec(rs.head)?.[1];

// Returns the spans of a request, with the span of the request itself last.
const spansOf = (to, rs) => until(() => {
	const all = to.spans(), one = all.find((span) => values(span)['tenantry.request_id'] === header(rs, 'x-request-id'));
	return one && [...all.filter((span) => span.parentSpanId === one.spanId), one];
});

test('a request and its round trips are sent to the collector', async () => {
	const to = await collector();
	const pool = await workers({ OTEL_EXPORTER_OTLP_ENDPOINT: to.url, OTEL_EXPORTER_OTLP_HEADERS: 'api-key=abc, x-team = crm,authorization=Basic%20a+b/c%3D=,x-odd=100%',
		TENANTRY_TRACE_PERCENT: '0' });
	const { token } = await owner('Traces');
	const before = Date.now();
	const rs = await pool.ask('GET', '/api/contacts?filter=%7B%22q%22%3A%22secret-value%22%7D', { token, headers: caller });
	assert.equal(rs.status, 200, rs.text);
	const [trip, span] = await spansOf(to, rs);
	assert.deepEqual([span.traceId, span.parentSpanId, span.name, span.kind], [TRACE, SPAN, 'GET /api/contacts', 2]);
	assert.deepEqual([trip.traceId, trip.name, trip.kind, values(trip)['db.system.name']], [TRACE, 'round trip', 3, 'postgresql']);
	const { 'http.response.body.size': size, 'tenantry.request_id': id, ...rest } = values(span);
	assert.equal(size, rs.text.length);
	assert.deepEqual(rest, { 'http.request.method': 'GET', 'http.route': '/api/contacts', 'http.response.status_code': 200 });
	for (const { startTimeUnixNano: start, endTimeUnixNano: end } of [trip, span])
		assert.ok(Number(start) / 1e6 > before - 1000 && BigInt(start) <= BigInt(end) && Number(end) / 1e6 < Date.now() + 1000);
	assert.doesNotMatch(JSON.stringify(to.bodies), /secret|filter=/);
	const { 'api-key': key, 'x-team': team, authorization, 'x-odd': odd } = to.headers[0];
	assert.deepEqual([key, team, authorization, odd], ['abc', 'crm', 'Basic a+b/c==', '100%']);
	const [, db, total] = header(rs, 'server-timing').match(/^db;dur=([\d.]+), total;dur=([\d.]+)$/).map(Number);
	assert.ok(db > 0 && db <= total, header(rs, 'server-timing'));
	// The official definition of the protocol contains all fields.
	for (const body of to.bodies)
		assert.deepEqual(Traces.toObject(Traces.fromObject(body), { longs: String, bytes: String, enums: Number }), body);
	const silent = await pool.ask('GET', '/api/contacts', { token, headers: { HTTP_TRACEPARENT: `00-${TRACE}-${SPAN}-00` } });
	assert.equal(header(silent, 'server-timing'), undefined);
	await pool.stop();
	assert.equal(to.spans().filter(({ name }) => name === 'GET /api/contacts').length, 1);
});

test('statements and queued emails contain the trace', async () => {
	const to = await collector();
	const pool = await workers({ OTEL_EXPORTER_OTLP_ENDPOINT: to.url });
	const { token, email } = await owner('Comments');
	const { json: tag } = await ask('POST', '/api/tags', { token, body: { name: 'a', color: '#abc' } });
	const lock = await hold(`SELECT FROM crm.tags WHERE id = ${tag.id} FOR UPDATE`);
	const change = pool.ask('PATCH', `/api/tags/${tag.id}`, { token, headers: caller, body: JSON.stringify({ name: 'b' }) });
	await until(() => waiting() === 1);
	assert.equal(sql(`SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
		AND query LIKE '/*traceparent=''00-${TRACE}-%-01''*/ %'`)[0][0], '1');
	await lock.release();
	assert.equal((await change).status, 200);
	const rs = await pool.ask('POST', '/api/auth/request-password-reset',
		{ headers: { ...caller, HTTP_ORIGIN: process.env.BASE }, body: JSON.stringify({ email }) });
	assert.equal(rs.status, 200, rs.text);
	const span = (await spansOf(to, rs)).at(-1);
	assert.equal(sql(`SELECT trace FROM ops.mail ORDER BY id DESC LIMIT 1`)[0][0], `00-${TRACE}-${span.spanId}-01`);
	await pool.stop();
});

test('a share of the requests without a trace begins a trace', async () => {
	const to = await collector();
	const pool = await workers({ OTEL_EXPORTER_OTLP_ENDPOINT: to.url, TENANTRY_TRACE_PERCENT: '10' });
	for (let i = 0; i < 100; i++)
		assert.equal((await pool.ask('GET', '/live')).status, 200);
	await pool.stop(); // sends the remaining spans
	const spans = to.spans().filter(({ name }) => name === 'GET /live');
	assert.equal(spans.length, 10);
	assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 10);
	assert.ok(spans.every(({ parentSpanId }) => parentSpanId === undefined));
});

test('callers cannot force the recording of every request, and an unreachable collector is logged once', async () => {
	const to = await collector();
	to.status = 503;
	const pool = await workers({ OTEL_EXPORTER_OTLP_ENDPOINT: to.url });
	const began = Date.now();
	const timed = await Promise.all(Array.from({ length: 200 }, async () =>
		header(await pool.ask('GET', '/live', { headers: caller }), 'server-timing')));
	const seconds = (Date.now() - began) / 1000;
	await until(() => pool.log().includes('traces lost=yes status=503'));
	assert.equal((await pool.ask('GET', '/ready', { headers: caller })).status, 200);
	to.status = 200;
	await until(async () => {
		await pool.ask('GET', '/live', { headers: caller });
		return pool.log().includes('traces lost=no');
	});
	assert.equal(pool.log().split('traces lost=yes').length, 2);
	await pool.stop();
	assert.ok(timed.some(Boolean) && timed.filter(Boolean).length <= 20 * (seconds + 2), `${timed.length} in ${seconds} s`);
});
