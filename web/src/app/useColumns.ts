// The columns of a table: which ones, their order and their width, kept for the user and in saved views.
import { useStore } from 'ra-core';
import type { Noun } from './noun';
import { useFields } from './nouns';

export interface Column {
	name: string;
	width?: number;
}

export const STEP = 40; // pixels
export const USUAL = 200;
const [LEAST, MOST] = [80, 640];
export const within = (width: number) => Math.min(MOST, Math.max(LEAST, Math.round(width)));

/** The columns that are shown, all columns, and whether lines are compact. */
export function useColumns(noun: Noun) {
	const { readable } = useFields(noun);
	const usual = noun.list!.columns.map((name): Column => ({ name }));
	const [chosen, setChosen] = useStore<Column[] | null>(`${noun.name}.columns`, null);
	const [compact, setCompact] = useStore('compact', false);
	const all = readable(Object.keys(noun.fields));
	return {
		all,
		columns: (chosen ?? usual).filter(({ name }) => all.includes(name)),
		chosen,
		set: setChosen,
		resize: (name: string, width: number) =>
			setChosen((chosen ?? usual).map((one) => one.name === name ? { ...one, width: within(width) } : one)),
		compact,
		setCompact,
	};
}
