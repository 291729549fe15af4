import Box from '@mui/material/Box';
import { useRecordContext } from 'ra-core';
import { Threads } from './Threads';

/** Conversations with the contact at hand. */
export function ContactMessages() {
	const contact = useRecordContext();
	return contact && (
		<Box sx={{ mx: { xs: -2, sm: -3 }, my: -2 }}>
			<Threads filter={{ contact_id: contact.id }} none="messages.none_with" />
		</Box>
	);
}
