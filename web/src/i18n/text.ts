// Conversion of values to text.

/** Converts a value to text: lists and objects to JSON, and null and undefined to "". */
export const textOf = (value: unknown): string =>
	value == null ? '' : typeof value === 'object' ? JSON.stringify(value) : `${value as string}`;
