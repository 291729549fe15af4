// How well names match the input.

/** Without accents and case. */
export const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();

/** 0: equal; 1: begins with it; 2: its words begin with all words; 3: found by something else, such as an email. */
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

/** The rows in the order of their matches, otherwise as they are. */
export const byRank = <Row>(rows: Row[], name: (row: Row) => string, typed: string): Row[] =>
	rows
		.map((row) => ({ row, at: rank(name(row), typed) }))
		.sort((one, other) => one.at - other.at)
		.map(({ row }) => row);
