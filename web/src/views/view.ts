import type { RaRecord } from 'ra-core';
import type { Column } from '../records/useColumns';

export type Sort = [field: string, order: 'ASC' | 'DESC'];

/** A saved view of a list: its filters, its order and its columns. */
export interface View extends RaRecord<number> {
	resource: string;
	name: string;
	filters: Record<string, unknown>;
	sort: Sort | null;
	/** The columns of the table; null means the user's own choice. */
	columns: Column[] | null;
	sharing: 'private' | 'role' | 'organization';
	sales_id: number | null;
}

// The server may reorder the filters.
const text = (filters: object) =>
	JSON.stringify(Object.entries(filters).sort(([one], [other]) => (one < other ? -1 : 1)));

/** Whether a list currently matches the view. */
export const isView = (view: View, filters: object, sort?: Sort) =>
	text(view.filters) === text(filters) && (!sort || !view.sort || view.sort.join() === sort.join());
