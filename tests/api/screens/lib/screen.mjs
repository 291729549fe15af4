// A page of ra-core without a browser: its context, hooks and toasts.
import { JSDOM } from 'jsdom';
import { BASE } from '../../lib/http.mjs';

const { window } = new JSDOM('<!DOCTYPE html><main></main>', { url: `${BASE}/`,
	pretendToBeVisual: true });
for (const name of ['window', 'document', 'location', 'history', 'navigator', 'Node',
	'Element', 'HTMLElement', 'HTMLIFrameElement', 'MutationObserver',
	'requestAnimationFrame', 'cancelAnimationFrame'])
	Object.defineProperty(globalThis, name, { value: name === 'window' ? window
		: window[name], configurable: true, writable: true });

const { createElement, useEffect } = await import('react');
const { createRoot } = await import('react-dom/client');
const { CoreAdminContext, memoryStore, useNotificationContext, useTakeUndoableMutation } =
	await import('ra-core');
const { QueryClient } = await import('@tanstack/react-query');

const PATIENCE = 60_000; // milliseconds, for a slow machine

// Waits until what() returns a truthy value. Returns the value.
export async function until(what, name = 'that') {
	const end = Date.now() + PATIENCE;
	for (;;) {
		const value = await what();
		if (value)
			return value;
		if (Date.now() > end)
			throw new Error(`timed out at ${window.location.hash} waiting for ${name}: ` +
				what);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}

// Like the front end's <Notification>, sends an undoable mutation when its toast closes.
function Toasts({ toasts }) {
	const { notifications, takeNotification } = useNotificationContext();
	const takeMutation = useTakeUndoableMutation();
	useEffect(() => {
		const toast = notifications.length && takeNotification();
		if (!toast)
			return;
		const mutation = toast.notificationOptions?.undoable && takeMutation();
		toasts.push({ message: String(toast.message), type: toast.type,
			text: toast.notificationOptions?.messageArgs?._,
			undo: () => mutation?.({ isUndo: true }),
			close: () => mutation?.({ isUndo: false }) });
	});
	return null;
}

let close = () => undefined;

// Wraps a provider so that its responses have no effect after the screen is closed. Otherwise, ra-core would navigate,
// and all screens share one address.
const whileOpen = (provider, isOpen) => new Proxy(provider, {
	get: (target, name) => typeof target[name] !== 'function' ? target[name]
		: (...args) => new Promise((resolve, reject) => {
			Promise.resolve(target[name](...args)).then(
				(value) => isOpen() && resolve(value),
				(error) => isOpen() && reject(error));
		}),
});

// Renders a hook with the providers at a path of the page.
//	value		last value of the hook
//	toasts		notifications so far
//	when(test)	waits until the value passes
//	path()		current path of the page
// Only one screen exists at a time. within() may wrap the page.
export async function show({ dataProvider, authProvider }, hook, at = '/',
	within = (page) => page) {
	close();
	window.location.hash = `#${at}`;
	const screen = { value: undefined, toasts: [] };
	let isOpen = true;
	function Page() {
		const value = hook();
		// The value is set in an effect, because its functions cannot be called during rendering.
		useEffect(() => {
			screen.value = value;
		});
		return null;
	}
	const root = createRoot(window.document.body.appendChild(
		window.document.createElement('div')));
	const queryClient = new QueryClient({ defaultOptions: {
		queries: { retry: false, gcTime: 2000 }, mutations: { gcTime: 2000 } } });
	root.render(createElement(CoreAdminContext, {
		dataProvider: whileOpen(dataProvider, () => isOpen),
		authProvider: whileOpen(authProvider, () => isOpen),
		queryClient, store: memoryStore() }, within(createElement(Page)),
		createElement(Toasts, { toasts: screen.toasts })));
	close = () => {
		isOpen = false;
		root.unmount();
		queryClient.clear();
		close = () => undefined;
	};
	return Object.assign(screen, {
		when: (test) => until(() => screen.value && test(screen.value) && screen.value,
			String(test)),
		toast: (text) => until(() => screen.toasts.find((t) =>
			`${t.message} ${t.text}`.match(text)), String(text)),
		path: () => window.location.hash.slice(1),
		close: () => close(),
	});
}

export const goTo = (address) => {
	window.location.hash = `#${address}`;
};

// Closes the page at the end of a test file, because its timers would keep Node running.
export function leave() {
	close();
	window.close();
}
