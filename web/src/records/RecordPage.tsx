// The page of a described record: its actions, its tabs, and its facts, which are edited in place.
import { Suspense, useEffect, useMemo } from 'react';
import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Skeleton from '@mui/material/Skeleton';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import type { Theme } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import { EditButton, Show } from 'react-admin';
import { useRecordContext, useResourceContext } from 'ra-core';
import { AccessButton } from '../organization/Access';
import { ShareButton } from '../organization/Sharing';
import { Allowed } from '../ui/Allowed';
import { Facts } from './Facts';
import { useAreas } from './area';
import { InlineEditing } from './inline';
import { LogButton } from './LogButton';
import type { Completed, Tab } from './resource';
import { useCan, useResource } from './resources';
import { Overflow } from '../ui/Overflow';
import { may } from '../data/permissions';
import { Reach } from './Reach';
import { Related } from './Related';
import { RemoveButton } from './RemoveButton';
import { RowTitle } from './RowTitle';
import { useMe } from '../data/session';
import { Story } from './Story';
import { Stream } from './tabs';

// The page header. The heading is the record's name.
function Head({ resource }: { resource: Completed }) {
	const { Face, Aside, aside, name, fields } = resource;
	// The default is what the record's line in a list shows: the status or the amount.
	const { Subtitle = aside && Aside } = resource;
	const { Summary = Subtitle, Head: More, Path, Actions, More: Further, logs } = resource.page!;
	const row = useRecordContext()!;
	const shared = Boolean(useMe().resources?.[name]);
	const edits = useCan(name, 'update');
	// A card that contains only buttons would look empty.
	const plain = !Face && !Summary && !More && !Path;
	return (
		<Stack
			component={plain ? 'div' : Card}
			direction="row"
			sx={{
				gap: 2,
				flexWrap: 'wrap',
				alignItems: 'center',
				...(plain ? { justifyContent: 'flex-end' } : { p: 2 }),
			}}
		>
			{Face && <Face row={row} size={56} />}
			{!plain && (
				<Stack useFlexGap sx={{ gap: 0.5, minWidth: 0, flex: '1 1 200px' }}>
					{Summary && (
						<Typography color="textSecondary" component="div">
							<Summary row={row} />
						</Typography>
					)}
					{More && <More />}
				</Stack>
			)}
			<Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: 'wrap', alignItems: 'center' }}>
				<Reach resource={resource} />
				{logs && <LogButton type="call" refer={logs} variant="contained" />}
				{Actions && (
					<Suspense>
						<Actions />
					</Suspense>
				)}
				{!logs && edits && <EditButton />}
				<Overflow>
					{logs && (
						<>
							<LogButton type="meeting" refer={logs} size="small" />
							{edits && <EditButton />}
						</>
					)}
					{Further && (
						<Suspense>
							<Further />
						</Suspense>
					)}
					{shared && (
						<>
							{fields.sales_id && <ShareButton />}
							<AccessButton />
						</>
					)}
					<RemoveButton />
				</Overflow>
			</Stack>
			{Path && (
				<Suspense>
					<Path />
				</Suspense>
			)}
		</Stack>
	);
}

// The tabs and the facts are side by side, or one below the other if the page is narrow.
const columns = (two: boolean) => ({
	display: 'grid',
	gap: 2,
	alignItems: 'start',
	gridTemplateColumns: two ? 'minmax(0, 1fr) 400px' : 'minmax(0, 720px)',
});

// A placeholder while the record loads, about as high as its parts.
function Waits({ resource: { Face, page }, two }: { resource: Completed; two: boolean }) {
	const facts = <Skeleton key="facts" variant="rounded" height={60 + 32 * page!.facts.length} />;
	const story = <Skeleton key="story" variant="rounded" height={420} />;
	return (
		<Stack spacing={2} sx={{ pt: 2 }}>
			<Skeleton variant="rounded" height={(Face ? 90 : 70) + (page!.Path ? 52 : 0)} />
			<Box sx={columns(two)}>{two ? [story, facts] : [facts, story]}</Box>
		</Stack>
	);
}

function Content({ resource }: { resource: Completed }) {
	const row = useRecordContext();
	const me = useMe();
	const { Notice, Side } = resource.page!;
	const areas = useAreas();
	const added = useMemo(() => areas.flatMap(({ adds }) => adds?.[resource.name] ?? []), [areas, resource]);
	const tabs = useMemo(() => {
		const { history, ...own } = resource.page!.tabs;
		const all = Object.assign(own, ...added.map((one) => one.tabs), history && { history });
		return Object.fromEntries(
			Object.entries<Tab>(all).filter(([, tab]) =>
				may(me, 'resource' in tab ? tab.resource : 'shows' in tab ? tab.shows : resource.name, 'list'),
			),
		);
	}, [resource, added, me]);
	const parts = useMemo(
		() =>
			Object.fromEntries(
				Object.entries(tabs).map(([name, tab]) => [
					name,
					'resource' in tab ? () => <Related {...tab} /> : 'shows' in tab ? tab.Part : tab,
				]),
			),
		[tabs],
	);
	const counts = Object.fromEntries(
		Object.entries(tabs).map(([name, tab]) => [
			name,
			'count' in tab && tab.count ? (row?.[tab.count] as number) : undefined,
		]),
	);
	const tabbed = Object.keys(tabs).length > 0;
	const wide = useMediaQuery<Theme>((theme) => theme.breakpoints.up('lg'));
	if (!row) return <Waits resource={resource} two={wide && tabbed} />;
	const story = tabbed && (
		<Card key="story">
			<Story resource={resource.name} tabs={parts} counts={counts} />
		</Card>
	);
	const facts = (
		<Stack key="facts" spacing={2}>
			<Facts resource={resource} />
			{[Side, ...added.map(({ panel }) => panel)].map(
				(panel) =>
					panel && (
						<Allowed key={panel.shows} resource={panel.shows} action="list">
							<Suspense>
								<panel.Part />
							</Suspense>
						</Allowed>
					),
			)}
		</Stack>
	);
	return (
		<InlineEditing resource={resource}>
			{Notice && (
				<Suspense>
					<Notice />
				</Suspense>
			)}
			<Stack spacing={2} sx={{ pt: 2 }}>
				<Head resource={resource} />
				<Box sx={columns(wide && tabbed)}>{wide ? [story, facts] : [facts, story]}</Box>
			</Stack>
		</InlineEditing>
	);
}

export function RecordPage() {
	const resource = useResource(useResourceContext())!;
	// The parts are loaded while the record is read, so that their reads are sent as one request.
	useEffect(() => {
		Stream.preload();
		resource.page!.Side?.Part.preload?.();
	}, [resource]);
	return (
		<Show component="div" title={<RowTitle />} actions={false}>
			<Content resource={resource} />
		</Show>
	);
}
