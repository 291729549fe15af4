// The cards of a board by column, and their positions.
export interface Placed {
	id: number;
}

export type Columns<Row extends Placed = Placed> = Record<string, Row[]>;

export interface Place {
	stage: string; // the column
	index: number; // the position among the visible cards
}

/** Returns the position of a card. */
export function placeOf(columns: Columns, id: number): Place | undefined {
	for (const [stage, cards] of Object.entries(columns)) {
		const index = cards.findIndex((card) => card.id === id);
		if (index >= 0) return { stage, index };
	}
	return undefined;
}

/** Returns the board with a card moved to a new position. */
export function placed<Row extends Placed>(columns: Columns<Row>, id: number, { stage, index }: Place): Columns<Row> {
	const from = placeOf(columns, id);
	const card = from && columns[from.stage]?.[from.index];
	if (!from || !card || !columns[stage]) return columns;
	const without = { ...columns, [from.stage]: (columns[from.stage] ?? []).filter((one) => one.id !== id) };
	const cards = without[stage] ?? [];
	return { ...without, [stage]: [...cards.slice(0, index), card, ...cards.slice(index)] };
}
