// Starts a Chromium for each file of a suite.
import { readFileSync } from 'node:fs';
import { after, before } from 'node:test';

const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync',
	'--in-process-gpu', '--num-raster-threads=1'];
// In most tests, a page is open for seconds, so optimizing its code takes longer than interpreting it. Pages of files
// with a line "// optimized: REASON" run long enough to gain from optimization. Garbage is collected in a single
// thread, because parallel threads wait for each other. These flags save a fifth of the processor time.
const flags = ['--single-threaded-gc', '--min-semi-space-size=16', '--max-semi-space-size=64'];
if (!/^\/\/ optimized: /m.test(readFileSync(process.argv[1], 'utf8')))
	flags.push('--no-opt', '--no-maglev');

const TICKS = 100; // clock ticks of /proc per second

// Returns the processor time of the pages' processes below a process, in seconds. These processes are children of the
// zygotes, for which the browser does not wait when it ends. Therefore, the browser's own processor time does not
// include them.
function pageSeconds(pid, counted = false) {
	try {
		const zygote = counted || readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('--type=zygote');
		// The name ends with the last ")". The fields after it contain the processor time of the process and of its
		// reaped children, in user and system mode.
		const times = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/.*\)/, '').split(' ').slice(12, 16);
		const below = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean);
		return below.reduce((sum, child) => sum + pageSeconds(child, zygote),
			zygote ? times.reduce((sum, ticks) => sum + Number(ticks) / TICKS, 0) : 0);
	} catch {
		return 0; // the process has just ended
	}
}

// Starts the browser before the tests of a file, and ends it after them. `chromium` is the object from playwright, a
// package of the suite. Returns a function that opens a context.
export function startChromium(chromium) {
	let browser;

	before(async () => {
		browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: [...args, `--js-flags=${flags}`], timeout: 60000 });
	});

	after(async () => {
		console.log(`pages ${pageSeconds(process.pid).toFixed(2)}`); // suite.sh adds these to the seconds of the file
		await browser?.close();
	});

	return (options) => browser.newContext(options);
}
