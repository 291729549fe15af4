// Shows the records of the surrounding list as a board whose columns are the values of a choice field.
import { memo, useMemo } from 'react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDataProvider, useListContext, useTranslate, type RaRecord } from 'ra-core';
import { Link } from 'react-router-dom';
import { useConfiguration } from '../data/configuration';
import { gather } from '../data/custom';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { apiName } from '../i18n/customNames';
import { textOf } from '../i18n/text';
import { LineFacts } from '../records/LineFacts';
import { fieldOf, type Completed } from '../records/resource';
import { useFields } from '../records/resources';
import { QueryError } from '../ui/QueryResult';
import { Board } from './Board';
import { Card, type Held } from './Card';
import { Column } from './Column';
import { placeOf } from './place';
import { useCards } from './useCards';

type Row = RaRecord<number>;

// The column for records without a value.
const NONE = '';

interface Head {
	value: string;
	label: string;
	filter: object;
	/** The field's value in the records of the column. */
	is: string | number | null;
}

const said = (value: unknown) => (value == null ? NONE : textOf(value));

// Returns the columns: one for each choice and, unless the field is required, one for records without a value.
function useHeads(resource: Completed, field: string): Head[] {
	const configuration = useConfiguration();
	const translate = useTranslate();
	return useMemo(() => {
		const { choices, required } = fieldOf(resource, field);
		const heads: Head[] = (choices?.(configuration, translate) ?? []).map(({ value, label }) => ({
			value: said(value),
			label,
			// The list may already be filtered by the field.
			filter: { '@and': [{ [field]: value }] },
			is: value,
		}));
		return required === true
			? heads
			: [
					{
						value: NONE,
						label: translate('board.none'),
						filter: { '@and': [{ [`${field}@is`]: null }] },
						is: null,
					},
					...heads,
				];
	}, [resource, field, configuration, translate]);
}

const Lines = memo(function Lines({ resource, row, field }: { resource: Completed; row: Row; field: string }) {
	const { title, page } = resource;
	return (
		<div className="lines">
			<Link to={`/${resource.name}/${row.id}${page ? '/show' : ''}`} draggable={false} title={title(row)}>
				{title(row)}
			</Link>
			<span>
				<LineFacts resource={resource} row={row} without={field} />
			</span>
		</div>
	);
});

const RecordCard = memo(function RecordCard({
	resource,
	row,
	field,
	...held
}: { resource: Completed; row: Row; field: string } & Held) {
	return (
		<Card id={row.id} name={resource.title(row)} {...held}>
			<Lines resource={resource} row={row} field={field} />
		</Card>
	);
});

export function RecordBoard({ resource, field }: { resource: Completed; field: string }) {
	const { ask, tell } = useDataProvider<Provider>();
	const { filterValues, sort } = useListContext();
	const { count } = useFormats();
	const { editable } = useFields(resource);
	const { editable: creatable } = useFields(resource, true);
	const columns = useHeads(resource, field);
	const name = apiName(field);
	const totals = useQuery({
		queryKey: [resource.name, 'totals', filterValues, field],
		placeholderData: keepPreviousData,
		queryFn: () =>
			ask<Record<string, unknown>[]>(`/api/${resource.name}/aggregate`, {
				filter: filterValues,
				group: [name],
				values: ['count'],
			}),
	});
	const total = (value: string) => Number(totals.data?.find((one) => said(one[name]) === value)?.count ?? 0);
	const put = (id: number, stage: string) =>
		tell(
			`/api/${resource.name}/${id}`,
			gather({ [field]: columns.find(({ value }) => value === stage)!.is }),
			'PATCH',
		);
	const cards = useCards<Row>({
		resource: resource.name,
		columns,
		filter: filterValues,
		parameters: { sort: [sort.field, sort.order] },
		name: resource.title,
		send: ({ row, to }) => put(row.id, to.stage),
		takeBack: ({ row, from }) => put(row.id, from.stage),
	});
	const fixed = !editable(field) || cards.old;
	const takes = ({ value }: Head, id: number) =>
		cards.columns !== undefined && placeOf(cards.columns, id)?.stage !== value;
	return (
		<>
			{cards.error && !cards.columns && <QueryError error={cards.error} again={cards.again} />}
			<Board
				columns={columns}
				cards={cards.columns}
				failed={Boolean(cards.error)}
				name={resource.title}
				takes={takes}
				drop={(id, to) => {
					if (
						takes(
							columns.find(({ value }) => value === to.stage)!,
							id,
						)
					)
						cards.move(id, to);
				}}
				ghost={(row) => (
					<div className="card ghost">
						<Lines resource={resource} row={row} field={field} />
					</div>
				)}
			>
				{({ value, label, is }, carried, choose) => {
					const rows = cards.columns?.[value] ?? [];
					return (
						<Column
							key={value}
							resource={resource.name}
							value={value}
							label={label}
							total={count(total(value))}
							values={creatable(field) ? { [field]: is } : undefined}
							count={total(value)}
							carried={carried}
							ids={rows.map(({ id }) => id)}
							cards={rows.map((row) => (
								<RecordCard
									key={row.id}
									resource={resource}
									row={row}
									field={field}
									held={carried?.id === row.id}
									fixed={fixed}
									choose={choose}
								/>
							))}
							load={() => cards.more(value)}
						/>
					);
				}}
			</Board>
		</>
	);
}
