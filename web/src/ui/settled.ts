// A debounced input value.
import { useEffect, useState } from 'react';

/** Returns the last value that did not change for `pause` milliseconds. */
export function useSettled<T>(value: T, pause = 300): T {
	const text = JSON.stringify(value);
	const [settled, set] = useState(text);
	useEffect(() => {
		const timer = setTimeout(() => set(text), pause);
		return () => clearTimeout(timer);
	}, [text, pause]);
	return JSON.parse(settled);
}
