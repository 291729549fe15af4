// Comparing rows: what a form changed, and whether two are one version.

export type Row = Record<string, any>;

// Equal as JSON would be: a member that is undefined is not there.
export function same(a: unknown, b: unknown): boolean {
	if (a === b)
		return true;
	if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null ||
		Array.isArray(a) !== Array.isArray(b))
		return false;
	const [x, y] = [a as Row, b as Row];
	return [...new Set([...Object.keys(x), ...Object.keys(y)])]
		.every((name) => same(x[name], y[name]));
}

// What the server derives, or keeps about a row besides what it says.
const derived = new Set(['id', 'nb_tasks', 'nb_deals', 'nb_contacts', 'company_name',
	'email_fts', 'phone_fts', 'updated_at', 'index']);

// The same row as far as its version goes.
export const sameVersion = (a: Row, b: Row): boolean =>
	[...new Set([...Object.keys(a), ...Object.keys(b)])]
		.every((name) => derived.has(name) || same(a[name], b[name]));

// The members of a form that are not as they were.
export function changes(data: Row, before: Row | undefined): Row {
	return Object.fromEntries(Object.entries(data).filter(([name, value]) =>
		value !== undefined && !(before && same(value, before[name]))));
}
