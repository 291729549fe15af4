import type { RaRecord } from 'ra-core';

/** Two possible duplicates. */
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

/** A possible duplicate of a given record. */
export interface Likeness {
	id: number;
	name: string;
	score: number;
	reasons: string[];
}
