// The list of a described resource: a table, or short lines on a phone.
import { memo, Suspense, useMemo, type ComponentProps, type ReactElement } from 'react';
import Box from '@mui/material/Box';
import { alpha, type Palette, type SxProps, type Theme } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import { DataTable, FilterButton, List, SearchInput, SimpleList } from 'react-admin';
import { useDataTableRenderContext, useListContext, useResourceContext, useTranslate } from 'ra-core';
import { BoardButton } from '../board/BoardButton';
import { isDated, useBoardField } from '../board/useBoardField';
import { ImportButton } from '../imports/ImportButton';
import { ListViews } from '../views/ListViews';
import { ColumnsButton, resizable } from './ColumnsButton';
import { NewButton } from './create';
import { ExportMenu } from './ExportMenu';
import { InlineEditing, onArrows } from './inline';
import { filtersOf, numeric, unsorted } from './fields';
import { useLabel } from './label';
import { LineFacts } from './LineFacts';
import { ListPages } from '../ui/Pagination';
import { PageActions } from '../ui/PageActions';
import { Lines } from '../ui/QueryResult';
import { lazy } from '../ui/lazy';
import { fieldOf, type Completed } from './resource';
import { useCan, useFields, useResource } from './resources';
import { readsAll, useMay } from '../data/permissions';
import { useMe } from '../data/session';
import { useRowKeys } from '../ui/shortcuts';
import { Table } from './Table';
import { RowsContext, sized, TableRows } from './TableRows';
import { useColumns } from './useColumns';

const { Col } = DataTable;
const EmptyList = lazy(() => import('../imports/EmptyList').then(({ EmptyList }) => ({ default: EmptyList })));
const RecordBoard = lazy(() => import('../board/RecordBoard').then(({ RecordBoard }) => ({ default: RecordBoard })));
const RecordCalendar = lazy(() =>
	import('../board/RecordCalendar').then(({ RecordCalendar }) => ({ default: RecordCalendar })),
);
const Overflow = lazy(() => import('../ui/Overflow').then(({ Overflow }) => ({ default: Overflow })));
const BulkActions = lazy(() => import('./bulk').then(({ BulkActions }) => ({ default: BulkActions })));

// The component is loaded when the user first selects a record.
function Bulk({ resource }: { resource: Completed }) {
	return (
		useListContext().selectedIds.length > 0 && (
			<Suspense>
				<BulkActions resource={resource} />
			</Suspense>
		)
	);
}

// A column whose header the user can resize by its right edge.
function Column({ resize, ...props }: ComponentProps<typeof Col> & { resize: (width: number) => void }) {
	return <Col {...props} {...(useDataTableRenderContext() === 'header' && resizable(resize))} />;
}

type Colour = (palette: Palette) => string;

// Returns the styles of a row with this color, blended with the table's color.
const tinted = (colour: Colour) => ({
	backgroundImage: ({ palette }: Theme) => `linear-gradient(${colour(palette)}, ${colour(palette)})`,
});

const chosen =
	(hovered = false): Colour =>
	({ primary, action }) =>
		alpha(primary.main, action.selectedOpacity + (hovered ? action.hoverOpacity : 0));

