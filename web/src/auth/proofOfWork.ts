// A proof of work, which replaces the delay that other people's failed attempts cause.
import type { Refusal } from '../data/auth';

const zeroBits = (digest: Uint8Array) => {
	const i = digest.findIndex((byte) => byte > 0);
	return 8 * i + Math.clz32(digest[i] ?? 0) - 24;
};

/** Finds a text whose SHA-256 begins with this number of zero bits, within a minute. */
async function solve(challenge: string, bits: number) {
	const end = Date.now() + 60_000;
	for (let n = 0; Date.now() < end; n++) {
		const proof = `${challenge}:${n}`;
		const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(proof));
		if (zeroBits(new Uint8Array(digest)) >= bits) return proof;
	}
	return undefined;
}

/** Sends a request, and repeats it with a proof of work if it is refused because of too many attempts. */
export async function withWork<T>(send: (headers: Record<string, string>) => Promise<T>): Promise<T> {
	try {
		return await send({});
	} catch (error) {
		if ((error as Refusal).status !== 429 || !crypto.subtle)
			// the proof requires https
			throw error;
		const offer = await fetch('/api/proof-of-work');
		const { challenge, bits } = offer.ok ? await offer.json() : {};
		const proof = challenge && (await solve(challenge, bits));
		if (!proof) throw error;
		return send({ 'x-captcha-response': proof });
	}
}
