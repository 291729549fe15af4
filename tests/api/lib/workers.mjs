// The stack's worker processes, as /proc shows them.
import { readFileSync, readdirSync } from 'node:fs';

/** Whether the programs were built with AddressSanitizer, which keeps freed memory and reserves terabytes. */
export const sanitized = readFileSync(`${process.env.BUILD}/tenantry-fcgi`).includes('libasan');

/** Returns a number from /proc/PID/status: a size in kilobytes or an ID. Returns 0 if the number is absent. */
export const field = (pid, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm')
	.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);

/** Returns the process IDs of the supervisor's workers. */
export const workers = () => readdirSync('/proc').filter((pid) => {
	try {
		return /^\d+$/.test(pid) && field(pid, 'PPid') === Number(process.env.WORKERS);
	} catch {
		return false; // the process has exited in the meantime
	}
});

/** Returns the total CPU time of the processes, in milliseconds. */
export const computed = (pids) => pids.reduce((sum, pid) =>
	sum + Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6, 0);
