// Less common actions on a contact.
import Download from '@mui/icons-material/FileDownloadOutlined';
import { Button } from 'react-admin';
import { useRecordContext } from 'ra-core';
import { readsAll, useMay } from '../data/permissions';
import { useMe } from '../data/session';
import { MergeButton } from '../duplicates/MergeButton';
import ContactData from '../erasures/ContactData';
import type { Contact } from './contact';

/** The actions that merge the contact, download it as a vCard, and erase it. */
export default function More() {
	const contact = useRecordContext<Contact>();
	const exports = [useMay('contacts', 'export'), readsAll(useMe(), 'contacts')].every(Boolean);
	return (
		<>
			{exports && contact && (
				<Button
					component="a"
					download
					label="contacts.card"
					href={`/api/contacts/export?${new URLSearchParams({
						format: 'vcard',
						filter: JSON.stringify({ id: [contact.id] }),
					})}`}
				>
					<Download />
				</Button>
			)}
			<MergeButton />
			<ContactData />
		</>
	);
}
