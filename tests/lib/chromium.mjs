// Starts and ends a Chromium around the tests of a file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';

const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync',
	// A page of a test lives for seconds: to optimize its code takes longer than to interpret it,
	// and threads that collect garbage together wait for each other. This saves a fifth of the
	// processor time.
	'--js-flags=--no-opt,--no-maglev,--single-threaded-gc,--min-semi-space-size=16,--max-semi-space-size=64',
	'--in-process-gpu', '--num-raster-threads=1'];

// chromium is playwright's, which is a package of the suite. Returns a function that opens a
// browser context.
export function launchChromium(chromium) {
	let home, browser;

	before(async () => {
		home = mkdtempSync(join(tmpdir(), 'tenantry-chromium.'));
		browser = await chromium.launch({ executablePath: process.env.CHROMIUM,
			args: flags, env: { ...process.env, HOME: home }, timeout: 60000 });
	});

	after(async () => {
		await browser?.close();
		rmSync(home, { recursive: true, force: true, maxRetries: 5 });
	});

	return (options) => browser.newContext(options);
}
