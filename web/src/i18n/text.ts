// Converts values to text.

/** Lists and objects as JSON; "" for null and undefined. */
export const textOf = (value: unknown): string =>
	value == null ? '' : typeof value === 'object' ? JSON.stringify(value) : `${value as string}`;
