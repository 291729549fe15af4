// Global names of Node 20 that Node 18 lacks.
globalThis.File ??= require('node:buffer').File;
