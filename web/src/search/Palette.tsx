// The search box: finds records, pages and actions.
import { Fragment, memo, useEffect, useId, useMemo, useState, type KeyboardEvent, type MouseEvent } from 'react';
import Recent from '@mui/icons-material/History';
import Article from '@mui/icons-material/ArticleOutlined';
import Box from '@mui/material/Box';
import Dialog from '@mui/material/Dialog';
import InputBase from '@mui/material/InputBase';
import LinearProgress from '@mui/material/LinearProgress';
import type { SxProps, Theme } from '@mui/material/styles';
import Typography from '@mui/material/Typography';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDataProvider, useEvent, useStore, useTranslate } from 'ra-core';
import { useNavigate } from 'react-router-dom';
import { useExplain } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useAreas } from '../records/area';
import { useSettled } from '../ui/settled';
import { usePageOf, type Row } from '../records/usePageOf';
import { useEntriesOf, type Entry } from './entries';

interface Found extends Row {
	title: string | null;
	snippet: { text: string; match: boolean }[];
}

const PAUSE = 200; // milliseconds to wait after the last keystroke

const article = <Article />;
const recently = <Recent />;

// A keystroke changes few entries, so only the changed entries are rendered again.
const Option = memo(function Option({
	id,
	chosen,
	icon,
	text,
	note,
}: Pick<Entry, 'icon' | 'text' | 'note'> & { id: string; chosen: boolean }) {
	return (
		<div id={id} role="option" aria-selected={chosen}>
			{icon}
			<div>
				<div>{text}</div>
				{note && <div className="note">{note}</div>}
			</div>
		</div>
	);
});

