import { setTimeout as sleep } from 'node:timers/promises';

// Hashes of passwords wait for their turn, and whoever waits too long is told to
// try again; as clients do, so do those who sign up here.
export async function patiently(request) {
	for (let tries = 1; ; tries++) {
		const rs = await request();
		if (rs.status !== 503 || tries === 20)
			return rs;
		await sleep(500);
	}
}
