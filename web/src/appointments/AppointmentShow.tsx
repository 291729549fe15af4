import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { EditButton, ReferenceField, Show, TopToolbar } from 'react-admin';
import { useRecordContext, useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { Fact } from '../app/Fact';
import { useFormats } from '../app/formats';
import { Colleague } from '../app/People';
import { RemoveButton } from '../app/RemoveButton';
import { RowTitle } from '../app/RowTitle';
import { ownZone, spanOf, addDays, type Appointment } from './appointment';
import { useNames } from './AttendeesInput';
import { Conflicts } from './Conflicts';

function Attendees({ appointment }: { appointment: Appointment }) {
	const translate = useTranslate();
	const nameOf = useNames(appointment.attendees);
	return appointment.attendees.map((one, n) => (
		<Box key={n} component="span" sx={{ display: 'block' }}>
			{one.contact_id ? <Link component={RouterLink} to={`/contacts/${one.contact_id}/show`}>{nameOf(one)}</Link> : nameOf(one)}
			{' '}
			<Typography component="span" variant="body2" color="textSecondary">
				{translate(`appointments.answers.${one.status}`, { _: one.status })}
			</Typography>
		</Box>
	));
}

function Page() {
	const translate = useTranslate();
	const { date, dateTime } = useFormats();
	const row = useRecordContext<Appointment>();
	if (!row)
		return null;
	const [from, until] = spanOf(row);
	const last = row.all_day ? addDays(until, -1) : until;
	const show = row.all_day ? date : dateTime;
	return (
		<Card sx={{ p: { xs: 2, sm: 3 }, maxWidth: 720 }}>
			<Typography variant="h2" component="p" sx={{ overflowWrap: 'anywhere' }}>{row.title}</Typography>
			<Typography sx={{ mt: 0.5 }}>
				{+from === +last ? show(from) : `${show(from)} – ${show(last)}`}
			</Typography>
			<Typography color="textSecondary" variant="body2" gutterBottom>
				{[translate(`appointments.statuses.${row.status}`, { _: row.status }),
					!row.all_day && row.time_zone !== ownZone() && translate('appointments.elsewhere', { zone: row.time_zone,
						time: row.starts_local.slice(11, 16) })].filter(Boolean).join(' · ')}
			</Typography>
			<Conflicts {...row} />
			<Box component="dl" sx={{ m: 0, mt: 2, display: 'grid', gap: 1.5 }}>
				<Fact name="contact_id">
					{row.contact_id && <ReferenceField source="contact_id" reference="contacts" link="show" />}
				</Fact>
				<Fact name="attendees">{row.attendees.length > 0 && <Attendees appointment={row} />}</Fact>
				<Fact name="location">{row.location}</Fact>
				<Fact name="resource">{row.resource}</Fact>
				<Fact name="notes">{row.notes}</Fact>
				<Fact name="reminders">
					{row.reminders.length > 0 && row.reminders.map((n) => translate(`appointments.before.${n}`,
						{ _: translate('appointments.minutes', { smart_count: n }) })).join(', ')}
				</Fact>
				<Fact name="sales_id">{row.sales_id && <Colleague />}</Fact>
			</Box>
		</Card>
	);
}

export default function AppointmentShow() {
	return (
		<Show component="div" title={<RowTitle />} actions={<TopToolbar><EditButton /><RemoveButton /></TopToolbar>}>
			<Page />
		</Show>
	);
}
