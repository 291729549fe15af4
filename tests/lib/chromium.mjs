// A Chromium for each file of a suite.
import { after, before } from 'node:test';

const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync',
	// A page of a test lives for seconds: to optimize its code takes longer than to interpret it,
	// and threads that collect garbage together wait for each other. This saves a fifth of the
	// processor time.
	'--js-flags=--no-opt,--no-maglev,--single-threaded-gc,--min-semi-space-size=16,--max-semi-space-size=64',
	'--in-process-gpu', '--num-raster-threads=1'];

// Starts the browser before the tests of a file, and ends it after them. chromium is playwright's, which is a package
// of the suite. Returns a function that opens a context.
export function startChromium(chromium) {
	let browser;

	before(async () => {
		browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args, timeout: 60000 });
	});

	after(() => browser?.close());

	return (options) => browser.newContext(options);
}
