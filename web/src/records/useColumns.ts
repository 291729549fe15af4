// The columns that a user has chosen for a table, with their order and width. They are stored for the user and in saved
// views.
import { useStore } from 'ra-core';
import type { Completed } from './resource';
import { useFields } from './resources';

export interface Column {
	name: string;
	width?: number;
}

export const STEP = 40; // pixels
export const USUAL = 200;
const [LEAST, MOST] = [80, 640];
export const within = (width: number) => Math.min(MOST, Math.max(LEAST, Math.round(width)));

const isColumn = (one: any): one is Column =>
	typeof one?.name === 'string' && ['undefined', 'number'].includes(typeof one.width);

/** Returns the visible columns, all columns, and whether rows have the comfortable height. */
export function useColumns(resource: Completed) {
	const { readable } = useFields(resource);
	const usual = resource.list!.columns.map((name): Column => ({ name }));
	const [own, setOwn] = useStore<Column[] | null>(`${resource.name}.columns`, null);
	// The columns of the selected view, which apply until the user selects another view. They may be invalid.
	const [viewed, setViewed] = useStore<unknown>(`${resource.name}.view.columns`, null);
	const [comfortable, setComfortable] = useStore('comfortable', false);
	const all = readable(Object.keys(resource.fields));
	const known = (some: unknown) =>
		Array.isArray(some) ? some.filter(isColumn).filter(({ name }) => all.includes(name)) : [];
	const chosen = [viewed, own].map(known).find(({ length }) => length > 0) ?? null;
	const columns = chosen ?? known(usual);
	const set = (next: Column[] | null) => (viewed ? setViewed(next ?? usual) : setOwn(next));
	return {
		all,
		columns,
		chosen,
		set,
		setViewed,
		resize: (name: string, width: number) =>
			set(columns.map((one) => (one.name === name ? { ...one, width: within(width) } : one))),
		comfortable,
		setComfortable,
	};
}
