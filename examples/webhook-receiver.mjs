// webhook-receiver.mjs [PORT] - receives webhooks, verifies their signatures and prints each event once.
//
// WEBHOOK_SECRET is the secret of the webhook, "whsec_...". The program needs no additional packages.
import { createHmac, timingSafeEqual } from 'node:crypto';
import http from 'node:http';

const key = Buffer.from(process.env.WEBHOOK_SECRET.replace(/^whsec_/, ''), 'base64');
const MOST = 10_000_000;	// maximum size of a body, in bytes
const OLDEST = 300;	// maximum age of a signature, in seconds
const seen = new Set();	// in production, store these IDs in your database for two days

// Returns whether the secret signed the body within the last five minutes.
function isSigned({ 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures = '' }, body) {
	const expected = Buffer.from(`v1,${createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest('base64')}`);
	return signatures.split(' ').map((one) => Buffer.from(one)).some((one) => one.length === expected.length && timingSafeEqual(one, expected))
		&& Math.abs(Date.now() / 1000 - Number(time)) <= OLDEST;
}

const server = http.createServer(async (request, response) => {
	const answer = (status) => response.writeHead(status).end();
	const parts = [];
	let size = 0;
	for await (const part of request) {
		size += part.length;
		if (size > MOST)
			return request.destroy();
		parts.push(part);
	}
	const body = Buffer.concat(parts);
	if (request.method !== 'POST' || !isSigned(request.headers, body))
		return answer(401);
	const event = JSON.parse(body);
	if (!seen.has(event.id)) {
		seen.add(event.id);
		console.log(JSON.stringify([event.type, event.data.id]));
	}
	return answer(204);
});
server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => console.log(`listening on port ${server.address().port}`));
