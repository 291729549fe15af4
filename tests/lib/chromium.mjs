// A Chromium for each file of a suite.
import { readFileSync } from 'node:fs';
import { after, before } from 'node:test';

const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync',
	'--in-process-gpu', '--num-raster-threads=1'];
// A page of most tests lives for seconds: to optimize its code takes longer than to interpret it. A file with a line
// "// optimized: REASON" has pages that gain from it. Threads that collect garbage together wait for each other.
// This saves a fifth of the processor time.
const flags = ['--single-threaded-gc', '--min-semi-space-size=16', '--max-semi-space-size=64'];
if (!/^\/\/ optimized: /m.test(readFileSync(process.argv[1], 'utf8')))
	flags.push('--no-opt', '--no-maglev');

const TICKS = 100; // of /proc, in a second

// The seconds of the processes of pages below a process: those of the zygotes, for which the browser does not wait when it
// ends, so that they are missing in its own.
function pageSeconds(pid, counted = false) {
	try {
		const zygote = counted || readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('--type=zygote');
		// The fields after the name, which ends with the last ")": the processor time of the process and of its
		// reaped children, in user and system mode.
		const times = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/.*\)/, '').split(' ').slice(12, 16);
		const below = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean);
		return below.reduce((sum, child) => sum + pageSeconds(child, zygote),
			zygote ? times.reduce((sum, ticks) => sum + Number(ticks) / TICKS, 0) : 0);
	} catch {
		return 0; // it has just ended
	}
}

// Starts the browser before the tests of a file, and ends it after them. chromium is playwright's, which is a package
// of the suite. Returns a function that opens a context.
export function startChromium(chromium) {
	let browser;

	before(async () => {
		browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: [...args, `--js-flags=${flags}`], timeout: 60000 });
	});

	after(async () => {
		console.log(`pages ${pageSeconds(process.pid).toFixed(2)}`); // suite.sh adds them to the seconds of the file
		await browser?.close();
	});

	return (options) => browser.newContext(options);
}
