// The page of a described record: its actions, its tabs, and its facts, which are edited in place.
import { Suspense, useEffect, useMemo } from 'react';
import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Skeleton from '@mui/material/Skeleton';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import type { Theme } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import { Show } from 'react-admin';
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
import { PageActions } from '../ui/PageActions';
import { may } from '../data/permissions';
import { Reach } from './Reach';
import { RecordLink } from './RecordLink';
import { Related } from './Related';
import { RemoveButton } from './RemoveButton';
import { RowTitle } from './RowTitle';
import { useMe } from '../data/session';
import { Story } from './Story';
import { Stream } from './tabs';

// The buttons in the line of the heading: at most one primary action, and a menu with the less common actions.
function Buttons({ resource }: { resource: Completed }) {
	const { name, fields } = resource;
	const { Actions, More: Further, logs } = resource.page!;
	const shared = Boolean(useMe().resources?.[name]);
	const edits = useCan(name, 'update');
	const deletes = useCan(name, 'delete');
	return (
		<PageActions>
			<Reach resource={resource} />
			{logs && <LogButton type="call" refer={logs} variant="contained" />}
			{Actions && (
				<Suspense>
					<Actions />
				</Suspense>
			)}
			{!logs && edits && <RecordLink to="edit" variant={Actions ? 'outlined' : 'contained'} />}
			{(logs || Further || shared || deletes) && (
				<Overflow>
					{logs && (
						<>
							<LogButton type="meeting" refer={logs} size="small" />
							{edits && <RecordLink to="edit" size="small" />}
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
			)}
		</PageActions>
	);
}

// The default is what the record's line in a list shows: the status or the amount.
const summaryOf = ({ Subtitle, Aside, aside, page }: Completed) =>
	page!.Summary ?? Subtitle ?? (aside ? Aside : undefined);

// A card that contains only one line of text would look empty.
const inCard = ({ Face, page }: Completed) => Boolean(Face ?? page!.Head ?? page!.Path);

// The page header. The heading is the record's name.
function Head({ resource }: { resource: Completed }) {
	const { Face, Aside, aside } = resource;
	const { Head: More, Path } = resource.page!;
	const Summary = summaryOf(resource);
	const row = useRecordContext()!;
	if (!inCard(resource))
		return (
			Summary && (
				<Typography color="textSecondary" component="div">
					<Summary row={row} />
				</Typography>
			)
		);
	return (
		<Stack component={Card} direction="row" sx={{ gap: 2, flexWrap: 'wrap', alignItems: 'center', p: 2 }}>
			{Face && <Face row={row} size={56} />}
			<Stack useFlexGap sx={{ gap: 0.5, minWidth: 0, flex: '1 1 200px' }}>
				{Summary && (
					<Typography color="textSecondary" component="div">
						<Summary row={row} />
					</Typography>
				)}
				{aside && Aside && Summary !== Aside && (
					<div>
						<Aside row={row} />
					</div>
				)}
				{More && <More />}
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
function Waits({ resource, two }: { resource: Completed; two: boolean }) {
	const { Face, page } = resource;
	const head = inCard(resource) ? (Face ? 90 : 58) + (page!.Path ? 52 : 0) : summaryOf(resource) ? 24 : 0;
	const facts = <Skeleton key="facts" variant="rounded" height={60 + 32 * page!.facts.length} />;
	const story = <Skeleton key="story" variant="rounded" height={420} />;
	return (
		<Stack spacing={2}>
			{head > 0 && <Skeleton variant="rounded" height={head} />}
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
			<Buttons resource={resource} />
			<Stack spacing={2}>
				{Notice && (
					<Suspense>
						<Notice />
					</Suspense>
				)}
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