const cut = { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' };

const list: SxProps<Theme> = {
	overflowY: 'auto',
	maxHeight: '60vh',
	minHeight: 120,
	pb: 1,
	'& > .group': { px: 2.5, pt: 1.5, pb: 0.5, typography: 'body2', fontWeight: 600, color: 'text.secondary' },
	'& > [role=option]': {
		display: 'flex',
		alignItems: 'center',
		gap: 1.5,
		mx: 1,
		px: 1.5,
		py: 0.875,
		borderRadius: 1,
		cursor: 'pointer',
	},
	'& > [aria-selected=true]': { bgcolor: 'action.hover', outline: '1px solid', outlineColor: 'divider' },
	'& > [role=option] > .MuiSvgIcon-root': { fontSize: 20, color: 'text.secondary' },
	'& > [role=option] > div': { minWidth: 0 },
	'& > [role=option] > div > div': cut,
	'& .note': { typography: 'body2', color: 'text.secondary' },
	'& mark': { bgcolor: 'transparent', color: 'inherit', fontWeight: 700, textDecoration: 'underline' },
};

const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

export default function Palette({ close, typed }: { close: () => void; typed: () => string }) {
	const id = useId();
	const areas = useAreas();
	const pageOf = usePageOf();
	const { ask } = useDataProvider<Provider>();
	const translate = useTranslate();
	const explain = useExplain();
	const navigate = useNavigate();
	const [text, setText] = useState('');
	const [at, setAt] = useState(0);
	const [recent, setRecent] = useStore<string[]>('search.recent', []);
	const words = text.trim();
	const q = useSettled(words, PAUSE);
	const found = useQuery({
		queryKey: ['search', q],
		enabled: q !== '',
		placeholderData: keepPreviousData,
		queryFn: () => ask<Found[]>('/api/search', { q, limit: 20 }),
	});

	const go = useEvent((path: string) => {
		if (q) setRecent([q, ...recent.filter((one) => one !== q)].slice(0, 5));
		close();
		navigate(path);
	});
	const about = useEntriesOf(go)
		.filter(({ text: name }) => plain(name).includes(plain(words)))
		.map((entry) => ({
			...entry,
			run: () => {
				close();
				entry.run();
			},
		}));
	const matches = useMemo(() => {
		const all: Entry[] = (found.data ?? []).flatMap((row) => {
			const path = pageOf(row);
			return path
				? [
						{
							key: `${row.resource} ${row.id}`,
							group: `of_${row.resource}`,
							icon: article,
							text: row.title || translate(`search.groups.of_${row.resource}`),
							run: () => go(path),
							note: row.snippet.map((piece, i) =>
								piece.match ? (
									<mark key={i}>{piece.text}</mark>
								) : (
									<Fragment key={i}>{piece.text}</Fragment>
								),
							),
						},
					]
				: [];
		});
		const first = (group: string) => all.findIndex((one) => one.group === group);
		return all.sort((a, b) => first(a.group) - first(b.group));
	}, [found.data, pageOf, translate, go]);
	const rows = q && words ? matches : [];
	const earlier: Entry[] = text
		? []
		: recent.map((one) => ({
				key: `again ${one}`,
				group: 'recent',
				icon: recently,
				text: one,
				run: () => setText(one),
			}));
	const offers = useMemo(
		() =>
			areas
				.flatMap(({ offer }) => offer ?? [])
				.map(({ label, icon: Icon, run }): Entry => ({
					key: `offer ${label}`,
					group: 'offers',
					icon: <Icon />,
					text: translate(words ? `${label}_words` : label, { words }),
					run: () => {
						close();
						run(words);
					},
				})),
		[areas, words, translate, close],
	);
	const entries = [...earlier, ...rows, ...about, ...offers];
	const chosen = Math.min(at, entries.length - 1);

	useEffect(() => {
		document.getElementById(`${id}-${chosen}`)?.scrollIntoView({ block: 'nearest' });
	}, [id, chosen]);
	const onKeyDown = (event: KeyboardEvent) => {
		const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (move && entries.length > 0) {
			event.preventDefault();
			setAt((chosen + move + entries.length) % entries.length);
		} else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
			event.preventDefault();
			entries[chosen]?.run();
		}
	};
	const under = ({ target }: MouseEvent) =>
		entries[Number((target as Element).closest('[role=option]')?.id.slice(id.length + 1))];
	const searching = words !== '' && (q !== words || found.isFetching);
	return (
		<Dialog
			open
			onClose={close}
			fullWidth
			maxWidth="sm"
			aria-labelledby={`${id}-words`}
			sx={{ '& .MuiDialog-container': { alignItems: 'flex-start' } }}
		>
			<InputBase
				autoFocus
				fullWidth
				value={text}
				onFocus={() => {
					const ahead = typed();
					if (ahead) setText((now) => now + ahead);
				}}
				onKeyDown={onKeyDown}
				placeholder={translate('search.placeholder')}
				onChange={(event) => {
					setText(event.target.value);
					setAt(0);
				}}
				sx={{ px: 2.5, py: 1.75, fontSize: '1.0625rem', borderBottom: 1, borderColor: 'divider' }}
				inputProps={{
					id: `${id}-words`,
					role: 'combobox',
					'aria-label': translate('search.title'),
					'aria-expanded': true,
					maxLength: 200,
					'aria-controls': `${id}-list`,
					'aria-autocomplete': 'list',
					autoComplete: 'off',
					spellCheck: false,
					...(chosen >= 0 && { 'aria-activedescendant': `${id}-${chosen}` }),
				}}
			/>
			<Box sx={{ height: 3 }}>
				{searching && <LinearProgress aria-label={translate('i18n.waiting')} sx={{ height: 3 }} />}
			</Box>
			<Box
				id={`${id}-list`}
				role="listbox"
				aria-label={translate('search.results')}
				onClick={(event) => under(event)?.run()}
				onMouseMove={(event) => {
					const entry = under(event);
					if (entry) setAt(entries.indexOf(entry));
				}}
				sx={list}
			>
				{entries.map((entry, i) => (
					<Fragment key={entry.key}>
						{entry.group !== entries[i - 1]?.group && (
							<div aria-hidden className="group">
								{translate(`search.groups.${entry.group}`, {
									_: translate(`resources.${entry.group?.slice(3)}.name`, { smart_count: 2 }),
								})}
							</div>
						)}
						<Option
							id={`${id}-${i}`}
							chosen={i === chosen}
							icon={entry.icon}
							text={entry.text}
							note={entry.note}
						/>
					</Fragment>
				))}
			</Box>
			<Box role="status" sx={{ px: 2.5, pb: 1.5 }}>
				{found.isError ? (
					<Typography color="error">{explain(found.error)}</Typography>
				) : (
					!searching &&
					words &&
					rows.length + about.length === 0 && (
						<Typography color="textSecondary">{translate('search.nothing', { text: words })}</Typography>
					)
				)}
			</Box>
		</Dialog>
	);
}
