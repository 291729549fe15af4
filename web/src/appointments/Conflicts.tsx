import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { touched } from '../ui/theme';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { dayFrom, type Appointment, type Attendee } from './appointment';

const CALLS = 5; // maximum number of requests; each checks one attendee of each kind

type Asked = Partial<
	Pick<
		Appointment,
		| 'id'
		| 'starts_at'
		| 'ends_at'
		| 'starts_local'
		| 'ends_local'
		| 'all_day'
		| 'sales_id'
		| 'contact_id'
		| 'resource'
		| 'status'
		| 'attendees'
	>
>;

// The first query checks the owner, the contact and the room. The other queries check the other attendees.
function questions({ sales_id, contact_id, resource, attendees }: Asked): Record<string, unknown>[] {
	const coming = (attendees ?? []).filter(({ status }) => status !== 'declined');
	const all = (name: keyof Attendee) => coming.flatMap((one) => one[name] ?? []);
	const people = [sales_id, ...all('sales_id')],
		contacts = [contact_id, ...all('contact_id')],
		addresses = all('email');
	return Array.from(
		{ length: Math.min(CALLS, Math.max(people.length, contacts.length, addresses.length)) },
		(_, n) => ({
			sales_id: people[n] ?? undefined,
			contact_id: contacts[n] ?? undefined,
			email: addresses[n],
			resource: n === 0 ? resource || undefined : undefined,
		}),
	);
}

/** Warns of appointments at the same time with the same people or in the same room. */
export function Conflicts(asked: Asked) {
	const translate = useTranslate();
	const { dateTime } = useFormats();
	const { ask } = useDataProvider<Provider>();
	const moment = (at?: string, local?: string) =>
		asked.all_day ? local && dayFrom(local.slice(0, 10)).toISOString() : at && new Date(at).toISOString();
	const starts_at = moment(asked.starts_at, asked.starts_local);
	const ends_at = moment(asked.ends_at, asked.ends_local);
	const what = questions(asked);
	const { data = [] } = useQuery({
		queryKey: ['appointments', 'conflicts', starts_at, ends_at, asked.id, what],
		enabled: Boolean(
			starts_at &&
			ends_at &&
			starts_at < ends_at &&
			['scheduled', 'confirmed'].includes(asked.status ?? 'scheduled'),
		),
		queryFn: async () => {
			const found = (
				await Promise.all(
					what.map((one) =>
						ask<Appointment[]>('/api/appointments/conflicts', {
							starts_at,
							ends_at,
							except: asked.id,
							...one,
						}),
					),
				)
			).flat();
			return [...new Map(found.map((one) => [one.id, one])).values()];
		},
	});
	return (
		data.length > 0 && (
			<Alert severity="warning" sx={{ my: 1 }}>
				{translate('appointments.conflicts', { smart_count: data.length })}
				<Box component="ul" sx={{ m: 0, pl: 2.5 }}>
					{data.map(({ id, title, starts_at }) => (
						<li key={id}>
							<Link
								component={RouterLink}
								to={`/appointments/${id}/show`}
								color="inherit"
								underline="always"
								sx={touched}
							>
								{title}
							</Link>
							{', '}
							{dateTime(starts_at)}
						</li>
					))}
				</Box>
			</Alert>
		)
	);
}
