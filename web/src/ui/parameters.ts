// Keeps the state of a page in its address, so that it can be bookmarked and shared.
import { useSearchParams } from 'react-router-dom';

/** [parameters, set, setAll]: set('NAME', VALUE) replaces one parameter; '' removes it. */
export function useParameters() {
	const [parameters, setAll] = useSearchParams();
	const set = (name: string, value: string) =>
		setAll(
			(now) => {
				const next = new URLSearchParams(now);
				if (value) next.set(name, value);
				else next.delete(name);
				return next;
			},
			{ replace: true },
		);
	return [parameters, set, setAll] as const;
}
