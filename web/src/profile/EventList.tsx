// What became of accounts: signing in and out, keys, factors, roles; by pages.
import { useState } from 'react';
import Button from '@mui/material/Button';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import Alert from '@mui/material/Alert';
import Skeleton from '@mui/material/Skeleton';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import type { Provider } from '../app/dataProvider';
import { useExplain } from '../app/act';
import { useFormats } from '../app/formats';
import { Line, Lines } from '../app/Panel';
import { device } from './device';

interface Event {
	id: number;
	at: string;
	action: string;
	user_id: string | null;
	actor_id: string | null;
	impersonator_id: string | null;
	address: string | null;
	user_agent: string | null;
	data: Record<string, unknown> | null;
}

const PAGE = 50;

/** "session.created" in words, as far as we know it. */
function useWords() {
	const translate = useTranslate();
	return (action: string) => {
		const [thing = '', verb = ''] = action.split('.');
		const plain = (word: string) => word.replace(/[-_]/g, ' ');
		return `${translate(`profile.things.${thing}`, { _: plain(thing) })}: ${translate(`profile.verbs.${verb}`, { _: plain(verb) })}`;
	};
}

export function EventList({ of, search = false, name }:
	{ of?: string; search?: boolean; name?: (userId: string) => string }) {
	const { ask } = useDataProvider<Provider>();
	const translate = useTranslate();
	const explain = useExplain();
	const words = useWords();
	const { dateTime } = useFormats();
	const [wanted, setWanted] = useState('');
	const { data, error, isPending, hasNextPage, fetchNextPage, isFetching } = useInfiniteQuery({
		queryKey: ['events', of ?? null],
		initialPageParam: undefined as number | undefined,
		queryFn: ({ pageParam }) => ask<Event[]>('/api/events', { user_id: of, before: pageParam, limit: PAGE }),
		getNextPageParam: (page) => page.length === PAGE ? page.at(-1)?.id : undefined,
	});
	if (isPending)
		return <Skeleton height={120} />;
	if (error)
		return <Alert severity="error">{explain(error)}</Alert>;
	const events = data.pages.flat().filter((event) => !wanted ||
		JSON.stringify(event).toLowerCase().includes(wanted.toLowerCase()) || words(event.action).toLowerCase().includes(wanted.toLowerCase()));
	const who = (event: Event) => [
		event.user_id && name?.(event.user_id),
		event.actor_id && event.actor_id !== event.user_id && name && translate('profile.by', { name: name(event.actor_id) }),
		event.impersonator_id && translate('profile.impersonated'),
	];
	return (
		<>
			{search && (
				<TextField id="events-wanted" type="search" value={wanted} onChange={(event) => setWanted(event.target.value)}
					label={translate('profile.events_search')} sx={{ maxWidth: 360, mb: 1 }} />
			)}
			{events.length === 0 && <Typography color="textSecondary">{translate('profile.no_events')}</Typography>}
			<Lines>
				{events.map((event) => (
					<Line key={event.id} title={words(event.action)}
						note={[...who(event), event.address, device(event.user_agent)].filter(Boolean).join(' · ')}
						action={<Typography component="time" dateTime={event.at} variant="body2" color="textSecondary">{dateTime(event.at)}</Typography>} />
				))}
			</Lines>
			{hasNextPage && (
				<Button onClick={() => fetchNextPage()} disabled={isFetching} sx={{ mt: 1 }}>{translate('profile.more')}</Button>
			)}
		</>
	);
}
