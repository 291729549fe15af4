// Parts of the app that are loaded when they are shown for the first time.
import {
	lazy as suspending,
	useLayoutEffect,
	useState,
	type ComponentProps,
	type ComponentType,
	type FunctionComponent,
} from 'react';

const SOON = 200; // milliseconds

/**
 * Like React's lazy(), which keeps the fallback for 300 ms, however soon the part has loaded. Here nothing is shown at
 * first; only a part that takes longer is suspended. preload() loads it before it is shown.
 */
export function lazy<Part extends ComponentType<any>>(
	load: () => Promise<{ default: Part }>,
): FunctionComponent<ComponentProps<Part>> & { preload: () => void } {
	let loading: ReturnType<typeof load> | undefined;
	let Loaded: ComponentType<ComponentProps<Part>> | undefined;
	const begin = () =>
		(loading ??= load().then((all) => {
			Loaded = all.default;
			return all;
		}));
	const Late: ComponentType<any> = suspending(begin);
	function Lazy(props: ComponentProps<Part>) {
		const [, setLoaded] = useState(false);
		const [late, setLate] = useState(false); // permanently, since the part keeps its state
		useLayoutEffect(() => {
			if (Loaded) return;
			const timer = setTimeout(() => setLate(true), SOON);
			begin().then(
				() => {
					clearTimeout(timer);
					setLoaded(true);
				},
				() => setLate(true),
			); // which throws the error
			return () => clearTimeout(timer);
		}, []);
		return late ? <Late {...props} /> : Loaded ? <Loaded {...props} /> : null;
	}
	const preload = () =>
		void begin().catch(() => {
			loading = undefined; // it is loaded again, and an error reported, when the part is shown
		});
	return Object.assign(Lazy, { preload });
}
