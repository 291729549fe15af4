// Global names of Node 20 that Node 18 of Debian 12 lacks.
globalThis.File ??= require('node:buffer').File;
globalThis.crypto ??= require('node:crypto').webcrypto;
