import { Create } from 'react-admin';
import { useSearchParams } from 'react-router-dom';
import { EditForm } from '../app/EditForm';
import { useMe } from '../app/session';
import { dayKey } from '../app/formats';
import { dayFrom, ownZone, shiftKey } from './appointment';
import { AppointmentInputs } from './AppointmentInputs';

// Sends either times or days, never both.
function transform({ starts_at, ends_at, starts_local, ends_local, ...row }: Record<string, unknown>) {
	return { ...row, time_zone: ownZone(),
		...row.all_day ? { starts_local, ends_local } : { starts_at, ends_at } };
}

export default function AppointmentCreate() {
	const me = useMe();
	const [search] = useSearchParams();
	const starts = dayFrom(search.get('day'));
	starts.setHours(search.has('day') ? Number(search.get('hour') ?? 9) : new Date().getHours() + 1);
	const day = dayKey(starts);
	return (
		<Create redirect="show" transform={transform}>
			<EditForm defaultValues={{ sales_id: me.id, status: 'scheduled', all_day: false, reminders: [], attendees: [],
				starts_at: starts.toISOString(), ends_at: new Date(+starts + 3_600_000).toISOString(),
				starts_local: `${day}T00:00:00`, ends_local: `${shiftKey(day, 1)}T00:00:00` }}>
				<AppointmentInputs />
			</EditForm>
		</Create>
	);
}
