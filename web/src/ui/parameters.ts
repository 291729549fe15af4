// Keeps the state of a page in the address, so that users can bookmark and share it.
import { useSearchParams } from 'react-router-dom';

/** Returns the parameters in the address bar, which may be newer than the parameters of the last render. */
export const currentParameters = () => new URLSearchParams(window.location.search);

/** Returns [parameters, set, setAll]. set('NAME', VALUE) replaces one parameter, and '' removes it. */
export function useParameters() {
	const [parameters, setAll] = useSearchParams();
	const set = (name: string, value: string) =>
		setAll(
			() => {
				const next = currentParameters();
				if (value) next.set(name, value);
				else next.delete(name);
				return next;
			},
			{ replace: true },
		);
	return [parameters, set, setAll] as const;
}
