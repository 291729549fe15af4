import type { RaRecord } from 'ra-core';
import type { Column } from '../records/useColumns';

export type Sort = [field: string, order: 'ASC' | 'DESC'];

/** A saved view of a list: filters, order, columns, and the field of its board. */
export interface View extends RaRecord<number> {
	resource: string;
	name: string;
	filters: Record<string, unknown>;
	sort: Sort | null;
	/** The table's columns. If null, the user's own choice applies. */
	columns: Column[] | null;
	/** The API's name of the field of the board or the calendar. Null if the view is a table. */
	group_by: string | null;
	sharing: 'private' | 'role' | 'organization';
	sales_id: number | null;
}

// Converts filters to a text with sorted members, because the server may reorder the filters.
const text = (filters: object) =>
	JSON.stringify(Object.entries(filters).sort(([one], [other]) => (one < other ? -1 : 1)));

/** Returns whether a list currently matches the view. */
export const isView = (view: View, filters: object, sort?: Sort, group: string | null = view.group_by) =>
	text(view.filters) === text(filters) &&
	view.group_by === group &&
	(!sort || !view.sort || view.sort.join() === sort.join());
