// The workers of the stack, as the kernel tells of them.
import { readFileSync, readdirSync } from 'node:fs';

/** A number of /proc/PID/status: kilobytes, or an id; 0 where it says none. */
export const field = (pid, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm')
	.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);

/** The supervisor's, by their process ids. */
export const workers = () => readdirSync('/proc').filter((pid) => {
	try {
		return /^\d+$/.test(pid) && field(pid, 'PPid') === Number(process.env.WORKERS);
	} catch {
		return false; // gone meanwhile
	}
});

/** Milliseconds that they have computed in all. */
export const computed = (pids) => pids.reduce((sum, pid) =>
	sum + Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6, 0);
