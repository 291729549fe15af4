import Box from '@mui/material/Box';
import { useRecordContext } from 'ra-core';
import type { Contact } from '../contacts/contact';
import { Compose } from './Compose';
import { Threads } from './Threads';

/** The conversations with the current contact. */
export function ContactMessages() {
	const contact = useRecordContext<Contact>();
	return (
		contact && (
			<>
				<Compose contact={contact} />
				<Box sx={{ mx: -2, mt: 1 }}>
					<Threads filter={{ contact_id: contact.id }} none="messages.none_with" />
				</Box>
			</>
		)
	);
}
