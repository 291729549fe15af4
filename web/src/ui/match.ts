// Ranks names by how well they match the input.

/** Returns the text in lower case without accents. */
export const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();

/**
 * Returns the rank of a name: 0 if it equals the input; 1 if it begins with it; 2 if its words begin with all words
 * of the input; 3 if it was found by other data, such as an email address.
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
