// own stack: its tenantry-jobs works for all organizations.
// The delivery of an email belongs to the trace of the request that queued the
// email.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collector, values } from '../../lib/collector.mjs';
import { Server, send, sql, startJobs, statusBecomes, stopJobs, until } from './lib/jobs.mjs';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736', SPAN = '00f067aa0ba902b7';

test('the delivery span of an email is sent to the collector', async () => {
	const server = new Server(), to = await collector();
	await server.start();
	const jobs = await startJobs({ SMTP_URL: server.url(), OTEL_EXPORTER_OTLP_ENDPOINT: `${to.url}/` });
	await statusBecomes(send('untraced@example.test'), 'sent');
	sql(`SELECT set_config('app.trace', '00-${TRACE}-${SPAN}-01', false);
		SELECT ops.send_mail('password-changed', 'traced@example.test', 'en', '{}');`);
	const id = sql(`SELECT id FROM ops.mail WHERE recipient = 'traced@example.test'`)[0][0];
	await statusBecomes(id, 'sent');
	const [span, ...more] = await until(() => to.spans().length > 0 && to.spans());
	assert.deepEqual(more, []);
	assert.deepEqual([span.traceId, span.parentSpanId, span.name, span.kind, span.status], [TRACE, SPAN, 'send mail', 5, undefined]);
	assert.deepEqual(values(span), { 'tenantry.mail': id, 'tenantry.mail.template': 'password-changed', 'tenantry.mail.attempt': '1' });
	assert.doesNotMatch(JSON.stringify(to.bodies), /example\.test/);
	await stopJobs(jobs);
});
