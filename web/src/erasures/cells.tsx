// The result of an erasure as text: the number of rows of each kind, and the number of copies in each location.
import { useTranslate } from 'ra-core';
import type { Shown } from '../records/resource';

export default function Counts({ value }: Shown) {
	const translate = useTranslate();
	const name = (key: string, n: number) =>
		translate(`erasures.places.${key}`, {
			_: translate(`resources.${key}.name`, { smart_count: n, _: key.replaceAll('_', ' ') }).toLowerCase(),
		});
	return (
		Object.entries(value as Record<string, number>)
			.filter(([, n]) => n > 0)
			.map(([key, n]) => `${name(key, n)} (${n})`)
			.join(', ') || '–'
	);
}
