// A page of ra-core without a browser: its context, its hooks, its toasts.
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

const PATIENCE = 10_000;

// Waits until what() is something, and says what it was.
export async function until(what, name = 'that') {
	const end = Date.now() + PATIENCE;
	for (;;) {
		const value = await what();
		if (value)
			return value;
		if (Date.now() > end)
			throw new Error(`waited in vain at ${window.location.hash} for ${name}: ` +
				what);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}

// As the front end's <Notification>: a mutation that can be undone is sent when
// its toast closes.
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

// Shows what a hook makes of the providers at an address of the page.
//	value		what the hook said last
//	toasts		notifications so far
//	when(test)	waits for the value to be so
//	path()		where the page is
// There is one screen at a time.  within() may put more around the page.
export async function show({ dataProvider, authProvider }, hook, at = '/',
	within = (page) => page) {
	close();
	window.location.hash = `#${at}`;
	const screen = { value: undefined, toasts: [] };
	function Page() {
		screen.value = hook();
		return null;
	}
	const root = createRoot(window.document.body.appendChild(
		window.document.createElement('div')));
	const queryClient = new QueryClient({ defaultOptions: {
		queries: { retry: false, gcTime: 2000 }, mutations: { gcTime: 2000 } } });
	root.render(createElement(CoreAdminContext, { dataProvider, authProvider, queryClient,
		store: memoryStore() }, within(createElement(Page)),
		createElement(Toasts, { toasts: screen.toasts })));
	close = () => {
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

// The last act of a test file: timers of the page keep Node awake.
export function leave() {
	close();
	window.close();
}
