// Values as text.

/** Lists and objects as JSON; "" for nothing. */
export const textOf = (value: unknown): string =>
	value == null ? '' : typeof value === 'object' ? JSON.stringify(value) : `${value as string}`;
