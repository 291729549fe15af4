// Keyboard shortcuts: one listener for all shortcuts, and the list that `?` shows.
import { useEffect, useRef, useSyncExternalStore } from 'react';

export interface Shortcut {
	/**
	 * The keys in the format of aria-keyshortcuts: "c", or "Control+k", for which the command key also works. "g d"
	 * means one key after the other.
	 */
	keys: string;
	/** The message key of the label. */
	label: string;
	run: () => void;
}

const PATIENCE = 1500; // milliseconds between the keys of a sequence
const OFF = 'tenantry.keys';

let registered: Shortcut[] = [];
let pending = '';
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function change(now: Shortcut[]): void {
	registered = now;
	for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

/** Returns the registered shortcuts, except those that another shortcut replaces. */
export const useShortcuts = () =>
	useSyncExternalStore(subscribe, () => registered).filter(
		({ keys }, index, all) => all.findLastIndex((one) => one.keys === keys) === index,
	);

/**
 * Returns [ON, turn]: whether shortcuts without Control are enabled, and a function that changes this. Speech input
 * and some keyboards trigger such shortcuts by accident.
 */
export function usePlainKeys(): [boolean, (on: boolean) => void] {
	const on = useSyncExternalStore(subscribe, plainKeys);
	return [
		on,
		(now) => {
			localStorage.setItem(OFF, now ? '' : 'off');
			change([...registered]);
		},
	];
}

const plainKeys = () => localStorage.getItem(OFF) !== 'off';

// Elements in which keys have a different meaning.
const TAKEN = 'input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=listbox], [role=combobox]';

function pressed({ key, ctrlKey, metaKey, altKey, shiftKey, target }: KeyboardEvent): string | undefined {
	const name = key.toLowerCase();
	if (ctrlKey || metaKey) return altKey || shiftKey ? undefined : `Control+${name}`;
	return altKey || key.length > 1 || !plainKeys() || (target as Element).closest?.(TAKEN) ? undefined : name;
}

window.addEventListener('keydown', (event) => {
	const key = event.defaultPrevented || event.repeat || event.isComposing ? undefined : pressed(event);
	const first = pending;
	clearTimeout(timer);
	pending = '';
	if (!key) return;
	const of = (keys: string) => registered.findLast((one) => one.keys === keys);
	const found = of(first && `${first} ${key}`) ?? of(key);
	if (found) {
		event.preventDefault();
		found.run();
	} else if (registered.some(({ keys }) => keys.startsWith(`${key} `))) {
		pending = key;
		timer = setTimeout(() => {
			pending = '';
		}, PATIENCE);
	}
});

const rows = () =>
	[...document.querySelectorAll('#main-content :is(tbody tr, ul > li)')].filter((row) =>
		row.querySelector('a[href]'),
	);

const current = () => rows().findIndex((row) => row.contains(document.activeElement));

/**
 * The keys for a list of records. Enter opens the row that has the focus, and x selects it. `select` is the label of
 * the key x.
 */
export function useRowKeys({ select = 'i18n.keys.select', search = true } = {}): void {
	const step = (by: number) => () => {
		const all = rows();
		const at = Math.min(Math.max(current() + by, 0), all.length - 1);
		(all[at]?.querySelector<HTMLElement>('[data-row]') ?? all[at]?.querySelector<HTMLElement>('a[href]'))?.focus();
	};
	useShortcut('j', 'i18n.keys.next', step(1));
	useShortcut('k', 'i18n.keys.previous', step(-1));
	useShortcut('x', select, () => rows()[current()]?.querySelector<HTMLElement>('input[type=checkbox]')?.click());
	useShortcut(
		'/',
		'i18n.keys.search',
		() => document.querySelector<HTMLElement>('#main-content input[name=q]')?.focus(),
		search,
	);
}

/**
 * Calls run() when the keys are pressed, while the component is mounted and `on` is true. If several components
 * register the same keys, the last registration applies.
 */
export function useShortcut(keys: string, label: string, run: () => void, on = true): void {
	const latest = useRef(run);
	useEffect(() => {
		latest.current = run;
	});
	useEffect(() => {
		if (!on) return undefined;
		const one = { keys, label, run: () => latest.current() };
		change([...registered, one]);
		return () => change(registered.filter((other) => other !== one));
	}, [keys, label, on]);
}

// The submit button of the form that has the focus.
function submitButton(): HTMLButtonElement | undefined {
	const form = document.activeElement?.closest('form');
	return form
		? [...form.elements].find((one): one is HTMLButtonElement => one.matches('button[type=submit]'))
		: undefined;
}

const SAVE = 'Control+enter';

// A field with a list would take the key to open the list or to choose from it, so the form gets the key first.
window.addEventListener(
	'keydown',
	(event) => {
		const on = registered.some(({ keys }) => keys === SAVE);
		if (!on || event.key !== 'Enter' || event.repeat || event.isComposing || pressed(event) !== SAVE) return;
		const button = submitButton();
		if (!button) return;
		event.preventDefault();
		event.stopPropagation();
		button.click();
	},
	true,
);

/** Ctrl+Enter saves the form that has the focus. */
export const useSaveKey = () => useShortcut(SAVE, 'i18n.keys.save', () => submitButton()?.click());