// Returns the styles of a table with this maximum height. The names are in column number `nth`, which remains visible
// while the table scrolls.
const rows = (nth: number, height: number): SxProps<Theme> => ({
	// A separate layer prevents the browser from painting the rows again for each keystroke in a nearby input.
	'& .RaDataTable-tableWrapper': {
		overflowX: 'auto',
		contain: 'inline-size',
		bgcolor: 'background.paper',
		willChange: 'transform',
	},
	'& th, & td': { px: 1.25 },
	'& td': {
		py: 0,
		height,
		maxWidth: 220,
		overflow: 'hidden',
		textOverflow: 'ellipsis',
		whiteSpace: 'nowrap',
		borderBottom: 1,
		borderColor: 'divider',
		typography: 'body2',
	},
	'& td.number': { textAlign: 'right' },
	'& td .tags': { flexWrap: 'nowrap' },
	'& td .type': { display: 'none' },
	'& td .value': { display: 'inline' },
	'& td .value + .value::before': { content: '", "' },
	// The link is at most as wide as the cell, so that the link of the next cell does not cover the end of a long
	// address.
	'& td .link': {
		display: 'inline-block',
		maxWidth: '100%',
		overflow: 'hidden',
		textOverflow: 'ellipsis',
		verticalAlign: 'bottom',
		color: 'inherit',
	},
	'& [data-editable] > span': { overflow: 'hidden', textOverflow: 'ellipsis' },
	'& .name': { display: 'flex', alignItems: 'center', gap: 1.25, minWidth: 160 },
	'& .name > div:last-child': { minWidth: 0 },
	'& .name a': {
		display: 'block',
		overflow: 'hidden',
		textOverflow: 'ellipsis',
		fontWeight: 600,
		lineHeight: 1.3,
		color: 'inherit',
		textDecoration: 'none',
	},
	'& .name a:hover': { textDecoration: 'underline' },
	'& .subtitle': { overflow: 'hidden', textOverflow: 'ellipsis', color: 'text.secondary' },
	'& tbody tr': { cursor: 'pointer' },
	'& tbody tr:hover': { bgcolor: 'action.hover' },
	'& tbody tr.selected': { bgcolor: ({ palette }: Theme) => chosen()(palette) },
	'& tbody tr.selected:hover': { bgcolor: ({ palette }: Theme) => chosen(true)(palette) },
	'& thead th.MuiTableCell-paddingCheckbox': { px: 1.25 },
	'& th .MuiCheckbox-root': { p: 0, ml: '1px' }, // aligned with the checkboxes of the rows
	'& td > input[type=checkbox]': {
		width: 18,
		height: 18,
		m: 0.5,
		display: 'block',
		accentColor: ({ palette }: Theme) => palette.primary.main,
	},
	[`& th:not(:nth-of-type(${nth}))`]: { position: 'relative' },
	[`& th:nth-of-type(${nth}), & td.named`]: { position: 'sticky', left: 0, zIndex: 3, bgcolor: 'background.paper' },
	// The selector uses a class. Otherwise, the browser computes the style of the whole row when the pointer enters or
	// leaves the row.
	'& tbody tr:hover > .named': tinted(({ action }) => action.hover),
	'& tbody tr.selected > .named': tinted(chosen()),
	'& tbody tr.selected:hover > .named': tinted(chosen(true)),
});

function Wide({ resource }: { resource: Completed }) {
	const translate = useTranslate();
	const label = useLabel();
	const { columns, resize, comfortable } = useColumns(resource);
	const { name } = resource.list!;
	const named = (source: string) => label({ resource: resource.name, source });
	const selects = useCan(resource.name, 'bulk');
	const nth = selects ? 2 : 1; // the name column
	return (
		<InlineEditing resource={resource}>
			<Box data-fields onKeyDown={onArrows} sx={rows(nth, comfortable ? 52 : 36)}>
				<RowsContext value={{ resource, columns, selects, comfortable }}>
					<Table
						bulkActionButtons={selects}
						bulkActionsToolbar={<Bulk resource={resource} />}
						body={TableRows}
					>
						<Col
							source={name}
							label={translate(`resources.${resource.name}.fields.name`, { _: named(name) })}
						>
							{null}
						</Col>
						{columns.map(({ name, width }) => {
							const field = fieldOf(resource, name);
							return (
								<Column
									key={name}
									resize={(to) => resize(name, to)}
									source={field.sort || name}
									label={named(name)}
									{...sized(width)}
									disableSort={field.sort === false || (!field.sort && unsorted.includes(field.kind))}
									align={numeric.includes(field.kind) ? 'right' : 'left'}
								/>
							);
						})}
					</Table>
				</RowsContext>
			</Box>
		</InlineEditing>
	);
}

