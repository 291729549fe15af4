// What Node 20 calls by a global name and Node 18 does not.
globalThis.File ??= require('node:buffer').File;
