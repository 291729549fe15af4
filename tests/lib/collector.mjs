// A trace collector (OTLP/HTTP with JSON).
import http from 'node:http';
import { after } from 'node:test';

// Starts a collector. `bodies` contains the bodies of all requests to /v1/traces, and `status` is the status of all
// later responses.
export async function collector() {
	const it = { bodies: [], headers: [], status: 200 };
	const server = http.createServer(async (rq, rs) => {
		const parts = [];
		for await (const part of rq)
			parts.push(part);
		if (it.status === 200 && rq.method === 'POST' && rq.url === '/v1/traces') {
			it.bodies.push(JSON.parse(Buffer.concat(parts)));
			it.headers.push(rq.headers);
		}
		rs.writeHead(it.status, { 'content-type': 'application/json' }).end('{}');
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	after(() => server.close());
	it.url = `http://127.0.0.1:${server.address().port}`;
	it.spans = () => it.bodies.flatMap((body) => body.resourceSpans[0].scopeSpans[0].spans);
	return it;
}

// Returns the attributes of a span as an object.
export const values = (span) => Object.fromEntries(span.attributes.map(({ key, value }) =>
	[key, value.stringValue ?? Number(value.intValue)]));
