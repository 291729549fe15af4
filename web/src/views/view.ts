import type { RaRecord } from 'ra-core';

export type Sort = [field: string, order: 'ASC' | 'DESC'];

/** A list that somebody keeps: what it finds, and in which order. */
export interface View extends RaRecord<number> {
	resource: string;
	name: string;
	filters: Record<string, unknown>;
	sort: Sort | null;
	sharing: 'private' | 'role' | 'organization';
	sales_id: number | null;
}

// The server keeps members in an order of its own.
const text = (filters: object) => JSON.stringify(Object.entries(filters).sort(([one], [other]) => one < other ? -1 : 1));

/** Whether a list is the one of that view, as it stands. */
export const isView = (view: View, filters: object, sort?: Sort) =>
	text(view.filters) === text(filters) && (!sort || !view.sort || view.sort.join() === sort.join());
