// The tables and their columns, from the catalogue.
import { useMemo } from 'react';
import type { Catalogue } from '../data/catalogue';
import { useCatalogue } from '../data/session';

export type Kind = 'text' | 'number' | 'boolean' | 'day' | 'time' | 'list' | 'json';

export interface Column {
	name: string;
	kind: Kind;
}

const kinds: Record<string, Kind> = {
	text: 'text',
	uuid: 'text',
	bigint: 'number',
	smallint: 'number',
	numeric: 'number',
	'double precision': 'number',
	boolean: 'boolean',
	date: 'day',
	timestamptz: 'time',
};

const kindOf = (type: string): Kind => (type.endsWith('[]') ? 'list' : (kinds[type] ?? 'json'));

export const tablesOf = (catalogue: Catalogue): Record<string, Column[]> =>
	Object.fromEntries(
		Object.entries(catalogue).map(([name, { fields }]) => [
			name,
			Object.entries(fields).map(([column, { type }]) => ({ name: column, kind: kindOf(type) })),
		]),
	);

export function useTables() {
	const catalogue = useCatalogue();
	return useMemo(() => tablesOf(catalogue), [catalogue]);
}
