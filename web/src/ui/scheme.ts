// The color scheme, light or dark: the user's choice or, without one, the system's.
import { useSyncExternalStore } from 'react';
import type { Scheme } from './theme';

const KEY = 'tenantry.scheme';
const system = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

const now = (): Scheme => {
	const kept = localStorage.getItem(KEY);
	return kept === 'light' || kept === 'dark' ? kept : system.matches ? 'dark' : 'light';
};

function subscribe(listener: () => void): () => void {
	listeners.add(listener);
	system.addEventListener('change', listener);
	return () => {
		listeners.delete(listener);
		system.removeEventListener('change', listener);
	};
}

export const useScheme = (): Scheme => useSyncExternalStore(subscribe, now);

/** Stores the choice. undefined selects the system's mode. */
export function chooseScheme(scheme?: Scheme): void {
	if (scheme) localStorage.setItem(KEY, scheme);
	else localStorage.removeItem(KEY);
	for (const listener of listeners) listener();
}
