import { setTimeout as sleep } from 'node:timers/promises';

// Sends a request, and retries it like a client if the response is 503. Password hashing has a queue, and a request
// that would wait too long gets 503.
export async function patiently(request) {
	for (let tries = 1; ; tries++) {
		const rs = await request();
		if (rs.status !== 503 || tries === 20)
			return rs;
		await sleep(500);
	}
}
