// Verifies the signature of a webhook (Standard Webhooks).
import type { components } from './schema.js';

type Schemas = components['schemas'];
type Event = { [K in keyof Schemas]: K extends `${string}.event` ? Schemas[K] : never }[keyof Schemas];

const bytes = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

// Returns the event of a delivery from its unchanged body. Throws an error unless the secret ("whsec_...") signed the
// delivery in the last five minutes.
export async function verifyWebhook(secret: string, headers: Headers, body: string, toleranceMs = 300_000): Promise<Event> {
	const [id, time, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => headers.get(name) ?? '');
	const key = await crypto.subtle.importKey('raw', bytes(secret.replace(/^whsec_/, '')), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
	const signed = new TextEncoder().encode(`${id}.${time}.${body}`);
	const valid = await Promise.all(signatures.split(' ').filter((one) => one.startsWith('v1,'))
		.map((one) => crypto.subtle.verify('HMAC', key, bytes(one.slice(3)), signed).catch(() => false)));
	if (!valid.includes(true))
		throw new Error('the webhook is not signed with this secret');
	if (!(Math.abs(Date.now() - Number(time) * 1000) <= toleranceMs))
		throw new Error('the webhook is too old');
	return JSON.parse(body) as Event;
}
