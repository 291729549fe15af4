// The board of deals, and its other views: other columns, or a table.
import { useMemo, useState } from 'react';
import Add from '@mui/icons-material/Add';
import Archive from '@mui/icons-material/Inventory2Outlined';
import Box from '@mui/material/Box';
import MuiButton from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import MenuItem from '@mui/material/MenuItem';
import Skeleton from '@mui/material/Skeleton';
import Stack from '@mui/material/Stack';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { visuallyHidden } from '@mui/utils';
import { Button, Title, useDebouncedEvent } from 'react-admin';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import { Allowed } from '../app/Allowed';
import { QueryError } from '../app/QueryResult';
import { NewButton, useCreation } from '../app/create';
import { labelOf, useConfiguration } from '../app/configuration';
import { useParameters } from '../app/parameters';
import { readsAll, useMay } from '../app/permissions';
import { usePipelines } from '../app/pipelines';
import { useMe } from '../app/session';
import { ImportButton } from '../imports/ImportButton';
import { ViewMenu } from '../views/ViewMenu';
import { placeOf, useBoard, useSumTexts, type Place, type Sum } from './board';
import { DealCard } from './DealCard';
import { DealTable } from './DealTable';
import { groupings, useGrouping, type Column } from './groups';
import type { Deal } from './deal';
import { useDrag } from './useDrag';

const TABLE = 'table';
const select = { flex: { xs: '1 1 140px', sm: '0 0 150px' } };

// The address contains the filters.
function useFilter() {
	const [search, set, setSearch] = useParameters();
	const { q, category, sales_id, as = 'stage' } = Object.fromEntries(search) as Record<string, string | undefined>;
	const stages = useMemo(() => search.getAll('stage'), [search]);
	const { data, waits } = usePipelines();
	const pipelines = useMemo(() => data?.filter((one) => one.stages.length > 0) ?? [], [data]);
	const pipeline = pipelines.find(({ id }) => String(id) === search.get('pipeline'));
	const only = useMemo(() => stages.length > 0 ? stages : pipeline?.stages.map(({ stage }) => stage) ?? [], [stages, pipeline]);
	const filter = useMemo(() => ({ ...q && { q }, ...category && { category }, ...sales_id && { sales_id: Number(sales_id) },
		...only.length && { stage: only } }), [q, category, sales_id, only]);
	const apply = (view: Record<string, unknown>) => setSearch(new URLSearchParams(
		Object.entries({ ...view, ...as !== 'stage' && { as } }).flatMap(([name, value]) => [value].flat().map((one) => [name, String(one)]))));
	return { q, category, sales_id, stages, pipelines, pipeline, only, waits: waits && search.has('pipeline'), as, filter, set, apply };
}

