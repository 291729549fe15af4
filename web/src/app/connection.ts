// Whether the server can be reached, for the banner that says so.
//
// Requests tell how they fared.  While it cannot be reached one small request
// asks again and again; the first good answer ends that.
import { useSyncExternalStore } from 'react';

export type Trouble = 'offline' | 'busy';

const AGAIN = 3000;

let trouble: Trouble | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();
const recovered = new Set<() => void>();

function set(now: Trouble | undefined): void {
	if (now === trouble)
		return;
	trouble = now;
	for (const listener of listeners)
		listener();
}

async function ask(): Promise<void> {
	timer = undefined;
	const status = await fetch('/ready').then((rs) => rs.status, () => 0);
	if (status !== 200)
		return troubled(status);
	set(undefined);
	for (const listener of recovered)
		listener();
}

/** A request got no answer (0), or one that says to try again. */
export function troubled(status: number): void {
	set(status === 0 ? 'offline' : 'busy');
	timer ??= setTimeout(ask, AGAIN);
}

/** Calls when the server is there again; the answer ends that. */
export function onRecovery(listener: () => void): () => void {
	recovered.add(listener);
	return () => recovered.delete(listener);
}

function subscribe(listener: () => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

export const useTrouble = (): Trouble | undefined =>
	useSyncExternalStore(subscribe, () => trouble);

window.addEventListener('offline', () => troubled(0));
