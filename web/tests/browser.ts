// The browser APIs that modules of src/ use while they are loaded, and a global that Node 18 lacks.
import { File } from 'node:buffer';

const page = Object.assign(new EventTarget(), {
	location: new URL('http://localhost/'),
	matchMedia: () => Object.assign(new EventTarget(), { matches: false }),
});
const store = new Map<string, string>();
const storage = {
	getItem: (name: string) => store.get(name) ?? null,
	setItem: (name: string, value: string) => void store.set(name, value),
	removeItem: (name: string) => void store.delete(name),
};
class Channel {
	postMessage() {}
}

Object.assign(globalThis, {
	window: page,
	localStorage: storage,
	sessionStorage: storage,
	BroadcastChannel: Channel,
	File,
});
