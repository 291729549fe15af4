// The global names of Node 20 that Node 18 of Debian 12 lacks, and without those of newer ones, so that
// a test that uses them fails on every Node.
require('node:http');	// uses one of them as it loads
globalThis.File ??= require('node:buffer').File;
globalThis.crypto ??= require('node:crypto').webcrypto;
for (const [owner, names] of [
	[Array.prototype, ['toReversed', 'toSorted', 'toSpliced', 'with']],
	[Array, ['fromAsync']],
	[Object, ['groupBy']],
	[Map, ['groupBy']],
	[Promise, ['withResolvers']],
	[String.prototype, ['isWellFormed', 'toWellFormed']],
	[Object.getPrototypeOf(Uint8Array).prototype, ['toReversed', 'toSorted', 'with']],
	[AbortSignal, ['any']],
	[ReadableStream, ['from']],
])
	for (const name of names)
		delete owner[name];
