// Guesses the kind of a new custom field from the first values of a column.
import type { detailed, kinds } from '../customFields/kinds';

export type NewKind = Exclude<(typeof kinds)[number], (typeof detailed)[number]>;

const forms: [NewKind, RegExp][] = [
	['boolean', /^(true|false|yes|no)$/i],
	['date', /^(\d{4}-\d\d?-\d\d?|\d\d?[./]\d\d?[./]\d{4})$/],
	['time', /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/],
	['integer', /^-?\d{1,15}$/],
	['number', /^-?\d[\d ',.]*$/],
	['email', /^[^\s@]+@[^\s@]+\.[^\s@]+$/],
	['url', /^https?:\/\/\S+$/i],
];

/** Returns the first kind whose format matches all values. A number that begins with 0 counts as text. */
export const guessKind = (values: string[]): NewKind =>
	(values.length > 0 &&
		!values.some((value) => /^0\d/.test(value)) &&
		forms.find(([, form]) => values.every((value) => form.test(value)))?.[0]) ||
	'text';
