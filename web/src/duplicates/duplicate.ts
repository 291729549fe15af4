import type { RaRecord } from 'ra-core';

/** Two rows that may stand for the same. */
export interface Pair extends RaRecord<number> {
	resource: 'contacts' | 'companies';
	one_id: number;
	other_id: number;
	one_name: string;
	other_name: string;
	score: number;
	reasons: string[];
	dismissed: boolean;
}

/** A row that may stand for the same as the one at hand. */
export interface Likeness {
	id: number;
	name: string;
	score: number;
	reasons: string[];
}
