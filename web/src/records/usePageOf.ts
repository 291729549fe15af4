import { useCallback } from 'react';
import { useAreas } from './area';

/** A record, with the IDs of the records to which it refers. */
export interface Row {
	resource: string;
	id: number;
	contact_id?: number | null;
	company_id?: number | null;
	deal_id?: number | null;
}

/** Returns listOf(RESOURCE), which returns the page that lists the resource's records. */
export function useListOf(): (resource: string) => string | undefined {
	const areas = useAreas();
	return (resource) =>
		areas.some(({ routes }) => routes?.name === resource && routes.list) ? `/${resource}` : undefined;
}

/**
 * Returns pageOf(ROW), which returns the page of a record or, if the record has no page, the page of the record to
 * which it belongs.
 */
export function usePageOf(): (row: Row) => string | undefined {
	const areas = useAreas();
	return useCallback(
		(row) => {
			const page = (name: string, what: 'show' | 'list') =>
				areas.some(({ routes }) => routes?.name === name && routes[what]);
			const shown = (name: string, id: number | null | undefined) =>
				id != null && page(name, 'show') ? `/${name}/${id}/show` : undefined;
			return (
				shown(row.resource, row.id) ??
				shown('deals', row.deal_id) ??
				shown('contacts', row.contact_id) ??
				shown('companies', row.company_id) ??
				(page(row.resource, 'list') ? `/${row.resource}` : undefined)
			);
		},
		[areas],
	);
}
