// The records to which values refer. In a table, one query reads the records for all rows of a column, because a query
// for each cell would take as long as rendering the cells.
import { createContext, useContext, useMemo, type ReactNode } from 'react';
import { keepPreviousData } from '@tanstack/react-query';
import { useGetManyAggregate, type Identifier, type RaRecord } from 'ra-core';
import type { Field } from './resource';

type Known = Partial<Record<string, Map<unknown, RaRecord>>>;

const KnownContext = createContext<Known>({});

interface Shows {
	reference: string;
	ids: Identifier[];
	/** Renders the records that were read. */
	children: (rows: RaRecord[]) => ReactNode;
}

function Reading({ reference, ids, children }: Shows) {
	const { data = [] } = useGetManyAggregate<RaRecord>(reference, { ids }, { enabled: ids.length > 0 });
	return children(data.filter(Boolean));
}

export function RowsOf(props: Shows) {
	const known = useContext(KnownContext)[props.reference];
	if (!known) return <Reading {...props} />;
	return props.children(props.ids.map((id) => known.get(id)).filter((row) => row !== undefined));
}

function Column({ field, rows, children }: { field: Field; rows: RaRecord[]; children: ReactNode }) {
	const above = useContext(KnownContext);
	const reference = field.reference!;
	const ids = [...new Set(rows.flatMap((row): Identifier[] => row[field.name] ?? []))];
	const { data } = useGetManyAggregate<RaRecord>(
		reference,
		{ ids },
		{ enabled: ids.length > 0, placeholderData: keepPreviousData },
	);
	const known = useMemo(
		() => ({
			...above,
			[reference]: new Map([
				...(above[reference] ?? []),
				...(data ?? []).filter(Boolean).map((row) => [row.id, row] as const),
			]),
		}),
		[above, reference, data],
	);
	return <KnownContext value={known}>{children}</KnownContext>;
}

/** Reads the records to which fields of the rows refer, for the RowsOf components inside it. */
export function Columns({ fields, rows, children }: { fields: Field[]; rows: RaRecord[]; children: ReactNode }) {
	return fields.reduceRight(
		(inside, field) => (
			<Column key={field.name} field={field} rows={rows}>
				{inside}
			</Column>
		),
		children,
	);
}
