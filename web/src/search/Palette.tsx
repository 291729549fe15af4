// The search box: finds records, pages and actions.
import { Fragment, useEffect, useId, useState, type KeyboardEvent } from 'react';
import Recent from '@mui/icons-material/History';
import Article from '@mui/icons-material/ArticleOutlined';
import Box from '@mui/material/Box';
import Dialog from '@mui/material/Dialog';
import InputBase from '@mui/material/InputBase';
import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDataProvider, useStore, useTranslate } from 'ra-core';
import { useNavigate } from 'react-router-dom';
import { useExplain } from '../app/act';
import type { Provider } from '../app/dataProvider';
import { useFeatures } from '../app/feature';
import { useSettled } from '../app/settled';
import { usePageOf, type Row } from '../app/usePageOf';
import { useEntriesOf, type Entry } from './entries';

interface Found extends Row {
	title: string | null;
	snippet: { text: string; match: boolean }[];
}

const PAUSE = 200; // milliseconds after the last key

const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

export default function Palette({ close }: { close: () => void }) {
	const id = useId();
	const features = useFeatures();
	const pageOf = usePageOf();
	const { ask } = useDataProvider<Provider>();
	const translate = useTranslate();
	const explain = useExplain();
	const navigate = useNavigate();
	const [text, setText] = useState('');
	const [at, setAt] = useState(0);
	const [recent, setRecent] = useStore<string[]>('search.recent', []);
	const q = useSettled(text.trim(), PAUSE);
	const found = useQuery({ queryKey: ['search', q], enabled: q !== '', placeholderData: keepPreviousData,
		queryFn: () => ask<Found[]>('/api/search', { q, limit: 20 }) });

	const go = (path: string) => {
		if (q)
			setRecent([q, ...recent.filter((one) => one !== q)].slice(0, 5));
		close();
		navigate(path);
	};
	const about = useEntriesOf(go).filter(({ text: name }) => plain(name).includes(plain(text.trim())))
		.map((entry) => ({ ...entry, run: () => { close(); entry.run(); } }));
	const rows: Entry[] = (q && text.trim() ? found.data ?? [] : []).flatMap((row) => {
		const path = pageOf(row);
		return path ? [{ key: `${row.resource} ${row.id}`, group: `of_${row.resource}`, icon: <Article />,
			text: row.title || translate(`search.groups.of_${row.resource}`), run: () => go(path),
			note: row.snippet.map((piece, i) => piece.match ? <mark key={i}>{piece.text}</mark>
				: <Fragment key={i}>{piece.text}</Fragment>) }] : [];
	});
	rows.sort((a, b) => rows.findIndex((one) => one.group === a.group) - rows.findIndex((one) => one.group === b.group));
	const earlier: Entry[] = text ? [] : recent.map((one) => ({ key: `again ${one}`, group: 'recent', icon: <Recent />,
		text: one, run: () => setText(one) }));
	const offers: Entry[] = features.flatMap(({ offer }) => offer ?? []).map(({ label, icon: Icon, run }) => ({
		key: `offer ${label}`, group: 'offers', icon: <Icon />,
		text: translate(text.trim() ? `${label}_words` : label, { words: text.trim() }),
		run: () => { close(); run(text.trim()); } }));
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
	const searching = text.trim() !== '' && (q !== text.trim() || found.isFetching);
	return (
		<Dialog open onClose={close} fullWidth maxWidth="sm" aria-labelledby={`${id}-words`}
			sx={{ '& .MuiDialog-container': { alignItems: 'flex-start' } }}>
			<InputBase autoFocus fullWidth value={text} onKeyDown={onKeyDown} placeholder={translate('search.placeholder')}
				onChange={(event) => { setText(event.target.value); setAt(0); }}
				sx={{ px: 2.5, py: 1.75, fontSize: '1.0625rem', borderBottom: 1, borderColor: 'divider' }}
				inputProps={{ id: `${id}-words`, role: 'combobox', 'aria-label': translate('search.title'), 'aria-expanded': true, maxLength: 200,
					'aria-controls': `${id}-list`, 'aria-autocomplete': 'list', autoComplete: 'off', spellCheck: false,
					...(chosen >= 0 && { 'aria-activedescendant': `${id}-${chosen}` }) }} />
			<Box sx={{ height: 3 }}>{searching && <LinearProgress aria-label={translate('app.waiting')} sx={{ height: 3 }} />}</Box>
			<Box id={`${id}-list`} role="listbox" aria-label={translate('search.results')}
				sx={{ overflowY: 'auto', maxHeight: '60vh', minHeight: 120, pb: 1 }}>
				{entries.map((entry, i) => (
					<Fragment key={entry.key}>
						{entry.group !== entries[i - 1]?.group && (
							<Typography aria-hidden variant="body2" color="textSecondary" sx={{ px: 2.5, pt: 1.5, pb: 0.5, fontWeight: 600 }}>
								{translate(`search.groups.${entry.group}`, { _: translate(`resources.${entry.group?.slice(3)}.name`, { smart_count: 2 }) })}
							</Typography>
						)}
						<Box id={`${id}-${i}`} role="option" aria-selected={i === chosen} onClick={entry.run} onMouseMove={() => setAt(i)}
							sx={{ display: 'flex', alignItems: 'center', gap: 1.5, mx: 1, px: 1.5, py: 0.875, borderRadius: 1, cursor: 'pointer',
								bgcolor: i === chosen ? 'action.hover' : undefined,
								outline: i === chosen ? '1px solid' : undefined, outlineColor: 'divider',
								'& > .MuiSvgIcon-root': { fontSize: 20, color: 'text.secondary' },
								'& mark': { bgcolor: 'transparent', color: 'inherit', fontWeight: 700, textDecoration: 'underline' } }}>
							{entry.icon}
							<Box sx={{ minWidth: 0 }}>
								<Typography component="div" noWrap>{entry.text}</Typography>
								{entry.note && <Typography component="div" variant="body2" color="textSecondary" noWrap>{entry.note}</Typography>}
							</Box>
						</Box>
					</Fragment>
				))}
			</Box>
			<Box role="status" sx={{ px: 2.5, pb: 1.5 }}>
				{found.isError ? <Typography color="error">{explain(found.error)}</Typography>
					: !searching && text.trim() && rows.length + about.length === 0
						&& <Typography color="textSecondary">{translate('search.nothing', { text: text.trim() })}</Typography>}
			</Box>
		</Dialog>
	);
}
