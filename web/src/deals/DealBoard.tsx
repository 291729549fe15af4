import { useMemo, useState } from 'react';
import Add from '@mui/icons-material/Add';
import Archive from '@mui/icons-material/Inventory2Outlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import MenuItem from '@mui/material/MenuItem';
import Skeleton from '@mui/material/Skeleton';
import Stack from '@mui/material/Stack';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { visuallyHidden } from '@mui/utils';
import { Title, useDebouncedEvent } from 'react-admin';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import { Allowed } from '../app/Allowed';
import { QueryError } from '../app/QueryResult';
import { labelOf, useConfiguration, type Choice } from '../app/configuration';
import { NewButton, useCreation } from '../app/create';
import { useFormats } from '../app/formats';
import { useParameters } from '../app/parameters';
import { useMe } from '../app/session';
import { ImportButton } from '../imports/ImportButton';
import { ViewMenu } from '../views/ViewMenu';
import { useBoard, type Place } from './board';
import { DealCard } from './DealCard';
import type { Deal } from './deal';
import { useDrag } from './useDrag';

// The address contains the filters.
function useFilter() {
	const [search, set, setSearch] = useParameters();
	const { q, category, sales_id } = Object.fromEntries(search) as Record<string, string | undefined>;
	const filter = useMemo(() => ({ ...q && { q }, ...category && { category }, ...sales_id && { sales_id: Number(sales_id) } }),
		[q, category, sales_id]);
	const apply = (view: Record<string, unknown>) => setSearch(new URLSearchParams(
		Object.entries(view).map(([name, value]) => [name, String(value)])));
	return { q, category, sales_id, filter, set, apply };
}

function Bar({ q, category, sales_id, filter, set, apply }: ReturnType<typeof useFilter>) {
	const translate = useTranslate();
	const me = useMe();
	const [views, setViews] = useState(0); // counts selected views; a new key resets the search field
	const { dealCategories } = useConfiguration();
	const search = useDebouncedEvent((event: { target: { value: string } }) => set('q', event.target.value.trim()), 300);
	return (
		<Stack direction="row" useFlexGap sx={{ gap: 1.5, py: 2, flexWrap: 'wrap', alignItems: 'center' }}>
			<TextField key={views} id="board-q" type="search" placeholder={translate('ra.action.search')} defaultValue={q ?? ''}
				onChange={search} sx={{ width: { xs: '100%', sm: 220 } }}
				slotProps={{ htmlInput: { 'aria-label': translate('ra.action.search') } }} />
			<TextField id="board-category" select label={translate('resources.deals.fields.category')}
				value={category ?? ''} onChange={(event) => set('category', event.target.value)} sx={{ width: 170 }}>
				<MenuItem value="">{translate('deals.all')}</MenuItem>
				{dealCategories.map(({ value, label }) => <MenuItem key={value} value={value}>{label}</MenuItem>)}
			</TextField>
			<FormControlLabel label={translate('deals.mine')} sx={{ mr: 'auto' }}
				control={<Switch checked={sales_id === String(me.id)} onChange={(_, on) => set('sales_id', on ? String(me.id) : '')} />} />
			<ViewMenu resource="deals" filters={filter} apply={(view) => { apply(view); setViews(views + 1); }} />
			<Button component={Link} to="/deals/archive" startIcon={<Archive />}>{translate('deals.archive')}</Button>
			<ImportButton resource="deals" />
			<NewButton noun="deals" />
		</Stack>
	);
}

function Column({ stage, cards, total, held, more }: {
	stage: Choice;
	cards: Deal[];
	total: { count: number; amount: number };
	held?: number;
	more: () => void;
}) {
	const translate = useTranslate();
	const open = useCreation();
	const { money, count } = useFormats();
	return (
		<Box component="section" data-stage={stage.value} aria-labelledby={`stage-${stage.value}`}
			sx={{ flex: '1 0 0', minWidth: 228, maxWidth: 360, p: 1, borderRadius: 2, bgcolor: 'action.hover',
				scrollSnapAlign: 'start' }}>
			<Stack direction="row" sx={{ px: 0.5, alignItems: 'center' }}>
				<Box sx={{ flex: 1, minWidth: 0 }}>
					<Typography id={`stage-${stage.value}`} variant="h6" component="h2" noWrap>{stage.label}</Typography>
					<Typography variant="body2" color="textSecondary" sx={{ fontVariantNumeric: 'tabular-nums' }}>
						{count(total.count)} · {money(total.amount)}
					</Typography>
				</Box>
				<Allowed resource="deals" action="create">
					<IconButton size="small" onClick={() => open('deals', { stage: stage.value })}
						aria-label={translate('deals.add_to', { stage: stage.label })}>
						<Add fontSize="small" />
					</IconButton>
				</Allowed>
			</Stack>
			<Stack component="ul" spacing={1} sx={{ listStyle: 'none', m: 0, mt: 1, p: 0, minHeight: 72 }}>
				{cards.map((deal) => <DealCard key={deal.id} deal={deal} held={held === deal.id} />)}
			</Stack>
			{total.count > cards.length && cards.length > 0 && (
				<Button fullWidth size="small" sx={{ mt: 1 }} onClick={more}>{translate('deals.more')}</Button>
			)}
		</Box>
	);
}

export default function DealBoard() {
	const translate = useTranslate();
	const filters = useFilter();
	const { dealStages } = useConfiguration();
	const stages = useMemo(() => dealStages.map(({ value }) => value), [dealStages]);
	const { columns, old, error, again, total, more, move } = useBoard(stages, filters.filter);
	const [said, setSaid] = useState('');
	const name = (id: number) => Object.values(columns ?? {}).flat().find((deal) => deal.id === id)?.name;
	const { board, held, shown, handlers } = useDrag(columns, old, stages, move, (what, id, at: Place) =>
		setSaid(translate(`deals.said.${what}`, { name: name(id), stage: labelOf(dealStages, at.stage),
			place: at.index + 1 })));
	const carried = held?.pointer && Object.values(columns ?? {}).flat().find((deal) => deal.id === held.id);
	return (
		<>
			<Title title="deals.title" />
			<Bar {...filters} />
			{error && !columns && <QueryError error={error} again={again} />}
			<Box component="p" id="board-help" sx={visuallyHidden}>{translate('deals.help')}</Box>
			<Box component="p" role="status" sx={visuallyHidden}>{said}</Box>
			<Box ref={board} {...handlers} role="group" aria-label={translate('deals.board')}
				sx={{ display: 'flex', gap: 1.5, overflowX: 'auto', pb: 2, alignItems: 'stretch', minHeight: 360,
					contain: 'inline-size',
					mx: { xs: -1.5, sm: 0 }, px: { xs: 1.5, sm: 0 }, position: 'relative',
					scrollSnapType: held ? 'none' : { xs: 'x proximity', md: 'none' }, scrollPaddingInline: 12 }}>
				{dealStages.map((stage) => shown
					? <Column key={stage.value} stage={stage} cards={shown[stage.value] ?? []} held={held?.done ? undefined : held?.id}
						total={total(stage.value)} more={() => more(stage.value)} />
					: !error && <Skeleton key={stage.value} variant="rounded" sx={{ flex: '1 0 228px', height: 320 }} />)}
			</Box>
			{shown && Object.values(shown).every((cards) => cards.length === 0) && (
				<Typography color="textSecondary" sx={{ mt: 2, textAlign: 'center' }}>{translate('deals.none')}</Typography>
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
