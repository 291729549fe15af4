// Ranks names by how well they match the typed text.

/** Returns the text in lower case without accents. */
export const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();

/**
 * Returns the rank of a name: 0 if it equals the typed text, 1 if it begins with the text, and 2 if each typed word
 * begins a word of the name. The rank is 3 if the record was found by different data, such as an email address.
 */
export function rank(name: string, typed: string): number {
	const all = plain(name);
	const text = plain(typed);
	if (all === text) return 0;
	if (all.startsWith(text)) return 1;
	const words = all.split(/[^\p{L}\p{N}]+/u);
	return text.split(/\s+/).every((one) => words.some((word) => word.startsWith(one)) || all.includes(` ${one}`))
		? 2
		: 3;
}

/** Sorts the rows by rank. Rows of equal rank keep their order. */
export const byRank = <Row>(rows: Row[], name: (row: Row) => string, typed: string): Row[] =>
	rows
		.map((row) => ({ row, at: rank(name(row), typed) }))
		.sort((one, other) => one.at - other.at)
		.map(({ row }) => row);
