// The list of a described kind of records: a table, or short lines on a phone.
import { Fragment, memo, Suspense, useMemo, type ComponentProps, type ReactElement } from 'react';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import { alpha, type Palette, type Theme } from '@mui/material/styles';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { DataTable, FilterButton, List, SearchInput, SimpleList, TopToolbar, useCreatePath, useRecordContext } from 'react-admin';
import { useDataTableRenderContext, useListContext, useResourceContext, useTranslate, useTranslateLabel, type RaRecord } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { EmptyList } from '../imports/EmptyList';
import { ImportButton } from '../imports/ImportButton';
import { ListViews } from '../views/ListViews';
import { ColumnsButton, resizable } from './ColumnsButton';
import { NewButton } from './create';
import { ExportMenu } from './ExportMenu';
import { Editable, InlineEditing, onArrows } from './inline';
import { Cell, filtersOf, numeric, unsorted } from './kinds';
import { lazy } from './lazy';
import { fieldOf, type Noun } from './noun';
import { useFields, useNoun } from './nouns';
import { readsAll } from './permissions';
import { useMe } from './session';
import { Table } from './Table';
import { useColumns } from './useColumns';
import { empty } from './values';

const { Col } = DataTable;
const linked = [...unsorted, 'url', 'phone'];
const BulkActions = lazy(() => import('./bulk').then(({ BulkActions }) => ({ default: BulkActions })));

// Loaded with the first selection.
function Bulk({ noun }: { noun: Noun }) {
	return useListContext().selectedIds.length > 0 && <Suspense><BulkActions noun={noun} /></Suspense>;
}

function Name({ noun }: { noun: Noun }) {
	const path = useCreatePath();
	const row = useRecordContext()!;
	const { Face, Subtitle } = noun;
	return (
		<Box sx={{ display: 'flex', alignItems: 'center', gap: 1.5, minWidth: 160 }}>
			{Face && <Face row={row} />}
			<Box sx={{ minWidth: 0 }}>
				<Link component={RouterLink} color="inherit" sx={{ display: 'block', fontWeight: 600, lineHeight: 1.3 }} noWrap
					to={path({ resource: noun.name, type: noun.page ? 'show' : 'edit', id: row.id })}>
					{noun.title(row) || '–'}
				</Link>
				{Subtitle && <Typography component="div" variant="body2" color="textSecondary" className="subtitle" noWrap><Subtitle row={row} table /></Typography>}
			</Box>
		</Box>
	);
}

const Value = memo(function Value({ noun, name, first }: { noun: Noun; name: string; first: boolean }) {
	const row = useRecordContext()!;
	return <Editable name={name} first={first}><Cell field={fieldOf(noun, name)} row={row} /></Editable>;
});

// The header of a column is resized by its right edge.
function Column({ resize, ...props }: ComponentProps<typeof Col> & { resize: (width: number) => void }) {
	return <Col {...props} {...useDataTableRenderContext() === 'header' && resizable(resize)} />;
}

// The colour of the line above the colour of the table.
const tinted = (color: (palette: Palette) => string) => ({ backgroundImage: ({ palette }: Theme) =>
	`linear-gradient(${color(palette)}, ${color(palette)})` });

