import { setTimeout as sleep } from 'node:timers/promises';

// Password hashing queues, and a request that would wait too long gets 503.
// Retry like a client.
export async function patiently(request) {
	for (let tries = 1; ; tries++) {
		const rs = await request();
		if (rs.status !== 503 || tries === 20)
			return rs;
		await sleep(500);
	}
}
