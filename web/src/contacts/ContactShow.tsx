import Download from '@mui/icons-material/FileDownloadOutlined';
import Box from '@mui/material/Box';
import Card from '@mui/material/Card';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { Button, EditButton, Show, TopToolbar } from 'react-admin';
import { useRecordContext } from 'ra-core';
import { History } from '../app/History';
import { Face, fullName } from '../app/People';
import { useMay } from '../app/permissions';
import { RowTitle } from '../app/RowTitle';
import { Story } from '../app/Story';
import { RemoveButton } from '../app/RemoveButton';
import { MergeButton } from '../duplicates/MergeButton';
import { ContactMessages } from '../messages/ContactMessages';
import { Notes } from '../notes/Notes';
import { AccessButton } from '../organization/Access';
import { ShareButton } from '../organization/Sharing';
import { ContactFacts } from './ContactFacts';
import { ContactTasks } from './ContactTasks';
import { Timeline } from './Timeline';
import { Status } from './Status';
import { Tags } from './Tags';
import type { Contact } from './contact';

function Head() {
	const contact = useRecordContext<Contact>();
	return contact && (
		<Stack direction="row" spacing={2} sx={{ alignItems: 'center', p: { xs: 2, sm: 3 } }}>
			<Face name={fullName(contact)} file={contact.avatar} size={64} />
			<Box sx={{ minWidth: 0 }}>
				<Typography variant="h2" component="p" sx={{ overflowWrap: 'anywhere' }}>{fullName(contact)}</Typography>
				<Typography color="textSecondary">
					{[contact.title, contact.company_name].filter(Boolean).join(' · ')}
				</Typography>
				<Stack direction="row" useFlexGap sx={{ mt: 1, gap: 1.5, flexWrap: 'wrap', alignItems: 'center' }}>
					<Status value={contact.status} />
					<Tags />
				</Stack>
			</Box>
		</Stack>
	);
}

// A note records the status of the contact at that time.
function ContactNotes() {
	return <Notes resource="contact_notes" target="contact_id" add={({ status }) => ({ status })} />;
}

const tabs = { notes: ContactNotes, messages: ContactMessages, timeline: Timeline, history: History };

// Downloads the contact as a vCard.
function CardButton() {
	const contact = useRecordContext<Contact>();
	return useMay('contacts', 'export') && contact && (
		<Button component="a" download label="contacts.card" href={`/api/contacts/export?${new URLSearchParams({
			format: 'vcard', filter: JSON.stringify({ id: [contact.id] }) })}`}>
			<Download />
		</Button>
	);
}

export default function ContactShow() {
	return (
		<Show component="div" title={<RowTitle />} actions={
			<TopToolbar><CardButton /><MergeButton /><ShareButton /><AccessButton /><EditButton /><RemoveButton /></TopToolbar>
		}>
			<Box sx={{ display: 'grid', gap: 2, alignItems: 'start',
				gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'minmax(0, 1fr) 320px' } }}>
				<Card><Head /><Story noun="contacts" tabs={tabs} /></Card>
				<Stack spacing={2}>
					<ContactTasks />
					<ContactFacts />
				</Stack>
			</Box>
		</Show>
	);
}
