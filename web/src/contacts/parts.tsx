// Parts that only the page of a contact has.
import Stack from '@mui/material/Stack';
import { useRecordContext } from 'ra-core';
import { Allowed } from '../ui/Allowed';
import { lazy } from '../ui/lazy';
import { Files, Stream } from '../records/tabs';
import type { Contact } from './contact';
import { Status } from './Status';
import { Tags } from './Tags';

const Duplicates = lazy(() => import('../duplicates/Similar').then((all) => ({ default: all.Similar })));
export const More = lazy(() => import('./More'));
export const Messages = lazy(() =>
	import('../messages/ContactMessages').then((all) => ({ default: all.ContactMessages })),
);
export const Tasks = lazy(() => import('./ContactTasks').then((all) => ({ default: all.ContactTasks })));

/** A new note records the contact's current status. */
export const ContactStream = () => (
	<Stream resource="contact_notes" target="contact_id" add={({ status }) => ({ status })} />
);

export const ContactFiles = () => <Files resource="contact_notes" target="contact_id" />;

/** Possible duplicates of a new contact. */
export const Similar = () =>
	useRecordContext()?.id ? null : (
		<Allowed resource="duplicates" action="list">
			<Duplicates />
		</Allowed>
	);

export function Badges() {
	const contact = useRecordContext<Contact>()!;
	return (
		<Stack direction="row" useFlexGap sx={{ gap: 1.5, flexWrap: 'wrap', alignItems: 'center' }}>
			<Status value={contact.status} />
			<Tags record={contact} />
		</Stack>
	);
}