function Wide({ noun }: { noun: Noun }) {
	const translate = useTranslate();
	const label = useTranslateLabel();
	const { columns, resize, compact } = useColumns(noun);
	const { name } = noun.list!;
	const named = (source: string) => String(label({ resource: noun.name, source }));
	const selects = !noun.verbs || noun.verbs.includes('bulk');
	const nth = selects ? 2 : 1; // the column of names
	return (
		<InlineEditing noun={noun}>
			<Box data-fields onKeyDown={onArrows} sx={{ '& .RaDataTable-tableWrapper': { overflowX: 'auto', contain: 'inline-size' },
				'& td': { whiteSpace: 'nowrap', maxWidth: 220, overflow: 'hidden', textOverflow: 'ellipsis', height: compact ? 36 : 52, py: compact ? 0 : 0.5 },
				'& td .tags': { flexWrap: compact ? 'nowrap' : 'wrap' },
				'& td .type': { display: 'none' }, '& [data-editable] > span': { overflow: 'hidden', textOverflow: 'ellipsis' }, '& th, & td': { px: 1.25 }, [`& th:not(:nth-of-type(${nth}))`]: { position: 'relative' },
				// The names stay in sight.
				[`& tr > :nth-of-type(${nth})`]: { position: 'sticky', left: 0, zIndex: 3, bgcolor: 'background.paper' },
				[`& .MuiTableRow-hover:hover > td:nth-of-type(${nth})`]: tinted(({ action }) => action.hover),
				[`& .Mui-selected.Mui-selected > td:nth-of-type(${nth})`]: tinted(({ primary, action }) => alpha(primary.main, action.selectedOpacity)),
				[`& .Mui-selected.MuiTableRow-hover:hover > td:nth-of-type(${nth})`]: tinted(({ primary, action }) =>
					alpha(primary.main, action.selectedOpacity + action.hoverOpacity)),
				...compact && { '& .subtitle': { display: 'none' }, '& .MuiAvatar-root': { width: 22, height: 22, fontSize: 10 },
					'& .MuiCheckbox-root': { p: 0.25 } } }}>
				<Table bulkActionButtons={selects} bulkActionsToolbar={<Bulk noun={noun} />}>
					<Col source={name} label={translate(`resources.${noun.name}.fields.name`, { _: named(name) })}><Name noun={noun} /></Col>
					{columns.map(({ name, width }, n) => {
						const field = fieldOf(noun, name);
						const size = width && { width, minWidth: width, maxWidth: width };
						return (
							<Column key={name} resize={(to) => resize(name, to)} source={field.sort || name} label={named(name)} style={size || undefined}
								disableSort={field.sort === false || (!field.sort && unsorted.includes(field.kind))}
								align={numeric.includes(field.kind) ? 'right' : 'left'}>
								<Value noun={noun} name={name} first={n === 0} />
							</Column>
						);
					})}
				</Table>
			</Box>
		</InlineEditing>
	);
}

// The first columns without links, since the whole line is one; for a noun without a line of its own.
function Facts({ noun, row }: { noun: Noun; row: RaRecord }) {
	const { readable } = useFields(noun);
	return readable(noun.list!.columns).filter((name) => !linked.includes(noun.fields[name]!.kind) && !empty(row[name])).slice(0, 3).map((name, n) => (
		<Fragment key={name}>{n > 0 && ' · '}<Cell field={fieldOf(noun, name)} row={row} /></Fragment>
	));
}

function Short({ noun }: { noun: Noun }) {
	const { title, Face, Subtitle, Aside, page } = noun;
	return (
		<SimpleList linkType={page ? 'show' : 'edit'} leftIcon={Face && ((row) => <Face row={row} />)} primaryText={title}
			secondaryText={(row) => Subtitle ? <Subtitle row={row} /> : <Facts noun={noun} row={row} />} tertiaryText={Aside && ((row) => <Aside row={row} />)} />
	);
}

/** The rows of the list around it. */
export function RecordRows({ noun }: { noun: Noun }) {
	return useMediaQuery('(min-width: 800px)') ? <Wide noun={noun} /> : <Short noun={noun} />;
}

function useFilters(noun: Noun): ReactElement[] {
	const translate = useTranslate();
	const label = useTranslateLabel();
	const { readable } = useFields(noun);
	const { filters } = noun.list!;
	const search = readsAll(useMe(), noun.name) && noun.list!.search;
	return useMemo(() => [
		...search ? [<SearchInput key="q" source="q" alwaysOn />] : [],
		...readable(filters).flatMap((name) => filtersOf(fieldOf(noun, name), String(label({ resource: noun.name, source: name })), translate)),
	], [noun, label, translate, search]);
}

export function RecordList() {
	const noun = useNoun(useResourceContext())!;
	const filters = useFilters(noun);
	const wide = useMediaQuery('(min-width: 800px)');
	const { sort: [field, order], imports, formats } = noun.list!;
	return (
		<List filters={filters} sort={{ field, order }} perPage={50} empty={<EmptyList noun={noun} />}
			actions={
				<TopToolbar sx={{ alignItems: 'center' }}>
					<ListViews noun={noun} />
					<FilterButton filters={filters} disableSaveQuery />
					{wide && <ColumnsButton noun={noun} />}
					<ExportMenu formats={formats} />
					{imports && <ImportButton />}
					<NewButton noun={noun.name} />
				</TopToolbar>
			}>
			<RecordRows noun={noun} />
		</List>
	);
}
