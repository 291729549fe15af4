// A debounced value of an input.
import { useEffect, useState } from 'react';

/** Returns the value, after it has not changed for PAUSE milliseconds. */
export function useSettled<T>(value: T, pause = 300): T {
	const text = JSON.stringify(value);
	const [settled, set] = useState(text);
	useEffect(() => {
		const timer = setTimeout(() => set(text), pause);
		return () => clearTimeout(timer);
	}, [text, pause]);
	return JSON.parse(settled);
}
