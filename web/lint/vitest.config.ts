// The unit tests of src/, which run without a browser (see tests/browser.ts).
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { refusals } from '../refusals';

process.env.TZ = 'Europe/Paris'; // a time zone with daylight saving time

export default defineConfig({
	root: fileURLToPath(new URL('..', import.meta.url)),
	plugins: [refusals()],
	cacheDir: '../_build/lint/vite',
	test: {
		include: ['tests/*.test.ts'],
		setupFiles: 'tests/browser.ts',
		// A single thread loads each module only once.
		pool: 'threads',
		poolOptions: { threads: { singleThread: true, isolate: false } },
	},
});
