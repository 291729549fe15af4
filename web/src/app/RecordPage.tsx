// The page of a described record: its name, tabs about it, and its facts, which are edited in place.
import { Suspense, useMemo } from 'react';
import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { EditButton, Show, TopToolbar } from 'react-admin';
import { useRecordContext, useResourceContext, useTranslate, useTranslateLabel } from 'ra-core';
import { AccessButton } from '../organization/Access';
import { ShareButton } from '../organization/Sharing';
import { Allowed } from './Allowed';
import { useFeatures } from './feature';
import { Editable, InlineEditing, useEditable } from './inline';
import { Cell } from './kinds';
import { LogButtons } from './LogButtons';
import { fieldOf, type Noun } from './noun';
import { useCan, useFields, useNoun } from './nouns';
import { may } from './permissions';
import { Related } from './Related';
import { RemoveButton } from './RemoveButton';
import { RowTitle } from './RowTitle';
import { useMe } from './session';
import { Story } from './Story';
import { empty } from './values';

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

function Facts({ noun }: { noun: Noun }) {
	const translate = useTranslate();
	const label = useTranslateLabel();
	const row = useRecordContext()!;
	const { readable } = useFields(noun);
	const editable = useEditable();
	return (
		<Card component="section" aria-labelledby="facts" sx={{ p: 2 }}>
			<Typography id="facts" variant="h5" component="h2" gutterBottom>{translate('app.about')}</Typography>
			<Box component="dl" data-fields sx={{ m: 0 }}>
				{readable(noun.page!.facts).filter((name) => (noun.fields[name]?.of?.(row) ?? true) && (!empty(row[name]) || editable(name))).map((name) => (
					<Box key={name} sx={{ display: 'grid', gridTemplateColumns: '104px minmax(0, 1fr)', gap: 1.5, py: 0.5, alignItems: 'baseline' }}>
						<Typography component="dt" variant="body2" color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
							{label({ resource: noun.name, source: name })}
						</Typography>
						<Typography component="dd" variant="body2" sx={{ m: 0, overflowWrap: 'anywhere', whiteSpace: 'pre-line' }}>
							<Editable name={name}>{empty(row[name]) ? '–' : <Cell field={fieldOf(noun, name)} row={row} />}</Editable>
						</Typography>
					</Box>
				))}
			</Box>
		</Card>
	);
}

type Tab = NonNullable<Noun['page']>['tabs'][string];

function Content({ noun }: { noun: Noun }) {
	const row = useRecordContext();
	const me = useMe();
	const { Notice, Side } = noun.page!;
	const features = useFeatures();
	const tabs = useMemo(() => {
		const { history, ...own } = noun.page!.tabs;
		const all = Object.assign(own, ...features.map((feature) => feature.tabs?.[noun.name]), history && { history });
		return Object.fromEntries(Object.entries<Tab>(all).filter(([, tab]) =>
			may(me, 'noun' in tab ? tab.noun : 'shows' in tab ? tab.shows : noun.name, 'list')));
	}, [noun, me, features]);
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
			<TopToolbar>
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
