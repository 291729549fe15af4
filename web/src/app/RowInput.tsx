// Selects a record by name. The server searches, since there may be more records than a list can
// show.
import { AutocompleteArrayInput, AutocompleteInput, ReferenceArrayInput, ReferenceInput, type AutocompleteArrayInputProps,
	type AutocompleteInputProps } from 'react-admin';
import type { RaRecord } from 'ra-core';
import { fullName, type Named } from './People';

/** Per resource: its name, its sort order and its search filter. */
const called = {
	appointments: { text: 'title', sort: 'starts_at', search: 'title@ilike' },
	companies: { text: 'name', sort: 'name', search: 'q' },
	contacts: { text: fullName, sort: 'last_name', search: 'q' },
	deals: { text: 'name', sort: 'name', search: 'q' },
	sales: { text: fullName, sort: 'last_name', search: 'q' },
	tags: { text: 'name', sort: 'name', search: 'name@ilike' },
} as const;
export type Reference = keyof typeof called;

export function nameOf(reference: Reference, row: RaRecord): string {
	const { text } = called[reference];
	return typeof text === 'string' ? row[text] : text(row as Named);
}

interface Row {
	source: string;
	reference: Reference;
	/** Restricts the records to choose from. */
	filter?: object;
}

function parts({ source, reference, filter }: Row) {
	const { text, sort, search } = called[reference];
	return [{ source, reference, filter, sort: { field: sort, order: 'ASC' } },
		{ optionText: text, filterToQuery: (words: string) => words ? { [search]: words } : {} }] as const;
}

export function RowInput({ source, reference, filter, ...props }: Row & Omit<AutocompleteInputProps, keyof Row>) {
	const [rows, one] = parts({ source, reference, filter });
	return <ReferenceInput {...rows}><AutocompleteInput {...one} {...props} /></ReferenceInput>;
}

/** Selects several records. */
export function RowsInput({ source, reference, filter, ...props }: Row & Omit<AutocompleteArrayInputProps, keyof Row>) {
	const [rows, one] = parts({ source, reference, filter });
	return <ReferenceArrayInput {...rows}><AutocompleteArrayInput {...one} {...props} /></ReferenceArrayInput>;
}

/** Selects an active colleague; RowInput also finds disabled ones. */
export function ColleagueInput(props: Omit<Row, 'reference'> & Omit<AutocompleteInputProps, keyof Row>) {
	return <RowInput reference="sales" filter={{ disabled: false }} {...props} />;
}
