// Account events: sign-ins, keys, second factors, roles.
import { useState } from 'react';
import { useTranslate } from 'ra-core';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { colon } from '../i18n/i18n';
import { useFormats } from '../data/useFormats';
import { Older, useOlder } from '../ui/Older';
import { Line, Lines } from '../ui/Panel';
import { device } from './device';

interface Event {
	id: number;
	at: string;
	action: string;
	user_id: string | null;
	actor_id: string | null;
	/** Present only for operators. Null for deleted users. */
	user_name: string | null;
	actor_name: string | null;
	impersonator_id: string | null;
	address: string | null;
	user_agent: string | null;
	data: Record<string, unknown> | null;
}

/** Returns a function that describes an event such as "session.created". */
function useWords() {
	const translate = useTranslate();
	return (action: string) => {
		const [thing = '', verb = ''] = action.split('.');
		const plain = (word: string) => word.replace(/[-_]/g, ' ');
		return translate(`profile.actions.${thing}.${verb}`, {
			_: `${translate(`profile.things.${thing}`, { _: plain(thing) })}${colon()}${translate(`profile.verbs.${verb}`, { _: plain(verb) })}`,
		});
	};
}

export const useEvents = (of?: string) => useOlder<Event>('/api/events', { user_id: of });

/** With `all`, which is for operators, each event shows its user, and the list can be searched. */
export function EventList({ of, all = false }: { of?: string; all?: boolean }) {
	const translate = useTranslate();
	const words = useWords();
	const { dateTime } = useFormats();
	const [wanted, setWanted] = useState('');
	const query = useEvents(of);
	const fits = (event: Event) =>
		!wanted || `${JSON.stringify(event)} ${words(event.action)}`.toLowerCase().includes(wanted.toLowerCase());
	const who = (event: Event) => [
		all && (event.user_name ?? event.user_id),
		all &&
			event.actor_id !== event.user_id &&
			event.actor_id &&
			translate('profile.by', { name: event.actor_name ?? event.actor_id }),
		event.impersonator_id && translate('profile.impersonated'),
	];
	return (
		<>
			{all && (
				<TextField
					id="events-wanted"
					type="search"
					value={wanted}
					onChange={(event) => setWanted(event.target.value)}
					label={translate('profile.events_search')}
					sx={{ maxWidth: 360, mb: 1 }}
				/>
			)}
			<Older query={query} empty={translate('profile.no_events')}>
				{(events) => (
					<Lines>
						{events.filter(fits).map((event) => (
							<Line
								key={event.id}
								title={words(event.action)}
								note={[...who(event), event.address, device(event.user_agent)]
									.filter(Boolean)
									.join(' · ')}
								action={
									<Typography
										component="time"
										dateTime={event.at}
										variant="body2"
										color="textSecondary"
									>
										{dateTime(event.at)}
									</Typography>
								}
							/>
						))}
					</Lines>
				)}
			</Older>
		</>
	);
}
