// The page of a described record: its name, tabs about it, and its facts, which are edited in place.
import { Suspense, useMemo } from 'react';
import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { EditButton, Show, TopToolbar } from 'react-admin';
import { useRecordContext, useResourceContext } from 'ra-core';
import { AccessButton } from '../organization/Access';
import { ShareButton } from '../organization/Sharing';
import { Allowed } from './Allowed';
import { Facts } from './Facts';
import { useFeatures } from './feature';
import { InlineEditing } from './inline';
import { LogButtons } from './LogButtons';
import type { Noun, Tab } from './noun';
import { useCan, useNoun } from './nouns';
import { may } from './permissions';
import { Related } from './Related';
import { RemoveButton } from './RemoveButton';
import { RowTitle } from './RowTitle';
import { useMe } from './session';
import { Story } from './Story';

function Head({ noun: { Face, Subtitle, title, page } }: { noun: Noun }) {
	const Summary = page!.Summary ?? Subtitle;
	const row = useRecordContext()!;
	const More = page!.Head;
	return (
		<Stack direction="row" useFlexGap sx={{ gap: 2, flexWrap: 'wrap', alignItems: 'center', p: { xs: 2, sm: 3 } }}>
			{Face && <Face row={row} size={64} />}
			<Box sx={{ minWidth: 0, flex: '1 1 200px' }}>
				<Typography variant="h2" component="p" sx={{ overflowWrap: 'anywhere' }}>{title(row)}</Typography>
				{Summary && <Typography color="textSecondary" component="div"><Summary row={row} /></Typography>}
			</Box>
			{More && <More />}
			{page!.logs && <LogButtons refer={page!.logs} />}
		</Stack>
	);
}

function Content({ noun }: { noun: Noun }) {
	const row = useRecordContext();
	const me = useMe();
	const { Notice, Side } = noun.page!;
	const features = useFeatures();
	const added = useMemo(() => features.flatMap(({ adds }) => adds?.[noun.name] ?? []), [features, noun]);
	const tabs = useMemo(() => {
		const { history, ...own } = noun.page!.tabs;
		const all = Object.assign(own, ...added.map((one) => one.tabs), history && { history });
		return Object.fromEntries(Object.entries<Tab>(all).filter(([, tab]) =>
			may(me, 'noun' in tab ? tab.noun : 'shows' in tab ? tab.shows : noun.name, 'list')));
	}, [noun, added, me]);
	const parts = useMemo(() => Object.fromEntries(Object.entries(tabs).map(([name, tab]) =>
		[name, 'noun' in tab ? () => <Related {...tab} /> : 'shows' in tab ? tab.Part : tab])), [tabs]);
	const counts = Object.fromEntries(Object.entries(tabs).map(([name, tab]) =>
		[name, 'count' in tab && tab.count ? row?.[tab.count] as number : undefined]));
	const tabbed = Object.keys(tabs).length > 0;
	return row && (
		<InlineEditing noun={noun}>
			{Notice && <Notice />}
			<Box sx={{ display: 'grid', gap: 2, alignItems: 'start', gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: tabbed ? 'minmax(0, 1fr) 320px' : 'minmax(0, 720px)' } }}>
				<Card><Head noun={noun} />{tabbed && <Story noun={noun.name} tabs={parts} counts={counts} />}</Card>
				<Stack spacing={2}>
					{Side && <Allowed resource={Side.shows} action="list"><Suspense><Side.Part /></Suspense></Allowed>}
					<Facts noun={noun} />
					{added.map(({ panel }) => panel && (
						<Allowed key={panel.shows} resource={panel.shows} action="list"><Suspense><panel.Part /></Suspense></Allowed>
					))}
				</Stack>
			</Box>
		</InlineEditing>
	);
}

export function RecordPage() {
	const noun = useNoun(useResourceContext())!;
	const { Actions } = noun.page!;
	const { resources } = useMe();
	const edits = useCan(noun.name, 'update');
	return (
		<Show component="div" title={<RowTitle />} actions={
			<TopToolbar sx={{ flexWrap: 'wrap' }}>
				{Actions && <Suspense><Actions /></Suspense>}
				{resources?.[noun.name] && <>{noun.fields.sales_id && <ShareButton />}<AccessButton /></>}
				{edits && <EditButton />}
				<RemoveButton />
			</TopToolbar>
		}>
			<Content noun={noun} />
		</Show>
	);
}
