// A software WebAuthn authenticator and its browser. It returns the result of navigator.credentials or, if a test asks
// for it, an invalid response.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { BASE } from './http.mjs';

const sha256 = (data) => createHash('sha256').update(data).digest();
const url = (data) => Buffer.from(data).toString('base64url');

function head(major, n) {
	if (n < 24)
		return Buffer.from([major << 5 | n]);
	if (n < 256)
		return Buffer.from([major << 5 | 24, n]);
	return Buffer.from([major << 5 | 25, n >> 8, n & 255]);
}

// Encodes integers, text, bytes, arrays, and Maps or objects as CBOR.
export function cbor(value) {
	if (Number.isInteger(value))
		return value < 0 ? head(1, -1 - value) : head(0, value);
	if (typeof value === 'string')
		return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
	if (Buffer.isBuffer(value))
		return Buffer.concat([head(2, value.length), value]);
	if (Array.isArray(value))
		return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
	const entries = value instanceof Map ? [...value] : Object.entries(value);
	return Buffer.concat([head(5, entries.length),
		...entries.flatMap(([k, v]) => [cbor(k), cbor(v)])]);
}

// The public key is the last bytes of its DER encoding. It is not exported as JWK, because Node 18 can deadlock in such
// an export (in about 1 of 10,000 exports, during garbage collection).
const bytes = (key, from, to) => key.export({ type: 'spki', format: 'der' }).subarray(from, to);
export const ALGORITHMS = {
	ES256: {
		pair: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
		cose: (key) => new Map([[1, 2], [3, -7], [-1, 1],
			[-2, bytes(key, -64, -32)], [-3, bytes(key, -32)]]),
		sign: (data, key) => sign('sha256', data, key),
	},
	EdDSA: {
		pair: () => generateKeyPairSync('ed25519'),
		cose: (key) => new Map([[1, 1], [3, -8], [-1, 6], [-2, bytes(key, -32)]]),
		sign: (data, key) => sign(null, data, key),
	},
	RS256: {
		pair: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
		// The DER encoding ends with the modulus, 2 bytes, and the exponent 65537.
		cose: (key) => new Map([[1, 3], [3, -257],
			[-1, bytes(key, -261, -5)], [-2, bytes(key, -3)]]),
		sign: (data, key) => sign('sha256', data, key),
	},
};

export const UP = 1, UV = 4, BE = 8, BS = 16, AT = 64, ED = 128;

// One credential. `counter` is the value that the next use sends. A counter of 0 remains 0, as for passkeys that are
// synced across devices.
export class Authenticator {
	constructor({ algorithm = 'ES256', counter = 1, flags = UP | UV,
		transports = ['internal'], aaguid = randomBytes(16) } = {}) {
		Object.assign(this, { algorithm: ALGORITHMS[algorithm], counter, flags,
			transports, aaguid, id: randomBytes(16) });
		const { publicKey, privateKey } = this.algorithm.pair();
		this.privateKey = privateKey;
		this.cose = cbor(this.algorithm.cose(publicKey));
	}

	clientData(type, options, { origin = BASE, ...more }) {
		return Buffer.from(JSON.stringify({ type: more.type ?? type,
			challenge: more.challenge ?? options.challenge, origin,
			crossOrigin: more.crossOrigin ?? false }));
	}

	authData(rpId, flags, counter, rest = Buffer.alloc(0)) {
		const fixed = Buffer.alloc(37);
		sha256(rpId).copy(fixed);
		fixed[32] = flags;
		fixed.writeUInt32BE(counter, 33);
		return Buffer.concat([fixed, rest]);
	}

	answer(response, more) {
		const id = 'id' in more ? more.id : url(this.id);
		return { id, rawId: more.rawId ?? id, type: more.kind ?? 'public-key',
			authenticatorAttachment: 'platform', response };
	}

	// `wrong` overrides values to make the response invalid.
	create(options, wrong = {}) {
		const length = Buffer.from([this.id.length >> 8, this.id.length & 255]);
		const authData = wrong.authData ?? this.authData(
			wrong.rpId ?? options.rp.id, (wrong.flags ?? this.flags) | AT,
			wrong.counter ?? 0, Buffer.concat([this.aaguid, length, this.id,
				wrong.cose ?? this.cose, wrong.extensions ?? Buffer.alloc(0)]));
		return this.answer({
			clientDataJSON: url(this.clientData('webauthn.create', options, wrong)),
			attestationObject: url(wrong.attestation ?? cbor({ fmt: 'none',
				attStmt: {}, authData })),
			transports: wrong.transports ?? this.transports,
		}, wrong);
	}

	get(options, wrong = {}) {
		const counter = wrong.counter ?? (this.counter && this.counter++);
		const clientData = this.clientData('webauthn.get', options, wrong);
		const authData = wrong.authData ?? this.authData(
			wrong.rpId ?? options.rpId, wrong.flags ?? this.flags, counter,
			wrong.extensions);
		const signature = this.algorithm.sign(
			Buffer.concat([authData, sha256(clientData)]),
			(wrong.signer ?? this).privateKey);
		return this.answer({ clientDataJSON: url(clientData),
			authenticatorData: url(authData),
			signature: wrong.signature ?? url(signature) }, wrong);
	}
}
