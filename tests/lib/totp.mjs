// An authenticator app: reads the otpauth URI and generates codes (RFC 6238).
import { createHmac } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

const STEP = 30000;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function bytes(base32) {
	let bits = '';
	for (const c of base32)
		bits += alphabet.indexOf(c).toString(2).padStart(5, '0');
	return Buffer.from(bits.match(/.{8}/g).map((b) => Number.parseInt(b, 2)));
}

// Returns the code of the current step, or of the step that is `later` steps
// after it.
export const totp = (uri, later = 0) => totpOf(new URL(uri).searchParams.get('secret'), later);

// Returns the code of the current or a later step for a base32 secret.
export function totpOf(secret, later = 0) {
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP) + later));
	const mac = createHmac('sha1', bytes(secret)).update(counter).digest();
	const at = mac[19] & 15;
	return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

// Returns a code that is wrong now and in the neighboring steps.
export function wrong(uri) {
	const right = [-2, -1, 0, 1, 2].map((later) => totp(uri, later));
	for (let n = 0; ; n++)
		if (!right.includes(String(n).padStart(6, '0')))
			return String(n).padStart(6, '0');
}

// Waits for the next step if the current step is about to end.
export async function early(margin = 3000) {
	const left = STEP - Date.now() % STEP;
	if (left < margin)
		await wait(left + 50);
}
