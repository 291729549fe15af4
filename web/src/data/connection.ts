// Tracks whether the server is reachable. Requests report their outcome. While the server is unreachable, a small
// request is repeated until it succeeds.
import { useSyncExternalStore } from 'react';

export type Trouble = 'offline' | 'busy';

const AGAIN = 3000;

let trouble: Trouble | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();
const recovered = new Set<() => void>();

function set(now: Trouble | undefined): void {
	if (now === trouble) return;
	trouble = now;
	for (const listener of listeners) listener();
}

async function ask(): Promise<void> {
	timer = undefined;
	const status = await fetch('/ready').then(
		(rs) => rs.status,
		() => 0,
	);
	if (status !== 200) return troubled(status);
	set(undefined);
	for (const listener of recovered) listener();
}

/** Reports a request without a response (0), or with a status that asks for a retry. */
export function troubled(status: number): void {
	set(status === 0 ? 'offline' : 'busy');
	timer ??= setTimeout(() => void ask(), AGAIN);
}

/** Calls the listener when the server is reachable again. Returns a function that removes the listener. */
export function onRecovery(listener: () => void): () => void {
	recovered.add(listener);
	return () => recovered.delete(listener);
}

function subscribe(listener: () => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

export const useTrouble = (): Trouble | undefined => useSyncExternalStore(subscribe, () => trouble);

window.addEventListener('offline', () => troubled(0));
