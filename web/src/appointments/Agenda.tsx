import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { fullName } from '../app/People';
import { dayKey, useRegion } from '../app/formats';
import { isOn, spanOf, type Appointment, type View } from './appointment';
import { useClock } from './Entry';

function Line({ appointment }: { appointment: Appointment }) {
	const translate = useTranslate();
	const clock = useClock();
	const { id, title, all_day, location, contact, status } = appointment;
	const [from, until] = spanOf(appointment);
	return (
		<Stack component="li" direction="row" spacing={2} sx={{ p: 1.5 }}>
			<Typography
				component="span"
				color="textSecondary"
				sx={{ width: { xs: 76, sm: 150 }, flexShrink: 0, fontVariantNumeric: 'tabular-nums' }}
			>
				{all_day ? translate('appointments.whole_day') : `${clock(from)} – ${clock(until)}`}
			</Typography>
			<Box sx={{ minWidth: 0 }}>
				<Link
					component={RouterLink}
					to={`/appointments/${id}/show`}
					color="inherit"
					sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}
				>
					{title}
				</Link>
				<Typography variant="body2" color="textSecondary" sx={{ overflowWrap: 'anywhere' }}>
					{[
						contact && fullName(contact),
						location,
						translate(`appointments.statuses.${status}`, { _: status }),
					]
						.filter(Boolean)
						.join(' · ')}
				</Typography>
			</Box>
		</Stack>
	);
}

/** The days that have appointments. */
export function Agenda({ days, appointments }: View) {
	const locale = useRegion();
	const translate = useTranslate();
	const full = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
	const busy = days
		.map((day) => ({ day, here: appointments.filter((one) => isOn(one, day)) }))
		.filter(({ here }) => here.length > 0);
	if (busy.length === 0)
		return (
			<Typography color="textSecondary" sx={{ py: 4, textAlign: 'center' }}>
				{translate('appointments.none')}
			</Typography>
		);
	return (
		<Stack spacing={2.5} sx={{ maxWidth: 860 }}>
			{busy.map(({ day, here }) => (
				<Box component="section" key={+day} aria-labelledby={`day-${dayKey(day)}`}>
					<Typography
						id={`day-${dayKey(day)}`}
						variant="h5"
						component="h3"
						gutterBottom
						sx={{ '&::first-letter': { textTransform: 'uppercase' } }}
					>
						{full.format(day)}
					</Typography>
					<Card
						component="ul"
						sx={{ listStyle: 'none', m: 0, p: 0, '& > li + li': { borderTop: 1, borderColor: 'divider' } }}
					>
						{here.map((appointment) => (
							<Line key={appointment.id} appointment={appointment} />
						))}
					</Card>
				</Box>
			))}
		</Stack>
	);
}
