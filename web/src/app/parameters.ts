// What a page shows stands in its address, so that it can be kept and sent to somebody.
import { useSearchParams } from 'react-router-dom';

/** [parameters, set, setAll]: set('NAME', VALUE) puts one in place of what was; '' is none. */
export function useParameters() {
	const [parameters, setAll] = useSearchParams();
	const set = (name: string, value: string) => setAll((now) => {
		const next = new URLSearchParams(now);
		if (value)
			next.set(name, value);
		else
			next.delete(name);
		return next;
	}, { replace: true });
	return [parameters, set, setAll] as const;
}
