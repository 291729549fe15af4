import { nouns } from './nouns';

/** A row, and those that it names. */
export interface Row {
	resource: string;
	id: number;
	contact_id?: number | null;
	company_id?: number | null;
	deal_id?: number | null;
}

/** The page that shows a row: its own, else that of whom it is about. */
export function pageOf(row: Row): string | undefined {
	const shown = (name: string, id: number | null | undefined) =>
		id != null && nouns.some(({ resource }) => resource?.name === name && resource.show)
			? `/${name}/${id}/show` : undefined;
	const list = nouns.some(({ resource }) => resource?.name === row.resource && resource.list)
		? `/${row.resource}` : undefined;
	return shown(row.resource, row.id) ?? shown('deals', row.deal_id) ?? shown('contacts', row.contact_id) ??
		shown('companies', row.company_id) ?? list;
}