function Bar({ q, category, sales_id, pipelines, pipeline, as, filter, set, apply }: ReturnType<typeof useFilter>) {
	const translate = useTranslate();
	const me = useMe();
	const [views, setViews] = useState(0); // counts selected views; a new key resets the search field
	const { dealCategories } = useConfiguration();
	const search = useDebouncedEvent((event: { target: { value: string } }) => set('q', event.target.value.trim()), 300);
	return (
		<Stack direction="row" useFlexGap sx={{ gap: 1.5, py: 2, flexWrap: 'wrap', alignItems: 'center' }}>
			{readsAll(me, 'deals') && <TextField key={views} id="board-q" type="search" placeholder={translate('ra.action.search')} defaultValue={q ?? ''}
				onChange={search} sx={{ width: { xs: '100%', sm: 200 } }}
				slotProps={{ htmlInput: { 'aria-label': translate('ra.action.search') } }} />}
			{pipelines.length > 1 && (
				<TextField id="board-pipeline" select label={translate('resources.pipelines.name', { smart_count: 1 })}
					value={pipeline?.id ?? ''} onChange={(event) => set('pipeline', String(event.target.value))} sx={select}>
					<MenuItem value="">{translate('deals.all')}</MenuItem>
					{pipelines.map(({ id, name }) => <MenuItem key={id} value={id}>{name}</MenuItem>)}
				</TextField>
			)}
			<TextField id="board-category" select label={translate('resources.deals.fields.category')}
				value={category ?? ''} onChange={(event) => set('category', event.target.value)} sx={select}>
				<MenuItem value="">{translate('deals.all')}</MenuItem>
				{dealCategories.map(({ value, label }) => <MenuItem key={value} value={value}>{label}</MenuItem>)}
			</TextField>
			<TextField id="board-as" select label={translate('deals.as')} value={as} sx={select}
				onChange={({ target: { value } }) => set('as', value === 'stage' ? '' : value)}>
				{[...groupings, TABLE].map((one) => <MenuItem key={one} value={one}>{translate(`deals.group.${one}`)}</MenuItem>)}
			</TextField>
			<FormControlLabel label={translate('deals.mine')} sx={{ mr: 0 }}
				control={<Switch checked={sales_id === String(me.id)} onChange={(_, on) => set('sales_id', on ? String(me.id) : '')} />} />
			<Stack direction="row" useFlexGap sx={{ gap: { xs: 0, sm: 1 }, ml: 'auto', alignItems: 'center' }}>
				<ViewMenu resource="deals" filters={filter} apply={(view) => { apply(view); setViews(views + 1); }} />
				<Button component={Link} to="/deals/archive" label="deals.archive"><Archive /></Button>
				<ImportButton resource="deals" />
				<NewButton noun="deals" {...pipeline && { values: { stage: pipeline.stages[0]!.stage } }} />
			</Stack>
		</Stack>
	);
}

/** The stages that the address limits the deals to, as links of the dashboard do. */
function Stages({ stages, set }: ReturnType<typeof useFilter>) {
	const translate = useTranslate();
	const { dealStages } = useConfiguration();
	return stages.length > 0 && (
		<Chip sx={{ mb: 1.5 }} onDelete={() => set('stage', '')} label={`${translate('resources.deals.fields.stage')}: ${
			stages.map((one) => labelOf(dealStages, one)).join(', ')}`} />
	);
}

function Stage({ stage, creates, cards, total, held, more }: {
	stage: Column;
	/** A new deal can begin here. */
	creates: boolean;
	cards: Deal[];
	total: Sum;
	held?: number;
	more: () => void;
}) {
	const translate = useTranslate();
	const open = useCreation();
	const { sum, weighted } = useSumTexts(total);
	return (
		<Box component="section" data-stage={stage.value} aria-labelledby={`stage-${stage.value}`}
			sx={{ flex: '1 0 0', minWidth: { xs: '82%', sm: 240, lg: 182 }, maxWidth: 360, p: 1, borderRadius: 2, bgcolor: 'action.hover',
				scrollSnapAlign: 'start' }}>
			<Stack direction="row" sx={{ px: 0.5, alignItems: 'center' }}>
				<Box sx={{ flex: 1, minWidth: 0 }}>
					<Typography id={`stage-${stage.value}`} variant="h6" component="h2" noWrap>{stage.label}</Typography>
					<Typography variant="body2" color="textSecondary" sx={{ fontVariantNumeric: 'tabular-nums' }}>
						{sum}
					</Typography>
				</Box>
				{creates && <Allowed resource="deals" action="create">
					<IconButton size="small" onClick={() => open('deals', { stage: stage.value })}
						aria-label={translate('deals.add_to', { stage: stage.label })}>
						<Add fontSize="small" />
					</IconButton>
				</Allowed>}
			</Stack>
			{weighted && <Typography variant="body2" color="textSecondary" sx={{ px: 0.5, fontVariantNumeric: 'tabular-nums' }}>{weighted}</Typography>}
			<Stack component="ul" spacing={1} sx={{ listStyle: 'none', m: 0, mt: 1, p: 0, minHeight: 72 }}>
				{cards.map((deal) => <DealCard key={deal.id} deal={deal} held={held === deal.id} />)}
			</Stack>
			{total.count > cards.length && cards.length > 0 && (
				<MuiButton fullWidth size="small" sx={{ mt: 1 }} onClick={more}>{translate('deals.more')}</MuiButton>
			)}
		</Box>
	);
}