function Short({ resource }: { resource: Completed }) {
	const { title, Face, Subtitle, Aside, page } = resource;
	return (
		<SimpleList
			linkType={page ? 'show' : 'edit'}
			leftIcon={Face && ((row) => <Face row={row} />)}
			primaryText={title}
			secondaryText={(row) => (Subtitle ? <Subtitle row={row} /> : <LineFacts resource={resource} row={row} />)}
			tertiaryText={Aside && ((row) => <Aside row={row} />)}
		/>
	);
}

const SHOWN = 20; // number of rows that fit into a window

// A change to the list's data renders only the changed rows.
const Rows = memo(function Rows({ resource, wide }: { resource: Completed; wide: boolean }) {
	return wide ? <Wide resource={resource} /> : <Short resource={resource} />;
});

/** The rows of the surrounding list. */
export function RecordRows({ resource }: { resource: Completed }) {
	const wide = useMediaQuery('(min-width: 800px)');
	const { isPending } = useListContext();
	if (isPending)
		return (
			<Box sx={{ px: 2 }}>
				<Lines rows={SHOWN} height={wide ? 36 : 64} />
			</Box>
		);
	return <Rows resource={resource} wide={wide} />;
}

function useFilters(resource: Completed): ReactElement[] {
	const translate = useTranslate();
	const label = useLabel();
	const { readable } = useFields(resource);
	const { filters, name, search } = resource.list!;
	const me = useMe();
	const { kind } = fieldOf(resource, name);
	// Without full-text search, the input searches for a part of the name.
	const sought = search
		? readsAll(me, resource.name) && 'q'
		: ['text', 'longtext'].includes(kind) && readable([name]).length > 0 && `${name}@ilike`;
	return useMemo(
		() => [
			...(sought
				? [<SearchInput key={sought} source={sought} alwaysOn inputProps={{ enterKeyHint: 'search' }} />]
				: []),
			...readable(filters)
				.flatMap((one) =>
					filtersOf(fieldOf(resource, one), label({ resource: resource.name, source: one }), translate),
				)
				.filter(({ key }) => key !== sought),
		],
		[resource, filters, readable, label, translate, sought],
	);
}

// An empty list has its button in a different place. The button is hidden until the list is known, because a click on
// it would otherwise be lost.
function New({ resource }: { resource: string }) {
	const { isPending } = useListContext();
	return (
		<Box sx={{ visibility: isPending ? 'hidden' : 'visible' }}>
			<NewButton resource={resource} />
		</Box>
	);
}

export function RecordList() {
	const resource = useResource(useResourceContext())!;
	const filters = useFilters(resource);
	useRowKeys();
	const wide = useMediaQuery('(min-width: 800px)');
	const {
		sort: [field, order],
		formats,
	} = resource.list!;
	const transfers = [useMay(resource.name, 'export'), useMay(resource.name, 'import')].some(Boolean);
	const { fields, field: board } = useBoardField(resource);
	const Shown = board && isDated(fieldOf(resource, board).kind) ? RecordCalendar : RecordBoard;
	const files = (
		<>
			<BoardButton resource={resource} />
			<ExportMenu formats={formats} />
			<ImportButton />
		</>
	);
	return (
		<List
			filters={filters}
			sort={{ field, order }}
			perPage={50}
			pagination={board ? false : <ListPages />}
			empty={
				<Suspense>
					<EmptyList resource={resource} />
				</Suspense>
			}
			actions={
				<PageActions>
					<ListViews resource={resource} />
					<FilterButton filters={filters} disableSaveQuery />
					{wide && !board && <ColumnsButton resource={resource} />}
					{wide
						? files
						: (transfers || fields.length > 0) && (
								<Suspense>
									<Overflow>{files}</Overflow>
								</Suspense>
							)}
					<New resource={resource.name} />
				</PageActions>
			}
		>
			{board ? (
				<Suspense>
					<Shown key={board} resource={resource} field={board} />
				</Suspense>
			) : (
				<RecordRows resource={resource} />
			)}
		</List>
	);
}
