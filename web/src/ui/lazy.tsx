// Parts of the application that are loaded when they are shown for the first time.
import {
	lazy as suspending,
	useLayoutEffect,
	useState,
	type ComponentProps,
	type ComponentType,
	type FunctionComponent,
} from 'react';

const SOON = 200; // milliseconds before a part that is still loading is suspended

/**
 * Loads a part like React's lazy(), but without its minimum of 300 ms for the fallback. At first, nothing is shown.
 * Only a part that takes longer to load is suspended. preload() loads the part before it is shown.
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
		const [late, setLate] = useState(false); // stays true, because the part keeps its state
		useLayoutEffect(() => {
			if (Loaded) return;
			const timer = setTimeout(() => setLate(true), SOON);
			begin().then(
				() => {
					clearTimeout(timer);
					setLoaded(true);
				},
				() => setLate(true),
			); // lazy() throws the error
			return () => clearTimeout(timer);
		}, []);
		return late ? <Late {...props} /> : Loaded ? <Loaded {...props} /> : null;
	}
	const preload = () =>
		void begin().catch(() => {
			loading = undefined; // the part is loaded again when it is shown, which reports a second error
		});
	return Object.assign(Lazy, { preload });
}