function Board({ by, filter, only }: { by: typeof groupings[number]; filter: object; only: string[] }) {
	const translate = useTranslate();
	const whole = useGrouping(by, filter);
	const grouping = useMemo(() => by === 'stage' && only.length
		? { ...whole, columns: whole.columns.filter(({ value }) => only.includes(value)) } : whole, [whole, by, only]);
	const stages = useMemo(() => grouping.columns.map(({ value }) => value), [grouping]);
	const { columns, old, error, again, total, more, move } = useBoard(grouping, filter);
	const [said, setSaid] = useState('');
	const may = useMay('deals', 'update');
	const find = (id: number) => Object.values(columns ?? {}).flat().find((deal) => deal.id === id);
	const columnOf = (value: string) => grouping.columns.find((one) => one.value === value);
	const drop = (id: number, to: Place) => {
		const { change } = columnOf(to.stage)!;
		// Only stages have an order, and "later" is no month.
		if (by === 'stage' || (change && columns && placeOf(columns, id)?.stage !== to.stage))
			return move(id, to);
		return false;
	};
	const { board, held, shown, handlers } = useDrag(columns, old || !may, stages, drop, (what, id, at: Place) =>
		setSaid(translate(`deals.said.${what}`, { name: find(id)?.name, stage: columnOf(at.stage)?.label, place: at.index + 1 })));
	const carried = held?.pointer && find(held.id);
	return (
		<>
			{error && !columns && <QueryError error={error} again={again} />}
			{grouping.first && <Typography color="textSecondary" variant="body2" sx={{ mb: 1 }}>{translate('deals.first_owners', { n: grouping.first })}</Typography>}
			<Box component="p" id="board-help" sx={visuallyHidden}>{translate('deals.help')}</Box>
			<Box component="p" role="status" sx={visuallyHidden}>{said}</Box>
			<Box ref={board} {...handlers} role="group" aria-label={translate('deals.board')}
				sx={{ display: 'flex', gap: 1.5, overflowX: 'auto', pb: 2, alignItems: 'stretch', minHeight: 360,
					contain: 'inline-size',
					mx: { xs: -1.5, sm: 0 }, px: { xs: 1.5, sm: 0 }, position: 'relative',
					scrollSnapType: held ? 'none' : { xs: 'x proximity', md: 'none' }, scrollPaddingInline: 12 }}>
				{grouping.columns.map((stage) => shown
					? <Stage key={stage.value} stage={stage} creates={by === 'stage'} cards={shown[stage.value] ?? []}
						held={held?.done ? undefined : held?.id} total={total(stage.value)} more={() => more(stage.value)} />
					: !error && <Skeleton key={stage.value} variant="rounded" sx={{ flex: '1 0 228px', height: 320 }} />)}
			</Box>
			{shown && Object.values(shown).every((cards) => cards.length === 0) && (
				<Typography color="textSecondary" sx={{ mt: 2, textAlign: 'center' }}>
					{translate(Object.keys(filter).length ? 'ra.navigation.no_filtered_results' : 'resources.deals.invite')}
				</Typography>
			)}
			{carried && held?.pointer && (
				<Box aria-hidden sx={{ position: 'fixed', zIndex: 'tooltip', pointerEvents: 'none', top: 0, left: 0 }}
					style={{ width: held.pointer.width, transform:
						`translate(${held.pointer.x - held.pointer.dx}px, ${held.pointer.y - held.pointer.dy}px)` }}>
					<DealCard deal={carried} ghost />
				</Box>
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
			{filters.waits ? null : filters.as === TABLE ? <DealTable filter={filters.filter} /> : <Board key={by} by={by} filter={filters.filter} only={filters.only} />}
		</>
	);
}
