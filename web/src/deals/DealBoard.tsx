// The deal board, and its other views: a board with different columns, or a table.
import { useMemo, useState } from 'react';
import { useDroppable } from '@dnd-kit/core';
import Less from '@mui/icons-material/KeyboardDoubleArrowLeft';
import Archive from '@mui/icons-material/Inventory2Outlined';
import Box from '@mui/material/Box';
import ButtonBase from '@mui/material/ButtonBase';
import Chip from '@mui/material/Chip';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { Button, Title, useDebouncedEvent } from 'react-admin';
import { useStore, useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import { TOUCH } from '../ui/theme';
import { colon } from '../i18n/i18n';
import { QueryError } from '../ui/QueryResult';
import { PageActions } from '../ui/PageActions';
import { NewButton } from '../records/create';
import { labelOf, useConfiguration } from '../data/configuration';
import { useFormats } from '../data/useFormats';
import { useParameters } from '../ui/parameters';
import { readsAll, useMay } from '../data/permissions';
import { usePipelines } from '../records/pipelines';
import { useMe } from '../data/session';
import { ImportButton } from '../imports/ImportButton';
import { ViewMenu } from '../views/ViewMenu';
import { Board } from '../board/Board';
import { Column as BoardColumn } from '../board/Column';
import type { Carried } from '../board/Dragging';
import { placeOf, type Place } from '../board/place';
import { useBoard, useSumTexts, type Sum } from './board';
import { DealCard, Ghost } from './DealCard';
import { DealTable } from './DealTable';
import { groupings, useGrouping, type Column } from './groups';
import { LOST, type Deal } from './deal';

const TABLE = 'table';
const select = { flex: { xs: '1 1 140px', sm: '0 0 150px' } };

// The filters are stored in the address.
function useFilter() {
	const [search, set, setSearch] = useParameters();
	const { q, category, sales_id, as = 'stage' } = Object.fromEntries(search) as Record<string, string | undefined>;
	const stages = useMemo(() => search.getAll('stage'), [search]);
	const { data, waits } = usePipelines();
	const pipelines = useMemo(() => data?.filter((one) => one.stages.length > 0) ?? [], [data]);
	const pipeline = pipelines.find(({ id }) => String(id) === search.get('pipeline'));
	const only = useMemo(
		() => (stages.length > 0 ? stages : (pipeline?.stages.map(({ stage }) => stage) ?? [])),
		[stages, pipeline],
	);
	const filter = useMemo(
		() => ({
			...(q && { q }),
			...(category && { category }),
			...(sales_id && { sales_id: Number(sales_id) }),
			...(only.length && { stage: only }),
		}),
		[q, category, sales_id, only],
	);
	const apply = (view: Record<string, unknown>) =>
		setSearch(
			new URLSearchParams(
				Object.entries({ ...view, ...(as !== 'stage' && { as }) }).flatMap(([name, value]) =>
					[value].flat().map((one) => [name, String(one)]),
				),
			),
		);
	return {
		q,
		category,
		sales_id,
		stages,
		pipelines,
		pipeline,
		only,
		waits: waits && search.has('pipeline'),
		as,
		filter,
		set,
		apply,
	};
}

function Bar({ q, category, sales_id, pipelines, pipeline, as, filter, set, apply }: ReturnType<typeof useFilter>) {
	const translate = useTranslate();
	const me = useMe();
	const [views, setViews] = useState(0); // the number of selected views, as a key that resets the search field
	const { dealCategories } = useConfiguration();
	const search = useDebouncedEvent(
		(event: { target: { value: string } }) => set('q', event.target.value.trim()),
		300,
	);
	return (
		<Stack direction="row" useFlexGap sx={{ gap: 1.5, pt: 1, pb: 2, flexWrap: 'wrap', alignItems: 'center' }}>
			{readsAll(me, 'deals') && (
				<TextField
					key={views}
					id="board-q"
					type="search"
					placeholder={translate('ra.action.search')}
					defaultValue={q ?? ''}
					onChange={search}
					sx={{ width: { xs: '100%', sm: 200 } }}
					slotProps={{ htmlInput: { 'aria-label': translate('ra.action.search') } }}
				/>
			)}
			{pipelines.length > 1 && (
				<TextField
					id="board-pipeline"
					select
					label={translate('resources.pipelines.name', { smart_count: 1 })}
					value={pipeline?.id ?? ''}
					onChange={(event) => set('pipeline', String(event.target.value))}
					sx={select}
				>
					<MenuItem value="">{translate('deals.all')}</MenuItem>
					{pipelines.map(({ id, name }) => (
						<MenuItem key={id} value={id}>
							{name}
						</MenuItem>
					))}
				</TextField>
			)}
			<TextField
				id="board-category"
				select
				label={translate('resources.deals.fields.category')}
				value={category ?? ''}
				onChange={(event) => set('category', event.target.value)}
				sx={select}
			>
				<MenuItem value="">{translate('deals.all')}</MenuItem>
				{dealCategories.map(({ value, label }) => (
					<MenuItem key={value} value={value}>
						{label}
					</MenuItem>
				))}
			</TextField>
			<TextField
				id="board-as"
				select
				label={translate('deals.as')}
				value={as}
				sx={select}
				onChange={({ target: { value } }) => set('as', value === 'stage' ? '' : value)}
			>
				{[...groupings, TABLE].map((one) => (
					<MenuItem key={one} value={one}>
						{translate(`deals.group.${one}`)}
					</MenuItem>
				))}
			</TextField>
			<FormControlLabel
				label={translate('deals.mine')}
				sx={{ mr: 0 }}
				control={
					<Switch
						checked={sales_id === String(me.id)}
						onChange={(_, on) => set('sales_id', on ? String(me.id) : '')}
					/>
				}
			/>
			<PageActions>
				<ViewMenu
					resource="deals"
					filters={filter}
					apply={({ filters: view }) => {
						apply(view);
						setViews(views + 1);
					}}
				/>
				<Button component={Link} to="/deals/archive" label="deals.archive">
					<Archive />
				</Button>
				<ImportButton resource="deals" />
				<NewButton resource="deals" {...(pipeline && { values: { stage: pipeline.stages[0]!.stage } })} />
			</PageActions>
		</Stack>
	);
}

/** The stages to which the address limits the deals, as in links on the dashboard. */
function Stages({ stages, set }: ReturnType<typeof useFilter>) {
	const translate = useTranslate();
	const { dealStages } = useConfiguration();
	return (
		stages.length > 0 && (
			<Chip
				sx={{
					mb: 1.5,
					[TOUCH]: {
						height: 44,
						borderRadius: 22,
						'& .MuiChip-deleteIcon': { boxSizing: 'border-box', width: 44, height: 44, p: '11px', m: 0 },
					},
				}}
				onDelete={() => set('stage', '')}
				label={`${translate('resources.deals.fields.stage')}${colon()}${stages
					.map((one) => labelOf(dealStages, one))
					.join(', ')}`}
			/>
		)
	);
}

// A closed stage is a narrow column until the user expands it. Cards can be dropped on it.
function Collapsed({
	stage,
	total,
	target,
	expand,
}: {
	stage: Column;
	total: Sum;
	target: boolean;
	expand: () => void;
}) {
	const translate = useTranslate();
	const { count } = useFormats();
	return (
		<Box
			component="section"
			ref={useDroppable({ id: stage.value }).setNodeRef}
			data-stage={stage.value}
			data-target={target || undefined}
			aria-labelledby={`stage-${stage.value}`}
			sx={{
				flex: '0 0 44px',
				display: 'flex',
				flexDirection: 'column',
				borderRadius: 2,
				bgcolor: 'action.hover',
				...(target && { outline: 2, outlineStyle: 'solid', outlineColor: 'primary.main' }),
				scrollSnapAlign: 'start',
			}}
		>
			<Typography variant="body2" color="textSecondary" sx={{ textAlign: 'center', pt: 1 }}>
				{count(total.count)}
			</Typography>
			<ButtonBase
				onClick={expand}
				aria-expanded={false}
				aria-label={translate('board.expand', { stage: stage.label })}
				sx={{ flex: 1, py: 1, justifyContent: 'start', writingMode: 'vertical-rl', borderRadius: 2 }}
			>
				<Typography id={`stage-${stage.value}`} variant="h6" component="h2" noWrap>
					{stage.label}
				</Typography>
			</ButtonBase>
		</Box>
	);
}

function Stage({
	stage,
	creates,
	cards,
	total,
	carried,
	fixed,
	choose,
	more,
	collapse,
}: {
	stage: Column;
	/** A new deal can be created in this column. */
	creates: boolean;
	cards: Deal[];
	total: Sum;
	carried: Carried | undefined;
	fixed: boolean;
	choose: (id: number, anchor: HTMLElement) => void;
	more: () => void;
	collapse: (() => void) | undefined;
}) {
	const translate = useTranslate();
	const { sum, weighted } = useSumTexts(total);
	return (
		<BoardColumn
			resource="deals"
			value={stage.value}
			label={stage.label}
			total={sum}
			more={weighted}
			values={creates ? { stage: stage.value } : undefined}
			count={total.count}
			carried={carried}
			ids={cards.map(({ id }) => id)}
			cards={cards.map((deal) => (
				<DealCard key={deal.id} deal={deal} held={carried?.id === deal.id} fixed={fixed} choose={choose} />
			))}
			load={more}
			button={
				collapse && (
					<IconButton
						size="small"
						onClick={collapse}
						aria-label={translate('board.collapse', { stage: stage.label })}
					>
						<Less fontSize="small" />
					</IconButton>
				)
			}
		/>
	);
}

function Deals({
	by,
	filter,
	only,
	collapses,
}: {
	by: (typeof groupings)[number];
	filter: object;
	only: string[];
	/** Closed stages are narrow until the user expands them. */
	collapses: boolean;
}) {
	const translate = useTranslate();
	const { dealPipelineStatuses } = useConfiguration();
	const whole = useGrouping(by, filter);
	const grouping = useMemo(
		() =>
			by === 'stage' && only.length
				? { ...whole, columns: whole.columns.filter(({ value }) => only.includes(value)) }
				: whole,
		[whole, by, only],
	);
	const [expanded, setExpanded] = useStore<string[]>('deals.expanded', []);
	const closes = (stage: string) =>
		by === 'stage' && collapses && (stage === LOST || dealPipelineStatuses.includes(stage));
	const collapsed = grouping.columns
		.map(({ value }) => value)
		.filter((stage) => closes(stage) && !expanded.includes(stage));
	const { columns, old, error, again, total, more, move } = useBoard(grouping, filter, collapsed);
	const fixed = !useMay('deals', 'update') || old;
	const columnOf = (value: string) => grouping.columns.find((one) => one.value === value);
	// Cards can be moved within a stage, because only stages have an order. No card can be moved to "later", which is
	// not a month.
	const takes = ({ value, change }: Column, id: number) =>
		(by === 'stage' || change !== undefined) && columns !== undefined && placeOf(columns, id)?.stage !== value;
	const drop = (id: number, to: Place) => {
		if (by === 'stage' || takes(columnOf(to.stage)!, id)) move(id, to);
	};
	return (
		<>
			{error && !columns && <QueryError error={error} again={again} />}
			{grouping.first && (
				<Typography color="textSecondary" variant="body2" sx={{ mb: 1 }}>
					{translate('deals.first_owners', { n: grouping.first })}
				</Typography>
			)}
			<Board
				columns={grouping.columns}
				cards={columns}
				failed={Boolean(error)}
				name={({ name }) => name}
				takes={takes}
				drop={drop}
				ghost={(deal) => <Ghost deal={deal} />}
			>
				{(stage, carried, choose) =>
					collapsed.includes(stage.value) ? (
						<Collapsed
							key={stage.value}
							stage={stage}
							total={total(stage.value)}
							target={carried?.at.stage === stage.value}
							expand={() => setExpanded([...expanded, stage.value])}
						/>
					) : (
						<Stage
							key={stage.value}
							stage={stage}
							creates={by === 'stage'}
							cards={columns?.[stage.value] ?? []}
							carried={carried}
							fixed={fixed}
							choose={choose}
							total={total(stage.value)}
							more={() => more(stage.value)}
							collapse={
								closes(stage.value)
									? () => setExpanded(expanded.filter((one) => one !== stage.value))
									: undefined
							}
						/>
					)
				}
			</Board>
			{columns && grouping.columns.every(({ value }) => total(value).count === 0) && (
				<Typography color="textSecondary" sx={{ mt: 2, textAlign: 'center' }}>
					{translate(
						Object.keys(filter).length ? 'ra.navigation.no_filtered_results' : 'resources.deals.invite',
					)}
				</Typography>
			)}
		</>
	);
}

export default function DealBoard() {
	const filters = useFilter();
	const by = groupings.find((one) => one === filters.as) ?? 'stage';
	return (
		<>
			<Title title="deals.title" />
			<Bar {...filters} />
			<Stages {...filters} />
			{filters.waits ? null : filters.as === TABLE ? (
				<DealTable filter={filters.filter} />
			) : (
				<Deals
					key={by}
					by={by}
					filter={filters.filter}
					only={filters.only}
					collapses={filters.stages.length === 0 && !filters.q}
				/>
			)}
		</>
	);
}
